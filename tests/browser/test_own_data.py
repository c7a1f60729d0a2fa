"""Somebody asks for their data: shown, handed over, corrected, erased; staff read what the nights erased (F2, F3)."""

from datetime import timedelta

import pytest
from django.utils import timezone

from invitations.invariants import audit
from invitations.models import Participant
from invitations.services import erasure
from invitations.tests.factories import ParticipantFactory, a_booking, an_outing

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True, serialized_rollback=True)]


def test_data_is_shown_handed_over_corrected_and_erased(sit, cast):
    now = timezone.now()
    person = ParticipantFactory(
        structure=cast.worker.structure,
        given_name="Zélie",
        family_name="Quatremarre",
        created_at=now - timedelta(days=345),
    )
    ParticipantFactory(
        structure=cast.worker.structure, family_name="Partante", created_at=now - timedelta(days=340)
    )
    booked = a_booking(by=cast.worker, participant=person, guests=1)

    tab = sit("worker")
    tab.open("/personnes/")
    tab.sees("1 personne quitte bientôt cette liste")
    tab.look("liste, quelqu'un la quitte bientôt")
    tab.page.get_by_role("link", name="Quatremarre Zélie").click()
    tab.sees("Ses sorties")
    tab.look("fiche d'une personne")
    with tab.page.expect_download() as download:
        tab.button("Le fichier (JSON)").click()
    assert download.value.suggested_filename == "mes-donnees.json"
    tab.link("Effacer cette personne").click()
    tab.button("Effacer pour toujours").click()
    tab.sees("Choisissez ce que deviennent les sorties à venir")
    tab.look("effacer, sans avoir choisi")
    tab.page.get_by_text("Garder ses invitations").click()
    tab.button("Effacer pour toujours").click()
    tab.sees("Le nom est effacé de votre liste")

    tab.page.get_by_label("Chercher une personne").fill("ondine")
    tab.button("Chercher").click()
    tab.look("quelqu'un qui accompagne, trouvé")
    tab.page.get_by_role("link", name="Ondine0 Quatremarre").click()
    tab.look("quelqu'un qui accompagne")
    tab.page.get_by_label("Prénom").fill("Ondyne")
    tab.button("Corriger le nom").click()
    tab.sees("C’est corrigé")
    tab.link("Effacer ce nom").click()
    tab.page.get_by_text("Annuler ses sorties").click()
    tab.look("effacer quelqu'un qui accompagne")
    tab.button("Effacer pour toujours").click()
    tab.sees("Détruisez les papiers")
    assert not Participant.objects.filter(pk=person.pk).exists()
    assert [paper.full_name for paper in booked.invitations.order_by("position")] == ["Zélie Quatremarre", ""]
    assert audit().violations == []


def test_staff_read_what_the_nights_erased_and_answer_somebody(sit, cast):
    now = timezone.now()
    an_outing(cast.worker.structure, at=now - timedelta(days=40), attended=2)
    erasure.erase_due(at=now)
    an_outing(cast.worker.structure, at=now - timedelta(days=41), attended=1)
    ParticipantFactory(structure=cast.worker.structure, given_name="Zélie", family_name="Quatremarre")

    tab = sit("staff")
    tab.open("/gestion/invitations/erasurenight/")
    tab.sees("À effacer aujourd’hui")
    tab.look("nuits d'effacement")
    tab.open("/gestion/invitations/participant/")
    tab.link("Une personne demande ses données").click()
    tab.page.get_by_label("Structure").fill(cast.worker.structure.name)
    tab.page.get_by_label("Nom de la personne").fill("zelie")
    tab.page.get_by_label("Qui demande").fill("Venue au bureau ce matin, avec sa carte.")
    tab.look("une personne demande ses données")
    tab.button("Chercher").click()
    tab.sees("Trouvé : 1")
    tab.page.get_by_label("Personne trouvée").select_option(label="Zélie Quatremarre (sur la liste)")
    tab.page.get_by_label("Que faire").select_option("erase")
    tab.look("personne trouvée par l'équipe")
    tab.button("Continuer").click()
    tab.sees("Le nom est effacé")
    assert "Zélie" not in {person.given_name for person in Participant.objects.all()}
