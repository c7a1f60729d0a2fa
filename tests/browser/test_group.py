"""A group from its seats to its names, at the last seats of a date (D10)."""

from datetime import timedelta

import pytest
from django.utils import timezone

from invitations.invariants import audit
from invitations.tests.factories import ParticipantFactory, a_booking
from offers.tests.factories import PerformanceFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True, serialized_rollback=True)]


def test_group_is_booked_named_and_made_smaller(sit, cast):
    date = PerformanceFactory(capacity=8, starts_at=timezone.now() + timedelta(days=9))
    a_booking(by=cast.stranger, performance=date, guests=1)
    ParticipantFactory(structure=cast.worker.structure, given_name="Zélie", family_name="Nouvelle")

    tab = sit("worker")
    tab.open(f"/catalogue/{date.event_id}/")
    tab.page.get_by_role("link", name="Pour un groupe").click()
    tab.look("groupe à réserver")
    tab.page.get_by_label("Nom du groupe").fill("Atelier du jeudi")
    tab.page.get_by_label("Combien de places").fill("8")
    tab.button("Réserver ces places").click()
    tab.sees("Il reste 6 places")
    tab.look("groupe, trop peu de places")
    tab.page.get_by_label("mettre le reste en liste d’attente").check()
    tab.button("Réserver ces places").click()
    tab.sees("6 places sans nom")
    tab.sees("2 places de plus attendent")
    tab.look("groupe sans nom")

    tab.link("Donner des noms").click()
    tab.page.get_by_text("Des professionnel·le·s ou bénévoles").click()
    tab.look("noms à donner")
    tab.page.get_by_label("Nouvelle Zélie").check()
    tab.page.get_by_label("Écrire des noms").fill("Ondine Quatremarre\nBarnabé de la Fontaine")
    tab.page.get_by_label("Accompagnant·e·s").fill("Paul Vasseur")
    tab.button("Donner ces noms").click()
    tab.sees("Cochez pour confirmer")
    tab.look("noms refusés")
    tab.page.get_by_label("Je confirme ces trois points").check()
    tab.button("Donner ces noms").click()
    tab.sees("2 places sans nom, 4 personnes nommées")
    tab.look("groupe nommé en partie")

    tab.page.get_by_role("link", name="Retirer Ondine Quatremarre du groupe").click()
    tab.look("retirer quelqu'un")
    tab.button("Retirer du groupe").click()
    tab.sees("3 places sans nom, 3 personnes nommées")
    tab.link("Rendre des places").click()
    tab.look("rendre des places")
    tab.page.get_by_label("Combien de places rendre").fill("3")
    tab.button("Rendre ces places").click()
    tab.sees("Les 3 places ont un nom")
    tab.open("/sorties/")
    tab.look("sorties, avec un groupe")
    assert audit().violations == []
