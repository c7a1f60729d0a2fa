"""A full date from the line to the answer, and what a quota says where it bites (C3, D5, D6)."""

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from invitations.invariants import audit
from invitations.models import SeatsCall, WaitlistEntry
from invitations.services import demand
from invitations.tests.factories import ParticipantFactory, a_booking
from offers.tests.factories import PerformanceFactory, QuotaFactory

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True, serialized_rollback=True),
]


def test_party_waits_is_offered_seats_and_answers(sit, cast):
    date = PerformanceFactory(event__venue=cast.desk.venue, event__title="Nuit des lanternes", capacity=4)
    taken = a_booking(by=cast.stranger, performance=date, guests=3)
    ParticipantFactory(structure=cast.worker.structure, given_name="Zélie", family_name="Nouvelle")
    tab, other, venue = sit("worker"), sit("stranger"), sit("desk")

    tab.open(f"/catalogue/{date.event_id}/")
    tab.look("événement complet")
    tab.link("Liste d’attente").click()
    tab.heading("Liste d’attente")
    tab.page.get_by_label("Personne de votre liste").select_option(label="Nouvelle Zélie")
    tab.page.locator("[name=guest-0-family_name]").fill("Nouvelle")
    tab.page.get_by_label("Je confirme ces trois points.").check()
    tab.look("rejoindre la liste d'attente")
    tab.button("Rejoindre la liste d’attente").click()
    tab.heading("Sur la liste d’attente")
    tab.sees("Votre demande est la 1re dans la file")
    tab.look("sur la liste d'attente")

    venue.open("/")
    venue.sees("2 personnes en attente")
    venue.link("Ajouter des places").click()
    venue.sees("2 personnes attendent, en 1 demande")
    venue.look("places d'une date que l'on attend")

    other.open(taken.get_absolute_url())
    other.link("Annuler toute la sortie").click()
    other.look("annuler toute la sortie")
    other.button("Annuler toute la sortie").click()
    other.heading("Sortie annulée")

    tab.open("/")
    tab.link("Répondre").click()
    tab.heading("Des places vous sont gardées")
    tab.look("places gardées")
    tab.link("Laisser ces places").click()
    tab.look("laisser les places")
    tab.link("Garder les places").click()
    tab.button("Confirmer et réserver").click()
    tab.heading("C'est réservé")
    assert audit().violations == []


def test_venue_adds_seats_from_its_mail_and_quotas_say_why_no_more(sit, cast):
    date = PerformanceFactory(event__venue=cast.desk.venue, event__title="Nuit des lanternes", capacity=1)
    QuotaFactory(event=date.event, seats=2)
    a_booking(by=cast.stranger, performance=date)
    for name in ("Awa", "Zélie"):
        ParticipantFactory(structure=cast.worker.structure, given_name=name, family_name="Nouvelle")
    tab, nobody = sit("worker"), sit()

    tab.open(f"/reserver/{date.pk}/")
    tab.page.get_by_label("Personne de votre liste").select_option(label="Nouvelle Zélie")
    tab.page.locator("[name=guest-0-family_name]").fill("Nouvelle")
    tab.page.get_by_label("Je confirme ces trois points.").check()
    tab.button("Rejoindre la liste d’attente").click()
    tab.sees("n'y tiendra jamais")
    tab.page.locator("[name=guest-0-family_name]").fill("")
    tab.button("Rejoindre la liste d’attente").click()
    tab.heading("Sur la liste d’attente")

    now = timezone.now()
    call = SeatsCall.objects.create(performance=date, sent_on=now.date(), sent_at=now, people=1)
    nobody.open("/" + demand.link(call).split("/", 3)[3])
    nobody.look("ajouter des places")
    nobody.page.get_by_label("Places à ajouter").fill("3")
    nobody.button("Ajouter ces places").click()
    nobody.sees("3 places ajoutées")
    nobody.look("places ajoutées")
    assert WaitlistEntry.objects.get().is_offered

    tab.open(f"/reserver/{date.pk}/")
    tab.sees("il vous en reste 1")
    tab.page.get_by_label("Personne de votre liste").select_option(label="Nouvelle Awa")
    tab.page.locator("[name=guest-0-family_name]").fill("Nouvelle")
    tab.page.get_by_label("Je confirme ces trois points.").check()
    tab.button("Réserver").click()
    tab.sees("Votre groupe compte 2 personnes")
    tab.look("quota trop petit pour le groupe")
    tab.page.locator("[name=guest-0-family_name]").fill("")
    tab.button("Réserver").click()
    tab.heading("C'est réservé")
    tab.open(f"/catalogue/{date.event_id}/")
    tab.sees("quota atteint")
    expect(tab.link("Réserver")).to_have_count(0)
    tab.look("quota atteint")
    tab.open(f"/reserver/{date.pk}/")
    tab.sees("il ne vous en reste aucune")
    tab.look("quota atteint, page de réservation")
    assert audit().violations == []
