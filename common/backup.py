"""One file that holds the whole database, and the way back (see docs/operations.md).

The file is a compressed tar: `manifest.json`, then the database in its own engine's form. The manifest says which
portal, engine and migrations it comes from, and for each table the number of rows and a checksum, so that a
restore can show that nothing is missing. Names of people stay encrypted inside, and no key is in it. Sessions
and cache are left out: after a restore everybody signs in again.
"""

import gzip
import hashlib
import json
import os
import shutil
import sqlite3
import subprocess
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, BinaryIO
from uuid import UUID

from cryptography.fernet import InvalidToken
from django.apps.registry import Apps
from django.conf import settings
from django.db import connection, models, transaction
from django.db.migrations.loader import MigrationLoader
from django.db.models import ExpressionWrapper, F
from django.utils.timezone import localtime

from common.crypto import EncryptedField, as_stored, box
from common.errors import DomainError

FORMAT = 1
MANIFEST, DATABASE = "manifest.json", "database"
MANIFEST_MAX = 10_000_000  # bytes: a manifest of a thousand tables has a hundredth of it
LEFT_OUT = ("django_session", "cache")  # tables whose rows are not kept
PROBE = b"portail"

NOT_A_BACKUP = "Ce fichier n'est pas une sauvegarde du portail, ou il est abîmé : rien n'a été changé."


@dataclass(frozen=True)
class Table:
    """How many rows a table has, and their checksum (64 hexadecimal digits)."""

    rows: int
    checksum: str


@dataclass(frozen=True)
class Manifest:
    """What a backup says of itself."""

    format: int
    portal: str
    engine: str  # "sqlite" or "postgresql"
    created_at: str  # ISO 8601, UTC
    migrations: list[str]  # "app.name" of those applied
    names_probe: str  # a known word under the first of the names' keys: shows whether they still open
    database_sha256: str
    tables: dict[str, Table]

    @property
    def moment(self) -> str:
        """When it was made, as people here say it."""
        return localtime(datetime.fromisoformat(self.created_at)).strftime("%d/%m/%Y à %H h %M")

    @property
    def rows(self) -> int:
        """How many rows it holds."""
        return sum(table.rows for table in self.tables.values())

    def as_bytes(self) -> bytes:
        return json.dumps(asdict(self), indent=1).encode()

    @classmethod
    def from_bytes(cls, content: bytes) -> "Manifest":
        """Read it back. Raises ValueError, KeyError or TypeError where it is something else."""
        data = json.loads(content)
        data["tables"] = {name: Table(**table) for name, table in data["tables"].items()}
        return cls(**data)


# --- Checksums -------------------------------------------------------------------------------------------


def applied_migrations() -> list[str]:
    """The migrations that this database has, as "app.name"."""
    return sorted(".".join(key) for key in MigrationLoader(connection).applied_migrations)


@cache
def known_migrations() -> frozenset[str]:
    """The migrations that this version of the portal knows."""
    return frozenset(".".join(key) for key in MigrationLoader(None).disk_migrations)


def models_of_this_schema() -> Apps:
    """The models as the database's own migrations leave them: they may be older than the code's.

    Raises DomainError where the database is newer than the code.
    """
    loader = MigrationLoader(connection)
    if set(applied_migrations()) - known_migrations():
        raise DomainError("Cette base est plus récente que ce portail : mettez-le d'abord à jour.")
    return loader.project_state([key for key in loader.applied_migrations if key in loader.graph.nodes]).apps


def checksums() -> dict[str, Table]:
    """Rows and checksum of each table; the same content gives the same on SQLite and on PostgreSQL."""
    tables = {
        model._meta.db_table: model
        for model in models_of_this_schema().get_models(include_auto_created=True)
        if model._meta.managed and not model._meta.proxy
    }
    return {name: checksum(tables[name]) for name in sorted(tables.keys() - set(LEFT_OUT))}


def checksum(model: type[models.Model]) -> Table:
    """The sum of the rows' hashes: it needs no order, which two databases never see alike (collations)."""
    columns: list[F | ExpressionWrapper] = []
    prepared: list[Callable[[Any], Any]] = []
    for field in sorted(model._meta.local_concrete_fields, key=lambda field: str(field.column)):
        if isinstance(field, EncryptedField):
            columns.append(as_stored(field))
            prepared.append(unchanged)
        else:
            columns.append(F(field.attname))
            prepared.append(field.get_prep_value)
    total = count = 0
    for row in model._base_manager.order_by().values_list(*columns).iterator(chunk_size=2000):
        values = [prepare(value) for prepare, value in zip(prepared, row, strict=True)]
        text = json.dumps(values, default=plain, sort_keys=True, ensure_ascii=False)
        total += int.from_bytes(hashlib.sha256(text.encode()).digest(), "big")
        count += 1
    return Table(count, f"{total % 2**256:064x}")


