"""What a backup holds and refuses. Whole round trips on fresh databases: tests/test_backup.py."""

import gzip
import io
import tarfile
import threading
from dataclasses import replace

import pytest
from cryptography.fernet import Fernet
from django.core.management import CommandError, call_command
from django.db import connection, connections

from common import backup
from common.errors import DomainError
from common.models import AuditEntry, Installation, OutboxMessage
from common.tests.factories import paris

NOW = paris(2026, 11, 22, 15, 30)


def a_manifest(**changes) -> backup.Manifest:
    manifest = backup.Manifest(
        format=backup.FORMAT,
        portal="0.1",
        engine=connection.vendor,
        created_at="2026-11-22T14:30:00+00:00",
        migrations=sorted(backup.known_migrations()),
        names_probe=backup.box().encrypt(backup.PROBE).decode(),
        database_sha256="ed7002b439e9ac845f22357d822bac1444730fbdb6016d3ec9432297b9ec9f73",  # of b"content"
        tables={},
    )
    return replace(manifest, **changes)


def an_archive(manifest: bytes | None = None, database: bytes = b"content") -> bytes:
    """A file such as `backup` writes, with whatever in it."""
    members = {
        "manifest.json": a_manifest().as_bytes() if manifest is None else manifest,
        "database": database,
    }
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        for name, content in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return out.getvalue()


# --- Checksums -------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_checksum_is_the_same_on_both_databases_and_in_any_order():
    entries = [
        AuditEntry(
            id=f"00000000-0000-0000-0000-00000000000{n}",
            at=NOW,
            actor="éclair",
            verb="essayé",
            subject=f"chose {n}",
            details={"z": [1, 2.5, None], "a": "œ"},
        )
        for n in (2, 1)
    ]
    AuditEntry.objects.bulk_create(entries)
    expected = "aa7697d30fcb7d2bdae214d28fd185be4adac1e2b5f67eeebfc2f56ab08cbf24"
    assert backup.checksum(AuditEntry) == backup.Table(2, expected)


@pytest.mark.django_db
def test_checksum_sees_one_value_changed():
    Installation.objects.create(key="essai", value="avant")
    before = backup.checksum(Installation)
    Installation.objects.update(value="après")
    assert backup.checksum(Installation).checksum != before.checksum


@pytest.mark.django_db
def test_differences_name_the_tables_that_did_not_come_back():
    whole = a_manifest(migrations=backup.applied_migrations(), tables=backup.checksums())
    assert backup.differences(whole) == []
    Installation.objects.create(key="essai", value="de trop")
    assert backup.differences(whole) == ["common_installation"]
    assert backup.differences(replace(whole, migrations=[])) == ["migrations", "common_installation"]


@pytest.mark.django_db(transaction=True)
def test_backup_is_one_moment_and_nobody_waits(django_db_serialized_rollback, tmp_path):
    def write():
        Installation.objects.create(key="pendant", value="la sauvegarde")
        connections.close_all()

    with backup.ENGINES[connection.vendor].snapshot(tmp_path / "copy"):
        before = backup.checksum(Installation)
        writer = threading.Thread(target=write)
        writer.start()
        writer.join(10)
        assert not writer.is_alive()
        assert backup.checksum(Installation) == before
    assert backup.checksum(Installation).rows == before.rows + 1


# --- Refusals: nothing is changed ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"pas une archive",
        gzip.compress(b"pas une archive"),
        an_archive(manifest=b"{"),
        an_archive(manifest=b"[]"),
        an_archive(manifest=b'{"tables": {}}'),
        an_archive()[:-400],  # well into what is written: its end is padding, which may be missing
        an_archive(database=b"changed"),
    ],
    ids=["empty", "text", "gzip", "broken manifest", "list", "other manifest", "cut short", "changed"],
)
def test_what_is_no_whole_backup_is_refused(content, tmp_path):
    with pytest.raises(DomainError, match="n'est pas une sauvegarde du portail, ou il est abîmé"):
        backup.unpack(io.BytesIO(content), tmp_path / "copy")


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"format": 2}, "mettez d'abord le portail à jour"),
        ({"migrations": ["common.9999_demain"]}, "mettez d'abord le portail à jour"),
        ({"engine": "oracle"}, "réglez DATABASE_URL"),
        ({"names_probe": Fernet(Fernet.generate_key()).encrypt(b"portail").decode()}, "PORTAIL_NAMES_KEYS"),
    ],
    ids=["newer form", "newer schema", "other engine", "other key"],
)
def test_backup_that_can_not_be_used_here_is_refused(changes, sentence, tmp_path):
    with pytest.raises(DomainError, match=sentence):
        backup.unpack(io.BytesIO(an_archive(a_manifest(**changes).as_bytes())), tmp_path / "copy")


def test_whole_backup_is_unpacked(tmp_path):
    manifest = backup.unpack(io.BytesIO(an_archive()), tmp_path / "copy")
    assert manifest == a_manifest(names_probe=manifest.names_probe)
    assert (tmp_path / "copy").read_bytes() == b"content"


@pytest.mark.django_db
def test_file_that_is_not_there_is_told(tmp_path):
    with pytest.raises(CommandError, match="Impossible de lire .*nulle-part") as refused:
        call_command("restore", str(tmp_path / "nulle-part"))
    assert refused.value.returncode == 2


def test_folder_that_is_not_there_is_told(tmp_path):
    with pytest.raises(CommandError, match="Impossible d'écrire .*nulle-part") as refused:
        call_command("backup", str(tmp_path / "nulle-part" / "portail.backup"))
    assert refused.value.returncode == 2


def test_backup_never_overwrites_another(tmp_path):
    older = tmp_path / "portail.backup"
    older.write_bytes(b"precious")
    with pytest.raises(CommandError, match="existe déjà") as refused:
        call_command("backup", str(older))
    assert refused.value.returncode == 2
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == {older: b"precious"}


@pytest.mark.django_db
def test_database_that_is_not_empty_is_kept():
    with pytest.raises(DomainError, match="--replace"):
        backup.restore(io.BytesIO(an_archive()))
    assert OutboxMessage.objects.count() == 0  # the table is still there


@pytest.mark.django_db(transaction=True)
def test_replacement_that_fails_leaves_what_was_there(django_db_serialized_rollback):
    Installation.objects.create(key="essai", value="gardé")
    with pytest.raises(DomainError):
        backup.restore(io.BytesIO(an_archive()), replace=True)
    assert Installation.objects.get(key="essai").value == "gardé"
