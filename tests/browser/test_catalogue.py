"""The catalogue looked at as a list, a month, a week and a map, by somebody with a code (C4)."""

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from offers.models import Event
from offers.tests.factories import PerformanceFactory
from partners.tests.factories import CommuneFactory, VenueFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True, serialized_rollback=True)]


def test_visitor_looks_by_month_week_and_map(sit, cast):
    bron = VenueFactory(
        name="Le Hangar", commune=CommuneFactory(code="69029", name="Bron", latitude=45.73, longitude=4.91)
    )
    date = PerformanceFactory(
        event__title="Fanfare des écluses", event__kind=Event.Kind.CONCERT, event__venue=bron
    )
    PerformanceFactory(event__title="Fable d'hiver")
    tab = sit("visitor")
    tab.open("/catalogue/")
    tab.page.get_by_label("Type").select_option(label="Concert (1)")
    expect(tab.page.locator(".ticket")).to_have_count(1)
    tab.link("Mois").click()
    if date.day.month != timezone.localdate().month:
        tab.link("Mois suivant").click()
    tab.look("catalogue, mois")
    tab.page.get_by_role("link", name=f"{date.day.day} dates : 1").click()
    expect(tab.page.locator(".ticket")).to_have_count(1)
    tab.link("Semaine").click()
    tab.sees("Fanfare des écluses")
    tab.look("catalogue, semaine")
    tab.link("Carte").click()
    tab.look("catalogue, carte")
    tab.page.get_by_role("link", name="Bron : 1 date").click()
    tab.sees("Fanfare des écluses")
    tab.page.get_by_label("Chercher un titre").fill("fanfarre")
    tab.button("Chercher").click()
    tab.sees("Voici ce que donne")
