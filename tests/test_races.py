"""Many at once, with real threads and connections (safety, drills). SQLite queues writers, PostgreSQL races."""

from collections import Counter
from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from invitations.invariants import audit
from invitations.models import Booking, Invitation, Participant
from invitations.services import door
from invitations.services.booking import cancel_booking, cancel_invitation
from invitations.tests.factories import ParticipantFactory, a_booking, a_worker
from offers.models import Performance
from offers.services import set_capacity
from offers.tests.factories import PerformanceFactory
from partners.tests.factories import UserFactory
from tests.racing import CROWD, RACE, REQUESTS, ROUNDS, assert_sound, booker, kinds, together

pytestmark = RACE
FORM = {"confirmed": "on", "action": "book", "guest-TOTAL_FORMS": 0, "guest-INITIAL_FORMS": 0}


@pytest.mark.parametrize("_", range(ROUNDS))
def test_fifty_workers_on_the_last_seat_make_one_booking(_):
    performance = PerformanceFactory(capacity=1)
    outcomes = together(booker(performance) for _ in range(CROWD))
    assert kinds(outcomes) == {"Booking": 1, "DomainError": CROWD - 1}
    assert_sound()


@pytest.mark.parametrize("_", range(ROUNDS))
def test_parties_of_all_sizes_never_pass_the_seats_and_are_never_split(_):
    performance = PerformanceFactory(capacity=20)
    outcomes = together(booker(performance, seats=1 + n % 6) for n in range(REQUESTS))
    assert set(kinds(outcomes)) == {"Booking", "DomainError"}
    performance.refresh_from_db()
    assert performance.seats_left + Invitation.objects.live().count() == 20
    assert all(
        made.invitations.count() == 1 + n % 6 for n, made in enumerate(outcomes) if isinstance(made, Booking)
    )
    assert_sound()


@pytest.mark.parametrize("_", range(ROUNDS))
def test_fifty_pages_sent_for_the_last_seat_all_have_their_answer(_):
    """As above, by the page: one confirmation, and for everybody else the form again, with a sentence."""
    performance, browsers = PerformanceFactory(capacity=1), []
    for _ in range(CROWD):
        worker, browser = a_worker(), Client()
        browser.force_login(worker)
        person = ParticipantFactory(structure=worker.structure)
        browsers.append((browser, {**FORM, "key": uuid4(), "participant": person.pk}))
    address = reverse("invitations:book", args=[performance.pk])
    pages = together([lambda pair=pair: pair[0].post(address, pair[1]) for pair in browsers])
    assert Counter(page.status_code for page in pages) == {302: 1, 200: CROWD - 1}
    assert Booking.objects.count() == 1
    assert_sound()


def test_same_form_fifty_times_books_once():
    worker = a_worker()
    person, key = ParticipantFactory(structure=worker.structure), uuid4()
    act = booker(PerformanceFactory(capacity=60), key=key, worker=worker, person=person)
    outcomes = together([act] * CROWD)
    assert kinds(outcomes) == {"Booking": CROWD}
    assert len({made.pk for made in outcomes}) == Booking.objects.count() == 1
    assert_sound()


def test_same_form_with_somebody_new_books_once_and_everybody_hears_so():
    worker, performance, key = a_worker(), PerformanceFactory(capacity=2), uuid4()

    def act():
        new = Participant(given_name="Zélie", family_name="Nouvelle")
        return booker(performance, seats=2, key=key, worker=worker, person=new)()

    outcomes = together([act] * CROWD)
    assert kinds(outcomes) == {"Booking": CROWD}
    assert len({made.pk for made in outcomes}) == Booking.objects.count() == Participant.objects.count() == 1
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
        lambda made=made: cancel_invitation(invitation=made.invitations.last(), by="essai", at=timezone.now())
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
        Performance.objects.filter(pk=made.performance_id).update(
            starts_at=timezone.now() + timedelta(hours=1)
        )
        paper.performance.refresh_from_db()
        acts.append(lambda made=made: cancel_booking(booking=made, by="essai", at=timezone.now()))
        acts.append(
            lambda paper=paper, desk=desk: door.admit(invitation=paper, by=desk, at=timezone.now()).verdict
        )
    together(acts)
    assert not Invitation.objects.filter(status="cancelled", admitted_at__isnull=False).exists()
    assert_sound()


def test_lost_update_is_seen_by_the_audit_that_ends_these_tests():
    """That racing threads without the guard do oversell is shown on PostgreSQL (tests/test_postgres_control.py)."""
    performance = PerformanceFactory(capacity=1)
    a_booking(performance=performance)
    Performance.objects.filter(pk=performance.pk).update(seats_left=1)  # what a lost update leaves behind
    assert audit().violations
