"""The season for load: as many rows as asked for, in every state, by the same rules, the same for a seed."""

from collections import Counter
from datetime import date
from io import StringIO

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import transaction
from django.test import TestCase

from billetterie.demo.load import CODES, NumberedChance
from billetterie.demo.partners import at_hour
from billetterie.demo.season import load_season
from billetterie.tests.test_demo_season import in_clear, snapshot, stored
from common.codes import is_code
from common.models import AuditEntry, OutboxMessage
from invitations import invariants
from invitations.models import Booking, Invitation, PartyDocument
from invitations.services.usage_review import review_weeks
from offers.models import Event, Performance
from partners.models import Structure, Venue

pytestmark = pytest.mark.once
ON = date(2026, 11, 22)
NOW = at_hour(ON, 0)
Status = Invitation.Status


class TestSeasonForLoad(TestCase):
    @classmethod
    def setUpTestData(cls):
        load_season(seed=1, on=ON, structures=120, invitations=4_000)

    def test_holds_as_many_as_asked_for(self):
        assert Structure.objects.count() == 120
        assert Invitation.objects.count() == 4_000

    def test_dates_to_come_are_many_and_spread_over_many_venues(self):
        ahead = Performance.objects.bookable(at=NOW)
        assert Performance.objects.published().upcoming(at=NOW).count() >= 1_000
        assert ahead.count() >= 800
        assert Venue.objects.filter(events__performances__in=ahead).distinct().count() >= 80
        assert all(Event.objects.values_list("search_text", flat=True))

    def test_breaks_no_invariant(self):
        assert invariants.audit().violations == []

    def test_bookings_are_in_every_state(self):
        added = Invitation.objects.filter(booking__structure__name__contains=" – ")
        assert set(Counter(added.values_list("status", flat=True))) == set(Status.values)
        bookings = Booking.objects.filter(structure__name__contains=" – ")
        assert bookings.to_come(at=NOW).exists()
        assert bookings.filter(performance__cancelled_at__isnull=False).exists()
        assert bookings.exclude(cancelled_at=None).filter(performance__cancelled_at=None).exists()
        assert added.filter(status=Status.CANCELLED, booking__cancelled_at=None).exists()

    def test_leaves_nothing_to_do(self):
        """No mail to send, no paper to draw beyond the small season's, no hint to note."""
        assert OutboxMessage.objects.count() >= Booking.objects.count()
        assert not OutboxMessage.objects.due(at=at_hour(date(2028, 1, 1), 0)).exists()
        assert not PartyDocument.objects.filter(booking__structure__name__contains=" – ").exists()
        assert review_weeks(at=NOW) == 0
        assert AuditEntry.objects.filter(verb="admis·e").exists()

    def test_database_holds_no_participants_name_in_clear(self):
        assert in_clear(stored()) == set()


@pytest.mark.django_db
@pytest.mark.parametrize("on", [date(2026, 10, 1), date(2027, 9, 20)])
def test_season_for_load_holds_together_on_any_day(on):
    """A season's first day, the weeks in which the next season's agreements are signed."""
    load_season(seed=3, on=on, structures=60, invitations=2_200)
    assert invariants.audit().violations == []
    assert Invitation.objects.count() == 2_200


def load_and_forget(**size) -> dict[str, dict]:
    """The rows of a season by their identifier; nothing stays."""
    with transaction.atomic():
        load_season(seed=5, on=ON, **size)
        rows = {name: {row[0]: row for row in found} for name, found in snapshot().items()}
        transaction.set_rollback(True)
    return rows


@pytest.mark.django_db
def test_season_for_load_is_the_same_for_a_seed_and_holds_the_small_one():
    small, large = load_and_forget(), load_and_forget(structures=60, invitations=1_800)
    again = load_and_forget(structures=60, invitations=1_800)
    for name, rows in small.items():
        assert rows.items() <= large[name].items(), name
        assert large[name] == again[name], name


def test_codes_never_come_twice_and_can_be_read_aloud():
    chance = NumberedChance("seed")
    codes = [chance.code() for _ in range(20_000)]
    assert len(set(codes)) == len(codes)
    assert all(map(is_code, codes))
    assert CODES % 2 == 0  # an odd stride meets them all


@pytest.mark.django_db
@pytest.mark.parametrize("typed", ["beaucoup", "-3", "1e6"])
def test_command_refuses_what_is_not_a_number(typed):
    with pytest.raises(CommandError, match="nombre entier"):
        call_command("demo_season", f"--structures={typed}", stdout=StringIO())
    assert not Structure.objects.exists()
