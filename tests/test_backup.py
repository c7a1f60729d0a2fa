"""A whole portal goes into one file and comes back, on fresh databases of the engine that the suite runs on."""

import gzip
import json
import os
import secrets
import subprocess
import sys
import tarfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import pytest
from django.conf import settings
from django.db import connection

pytestmark = pytest.mark.slow
CANARY = "Zéphyrine-Canari"  # a name that nothing else in the portal holds
BEFORE = """
import os, django
os.environ["DJANGO_SETTINGS_MODULE"] = "billetterie.settings"
django.setup()
from django.core.cache import cache
from django.core.management import CommandError, call_command
from common.models import Installation
from django.utils import timezone
from invitations.models import Participant
from invitations.services.own_data import erase_person
from partners.models import User
"""


@dataclass
class Portal:
    """A portal of its own: an empty database, and the secrets of all the others here."""

    env: dict[str, str]

    def run(self, *words: str) -> subprocess.CompletedProcess:
        """Run Python inside the portal; its exit code and what it wrote."""
        command = [sys.executable, *words]
        return subprocess.run(
            command, cwd=settings.BASE_DIR, env=self.env, capture_output=True, text=True, check=False
        )

    def manage(self, *words: str) -> str:
        """Run manage.py, which must succeed; what it wrote."""
        done = self.run("manage.py", *words)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def python(self, *lines: str) -> str:
        """Run lines of Python, which must succeed; what they printed."""
        done = self.run("-c", "\n".join([BEFORE, *lines]))
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()


@contextmanager
def empty_database(folder: Path) -> Iterator[dict[str, str]]:
    """The environment of a database of the suite's engine with nothing in it, gone afterwards."""
    env = {"PORTAIL_VAR": str(folder)}
    if connection.vendor == "sqlite":
        yield env
        return
    to, name = connection.settings_dict, f"portail_{secrets.token_hex(6)}"
    where = f"{quote(to['USER'], '')}:{quote(to['PASSWORD'], '')}@{quote(to['HOST'], '')}:{to['PORT']}"
    with connection._nodb_cursor() as cursor:
        cursor.execute(f"CREATE DATABASE {name}")
        try:
            yield env | {"DATABASE_URL": f"postgres://{where}/{name}"}
        finally:
            cursor.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="module")
def fresh_portal(django_db_setup, django_db_blocker, tmp_path_factory) -> Iterator[Callable[[], Portal]]:
    """Makes portals on empty databases."""
    keys = {
        "PORTAIL_ENV": "demo",
        "PORTAIL_SECRET_KEY": secrets.token_urlsafe(50),
        "PORTAIL_HMAC_KEY": secrets.token_urlsafe(32),
        "PORTAIL_EVIDENCE_KEY": secrets.token_urlsafe(32),
        "PORTAIL_NAMES_KEYS": "G0nZ5wX1mB4Yx3c9J8r2bWkq0uT7sLhE6vNfPpDaQyI=",
    }
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PORTAIL_")}
    kept = {name: value for name, value in kept.items() if name not in ("DATABASE_URL", "REDIS_URL")}
    open_ones = []

    def make() -> Portal:
        database = empty_database(tmp_path_factory.mktemp("portal"))
        open_ones.append(database)
        return Portal(kept | keys | database.__enter__())

    with django_db_blocker.unblock():
        yield make
        for database in open_ones:
            database.__exit__(None, None, None)


@pytest.fixture(scope="module")
def saved(fresh_portal, tmp_path_factory) -> tuple[Portal, Path]:
    """A portal with the invented season and one name more, and its backup."""
    portal = fresh_portal()
    file = tmp_path_factory.mktemp("backup") / "portail.backup"
    portal.python(
        "call_command('migrate', verbosity=0)",
        "call_command('createcachetable')",
        "call_command('demo_season')",
        "call_command('erase_names')",  # nothing is due any more: what comes back is what was saved
        "person = Participant.objects.first()",
        f"person.family_name = '{CANARY}'",
        "person.save()",
        "cache.set('chose', 'gardée')",
        f"call_command('backup', '{file}')",
    )
    return portal, file


def manifest_of(file: Path) -> dict:
    with tarfile.open(file) as archive:
        return json.load(archive.extractfile("manifest.json"))


def test_backup_comes_back_whole_on_an_empty_machine_and_replaces_only_when_asked(
    saved, fresh_portal, tmp_path
):
    _, file = saved
    other = fresh_portal()
    said = other.manage("restore", str(file))
    assert "tables concordent" in said
    assert "Tout concorde" in said

    again, changed, replaced = (tmp_path / name for name in ("again", "changed", "replaced"))
    told = other.python(
        f"call_command('backup', '{again}')",
        f"print(sum(person.family_name == '{CANARY}' for person in Participant.objects.all()), cache.get('chose'))",
        "Installation.objects.create(key='depuis', value='la sauvegarde')",
        "cache.set('chose', 'ancienne')",
        "try:",
        f"    call_command('restore', '{file}')",
        "except CommandError as refusal:",
        "    print('--replace' in str(refusal), refusal.returncode)",
        f"call_command('backup', '{changed}')",
        f"call_command('restore', '{file}', replace=True)",
        f"call_command('backup', '{replaced}')",
        "print(cache.get('chose'))",
        # A name erased since the backup doesn't come back with it: the ledger outlives the database.
        f"person = next(one for one in Participant.objects.all() if one.family_name == '{CANARY}')",
        "by = User.objects.filter(structure=person.structure).first()",
        "erase_person(participant=person, keep=False, by=by, at=timezone.now())",
        f"call_command('restore', '{file}', replace=True)",
        f"print('noms', sum(person.family_name == '{CANARY}' for person in Participant.objects.all()))",
    )
    assert [line for line in told.splitlines() if line in ("1 None", "True 2", "None")] == [
        "1 None",
        "True 2",
        "None",
    ]
    assert told.splitlines()[-1] == "noms 0"
    whole = manifest_of(file)["tables"]
    assert manifest_of(again)["tables"] == whole
    assert manifest_of(changed)["tables"]["common_installation"] != whole["common_installation"]
    assert manifest_of(replaced)["tables"] == whole


def test_backup_holds_neither_a_name_nor_a_key_and_is_for_its_owner_alone(saved):
    portal, file = saved
    content = gzip.decompress(file.read_bytes())
    assert b"invitations_participant" in content
    for secret in (CANARY, *(portal.env[name] for name in portal.env if name.endswith(("_KEY", "_KEYS")))):
        assert secret.encode() not in content
    assert file.stat().st_mode & 0o077 == 0


def test_backup_of_an_older_portal_is_brought_up_to_date(fresh_portal, tmp_path):
    older, newer, file = fresh_portal(), fresh_portal(), tmp_path / "older.backup"
    older.python(
        "call_command('migrate', 'common', '0001', verbosity=0)", f"call_command('backup', '{file}')"
    )
    said = newer.manage("restore", str(file))
    assert "tables concordent" in said
    assert "Tout concorde" in said


def test_backup_of_nothing_is_refused(fresh_portal, tmp_path):
    refused = fresh_portal().run("manage.py", "backup", str(tmp_path / "nothing.backup"))
    assert (refused.returncode, "La base est vide" in refused.stderr) == (2, True)
    assert list(tmp_path.iterdir()) == []