def unchanged(value: Any) -> Any:
    """What is read as the database holds it needs no preparing."""
    return value


def plain(value: Any) -> str:
    """A value of a column as text, the same whichever database it was read from."""
    match value:
        case datetime():
            return value.astimezone(UTC).isoformat()
        case date() | time():
            return value.isoformat()
        case UUID() | Decimal() | timedelta():
            return str(value)
        case bytes() | memoryview():
            return bytes(value).hex()
    raise TypeError(f"no text for a {type(value).__name__}")


# --- The two databases -----------------------------------------------------------------------------------


class SQLite:
    """The embedded database: a copy by SQLite's own online backup, which is whole while others write."""

    @staticmethod
    @contextmanager
    def snapshot(copy: Path) -> Iterator[None]:
        """Copy the database to `copy`; inside, reads see that same moment. Nobody waits meanwhile."""
        with connection.cursor() as cursor:
            cursor.execute("BEGIN DEFERRED")  # atomic() would take the lock of the one writer
            try:
                cursor.execute("SELECT count(*) FROM sqlite_master")  # the moment is that of the first read
                with closing(sqlite3.connect(copy, isolation_level=None)) as target:
                    connection.connection.backup(target)
                    tables = {name for (name,) in target.execute("SELECT name FROM sqlite_master")}
                    for table in tables.intersection(LEFT_OUT):
                        target.execute(f'DELETE FROM "{table}"')
                    target.execute("VACUUM")  # what was erased must not stay in free pages
                yield
            finally:
                cursor.execute("ROLLBACK")

    @staticmethod
    def load(copy: Path) -> None:
        """Put `copy` in the place of everything, in one transaction."""
        connection.close()
        name = connection.settings_dict["NAME"]
        with closing(sqlite3.connect(copy)) as source, closing(sqlite3.connect(name, timeout=20)) as target:
            try:
                source.backup(target)
            except sqlite3.Error as error:
                raise DomainError(
                    f"La base n'a pas pu être remplacée ({error}) : arrêtez le portail, puis recommencez."
                ) from error


class PostgreSQL:
    """pg_dump and pg_restore, on a snapshot that the checksums are computed from as well."""

    @classmethod
    @contextmanager
    def snapshot(cls, copy: Path) -> Iterator[None]:
        """Dump the database to `copy`; inside, reads see that same moment. Nobody waits meanwhile."""
        with transaction.atomic(durable=True), connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            cursor.execute("SELECT pg_export_snapshot()")
            (name,) = cursor.fetchone()
            without = [f"--exclude-table-data={table}" for table in LEFT_OUT]
            options = ["--format=custom", "--compress=0", "--no-owner", "--no-privileges", *without]
            cls.run("pg_dump", *options, f"--snapshot={name}", f"--file={copy}")
            yield

    @classmethod
    def load(cls, copy: Path) -> None:
        """Put `copy` in the place of everything, in one transaction: a failure leaves what was there."""
        script = copy.with_suffix(".sql")
        cls.run("pg_restore", "--no-owner", "--no-privileges", f"--file={script}", str(copy), connect=False)
        connection.close()
        wipe = ["SET lock_timeout = '20s'", "DROP SCHEMA public CASCADE", "CREATE SCHEMA public"]
        commands = [f"--command={one}" for one in (wipe if holds_tables() else [])]
        connection.close()
        once = ["--no-psqlrc", "--quiet", "--single-transaction", "--set=ON_ERROR_STOP=1"]
        cls.run("psql", *once, *commands, f"--file={script}")

    @staticmethod
    def run(program: str, *options: str, connect: bool = True) -> None:
        """Run one of PostgreSQL's own programs; the password goes by the environment, never by the arguments."""
        arguments, env = list(options), None
        if connect:
            (_, *arguments), env = connection.client.settings_to_cmd_args_env(
                connection.settings_dict, ["--no-password", *arguments]
            )
        try:
            done = subprocess.run(
                [program, *arguments],
                env=os.environ | (env or {}),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                text=True,
                check=False,
            )
        except FileNotFoundError:
            raise DomainError(
                f"Il manque {program} : installez le client de PostgreSQL, de la version du serveur ou plus récent "
                "(Debian : sudo apt install postgresql-client)."
            ) from None
        if done.returncode:
            said = next(
                (line for line in done.stderr.splitlines() if "error" in line.lower()), done.stderr.strip()
            )
            raise DomainError(f"{program} a échoué, et rien n'a été changé : {said}")


ENGINES: dict[str, type[SQLite] | type[PostgreSQL]] = {"sqlite": SQLite, "postgresql": PostgreSQL}


def holds_tables() -> bool:
    """Whether the database has any table."""
    return bool(connection.introspection.table_names())


# --- Backup and restore ----------------------------------------------------------------------------------


