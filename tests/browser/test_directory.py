"""Finding a partner near home, without an account."""

import pytest
from playwright.sync_api import expect

from conventions.tests.factories import AgreementFactory
from partners.models import Commune
from partners.tests.factories import StructureFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True, serialized_rollback=True)]
TOWNS = {
    "Foyer des Aulnes": "69266",
    "Épicerie du Pont": "69259",
    "Relais du Lac": "01053",
    "Abri des Pentes": "69381",
}


def test_stranger_finds_a_structure_by_map_and_filters(sit):
    for name, code in TOWNS.items():
        commune = Commune.objects.get(code=code)
        structure = StructureFactory(name=name, commune=commune, postcode=commune.postcode)
        AgreementFactory(structure=structure)
    tab = sit()
    tab.open("/")
    tab.link("Nos partenaires").click()
    tab.heading("Nos partenaires")
    tab.sees("4 partenaires")
    tab.look("annuaire public")
    tab.press(tab.page.get_by_role("link", name="Métropole de Lyon : 3 partenaires"))
    tab.sees("3 partenaires")
    tab.look("annuaire public, une intercommunalité")
    tab.page.get_by_role("link", name="Vénissieux : 1 partenaire").click()
    tab.sees("Épicerie du Pont")
    expect(tab.page.get_by_text("Foyer des Aulnes")).to_have_count(0)
    tab.link("Tout effacer").click()
    tab.page.get_by_label("Chercher un nom").fill("EPICERIE")
    tab.button("Chercher").click()
    tab.sees("1 partenaire")
    assert "q=EPICERIE" in tab.page.url
    tab.page.get_by_label("Commune", exact=True).select_option(label="Villeurbanne (69)")
    tab.button("Chercher").click()
    tab.sees("Personne ne correspond")
    tab.look("annuaire public, personne")
