"""A scarce date from the venue's mark to the reason that a structure reads, and what anybody may check (D7)."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from invitations.invariants import audit
from invitations.models import Draw, DrawRequest
from invitations.services.sharing import hold_draw
from invitations.tests.factories import ParticipantFactory, a_booking, a_request
from offers.tests.factories import PerformanceFactory

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True, serialized_rollback=True),
]


def test_scarce_date_is_marked_asked_for_drawn_and_checked(sit, cast):
    now = timezone.now()
    date = PerformanceFactory(
        event__venue=cast.desk.venue,
        event__title="Bal des lucioles",
        capacity=4,
        starts_at=now + timedelta(days=9),
    )
    ParticipantFactory(structure=cast.worker.structure, given_name="Zélie", family_name="Nouvelle")

    venue = sit("desk")
    venue.open(f"/programme/{date.event_id}/")
    venue.page.get_by_role("link", name="Tirage équitable").click()
    venue.look("tirage à ouvrir")
    venue.page.get_by_label("Dernier jour pour demander").fill(timezone.localdate().isoformat())
    venue.button("Ouvrir le tirage").click()
    venue.sees("Laissez au moins 48 heures pour demander")
    venue.look("tirage à ouvrir, refusé")
    last = (timezone.localdate() + timedelta(days=4)).isoformat()
    venue.page.get_by_label("Dernier jour pour demander").fill(last)
    venue.button("Ouvrir le tirage").click()
    venue.sees("Le tirage équitable est ouvert")
    venue.look("tirage ouvert, lieu")

    tab = sit("worker")
    tab.open(f"/catalogue/{date.event_id}/")
    tab.look("événement à tirer")
    tab.page.get_by_role("link", name="Demander").click()
    tab.page.get_by_text("Comment les places sont partagées").click()
    tab.look("demander des places")
    tab.page.get_by_label("Personne de votre liste").select_option(label="Nouvelle Zélie")
    tab.page.locator("[name=guest-0-family_name]").fill("Nouvelle")
    tab.page.locator("[name=guest-0-given_name]").fill("Ondine")
    tab.button("Demander ces places").click()
    tab.sees("Cochez pour confirmer")
    expect(tab.page.locator("[name=guest-0-given_name]")).to_have_value("Ondine")
    tab.page.get_by_label("Je confirme ces trois points.").check()
    tab.button("Demander ces places").click()
    tab.heading("Demande enregistrée")
    tab.look("demande enregistrée")
    tab.link("Le tirage de cette séance").click()
    tab.look("tirage ouvert")

    draw = Draw.objects.select_related("performance").get()
    a_booking(by=cast.stranger)
    lost = a_request(draw, by=cast.stranger, guests=3)
    hold_draw(draw=draw, at=draw.closes_at)
    assert audit().violations == []

    tab.open("/sorties/tirages/")
    tab.look("demandes de tirage")
    tab.link("Zélie Nouvelle").click()
    tab.heading("Places obtenues")
    tab.look("places obtenues")
    tab.link("Voir la sortie et imprimer").click()
    tab.sees("Ondine Nouvelle")

    other = sit("stranger")
    other.open(DrawRequest.objects.get(pk=lost.pk).get_absolute_url())
    other.heading("Pas de places cette fois")
    other.sees("d'une structure qui a eu moins de places cette saison")
    other.look("pas de places")

    nobody = sit()
    nobody.open(draw.get_absolute_url())
    nobody.sees(draw.seed)
    nobody.look("tirage fait")
