"""What the offer knows of itself: who sees what, what can be booked, what a row forbids."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import IntegrityError, transaction
from django.utils import timezone

from offers.models import Access, Event, Performance, Standing
from offers.tests.factories import EventFactory, PerformanceFactory
from partners.tests.factories import VenueFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def now():
    return timezone.now()


def test_events_are_visible_to_their_venue_and_once_published_to_all(cast):
    draft = EventFactory(venue=cast.desk.venue, state=Event.State.DRAFT)
    public = EventFactory(venue=cast.other_desk.venue)
    assert list(Event.objects.visible_to(cast.desk)) == [draft]
    for user in (cast.worker, cast.staff, AnonymousUser()):
        assert list(Event.objects.visible_to(user)) == [public]


def test_events_and_dates_belong_to_their_venue_alone(cast):
    date = PerformanceFactory(event__venue=cast.desk.venue)
    assert list(Event.objects.of(cast.desk)) == [date.event]
    assert list(Performance.objects.of(cast.desk)) == [date]
    for user in (cast.worker, cast.staff, cast.other_desk):
        assert not Event.objects.of(user) and not Performance.objects.of(user)


@pytest.mark.parametrize(
    ("fields", "standing"),
    [
        ({}, Standing.OPEN),
        ({"full": True}, Standing.FULL),
        ({"capacity": 0}, Standing.SEATLESS),
        ({"past": True}, Standing.PAST),
        ({"cancelled": True}, Standing.CANCELLED),
        ({"booking_deadline": timezone.now() - timedelta(hours=1)}, Standing.CLOSED),
    ],
)
def test_standing_agrees_with_what_can_be_booked(now, fields, standing):
    date = PerformanceFactory(**fields)
    assert date.standing(at=now) is standing
    assert standing.is_open == Performance.objects.bookable(at=now).filter(pk=date.pk).exists()
    assert standing.is_open == (date.obstacle_to_book(seats=1, at=now) == "")


def test_deadline_closes_at_its_very_moment():
    closes = timezone.now() + timedelta(days=1)
    date = PerformanceFactory(booking_deadline=closes)
    before = closes - timedelta(seconds=1)
    assert date.standing(at=before).is_open and Performance.objects.bookable(at=before).exists()
    assert not date.standing(at=closes).is_open and not Performance.objects.bookable(at=closes).exists()


def test_obstacle_names_the_seats_left_to_a_larger_party(now):
    assert "Il reste 2 places" in PerformanceFactory(seats_left=2).obstacle_to_book(seats=3, at=now)


@pytest.mark.parametrize(
    "wrong",
    [
        {"seats_left": 11},
        {"seats_left": -1},
        {"capacity": -1, "seats_left": -1},
        {"ends_at": timezone.now() - timedelta(days=1)},
    ],
)
def test_database_refuses_an_impossible_date(wrong):
    date = PerformanceFactory()
    with pytest.raises(IntegrityError), transaction.atomic():
        Performance.objects.filter(pk=date.pk).update(**wrong)


def test_database_refuses_the_same_date_twice():
    date = PerformanceFactory()
    with pytest.raises(IntegrityError), transaction.atomic():
        PerformanceFactory(event=date.event, starts_at=date.starts_at)


def test_figures_count_dates_to_come_only(now):
    event = EventFactory()
    PerformanceFactory(event=event, capacity=10, seats_left=7)
    PerformanceFactory(event=event, capacity=0, starts_at=now + timedelta(days=8))
    PerformanceFactory(event=event, past=True, capacity=99)
    PerformanceFactory(event=event, cancelled=True, capacity=99, starts_at=now + timedelta(days=9))
    figures = Event.objects.with_figures(at=now).get()
    assert (figures.dates, figures.given, figures.taken, figures.seatless) == (2, 10, 3, 1)
    assert figures.next_at == event.performances.get(capacity=10).starts_at


def test_access_of_the_building_holds_only_inside_it():
    house = VenueFactory(wheelchair=True, hearing_loop=True)
    inside = EventFactory(venue=house, relaxed=True)
    outside = EventFactory(venue=house, place_name="Le parc", sign_language=True)
    assert inside.accesses == [Access.WHEELCHAIR, Access.HEARING_LOOP, Access.RELAXED]
    assert outside.accesses == [Access.SIGN_LANGUAGE]
    for event in (inside, outside):
        PerformanceFactory(event=event)
        for access in Access:
            found = Performance.objects.accessible([access]).filter(event=event).exists()
            assert found == (access in event.accesses)


@pytest.mark.parametrize(
    ("place", "address"),
    [
        ({}, "12 quai des Saules, 69100 Villeurbanne"),
        (
            {"place_address": "1 rue Neuve", "place_city": "Bron", "place_postcode": "69500"},
            "1 rue Neuve, 69500 Bron",
        ),
        ({"place_address": "1 rue Neuve, 69500 Bron", "place_city": "Bron"}, "1 rue Neuve, 69500 Bron"),
    ],
)
def test_event_address_is_where_it_takes_place(place, address):
    assert EventFactory(**place).address == address


def test_search_text_holds_title_place_and_kind_without_accents():
    event = EventFactory(title="L'ÉTÉ", kind="visit", place_name="Le Pré", place_city="Bron")
    assert {"l'ete", "le pre", "bron", "visite guidee"} <= {
        words for words in ("l'ete", "le pre", "bron", "visite guidee") if words in event.search_text
    }
    assert event.city == "Bron"
