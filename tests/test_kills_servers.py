"""Processes of the portal killed by SIGKILL at work: gunicorn's under bookings, Celery's while it sends and promotes.

Real servers on the test's own database. What was acknowledged is there, whole; what was under way is done again by
whoever asked, or by the next sweep. Ten minutes pass at once: those after which a sender that died gives a message up.
"""

import os
import re
import signal
import threading
import time
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote
from uuid import uuid4

import pytest
from celery import Celery
from django.conf import settings
from django.db import connection, connections
from django.test import Client
from django.utils import timezone

from bench.client import Request, ask
from common.models import OutboxMessage
from invitations.models import Booking, WaitlistEntry
from invitations.services.booking import cancel_booking
from invitations.tests.factories import ParticipantFactory, a_booking, a_waiting_party, a_worker
from launcher.children import free_port
from launcher.servers import CELERY, Servers
from launcher.settings import environment
from offers.models import Performance
from offers.tests.factories import PerformanceFactory
from tests.racing import FULL, RACE, assert_sound

pytestmark = [*RACE, pytest.mark.slow]
CLIENTS = 4
PARTIES = 400 if FULL else 32  # of three
WEB_KILLS = 40 if FULL else 4
DATES = 40 if FULL else 4  # whose offered seats go to the next party
MAILS = 300 if FULL else 30
WORKER_KILLS = 10 if FULL else 1


def database_url() -> str:
    to = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{to['NAME']}"
    who, where = quote(to["USER"], ""), quote(to["HOST"], "")
    return f"postgres://{who}:{quote(to['PASSWORD'], '')}@{where}:{to['PORT']}/{to['NAME']}"


@pytest.fixture
def servers(db, tmp_path):
    """Processes on the test's own database, with its keys; none is started yet."""
    env = environment("test", tmp_path) | {
        "PORTAIL_ENV": "test",
        "DJANGO_SETTINGS_MODULE": "tests.server_settings",
        "DATABASE_URL": database_url(),
        "PORTAIL_SECRET_KEY": settings.SECRET_KEY,
        "PORTAIL_NAMES_KEYS": ",".join(settings.NAMES_KEYS),
        "PORTAIL_HMAC_KEY": settings.HMAC_KEY,
        "PORTAIL_EVIDENCE_KEY": settings.EVIDENCE_KEY,
    }
    with Servers(env, free_port()) as started:
        yield started
        for child in started.children:
            child.ending = signal.SIGKILL  # all is done: nobody waits for them to say goodbye


def below(servers: Servers, name: str) -> list[int]:
    """The processes that a server has started to do the work, from whichever of its threads."""
    parent = next(child.process.pid for child in servers.children if child.name == name)
    threads = Path(f"/proc/{parent}/task").iterdir()
    return [int(pid) for thread in threads for pid in (thread / "children").read_text().split()]


def kill_one(servers: Servers, name: str) -> None:
    """Kill one of them; the server starts another."""
    old = below(servers, name)[0]
    os.kill(old, signal.SIGKILL)
    servers.wait_until(lambda: (new := below(servers, name)) and old not in new)


# --- The web server ----------------------------------------------------------------------------------------


