"""A venue posts its programme, gives seats, and welcomes people at the door."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from invitations.invariants import audit
from invitations.models import Invitation
from invitations.tests.factories import a_booking
from offers.models import Event, Performance
from offers.tests.factories import PerformanceFactory

pytestmark = [
    pytest.mark.browser,
    pytest.mark.phone,
    pytest.mark.django_db(transaction=True, serialized_rollback=True),
]


@pytest.fixture
def party(cast):
    """Three people of one booking for a date that has just begun."""
    date = PerformanceFactory(event__venue=cast.desk.venue, event__title="Fable d'hiver")
    before = timezone.now() - timedelta(hours=1)
    made = a_booking(by=cast.worker, performance=date, guests=2, at=before)
    # Just begun rather than soon: whatever the hour of this test, it is still that date's evening.
    Performance.objects.filter(pk=date.pk).update(starts_at=timezone.now() - timedelta(minutes=5))
    return made


def test_venue_posts_an_event_with_two_dates(sit, cast):
    tab = sit("desk")
    tab.open("/")
    tab.look("accueil du lieu, rien")
    tab.link("Ajouter un événement").click()
    tab.look("nouvel événement")
    tab.page.get_by_label("Titre").fill("Bal des platanes")
    tab.page.get_by_label("Type").select_option(label="Concert")
    tab.button("Publier").first.click()
    tab.sees("Choisissez une date.")
    tab.look("nouvel événement, refusé")
    expect(tab.page.get_by_label("Titre")).to_have_value("Bal des platanes")
    day = timezone.localdate() + timedelta(days=9)
    tab.page.locator("[name=dates-0-day]").fill(day.isoformat())
    tab.page.locator("[name=dates-0-begins]").fill("20:30")
    tab.page.locator("[name=dates-0-capacity]").fill("12")
    tab.button("Une autre date").click()
    expect(tab.page.locator(".date-line")).to_have_count(2)
    expect(tab.page.locator("[name=dates-0-day]")).to_have_value(day.isoformat())
    tab.page.locator("[name=dates-1-day]").fill((day + timedelta(days=1)).isoformat())
    tab.look("nouvel événement, deux dates")
    tab.button("Publier").first.click()
    tab.sees("est publié")
    tab.heading("Bal des platanes")
    tab.look("événement publié")
    assert Performance.objects.filter(event__title="Bal des platanes", seats_left=12).count() == 2

    tab.link("Modifier").click()
    tab.look("modifier l'événement")
    tab.page.get_by_label("Titre").fill("")
    tab.button("Enregistrer").click()
    tab.sees("Donnez un titre à l'événement.")
    tab.look("modifier l'événement, refusé")
    tab.open("/programme/")
    tab.look("notre programme")
    tab.page.get_by_role("link", name="Bal des platanes", exact=True).click()
    tab.link("Ajouter des dates").click()
    tab.look("ajouter une date")
    tab.page.locator("[name=dates-0-day]").fill("2020-01-01")
    tab.page.locator("[name=dates-0-begins]").fill("20:30")
    tab.page.locator("[name=dates-0-capacity]").fill("12")
    tab.button("Ajouter la date").click()
    expect(tab.page.locator(".invalid-feedback, .alert-danger").first).to_be_visible()
    tab.look("ajouter une date, refusé")
    tab.open(f"/programme/{Event.objects.get(title='Bal des platanes').pk}/retirer/")
    tab.look("retirer l'événement")
    tab.button("Retirer").click()
    tab.sees("n'est plus proposé")
    tab.look("programme, après retrait")
    tab.open("/programme/?quand=passe")
    tab.look("programme, passés et retirés")
    tab.page.get_by_role("link", name="Bal des platanes", exact=True).click()
    tab.sees("Retiré")
    tab.look("un événement retiré")
    tab.button("Publier").click()
    tab.sees("est proposé")
    tab.look("un événement publié de nouveau")


def test_venue_cannot_take_back_booked_seats_and_cancels_a_date(sit, cast):
    date = PerformanceFactory(event__venue=cast.desk.venue, event__title="Fable d'hiver")
    PerformanceFactory(event=date.event, capacity=0, starts_at=date.starts_at + timedelta(days=1))
    a_booking(by=cast.worker, performance=date, guests=3)
    tab = sit("desk")
    tab.open(f"/programme/{date.event_id}/")
    tab.look("une date attend des places")
    tab.link("Places").first.click()
    tab.look("changer les places")
    tab.open(f"/programme/seance/{date.pk}/places/")
    tab.page.get_by_label("Places").fill("3")
    tab.button("Enregistrer").click()
    tab.sees("4")
    expect(tab.page.locator(".invalid-feedback").first).to_be_visible()
    tab.look("changer les places, refusé")
    date.refresh_from_db()
    assert date.capacity == 10
    tab.page.get_by_label("Places").fill("4")
    tab.button("Enregistrer").click()
    tab.sees("Le nombre de places est enregistré.")
    tab.sees("complet")

    tab.open(f"/accueil/{date.pk}/annuler/")
    tab.heading("Annuler cette séance ?")
    tab.look("annuler une séance")
    tab.button("Annuler la séance").click()
    tab.sees("Réservations et demandes prévenues : 1")
    tab.look("séance annulée")
    assert not Invitation.objects.live().exists()
    assert audit().violations == []


def test_venue_admits_a_party_once(sit, cast, party):
    paper = party.invitations.first()
    tab = sit("desk")
    tab.open("/")
    tab.look("accueil du lieu")
    tab.open("/accueil/")
    tab.look_at_door("accueil du public")
    tab.page.get_by_role("textbox", name="Numéro").fill("AAA-AAA-AAA")
    tab.button("Vérifier ce numéro").click()
    tab.sees("Ce numéro n'est celui d'aucune invitation pour ce lieu.")
    expect(tab.page.get_by_role("textbox", name="Numéro")).to_have_value("AAA-AAA-AAA")
    tab.look_at_door("numéro inconnu")
    tab.page.get_by_role("textbox", name="Numéro").fill(paper.spoken_number.lower().replace("-", " "))
    tab.button("Vérifier ce numéro").click()
    tab.sees("Invitation valable")
    tab.look_at_door("invitation valable")
    tab.button("Faire entrer les 3 personnes").click()
    expect(tab.page.get_by_text("Bienvenue !")).to_have_count(3)
    tab.look_at_door("groupe entré")
    tab.link("Autre numéro").click()
    tab.page.get_by_role("textbox", name="Numéro").fill(paper.spoken_number)
    tab.button("Vérifier ce numéro").click()
    tab.sees("Déjà entré·e")
    expect(tab.button("Faire entrer")).to_have_count(0)
    tab.look_at_door("déjà entré")
    assert party.invitations.filter(status=Invitation.Status.ATTENDED).count() == 3
    assert audit().violations == []


def test_venue_admits_from_its_list(sit, cast, party):
    tab = sit("desk")
    tab.open(f"/accueil/{party.performance_id}/")
    tab.look_at_door("liste d'accueil")
    name = party.invitations.last().full_name
    tab.button(f"Faire entrer : {name}").click()
    tab.sees("Bienvenue !")
    tab.look_at_door("liste, une personne entrée")
    expect(tab.button(f"Faire entrer : {name}")).to_have_count(0)
    tab.link(party.invitations.first().family_name).first.click()
    tab.page.get_by_text("a prévenu de son absence").click()
    tab.look_at_door("absence annoncée")
    tab.button("Noter excusé·e").click()
    tab.sees("C'est noté.")
    tab.look_at_door("personne excusée")
    empty = PerformanceFactory(event__venue=cast.desk.venue, starts_at=timezone.now() + timedelta(minutes=5))
    tab.open(f"/accueil/{empty.pk}/")
    tab.look_at_door("liste vide")