def backup(out: BinaryIO, *, at: datetime, folder: Path | None = None) -> Manifest:
    """Write the whole database to `out` and return what the backup says of itself. The portal may be running.

    `folder` takes the work in progress, as large as the database (by default the system's temporary one). Raises
    DomainError where the database is empty or newer than the code, or a program is missing.
    """
    if not holds_tables():
        raise DomainError("La base est vide : il n'y a rien à sauvegarder.")
    with tempfile.TemporaryDirectory(dir=folder, prefix="sauvegarde-") as work:
        copy = Path(work) / DATABASE
        with ENGINES[connection.vendor].snapshot(copy):
            manifest = Manifest(
                format=FORMAT,
                portal=settings.PORTAL_VERSION,
                engine=connection.vendor,
                created_at=plain(at),
                migrations=applied_migrations(),
                names_probe=box().encrypt(PROBE).decode(),
                database_sha256=sha256(copy),
                tables=checksums(),
            )
        with (
            gzip.GzipFile(fileobj=out, mode="wb", compresslevel=6) as packed,
            tarfile.open(fileobj=packed, mode="w|") as archive,
        ):
            content = Path(work) / MANIFEST
            content.write_bytes(manifest.as_bytes())
            for member in (content, copy):
                archive.add(member, member.name, filter=nobody)
    return manifest


def nobody(member: tarfile.TarInfo) -> tarfile.TarInfo:
    """The member without the account that wrote it, readable by its owner alone."""
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    member.mode = 0o600
    return member


def sha256(path: Path) -> str:
    """The hash of a file's content."""
    with path.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def restore(source: BinaryIO, *, replace: bool = False, folder: Path | None = None) -> Manifest:
    """Put the backup read from `source` in the database, and return what it says of itself.

    The schema comes with it. Raises DomainError, before anything is changed, where it can't be used here: not a
    backup, damaged, of another engine or a newer portal, names under another key, a database that isn't empty
    (unless `replace`). Whether all arrived is told by `differences`.
    """
    with tempfile.TemporaryDirectory(dir=folder, prefix="restauration-") as work:
        copy = Path(work) / DATABASE
        manifest = unpack(source, copy)
        if holds_tables() and not replace:
            raise DomainError(
                "Cette base n'est pas vide. Donnez une base neuve, ou ajoutez --replace pour effacer tout ce "
                "qu'elle contient et mettre la sauvegarde à la place."
            )
        ENGINES[connection.vendor].load(copy)
    return manifest


def unpack(source: BinaryIO, copy: Path) -> Manifest:
    """Read a backup: its database goes to `copy`. Raises DomainError where it can't be used here."""
    try:
        with tarfile.open(fileobj=source, mode="r|*") as archive:
            manifest = Manifest.from_bytes(member(archive, MANIFEST).read(MANIFEST_MAX))
            refuse_unusable(manifest)
            with copy.open("wb") as target:
                shutil.copyfileobj(member(archive, DATABASE), target, 1024 * 1024)
    except (
        tarfile.TarError,
        EOFError,
        gzip.BadGzipFile,
        ValueError,
        KeyError,
        TypeError,
        AttributeError,
    ) as error:
        raise DomainError(NOT_A_BACKUP) from error
    if sha256(copy) != manifest.database_sha256:
        raise DomainError(NOT_A_BACKUP)
    return manifest


def member(archive: tarfile.TarFile, name: str) -> Any:
    """The next file of the archive, which must be `name`. Raises KeyError otherwise."""
    following = archive.next()
    if following is None or following.name != name or not following.isfile():
        raise KeyError(name)
    return archive.extractfile(following)


def refuse_unusable(manifest: Manifest) -> None:
    """Raise DomainError where this backup can't be put in this database by this version of the portal."""
    if manifest.format != FORMAT or set(manifest.migrations) - known_migrations():
        raise DomainError(
            f"Cette sauvegarde vient d'un portail plus récent ({manifest.portal}) que celui-ci "
            f"({settings.PORTAL_VERSION}) : mettez d'abord le portail à jour."
        )
    if manifest.engine != connection.vendor:
        raise DomainError(
            f"Cette sauvegarde vient d'une base {manifest.engine} et celle-ci est {connection.vendor} : "
            "réglez DATABASE_URL sur une base du même genre."
        )
    try:
        box().decrypt(manifest.names_probe)
    except InvalidToken as error:
        raise DomainError(
            "Les noms de cette sauvegarde ne s'ouvrent pas avec PORTAIL_NAMES_KEYS : ajoutez-y la clé du jour de "
            "la sauvegarde, à la fin, après une virgule."
        ) from error


def differences(manifest: Manifest) -> list[str]:
    """The tables, and "migrations", in which the database isn't what the backup says. Empty: all arrived."""
    here = checksums()
    tables = sorted(manifest.tables.keys() | here.keys())
    wrong = [name for name in tables if manifest.tables.get(name) != here.get(name)]
    return wrong if applied_migrations() == manifest.migrations else ["migrations", *wrong]
