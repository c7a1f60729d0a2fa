"""PostgreSQL itself killed by SIGKILL while parties are being booked: what was acknowledged is there, whole.

On a cluster of its own, which starts again after each kill. Only the durability that a kill of processes asks for is
switched on: unlike in production, nothing waits for the disk.
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest
from django.conf import settings

from launcher.children import Children
from launcher.services import POSTGRESQL, start_postgresql, unprivileged
from tests.racing import FULL

pytestmark = [pytest.mark.drill, pytest.mark.slow, pytest.mark.postgres]
KILLS = 10 if FULL else 1
PARTIES = 400 if FULL else 40
BEGIN = """
import django
django.setup()
import json, sys
from uuid import UUID
from django.utils import timezone
from invitations.invariants import audit
from invitations.models import Booking, Participant
from common.models import OutboxMessage
from offers.models import Performance
"""
PREPARE = """
from django.core.management import call_command
from django.db import connection
call_command("migrate", verbosity=0)
call_command("createcachetable")
with connection.cursor() as cursor:
    cursor.execute("ALTER DATABASE postgres SET synchronous_commit = on")
from invitations.tests.factories import ParticipantFactory, a_worker
from offers.tests.factories import PerformanceFactory
worker = a_worker()
ParticipantFactory.create_batch(int(sys.argv[1]), structure=worker.structure)
PerformanceFactory(capacity=3 * int(sys.argv[1]))
"""
BOOK = """
from invitations.services.booking import Guest, book
from partners.models import User
party = [Guest("Ondine", "Quatremarre"), Guest("Barnabé", "Quatremarre")]
for person in Participant.objects.order_by("pk").select_related("structure"):
    book(
        performance=Performance.objects.get(), participant=person, guests=party, confirmed=True, key=person.pk,
        by=User.objects.get(), at=timezone.now(),
    )
    print(person.pk, flush=True)  # acknowledged
"""
COUNT = """
made = {str(one.key): one.invitations.count() for one in Booking.objects.all()}
told = OutboxMessage.objects.filter(effect__startswith="booking-made").count()
print(json.dumps([made, told, [one.code for one in audit().violations]]))
"""


def script(words: str, url: str, folder: Path, *arguments: str) -> subprocess.Popen:
    environment = {**os.environ, "DATABASE_URL": url, "PORTAIL_ENV": "test", "PORTAIL_VAR": str(folder)}
    environment |= {"DJANGO_SETTINGS_MODULE": "billetterie.settings"}
    return subprocess.Popen(
        [sys.executable, "-c", BEGIN + words, *arguments],
        env=environment, cwd=settings.BASE_DIR, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def kill_and_start_again(children: Children, folder: Path) -> None:
    """Kill the server as it stands, wait until those it had started are gone, too, and start it on the same data."""
    (old,) = children.children
    below = Path(f"/proc/{old.process.pid}/task/{old.process.pid}/children").read_text().split()
    old.process.send_signal(signal.SIGKILL)
    old.process.wait()
    children.children.clear()
    deadline = time.monotonic() + 30
    while any(Path(f"/proc/{pid}").exists() for pid in below) and time.monotonic() < deadline:
        time.sleep(0.05)
    state = folder / "data" / "postmaster.pid"
    state.unlink(missing_ok=True)
    owner = {**unprivileged(), "cwd": folder}
    children.start("postgresql", old.process.args, ending=signal.SIGINT, **owner)
    children.wait_until(lambda: state.exists() and "ready" in state.read_text())


def test_server_killed_while_parties_are_booked_loses_nothing_acknowledged(tmp_path):
    acknowledged: set[str] = set()
    interrupted = 0
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as place, Children(tmp_path) as children:
        os.chmod(place, 0o711)  # PostgreSQL's own user passes
        folder = Path(place) / "pg"
        url = start_postgresql(children, POSTGRESQL.find(), folder)
        made = script(PREPARE, url, tmp_path, str(PARTIES))
        _, said = made.communicate()
        assert made.returncode == 0, said
        for kill in range(KILLS + 1):
            booking = script(BOOK, url, tmp_path)
            met = 0
            for line in booking.stdout:
                new = line.strip() not in acknowledged
                acknowledged.add(line.strip())
                met += new
                if kill < KILLS and met == PARTIES // (2 * KILLS):
                    kill_and_start_again(children, folder)
            _, said = booking.communicate()
            interrupted += booking.returncode != 0
            assert kill < KILLS or booking.returncode == 0, said
            counted = script(COUNT, url, tmp_path)
            output, said = counted.communicate()
            assert counted.returncode == 0, said
            booked, told, violations = json.loads(output)
            assert acknowledged <= booked.keys()  # lost: none
            assert set(booked.values()) <= {3}  # partial: none
            assert told == len(booked) and violations == []
    assert interrupted == KILLS and len(acknowledged) == PARTIES
    print(f"PostgreSQL : {KILLS} arrêts brutaux, {PARTIES} réservations confirmées, aucune perdue")  # noqa: T201
