"""A venue's desk that presses twice, or at two screens at once: real threads and connections."""

import threading
import time
from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from common.errors import DomainError
from invitations.tests.factories import a_worker
from offers import services
from offers.models import Event, Performance, ProgrammeUpload
from offers.tests.factories import EventFactory, PerformanceFactory
from partners.tests.factories import UserFactory
from tests.racing import RACE, ROUNDS, assert_sound, booker, kinds, together

pytestmark = RACE
SCREENS = 4


@pytest.mark.parametrize("_", range(ROUNDS))
def test_one_file_waits_for_a_venues_word_however_many_are_handed_in_at_once(_):
    desk, now = UserFactory(venue_desk=True), timezone.now()

    def act():
        return services.keep_upload(by=desk, filename="saison.csv", content=b"titre;date\n", at=now)

    outcomes = together([act] * SCREENS)
    assert kinds(outcomes) == {"ProgrammeUpload": SCREENS}
    assert ProgrammeUpload.objects.count() == 1


@pytest.mark.parametrize("_", range(ROUNDS))
def test_the_same_date_added_at_once_is_added_once_and_the_others_hear_why(_):
    desk, now = UserFactory(venue_desk=True), timezone.now()
    event = EventFactory(venue=desk.venue)

    def act():
        date = Performance(event=event, starts_at=now + timedelta(days=5), capacity=10)
        return services.add_performance(performance=date, by=desk, at=now)

    outcomes = together([act] * SCREENS)
    assert kinds(outcomes) == {"Performance": 1, "DomainError": SCREENS - 1}
    assert event.performances.count() == 1


@pytest.mark.parametrize("_", range(ROUNDS))
def test_an_event_is_withdrawn_or_booked_never_both(_):
    desk = UserFactory(venue_desk=True)
    event = EventFactory(venue=desk.venue)
    start = timezone.now() + timedelta(days=3)
    dates = [
        PerformanceFactory(event=event, capacity=30, starts_at=start + timedelta(days=n)) for n in range(3)
    ]

    def withdraw():
        return services.withdraw_event(event=event, by=desk, at=timezone.now())

    outcomes = together([booker(dates[n % 3], worker=a_worker()) for n in range(6)] + [withdraw])
    assert set(kinds(outcomes)) <= {"Booking", "DomainError", "Event"}
    event.refresh_from_db()
    taken = sum(date.seats_taken for date in Performance.objects.filter(event=event))
    assert event.state == (Event.State.PUBLISHED if taken else Event.State.WITHDRAWN)
    assert_sound()


def test_an_event_is_not_withdrawn_while_a_seat_of_it_is_being_taken():
    desk = UserFactory(venue_desk=True)
    date = PerformanceFactory(event__venue=desk.venue)
    seat_is_taken = threading.Event()

    @transaction.atomic
    def book_slowly():
        taken = services.take_seats(performance=date, seats=1, at=timezone.now())
        seat_is_taken.set()
        time.sleep(0.5)  # the seat is taken, and nobody else can see it yet
        return taken

    def withdraw():
        seat_is_taken.wait(timeout=10)
        return services.withdraw_event(event=date.event, by=desk, at=timezone.now())

    taken, refusal = together([book_slowly, withdraw])
    assert taken is True and isinstance(refusal, DomainError)
    date.event.refresh_from_db()
    assert date.event.state == Event.State.PUBLISHED