class Parties:
    """Parties of three, booked by several browsers, each sent again until somebody answers."""

    def __init__(self, performance: Performance, port: int) -> None:
        self.performance, self.port = performance, port
        self.acknowledged: set[str] = set()
        self.cut_off, self.wrong, self.todo = 0, [], []
        for _ in range(CLIENTS):
            worker, browser = a_worker(), Client()
            browser.force_login(worker)
            session = browser.cookies[settings.SESSION_COOKIE_NAME].value
            people = ParticipantFactory.create_batch(PARTIES // CLIENTS, structure=worker.structure)
            self.todo.append([Request(self.path, session, self.form(person)) for person in people])

    @property
    def path(self) -> str:
        return f"/reserver/{self.performance.pk}/"

    def form(self, person) -> dict[str, str]:
        guests = {"guest-TOTAL_FORMS": "2", "guest-INITIAL_FORMS": "0"}
        for rank, name in enumerate(("Ondine", "Barnabé")):
            guests |= {f"guest-{rank}-given_name": name, f"guest-{rank}-family_name": "Quatremarre"}
            guests |= {f"guest-{rank}-role": "guest"}
        asked = {"key": str(uuid4()), "participant": str(person.pk), "confirmed": "on", "action": "book"}
        return asked | guests

    def send(self, requests: list[Request]) -> None:
        for request in requests:
            while request.form["key"] not in self.acknowledged and not self.wrong:
                try:
                    answer = ask(self.port, request)
                except OSError:
                    self.cut_off += 1
                    continue
                if answer.status == 302:
                    self.acknowledged.add(request.form["key"])
                else:
                    self.wrong.append(answer)

    def start(self) -> list[threading.Thread]:
        threads = [threading.Thread(target=self.send, args=[mine]) for mine in self.todo]
        for thread in threads:
            thread.start()
        return threads


def test_web_workers_killed_while_parties_are_booked_lose_nothing_acknowledged(servers):
    servers.start_web("--preload")
    performance = PerformanceFactory(capacity=3 * PARTIES)
    parties = Parties(performance, servers.port)
    servers.wait_until_open()
    clients, kills = parties.start(), 0
    while any(client.is_alive() for client in clients):
        if kills < WEB_KILLS and len(parties.acknowledged) > kills * PARTIES // (WEB_KILLS + 1):
            kill_one(servers, "web")
            kills += 1
        time.sleep(0.01)
    assert parties.wrong == []  # a page that failed, or a party that was refused
    assert (kills, len(parties.acknowledged)) == (WEB_KILLS, PARTIES)
    assert parties.cut_off or not FULL  # somebody was booking just then
    made = {str(one.key): one.invitations.count() for one in Booking.objects.all()}
    assert made.keys() == parties.acknowledged  # lost: none; booked twice: none
    assert set(made.values()) == {3}  # partial: none
    assert OutboxMessage.objects.filter(effect__startswith="booking-made").count() == PARTIES
    performance.refresh_from_db()
    assert performance.seats_left == 0
    assert_sound()
    print(f"web : {kills} arrêts brutaux, {parties.cut_off} demandes coupées, {PARTIES} groupes, aucun perdu")  # noqa: T201


# --- The background worker -----------------------------------------------------------------------------------


def broker(servers: Servers) -> Celery:
    """What beat is: somebody who sends tasks to the worker."""
    queue = Path(servers.env["PORTAIL_VAR"]) / "broker"
    app = Celery(broker="filesystem://localhost//")
    app.conf.broker_transport_options = {
        "data_folder_in": str(queue / "queue"),
        "data_folder_out": str(queue / "queue"),
        "control_folder": str(queue / "control"),
    }
    return app


def lines_to_tend() -> None:
    """Dates whose seats are offered to a party that doesn't answer, and another waits."""
    worker = a_worker()
    for _ in range(DATES):
        performance = PerformanceFactory(capacity=2)
        made = a_booking(by=worker, performance=performance, guests=1)
        for _ in range(2):
            a_waiting_party(by=worker, performance=performance, guests=1)
        cancel_booking(booking=made, by=worker, at=timezone.now())
    overdue = timezone.now() - timedelta(minutes=1)
    WaitlistEntry.objects.offered().update(answer_by=overdue)


def mails_to_send() -> None:
    now = timezone.now()
    for number in range(MAILS):
        OutboxMessage.objects.create(
            effect=f"essai {number}", recipient="camille@structure.example", subject="Bonjour",
            text="Texte", created_at=now, next_try_at=now,
        )  # fmt: skip


def done_so_far() -> int:
    expired = WaitlistEntry.objects.filter(state=WaitlistEntry.State.EXPIRED)
    return to_tell().exclude(sent_at=None).count() + expired.count()


def to_tell():
    """The mails that the worker has to send: what led to all that was told by the test itself."""
    return OutboxMessage.objects.filter(
        created_at__gte=OutboxMessage.objects.get(effect="essai 0").created_at
    )


def test_background_worker_killed_while_it_sends_and_promotes_leaves_nothing_undone(servers):
    lines_to_tend()
    mails_to_send()
    servers.start_python("worker", *CELERY, "worker", "--concurrency", "1")
    servers.wait_until(lambda: below(servers, "worker"))
    work, kills, asked_at, everything = broker(servers), 0, 0.0, MAILS + 3 * DATES
    deadline = time.monotonic() + 60 + 5 * WORKER_KILLS
    while (done := done_so_far()) < everything and time.monotonic() < deadline:
        if time.monotonic() > asked_at + 1:  # minutes, for beat
            OutboxMessage.objects.filter(sent_at=None).update(next_try_at=timezone.now())
            for task in ("invitations.tasks.sweep_lines", "common.tasks.sweep_outbox"):
                work.send_task(task)
            asked_at = time.monotonic()
        if kills < WORKER_KILLS and done > kills * everything // (WORKER_KILLS + 1):
            kill_one(servers, "worker")
            kills += 1
        connections.close_all()
        time.sleep(0.005)
    assert (kills, done) == (WORKER_KILLS, everything)
    states = list(WaitlistEntry.objects.order_by("performance_id", "line").values_list("state", flat=True))
    assert states == ["expired", "offered"] * DATES
    assert to_tell().count() == MAILS + 2 * DATES  # it was too late for one, it is the next one's turn
    mails = "".join(file.read_text() for file in (Path(servers.env["PORTAIL_VAR"]) / "mail").iterdir())
    sent = re.findall(r"^Message-ID: <([0-9a-f-]{36})@", mails, re.MULTILINE)
    assert set(sent) == {str(pk) for pk in to_tell().values_list("pk", flat=True)}  # lost: none
    assert len(sent) - len(set(sent)) <= kills  # sent, and killed before it was noted
    assert_sound()
    print(  # noqa: T201
        f"tâches de fond : {kills} arrêts brutaux, {len(set(sent))} mails, {DATES} listes, rien de perdu ; "
        f"{len(sent) - len(set(sent))} mails reçus deux fois"
    )
