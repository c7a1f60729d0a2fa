"""A process killed by SIGKILL after each statement of an act: all of it is written or nothing, and no mail is lost.

Web workers and background workers die here in the middle of what they do, each time one statement later. Afterwards
somebody does the same again, as a browser or the sweeper would, and everything is as if nobody had died.
"""

import os
import signal
import warnings
from contextlib import suppress
from datetime import timedelta

import pytest
from django.conf import settings
from django.db import connection, connections
from django.utils import timezone

from common.delivery import LEASE, deliver_due
from common.errors import DomainError
from common.models import OutboxMessage
from invitations.models import Booking, Draw, DrawRequest, Invitation, PartyDocument, WaitlistEntry
from invitations.services import drawing, promotion, waitlist
from invitations.services.booking import cancel_booking
from invitations.services.sharing import hold_draw
from invitations.tests.factories import (
    a_booking,
    a_draw,
    a_request,
    a_waiting_party,
    a_worker,
)
from offers.models import Performance
from offers.tests.factories import PerformanceFactory
from tests.racing import FULL, RACE, assert_sound, booker

pytestmark = RACE
EACH = 1 if FULL else 12  # every so many statements one is the last
MAILS = 3


def state() -> tuple:
    """All that counts of seats, papers, waiting parties, requests and what is to be told."""
    return (
        list(Performance.objects.order_by("pk").values_list("seats_left", "seats_held", "parties_waiting")),
        list(Booking.objects.order_by("pk").values_list("pk", "cancelled_at")),
        list(Invitation.objects.order_by("pk").values_list("pk", "status")),
        list(WaitlistEntry.objects.order_by("pk").values_list("pk", "state")),
        list(DrawRequest.objects.order_by("pk").values_list("pk", "outcome")),
        sorted(OutboxMessage.objects.values_list("effect", flat=True)),
        [bool(made) for made in PartyDocument.objects.values_list("made_at", flat=True)],
    )


def dies_after(statements: int, act) -> bool:
    """Do `act` in a process that SIGKILL ends after so many statements; whether it came so far as to be killed."""
    connections.close_all()  # the other process opens its own
    with warnings.catch_warnings():
        warnings.simplefilter(
            "ignore", DeprecationWarning
        )  # threads of the test runner: they don't matter here
        child = os.fork()
    if child == 0:
        done = 0

        def count(execute, sql, params, many, context):
            nonlocal done
            result = execute(sql, params, many, context)
            done += 1
            if done == statements:
                os.kill(os.getpid(), signal.SIGKILL)
            return result

        try:
            with connection.execute_wrapper(count):
                act()
        except BaseException:  # said by its exit code
            os._exit(1)
        os._exit(0)
    _, ended = os.waitpid(child, 0)
    if os.WIFSIGNALED(ended):
        assert os.WTERMSIG(ended) == signal.SIGKILL
        return True
    assert os.WEXITSTATUS(ended) == 0
    return False


def booking():
    """A party of three."""
    worker = a_worker()
    return booker(PerformanceFactory(capacity=3), seats=3, worker=worker, key=worker.pk)


def cancelling():
    """A booking of four whose seats go to two parties that wait."""
    performance = PerformanceFactory(capacity=4)
    made = a_booking(performance=performance, guests=3)
    for _ in range(2):
        a_waiting_party(performance=performance, guests=1)
    return lambda: cancel_booking(booking=made, by="essai", at=timezone.now())


def offered():
    performance = PerformanceFactory(capacity=2)
    made = a_booking(performance=performance, guests=1)
    entries = [a_waiting_party(performance=performance, guests=1) for _ in range(2)]
    cancel_booking(booking=made, by="essai", at=timezone.now())
    return WaitlistEntry.objects.select_related("participant", "performance").get(pk=entries[0].pk)


def confirming():
    entry = offered()
    return lambda: waitlist.confirm(entry=entry, by=entry.joined_by, at=timezone.now())


def passing_on():
    """Seats that nobody answered for, which go to the next party: the sweeper's work."""
    entry = offered()
    later = entry.answer_by + timedelta(minutes=1)
    return lambda: promotion.tend(performance=entry.performance, at=later)


def drawing_lots():
    draw = a_draw(performance=PerformanceFactory(capacity=3, starts_at=timezone.now() + timedelta(days=10)))
    for guests in (1, 0, 2):
        a_request(draw, guests=guests)
    return lambda: hold_draw(
        draw=Draw.objects.select_related("performance").get(pk=draw.pk), at=draw.closes_at
    )


def making_a_document():
    made = a_booking(guests=settings.PDF_INLINE_MAX)
    PartyDocument.objects.filter(booking=made).update(content=b"", made_at=None)

    def act():
        for document in PartyDocument.objects.due().filter(booking=made).select_related("booking"):
            drawing.draw(document=document, at=timezone.now())

    return act


ACTS = [booking, cancelling, confirming, passing_on, drawing_lots, making_a_document]


@pytest.mark.parametrize("prepare", ACTS)
def test_act_whose_process_is_killed_is_whole_or_has_never_been(prepare, settings, tmp_path):
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    settings.EMAIL_FILE_PATH = str(tmp_path)
    kills = partial = 0
    statement, killed = 1, True
    while killed:
        act = prepare()
        before = state()
        killed = dies_after(statement, act)
        after = state()
        assert_sound()
        act = retried(act)
        act()
        whole = state()
        assert killed or after == whole  # acknowledged: it is there
        partial += after not in (before, whole)
        assert_sound()
        kills += killed
        statement += EACH
    assert kills >= 3 if FULL else kills
    assert partial == 0
    everything_is_told(tmp_path)
    print(f"{prepare.__name__} : {kills} arrêts brutaux, rien de perdu ({connection.vendor})")  # noqa: T201


def retried(act):
    """The same once more; where it was done already, a refusal is an answer, too."""

    def again():
        with suppress(DomainError):
            act()

    return again


def everything_is_told(folder) -> None:
    """However often the sender died, each message leaves once at least: what it had taken comes back later."""
    later = timezone.now() + timedelta(days=20) + LEASE
    while deliver_due(at=later, limit=500):
        later += LEASE
    assert not OutboxMessage.objects.filter(sent_at=None).exists()
    sent = "".join(file.read_text() for file in folder.iterdir())
    assert all(f"<{pk}@" in sent for pk in OutboxMessage.objects.values_list("pk", flat=True))


def test_sender_killed_at_each_step_sends_everything(settings, tmp_path):
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    settings.EMAIL_FILE_PATH = str(tmp_path)
    statement, killed, later = 1, True, timezone.now()
    while killed:
        OutboxMessage.objects.all().delete()
        for number in range(MAILS):
            OutboxMessage.objects.create(
                effect=f"essai {number}", recipient="camille@structure.example", subject="Bonjour",
                text="Texte", created_at=later, next_try_at=later,
            )  # fmt: skip
        killed = dies_after(statement, lambda at=later: deliver_due(at=at, limit=10))
        everything_is_told(tmp_path)
        statement += 1
    assert statement > 2 * MAILS  # claimed, and noted as sent
