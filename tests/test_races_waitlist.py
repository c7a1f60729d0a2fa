"""The waiting list and quotas when many act at once: real threads and connections (C3, D5)."""

import threading
import time
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from common.errors import DomainError
from common.locks import BUSY
from invitations.models import Booking, Invitation, WaitlistEntry
from invitations.services import demand, promotion, waitlist
from invitations.services.booking import cancel_booking, cancel_invitation
from invitations.tests.factories import ParticipantFactory, a_booking, a_waiting_party, a_worker
from offers import services as offers
from offers.models import Performance, Quota
from offers.tests.factories import PerformanceFactory, QuotaFactory
from partners.tests.factories import UserFactory
from tests.racing import RACE, ROUNDS, assert_sound, booker, kinds, together

pytestmark = RACE
State = WaitlistEntry.State
PARTIES = 10


@pytest.fixture
def taken():
    """Ten parties of two that fill a date."""
    performance = PerformanceFactory(capacity=20)
    return [a_booking(performance=performance, guests=1) for _ in range(10)]


def canceller(booking):
    return lambda: cancel_booking(booking=booking, by="essai", at=timezone.now())


def held(performance):
    return Performance.objects.get(pk=performance.pk).seats_held


@pytest.mark.parametrize("_", range(ROUNDS))
def test_booking_against_promotion_overtakes_nobody_who_fits(_, taken):
    performance = taken[0].performance
    entries = [a_waiting_party(performance=performance, guests=n % 2) for n in range(PARTIES)]
    outcomes = together([*map(canceller, taken), *(booker(performance, seats=2) for _ in range(PARTIES))])
    assert set(kinds(outcomes)) <= {"int", "Booking", "DomainError"}
    served = WaitlistEntry.objects.filter(pk__in=[entry.pk for entry in entries]).offered().count()
    assert served == PARTIES  # two free seats fit whoever waits: nobody who came later took theirs
    assert_sound()


@pytest.mark.parametrize("_", range(ROUNDS))
def test_promotion_against_promotion_offers_each_seat_once(_, taken):
    performance = taken[0].performance
    for n in range(PARTIES):
        a_waiting_party(performance=performance, guests=n % 4)
    sweeps = [lambda: promotion.tend(performance=performance, at=timezone.now())] * PARTIES
    outcomes = together([*map(canceller, taken[:5]), *sweeps])
    assert set(kinds(outcomes)) <= {"int", "list"}
    offered = WaitlistEntry.objects.offered()
    assert sum(entry.seats for entry in offered) == held(performance) <= 10
    assert_sound()


@pytest.mark.parametrize("_", range(ROUNDS))
def test_yes_against_the_end_of_the_delay_is_one_or_the_other(_, taken):
    performance = taken[0].performance
    entries = [a_waiting_party(performance=performance, guests=1) for _ in range(PARTIES)]
    following = [a_waiting_party(performance=performance, guests=1) for _ in range(PARTIES)]
    for booking in taken:
        canceller(booking)()
    WaitlistEntry.objects.offered().update(answer_by=timezone.now() + timedelta(milliseconds=150))
    for entry in entries:
        entry.refresh_from_db()

    def confirm(entry):
        time.sleep(0.14)
        return waitlist.confirm(entry=entry, by=entry.joined_by, at=timezone.now())

    def expire():
        time.sleep(0.16)
        return promotion.tend(performance=performance, at=timezone.now())

    outcomes = together([*(lambda entry=entry: confirm(entry) for entry in entries), *([expire] * 4)])
    assert set(kinds(outcomes)) <= {"Booking", "DomainError", "list"}
    promotion.tend(performance=performance, at=timezone.now())
    states = WaitlistEntry.objects.in_bulk([entry.pk for entry in [*entries, *following]])
    confirmed = sum(states[entry.pk].state == State.CONFIRMED for entry in entries)
    expired = sum(states[entry.pk].state == State.EXPIRED for entry in entries)
    assert confirmed + expired == PARTIES
    assert confirmed == kinds(outcomes)["Booking"] == Booking.objects.live().count()
    assert sum(states[entry.pk].state == State.OFFERED for entry in following) == expired
    assert_sound()


