"""What venues do with their offer, and how seats move (C1, C3, F5)."""

from datetime import timedelta

import pytest
from django.utils import timezone

from common.errors import DomainError
from common.models import AuditEntry
from offers import services
from offers.models import Event, Performance
from offers.tests.factories import EventFactory, PerformanceFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def now():
    return timezone.now()


@pytest.fixture
def by(cast):
    return cast.desk


def a_date(now, **fields):
    return Performance(**{"starts_at": now + timedelta(days=5), "capacity": 10, **fields})


def verbs():
    return set(AuditEntry.objects.values_list("verb", flat=True))


def test_publish_event_saves_it_with_all_seats_free(by, now):
    event = services.publish_event(event=Event(title="Bal"), performances=[a_date(now)], by=by, at=now)
    assert event.venue == by.venue
    assert event.performances.get().seats_left == 10
    assert event.search_text.startswith("bal ")
    assert verbs() == {"événement publié", "séance ajoutée"}


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"starts_at": timezone.now() - timedelta(minutes=1)}, "starts_at"),
        ({"capacity": 10_001}, "capacity"),
        ({"capacity": -1}, "capacity"),
        ({"ends_at": timezone.now() + timedelta(days=1)}, "ends_at"),
        ({"booking_deadline": timezone.now() + timedelta(days=6)}, "booking_deadline"),
        ({"booking_deadline": timezone.now() - timedelta(days=1)}, "booking_deadline"),
    ],
)
def test_publish_event_refuses_impossible_dates_and_saves_nothing(by, now, fields, field):
    dates = [a_date(now, starts_at=now + timedelta(days=2)), a_date(now, **fields)]
    with pytest.raises(services.RefusedDates) as refused:
        services.publish_event(event=Event(title="Bal"), performances=dates, by=by, at=now)
    assert {rank: refusal.field for rank, refusal in refused.value.refusals.items()} == {1: field}
    assert not Event.objects.exists() and not Performance.objects.exists() and not AuditEntry.objects.exists()


def test_publish_event_says_all_that_is_wrong_at_once(by, now):
    dates = [a_date(now, capacity=-1), a_date(now), a_date(now)]
    with pytest.raises(services.RefusedDates) as refused:
        services.publish_event(event=Event(title="Bal"), performances=dates, by=by, at=now)
    assert sorted(refused.value.refusals) == [0, 2]
    assert "déjà une séance" in refused.value.refusals[2].sentence


def test_update_event_is_found_by_its_new_words(by, now):
    event = EventFactory(venue=by.venue)
    event.title = "L'Élan"
    services.update_event(event=event, by=by, at=now)
    event.refresh_from_db()
    assert "l'elan" in event.search_text
    assert verbs() == {"événement modifié"}


@pytest.mark.parametrize(("capacity", "left"), [(30, 24), (10, 4), (6, 0)])
def test_set_capacity_keeps_what_is_booked(by, now, capacity, left):
    date = PerformanceFactory(capacity=10, seats_left=4)
    assert services.set_capacity(performance=date, capacity=capacity, by=by, at=now).seats_left == left
    assert verbs() == {"places changées"}


@pytest.mark.parametrize("capacity", [5, 0, -1, 10_001])
def test_set_capacity_refuses_below_what_is_booked_and_beyond_reason(by, now, capacity):
    date = PerformanceFactory(capacity=10, seats_left=4)
    with pytest.raises(DomainError) as refusal:
        services.set_capacity(performance=date, capacity=capacity, by=by, at=now)
    assert refusal.value.field == "capacity"
    date.refresh_from_db()
    assert (date.capacity, date.seats_left) == (10, 4)
    assert not AuditEntry.objects.exists()


def test_take_seats_takes_all_or_none(now):
    date = PerformanceFactory(capacity=3)
    assert not services.take_seats(performance=date, seats=4, at=now)
    assert services.take_seats(performance=date, seats=3, at=now)
    assert not services.take_seats(performance=date, seats=1, at=now)
    services.give_back_seats(performance=date, seats=2)
    date.refresh_from_db()
    assert date.seats_left == 2


@pytest.mark.parametrize(
    "fields", [{"past": True}, {"cancelled": True}, {"booking_deadline": timezone.now() - timedelta(hours=1)}]
)
def test_take_seats_takes_none_of_a_date_that_is_closed(now, fields):
    assert not services.take_seats(performance=PerformanceFactory(**fields), seats=1, at=now)


def test_give_seats_fills_only_dates_to_come_that_have_none(by, now):
    event = EventFactory(venue=by.venue)
    empty = PerformanceFactory(event=event, capacity=0)
    PerformanceFactory(event=event, capacity=0, past=True)
    PerformanceFactory(event=event, capacity=0, cancelled=True, starts_at=now + timedelta(days=8))
    PerformanceFactory(event=event, capacity=5, seats_left=1, starts_at=now + timedelta(days=9))
    PerformanceFactory(capacity=0)
    assert services.give_seats(event=event, capacity=7, by=by, at=now) == 1
    assert list(Performance.objects.filter(capacity=7)) == [empty]
    assert Performance.objects.get(pk=empty.pk).seats_left == 7
    with pytest.raises(DomainError):
        services.give_seats(event=event, capacity=7, by=by, at=now)


def test_withdraw_event_is_refused_while_seats_are_held_for_a_date_to_come(by, now):
    event = EventFactory(venue=by.venue)
    PerformanceFactory(event=event, past=True, seats_left=0)
    date = PerformanceFactory(event=event, seats_left=8)
    with pytest.raises(DomainError, match="2"):
        services.withdraw_event(event=event, by=by, at=now)
    Performance.objects.filter(pk=date.pk).update(seats_left=10)
    services.withdraw_event(event=event, by=by, at=now)
    event.refresh_from_db()
    assert event.is_withdrawn
    assert verbs() == {"événement retiré"}


@pytest.mark.parametrize("state", ["draft", "withdrawn"])
def test_publish_again_puts_an_event_on_offer_and_says_so_once(by, now, state):
    event = EventFactory(venue=by.venue, state=state)
    for _ in range(2):
        assert services.publish_again(event=event, by=by, at=now).is_published
    event.refresh_from_db()
    assert event.is_published
    assert [entry.verb for entry in AuditEntry.objects.all()] == ["événement publié"]


def test_update_event_leaves_an_event_withdrawn_that_its_form_knew_on_offer(by, now):
    event = EventFactory(venue=by.venue)
    services.withdraw_event(event=Event.objects.get(pk=event.pk), by=by, at=now)
    event.title, event.place_city = "Bal masqué", "Bron"
    services.update_event(event=event, by=by, at=now)
    event.refresh_from_db()
    assert (event.state, event.title, event.city) == ("withdrawn", "Bal masqué", "Bron")
    assert "bal masque" in event.search_text
