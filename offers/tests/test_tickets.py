"""The card of a date: drawn once for all who would see the same, and never out of date (C4)."""

from datetime import timedelta

import pytest
from django.utils import timezone

from common.languages import phrases, speaking
from offers.models import Performance
from offers.tests.factories import PerformanceFactory
from offers.tickets import draw_ticket, ticket_of

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
