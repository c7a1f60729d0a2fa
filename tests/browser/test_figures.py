"""A season in figures, as the team, a structure and a venue read them (E4)."""

from datetime import date, timedelta

import pytest

from common.dates import start_of
from evaluations.models import Counting
from evaluations.services import tallies
from evaluations.tests.factories import an_evening, counted
from invitations.models import Booking
from partners.seasons import Season

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True, serialized_rollback=True),
]
SEASON, OVER = Season(2024), start_of(date(2025, 11, 1))


def test_team_structure_and_venue_read_the_same_season(sit, cast):
    evenings = [(date(2024, 11, 12), 20, 8), (date(2024, 12, 3), 12, 3), (date(2025, 1, 9), 30, 0)]
    for day, came, stayed in evenings:
        at = start_of(day) + timedelta(hours=20)
        booking = an_evening(cast.desk.venue, at=at, seats=60, attended=came, no_show=stayed)
        Booking.objects.filter(pk=booking.pk).update(structure=cast.worker.structure)
    counted(SEASON, at=OVER)
    tab = sit("staff")
    tab.open("/suivi/")
    tab.link("Chiffres").click()
    tab.sees("Pas encore de chiffres pour cette saison")
    tab.look("chiffres, pas encore")
    tab.press(tab.link("2024-2025"))
    tab.sees("180")
    tab.look("chiffres par mois")
    tab.press(tab.link("Par lieu"))
    tab.press(tab.link(cast.desk.venue.name))
    tab.sees("le reste n’est pas montré")
    tab.look("chiffres d'un lieu, un mois caché")
    tallies.ask(season=SEASON, at=OVER)
    tab.open("/suivi/chiffres/?saison=2024-2025&par=sector")
    tab.sees("La saison se compte à nouveau")
    tab.look("chiffres qui se comptent")
    Counting.objects.under_way().delete()
    theirs = sit("worker")
    theirs.open("/sorties/?quand=passees")
    theirs.link("Vos chiffres").click()
    theirs.sees("Pas encore de sortie passée")
    theirs.look("chiffres d'une structure, pas encore")
    theirs.press(theirs.link("2024-2025"))
    theirs.sees("62")
    theirs.look("chiffres d'une structure")
    desk = sit("desk")
    desk.open("/programme/chiffres/?saison=2024-2025")
    desk.sees("62")
    desk.look("chiffres d'un lieu")
    assert tab.problems == theirs.problems == desk.problems == []
