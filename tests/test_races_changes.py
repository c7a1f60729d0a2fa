"""A venue changes, cancels, saves or imports while others book: real threads and connections (C1, C2, C6)."""

from datetime import timedelta

import pytest
from django.utils import timezone

from invitations.models import Booking, ChangeNotice, Invitation
from invitations.services import changes
from invitations.services.calling_off import cancel_event
from invitations.tests.factories import a_full_date, a_waiting_party, a_worker
from offers import facts, services
from offers.imports import parse_programme, prepare_programme
from offers.models import Event, EventChange, Performance
from offers.tests.factories import EventFactory, PerformanceFactory
from partners.tests.factories import UserFactory
from tests.racing import RACE, ROUNDS, assert_sound, booker, kinds, together

pytestmark = RACE
BOOKERS, SCREENS = 6, 4


def assert_everybody_knows(date):
    """Whoever goes knows what holds, once the sweep has looked; whoever knew something else has a notice of it."""
    changes.sweep(at=timezone.now())
    now = Performance.objects.select_related("event__venue").get(pk=date.pk)
    told = set(Booking.objects.live().filter(performance=date).values_list("told", flat=True))
    assert told <= {facts.written(now)}
    assert all(notice.after == facts.written(now) for notice in ChangeNotice.objects.all())


@pytest.mark.parametrize("_", range(ROUNDS))
def test_a_date_is_moved_while_others_book_it_and_everybody_knows(_):
    date = PerformanceFactory(capacity=BOOKERS)
    desk, later = UserFactory(venue_desk=True, venue=date.event.venue), date.starts_at + timedelta(hours=1)

    def move():
        return changes.move_date(performance=date, starts_at=later, by=desk, at=timezone.now())

    outcomes = together([*(booker(date, worker=a_worker()) for _ in range(BOOKERS)), move])
    assert set(kinds(outcomes)) <= {"Booking", "DomainError", "Performance"}  # a busy machine refuses some
    assert kinds(outcomes)["Performance"] == 1
    assert_everybody_knows(date)
    assert_sound()


@pytest.mark.parametrize("_", range(ROUNDS))
def test_an_event_is_cancelled_while_others_book_it_and_nobody_goes_unaware(_):
    desk = UserFactory(venue_desk=True)
    event = EventFactory(venue=desk.venue)
    start = timezone.now() + timedelta(days=3)
    dates = [
        PerformanceFactory(event=event, capacity=4, starts_at=start + timedelta(days=n)) for n in range(3)
    ]
    entry = a_waiting_party(performance=a_full_date(event=event, starts_at=start + timedelta(days=4)))
    books = [booker(dates[n % 3], worker=a_worker()) for n in range(BOOKERS)]
    outcomes = together([*books, lambda: cancel_event(event=event, by=desk, at=timezone.now())])
    assert set(kinds(outcomes)) <= {"Booking", "DomainError", "int"} and kinds(outcomes)["int"] == 1
    assert not Invitation.objects.live().exists()
    told = ChangeNotice.objects.filter(change__cancelled=True)
    assert told.filter(booking__isnull=False).count() == Booking.objects.count()
    assert told.filter(entry=entry).count() == 1
    event.refresh_from_db()
    assert event.is_withdrawn
    assert_sound()


@pytest.mark.parametrize("_", range(ROUNDS))
def test_of_two_tabs_that_save_at_once_one_saves_and_the_others_hear_it(_):
    desk = UserFactory(venue_desk=True)
    event = EventFactory(venue=desk.venue)
    basis = services.basis_of(event)

    def tab(number):
        mine = Event.objects.select_related("venue__commune").get(pk=event.pk)
        mine.title = f"Onglet {number}"
        return lambda: services.revise_event(event=mine, basis=basis, by=desk, at=timezone.now())

    outcomes = together([tab(number) for number in range(SCREENS)])
    assert kinds(outcomes) == {"Event": 1, "EventChanged": SCREENS - 1}
    [saved] = [outcome for outcome in outcomes if isinstance(outcome, Event)]
    assert Event.objects.get().title == saved.title


@pytest.mark.parametrize("_", range(ROUNDS))
def test_of_tabs_that_keep_what_they_type_at_once_none_overwrites_another(_):
    desk = UserFactory(venue_desk=True)
    event = EventFactory(venue=desk.venue)
    about = {"event": event, "basis": services.basis_of(event), "by": desk, "at": timezone.now(), "seen": 0}

    def tab(number):
        return lambda: services.keep_change(typed=f"title={number}", tab=f"tab{number}", **about)

    outcomes = together([tab(number) for number in range(SCREENS)])
    assert kinds(outcomes) == {"EventChange": 1, "ChangedElsewhere": SCREENS - 1}
    [kept] = [outcome for outcome in outcomes if isinstance(outcome, EventChange)]
    assert EventChange.objects.get().typed == kept.typed


@pytest.mark.parametrize("_", range(ROUNDS))
def test_a_file_is_written_while_others_book_and_takes_no_seat_from_them(_):
    desk = UserFactory(venue_desk=True)
    day = timezone.localdate() + timedelta(days=5)

    def file(seats, place):
        rows = f"id;titre;date;lieu;places offertes\n1;Bal;{day:%d/%m/%Y} 20:30;{place};{seats}\n"
        return prepare_programme(venue=desk.venue, parsed=parse_programme(rows.encode()), at=timezone.now())

    file(BOOKERS, "").write(by=desk)
    date = Performance.objects.with_place().get()
    plan = file(3, "Salle des fêtes")
    books = [booker(date, worker=a_worker()) for _ in range(BOOKERS)]
    outcomes = together([*books, lambda: plan.write(by=desk)])
    assert set(kinds(outcomes)) <= {"Booking", "DomainError", "Outcome"}
    assert kinds(outcomes)["Outcome"] == 1
    [done] = [outcome for outcome in outcomes if type(outcome).__name__ == "Outcome"]
    booked = kinds(outcomes)["Booking"]
    date.refresh_from_db()
    assert date.capacity == (BOOKERS if done.errors else 3) and date.seats_left == date.capacity - booked
    assert (booked > 3) == bool(done.errors) and booked <= date.capacity
    assert_everybody_knows(date)
    assert_sound()
