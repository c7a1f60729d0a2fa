"""A full date from the line to the answer (D5, D6)."""

import pytest

from invitations.invariants import audit
from invitations.tests.factories import ParticipantFactory, a_booking
from offers.tests.factories import PerformanceFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True, serialized_rollback=True)]


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
