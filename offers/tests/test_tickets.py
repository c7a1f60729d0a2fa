"""The card of a date: drawn once for all who would see the same, and never out of date (C4)."""

from datetime import timedelta

import pytest
from django.utils import timezone

from common.languages import phrases, speaking
from offers.models import Performance
from offers.tests.factories import PerformanceFactory
from offers.tickets import date_ticket_of, draw_ticket, ticket_of

pytestmark = pytest.mark.django_db


def card(date, *, books=True, held=None, at=None):
    shown = Performance.objects.as_tickets().get(pk=date.pk)
    return draw_ticket(ticket_of(shown, at=at or timezone.now(), books=books, held=held))


@pytest.mark.parametrize(
    "change",
    [
        {"seats_left": 2},
        {"starts_at": timezone.now() + timedelta(days=40)},
        {"cancelled_at": timezone.now()},
        {"booking_deadline": timezone.now() - timedelta(minutes=1)},
        {"seats_left": 0},
    ],
)
def test_card_follows_every_change_of_its_date(change):
    date = PerformanceFactory()
    before = card(date)

    Performance.objects.filter(pk=date.pk).update(**change)

    assert card(date) != before


@pytest.mark.parametrize(
    "change",
    [{"title": "Autre"}, {"kind": "match"}, {"age_min": 12}, {"place_name": "Au parc"}, {"relaxed": True}],
)
def test_card_follows_every_change_of_its_event(change):
    date = PerformanceFactory()
    before = card(date)
    type(date.event).objects.filter(pk=date.event_id).update(**change)

    assert card(date) != before


def test_card_offers_what_its_reader_may_do():
    date = PerformanceFactory()

    assert "Réserver" in card(date) and "Réserver" not in card(date, books=False)
    assert "quota atteint" in card(date, held=4) and "quota atteint" not in card(date)


def test_card_closes_with_its_deadline_though_nothing_changed():
    date = PerformanceFactory(booking_deadline=timezone.now() + timedelta(hours=1))

    assert "Réserver" in card(date)
    assert "Réserver" not in card(date, at=timezone.now() + timedelta(hours=1, seconds=1))


def test_card_drawn_for_a_reader_of_another_language_is_not_the_french_one():

    date = PerformanceFactory(event__kind="concert")
    french = card(date)
    with speaking(phrases("tr")):
        assert card(date) != french
    assert card(date) == french


def line(date, *, at=None, **known):
    shown = Performance.objects.select_related("event").get(pk=date.pk)
    known = {"books": True, "told": True, "share": "", "used_up": False} | known
    return draw_ticket(date_ticket_of(shown, at=at or timezone.now(), **known))


@pytest.mark.parametrize(
    "change",
    [
        {"seats_left": 2},
        {"starts_at": timezone.now() + timedelta(days=40)},
        {"ends_at": timezone.now() + timedelta(days=60)},
        {"cancelled_at": timezone.now()},
        {"booking_deadline": timezone.now() + timedelta(hours=1)},
        {"parties_waiting": 3},
        {"draw_until": timezone.now() + timedelta(hours=1)},
        {"draw_until": timezone.now() - timedelta(hours=2), "drawn_at": timezone.now()},
    ],
)
def test_line_on_the_events_page_follows_every_change_of_its_date(change):
    date = PerformanceFactory()
    before = line(date)
    Performance.objects.filter(pk=date.pk).update(**change)
    assert line(date) != before


def test_line_says_what_its_reader_may_do_and_know():
    date = PerformanceFactory()
    Performance.objects.filter(pk=date.pk).update(parties_waiting=3)
    assert "Réserver" in line(date) and "Réserver" not in line(date, books=False)
    assert "quota atteint" in line(date, used_up=True) and "Réserver" not in line(date, used_up=True)
    assert "3 demandes" in line(date) and "demande" not in line(date, told=False)
    assert "Il vous reste 2 places." in line(date, share="Il vous reste 2 places.")