@pytest.mark.parametrize("_", range(ROUNDS))
def test_cancelling_and_leaving_against_promotion_free_each_seat_once(_, taken):
    performance = taken[0].performance
    entries = [a_waiting_party(performance=performance, guests=1) for _ in range(PARTIES)]
    for booking in taken[:5]:
        canceller(booking)()
    leaves = [
        lambda entry=entry: waitlist.leave(entry=entry, by="essai", at=timezone.now())
        for entry in entries
        for _ in range(2)  # pressed twice
    ]
    outcomes = together([*leaves, *map(canceller, taken[5:])])
    assert kinds(outcomes)["DomainError"] == PARTIES  # of the two clicks, one
    now = Performance.objects.get(pk=performance.pk)
    assert (now.seats_left, now.seats_held, now.parties_waiting) == (20, 0, 0)
    assert_sound()


@pytest.mark.parametrize("_", range(ROUNDS))
def test_yes_pressed_many_times_books_once(_, taken):
    entry = a_waiting_party(performance=taken[0].performance, guests=1)
    canceller(taken[0])()
    entry.refresh_from_db()
    acts = [lambda: waitlist.confirm(entry=entry, by=entry.joined_by, at=timezone.now())] * PARTIES
    outcomes = together(acts)
    assert kinds(outcomes) == {"Booking": PARTIES} and len({made.pk for made in outcomes}) == 1
    assert_sound()


@pytest.mark.parametrize("_", range(ROUNDS))
def test_two_workers_of_one_structure_never_pass_its_quota(_):
    performance = PerformanceFactory(capacity=40)
    other_date = PerformanceFactory(
        event=performance.event, capacity=40, starts_at=performance.starts_at + timedelta(days=1)
    )
    QuotaFactory(event=performance.event, seats=5)
    worker = a_worker()
    colleague = UserFactory(structure=worker.structure)
    outcomes = together(
        booker((performance, other_date)[n % 2], seats=2, worker=(worker, colleague)[n % 3 == 0])
        for n in range(12)
    )
    assert kinds(outcomes) == {"Booking": 2, "DomainError": 10}
    assert Invitation.objects.live().count() == 4
    assert_sound()


@pytest.mark.parametrize("_", range(ROUNDS))
def test_quota_set_by_many_at_once_while_people_book_leaves_one(_):
    performance = PerformanceFactory(capacity=40)
    worker = a_worker()

    def share(seats):
        quota = Quota(venue=performance.event.venue, event=performance.event, seats=seats)
        return demand.change_quota(quota=quota, by="essai", at=timezone.now())

    shares = [lambda seats=seats: share(seats) for seats in (3, 4, 5, 6)]
    outcomes = together([*shares, *(booker(performance, worker=worker) for _ in range(8))])
    assert set(kinds(outcomes)) <= {"Quota", "Booking", "DomainError"}
    assert Quota.objects.open().count() == 1
    assert_sound()


@pytest.mark.parametrize("_", range(ROUNDS))
def test_promotions_of_two_dates_and_bookings_never_pass_a_structures_quota(_):
    """Freed seats of two dates go to parties of one structure while its worker books, under a quota for the event."""
    first = PerformanceFactory(capacity=4)
    second = PerformanceFactory(event=first.event, capacity=4, starts_at=first.starts_at + timedelta(days=1))
    others = [a_booking(performance=date, guests=3) for date in (first, second)]
    third = PerformanceFactory(event=first.event, capacity=9, starts_at=first.starts_at + timedelta(days=2))
    worker = a_worker()
    for date in (first, second):
        for _ in range(2):
            a_waiting_party(performance=date, by=worker, guests=1)
    QuotaFactory(event=first.event, seats=4)
    colleague = UserFactory(structure=worker.structure)
    outcomes = together(
        [*map(canceller, others), *(booker(third, seats=2, worker=colleague) for _ in range(4))]
    )
    assert set(kinds(outcomes)) <= {"int", "Booking", "DomainError"}
    for date in (first, second):
        promotion.tend(performance=date, at=timezone.now())
    seats = sum(entry.seats for entry in WaitlistEntry.objects.offered().filter(structure=worker.structure))
    assert seats + Invitation.objects.live().filter(booking__structure=worker.structure).count() == 4
    assert_sound()


