"""Those who write to SQLite stand in a queue, whatever happens to whoever is first in it."""

import subprocess
import sys

import pytest
from django.db import ConnectionHandler, OperationalError, connection

from common.locks import short_wait

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)
HOLD = (
    "import fcntl, os, sys, time; place = os.open(sys.argv[1], os.O_CREAT | os.O_RDWR); "
    "fcntl.flock(place, fcntl.LOCK_EX); print('held', flush=True); time.sleep(60)"
)


@pytest.fixture
def database(tmp_path):
    """A connection to a file of its own, which waits 0.2 s."""
    options = {"timeout": 0.2, "transaction_mode": "IMMEDIATE"}
    settings = {"ENGINE": "common.sqlite3", "NAME": tmp_path / "queue.sqlite3", "OPTIONS": options}
    database = ConnectionHandler({"default": settings})["default"]
    database.ensure_connection()
    yield database
    database.close()


def begin(database):
    database.set_autocommit(False, force_begin_transaction_with_broken_autocommit=True)


def write(database):
    begin(database)
    database.cursor().execute("CREATE TABLE IF NOT EXISTS seats (number)")
    database.commit()
    database.set_autocommit(True)


def test_queue_that_cannot_be_opened_stops_nobody_else(database, tmp_path):
    file = tmp_path / "queue.sqlite3.queue"
    file.mkdir()
    for _ in range(2):
        with pytest.raises(OperationalError, match="unable to open"):
            begin(database)
    file.rmdir()
    write(database)


def test_process_killed_while_it_writes_leaves_its_place(database, tmp_path):
    args = [sys.executable, "-c", HOLD, str(tmp_path / "queue.sqlite3.queue")]
    with subprocess.Popen(args, stdout=subprocess.PIPE) as other:
        assert other.stdout.readline() == b"held\n"
        with pytest.raises(OperationalError, match="database is locked"):
            begin(database)
        other.kill()
    write(database)


def test_connection_lost_in_a_short_wait_says_nothing_else():
    with short_wait():
        connection.close()
    with short_wait():
        connection.cursor().execute("SELECT 1")
