"""The team looks at its season as a whole: what stands out, how it is shared (E5)."""

import pytest
from django.utils import timezone

from evaluations.models import ControlNight, Finding
from evaluations.spread import Spread
from evaluations.tests.factories import FindingFactory
from invitations.tests.factories import UsageAlertFactory

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True, serialized_rollback=True),
]


def test_team_looks_at_what_stands_out_and_notes_what_came_of_it(sit, cast):
    spread = Spread.of(range(1, 61)).stored
    ControlNight.objects.create(
        on=timezone.localdate(), made_at=timezone.now(), season_year=2026, people=spread, structures=spread
    )
    finding, alert = FindingFactory(venue=cast.desk.venue), UsageAlertFactory(unused=True)
    tab = sit("staff")
    tab.open("/gestion/")
    tab.link("Suivi de la saison").click()
    tab.sees(alert.structure.name)
    tab.look("contrôles")
    tab.press(tab.page.get_by_role("row", name=finding.venue.name).get_by_role("link"))
    tab.heading(finding.venue.name)
    tab.look("constat")
    tab.page.get_by_label("À suivre", exact=True).check()
    tab.button("Noter cette suite").click()
    tab.look("suite refusée")
    tab.page.get_by_label("Rien d'anormal").check()
    tab.button("Noter cette suite").click()
    tab.sees("C'est noté")
    assert Finding.objects.get().closed_at
    tab.link("Signaler un accueil").click()
    tab.look("accueil à signaler")
    tab.page.get_by_label("Lieu").select_option(label=cast.desk.venue.name)
    tab.page.get_by_label("Ce qui s'est passé").fill("On a attendu dehors.")
    tab.button("Noter ce constat").click()
    tab.sees("On a attendu dehors.")
    tab.look("accueil signalé")
    tab.open("/suivi/equite/")
    tab.look("équité")
    assert tab.problems == []