@pytest.mark.parametrize("_", range(ROUNDS))
def test_seats_added_and_cut_while_parties_come_and_go(_, taken):
    performance = taken[0].performance
    entries = [a_waiting_party(performance=performance, guests=n % 3) for n in range(PARTIES)]
    seats = [
        lambda seats=seats: demand.change_seats(
            performance=performance, capacity=seats, by="essai", at=timezone.now()
        )
        for seats in (26, 12, 30, 21, 18)
    ]
    leaves = [
        lambda entry=entry: waitlist.leave(entry=entry, by="essai", at=timezone.now())
        for entry in entries[::2]
    ]
    guests = [
        lambda made=made: cancel_invitation(invitation=made.invitations.last(), by="essai", at=timezone.now())
        for made in taken[:4]
    ]
    outcomes = together([*seats, *leaves, *guests, *(booker(performance) for _ in range(6))])
    assert set(kinds(outcomes)) <= {"Performance", "NoneType", "int", "Booking", "DomainError"}
    assert_sound()


# --- A lock that is held for too long ---------------------------------------------------------------------


def test_booking_gives_up_after_three_seconds_with_a_sentence_and_nothing_written(settings):
    performance, worker = PerformanceFactory(), a_worker()
    person = ParticipantFactory(structure=worker.structure)
    act, row_is_held, given_up = (
        booker(performance, worker=worker, person=person),
        threading.Event(),
        threading.Event(),
    )

    @transaction.atomic
    def hold_the_date():
        offers.lock(performance)
        row_is_held.set()
        given_up.wait(timeout=20)

    def book_meanwhile():
        row_is_held.wait(timeout=10)
        began = time.monotonic()
        try:
            return act()
        finally:
            waits.append(time.monotonic() - began)
            given_up.set()

    waits: list[float] = []
    _, refusal = together([hold_the_date, book_meanwhile])
    assert isinstance(refusal, DomainError) and refusal.sentence == BUSY
    assert settings.LOCK_WAIT_SECONDS - 0.2 <= waits[0] < settings.LOCK_WAIT_SECONDS + 2
    assert not Booking.objects.exists() and not Invitation.objects.exists()
    assert act()  # and on the next try it books
    assert_sound()


def test_form_keeps_what_was_typed_when_it_gives_up(settings):
    settings.LOCK_WAIT_SECONDS = 0.3
    performance, worker = PerformanceFactory(), a_worker()
    person = ParticipantFactory(structure=worker.structure)
    browser = Client()
    browser.force_login(worker)
    browser.get(reverse("home"))  # what the account's access is worth is kept in the session now
    typed = {
        "key": uuid4(), "participant": person.pk, "confirmed": "on", "action": "book", "guest-TOTAL_FORMS": 1,
        "guest-INITIAL_FORMS": 0, "guest-0-given_name": "Ondine", "guest-0-family_name": "Quatremarre",
        "guest-0-role": "guest",
    }  # fmt: skip
    row_is_held, answered = threading.Event(), threading.Event()

    @transaction.atomic
    def hold_the_date():
        offers.lock(performance)
        row_is_held.set()
        answered.wait(timeout=20)

    def send():
        row_is_held.wait(timeout=10)
        try:
            return browser.post(reverse("invitations:book", args=[performance.pk]), typed)
        finally:
            answered.set()

    _, page = together([hold_the_date, send])
    assert page.status_code == 200
    assert BUSY in page.text and 'value="Ondine"' in page.text
    assert not Booking.objects.exists()
    assert_sound()
