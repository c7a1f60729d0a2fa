"""Many at once, with real threads and connections (safety, drills). SQLite queues writers, PostgreSQL races."""

import os
import threading
from collections import Counter
from uuid import uuid4

import pytest
from django.db import connections
from django.utils import timezone

from invitations.invariants import audit
from invitations.models import Booking, Invitation
from invitations.services import door
from invitations.services.booking import Guest, book, cancel_booking, cancel_invitation
from invitations.tests.factories import ParticipantFactory, a_booking, a_worker
from offers.models import Performance
from offers.services import set_capacity
from offers.tests.factories import PerformanceFactory
from partners.tests.factories import UserFactory

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.drill]
FULL = os.environ.get("PORTAIL_DRILLS") == "full"
ROUNDS = 20 if FULL else 2
CROWD = 50


@pytest.fixture(autouse=True)
def reference(transactional_db, django_db_serialized_rollback):
    """Tests that commit find the reference rows (conditions of use) again."""


def together(acts) -> list:
    """What each act returned or raised, all started at the same moment, each on its own connection."""
    acts = list(acts)
    gate, outcomes = threading.Barrier(len(acts)), [None] * len(acts)

    def run(index, act):
        gate.wait()
        try:
            outcomes[index] = act()
        except Exception as error:  # noqa: BLE001 (whatever comes is what the test looks at)
            outcomes[index] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


def booker(performance, *, seats=1, key=None, worker=None, person=None):
    worker = worker or a_worker()
    person = person or ParticipantFactory(structure=worker.structure)
    guests = [Guest(f"Ondine{n}", "Quatremarre") for n in range(seats - 1)]

    def act():
        return book(
            performance=performance, participant=person, guests=guests,
            key=key or uuid4(), by=worker, at=timezone.now(),
        )  # fmt: skip

    return act


def kinds(outcomes) -> Counter:
    return Counter(type(outcome).__name__ for outcome in outcomes)


def assert_sound():
    assert audit().violations == []


@pytest.mark.parametrize("_", range(ROUNDS))
def test_fifty_workers_on_the_last_seat_make_one_booking(_):
    performance = PerformanceFactory(capacity=1)
    outcomes = together(booker(performance) for _ in range(CROWD))
    assert kinds(outcomes) == {"Booking": 1, "DomainError": CROWD - 1}
    assert_sound()


@pytest.mark.parametrize("_", range(ROUNDS))
def test_parties_of_all_sizes_never_pass_the_seats_and_are_never_split(_):
    performance, requests = PerformanceFactory(capacity=20), 200 if FULL else 60
    outcomes = together(booker(performance, seats=1 + n % 6) for n in range(requests))
    assert set(kinds(outcomes)) == {"Booking", "DomainError"}
    performance.refresh_from_db()
    assert performance.seats_left + Invitation.objects.live().count() == 20
    assert all(
        made.invitations.count() == 1 + n % 6 for n, made in enumerate(outcomes) if isinstance(made, Booking)
    )
    assert_sound()


def test_same_form_fifty_times_books_once():
    worker = a_worker()
    person, key = ParticipantFactory(structure=worker.structure), uuid4()
    act = booker(PerformanceFactory(capacity=60), key=key, worker=worker, person=person)
    outcomes = together([act] * CROWD)
    assert kinds(outcomes) == {"Booking": CROWD}
    assert len({made.pk for made in outcomes}) == Booking.objects.count() == 1
    assert_sound()


def test_fifty_scans_admit_once():
    booking = a_booking()
    performance = booking.performance
    desk = UserFactory(venue_desk=True, venue=performance.event.venue)
    invitation = booking.invitations.get()
    answers = together(
        [lambda: door.admit(invitation=invitation, by=desk, at=performance.starts_at).verdict] * CROWD
    )
    assert Counter(answers) == {door.Verdict.ADMITTED: 1, door.Verdict.ALREADY: CROWD - 1}
    assert_sound()


@pytest.mark.parametrize("_", range(ROUNDS))
def test_booking_against_cancelling_keeps_the_count(_):
    performance = PerformanceFactory(capacity=20)
    bookings = [a_booking(performance=performance, guests=1) for _ in range(10)]
    cancels = [
        lambda made=made: cancel_booking(booking=made, by="essai", at=timezone.now()) for made in bookings
    ]
    guests = [
        lambda made=made: cancel_invitation(
            invitation=made.invitations.last(), by="essai", at=timezone.now()
        )
        for made in bookings
    ]
    outcomes = together([*cancels, *guests, *(booker(performance, seats=2) for _ in range(20))])
    assert set(kinds(outcomes)) <= {"int", "Booking", "DomainError"}
    assert_sound()


@pytest.mark.parametrize("_", range(ROUNDS))
def test_booking_against_seats_cut_keeps_the_count(_):
    performance = PerformanceFactory(capacity=20)
    desk = UserFactory(venue_desk=True, venue=performance.event.venue)
    cuts = [
        lambda seats=seats: set_capacity(performance=performance, capacity=seats, by=desk, at=timezone.now())
        for seats in range(5, 15)
    ]
    outcomes = together([*cuts, *(booker(performance, seats=2) for _ in range(20))])
    assert set(kinds(outcomes)) <= {"Performance", "Booking", "DomainError"}
    assert_sound()


def test_cancelling_against_scanning_never_admits_the_cancelled():
    bookings = [a_booking() for _ in range(10)]
    acts = []
    for made in bookings:
        desk = UserFactory(venue_desk=True, venue=made.performance.event.venue)
        paper = made.invitations.select_related("performance", "booking").get()
        Performance.objects.filter(pk=made.performance_id).update(starts_at=timezone.now() + timezone.timedelta(hours=1))
        paper.performance.refresh_from_db()
        acts.append(lambda made=made: cancel_booking(booking=made, by="essai", at=timezone.now()))
        acts.append(lambda paper=paper, desk=desk: door.admit(invitation=paper, by=desk, at=timezone.now()).verdict)
    together(acts)
    assert not Invitation.objects.filter(status="cancelled", admitted_at__isnull=False).exists()
    assert_sound()


def test_broken_guard_is_seen_by_these_tests(monkeypatch):
    """The control: with check-then-write in place of the guard, the audit must see the oversale.

    On PostgreSQL the same is shown by racing threads (tests/test_control.py).
    """
    performance = PerformanceFactory(capacity=1)
    a_booking(performance=performance)
    Performance.objects.filter(pk=performance.pk).update(seats_left=1)  # what a lost update leaves behind
    assert audit().violations


