"""The team looks at its season as a whole: what stands out, how it is shared, where, and its report (C10, E4, E5)."""

from datetime import timedelta
from io import BytesIO

import pytest
from django.utils import timezone
from pypdf import PdfReader

from evaluations.models import ControlNight, Finding
from evaluations.spread import Spread
from evaluations.tests.factories import FindingFactory, a_member, an_evening, counted
from invitations.tests.factories import UsageAlertFactory
from partners.models import Commune
from partners.seasons import Season
from partners.tests.factories import VenueFactory

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


def test_team_looks_at_the_territory_and_has_the_report_made(sit, cast):
    bron = Commune.objects.get(name="Bron")
    a_member(commune=Commune.objects.get(name="Givors"))
    house, venue = a_member(commune=bron), VenueFactory(commune=bron)
    booking = an_evening(venue, at=timezone.now() - timedelta(minutes=9), seats=40, attended=23)
    type(booking).objects.filter(pk=booking.pk).update(structure=house)
    counted(Season.of(timezone.localdate()), at=timezone.now())
    tab = sit("staff")
    tab.open("/suivi/territoire/")
    tab.sees("rien de proposé")
    tab.look("territoire")
    tab.press(tab.link("Places données"))
    tab.page.get_by_role("link", name="Métropole de Lyon : 1 séance").click()
    tab.look("territoire de près")
    tab.page.get_by_label("Voir").select_option("lieux")
    tab.button("Montrer").click()
    tab.sees(venue.name)
    tab.look("territoire par lieu")
    tab.link("Rapports et bilans").click()
    tab.look("rapports")
    tab.button("Faire le rapport").first.click()
    tab.sees("prêt")
    tab.look("rapport prêt")
    assert len(PdfReader(BytesIO(tab.read_pdf(tab.link("Lire le rapport")))).pages) > 2
    tab.page.get_by_label("Nom de la structure ou du lieu").fill(venue.name)
    tab.button("Chercher").click()
    tab.look("bilans trouvés")
    review = tab.read_pdf(tab.page.get_by_role("link", name=f"Bilan de la saison : {venue.name}"))
    assert len(PdfReader(BytesIO(review)).pages) == 1
