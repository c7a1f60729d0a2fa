"""The team asks structures how a season went; one fills in its sheet, the team reads it (E2)."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from evaluations.models import Questionnaire, Sheet
from evaluations.tests.factories import a_questionnaire, counted
from invitations.tests.factories import an_outing
from partners.seasons import Season

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True, serialized_rollback=True)]


def test_structure_fills_in_its_sheet_and_the_team_reads_it(sit, cast):
    a_questionnaire(by=cast.staff, opened=False)
    now = timezone.now()
    an_outing(cast.worker.structure, at=now - timedelta(days=1), attended=7)
    an_outing(cast.stranger.structure, at=now - timedelta(days=1), attended=30)
    counted(Season.of(timezone.localdate(now)), at=now)
    team = sit("staff")
    team.open("/gestion/evaluations/questionnaire/")
    team.page.locator("input[name=_selected_action]").check()
    team.page.locator("select[name=action]").select_option("open")
    team.button("Envoyer").click()
    team.sees("Questionnaires ouverts : 1.")
    assert Questionnaire.objects.get().is_open

    tab = sit("worker")
    tab.open("/fiches/")
    tab.look("fiches, à commencer")
    tab.link("Commencer").click()
    tab.sees("Le portail en compte 7")
    tab.page.get_by_label("Qu'est-ce que ces sorties").fill("Des voisins se parlent.")
    expect(tab.page.locator("#draft-said")).to_contain_text("Gardé")
    tab.look("fiche, commencée")
    tab.open("/fiches/")
    tab.link("Reprendre").click()
    tab.page.get_by_role("radio", name="4").check()
    tab.page.get_by_label("Oui").check()
    tab.button("Envoyer à l’équipe").click()
    tab.sees("Merci ! L'équipe a votre fiche.")
    tab.look("fiche, envoyée")
    assert b"Des voisins" not in tab.read_pdf(tab.link("La fiche en PDF"))[:40]
    assert set(Sheet.objects.get().answers.values()) == {"Des voisins se parlent.", "4", "Oui", 7}

    team.open("/suivi/fiches/")
    team.look("questionnaires")
    team.link("Bilan de la saison").click()
    team.sees("1 fiche envoyée")
    team.sees("Des voisins se parlent.")
    team.look("questionnaire, qui et quoi")
    team.button("Écrire aux").click()
    team.sees("Mails envoyés")
