"""A season changes, with the clock moved: the grace, its end, the link, and in again."""

import re
from datetime import date

import pytest
import time_machine
from django.core import mail
from playwright.sync_api import expect

from common.tests.factories import paris
from conventions.services import rotation
from conventions.tests.factories import AgreementFactory
from partners.seasons import Season
from partners.tests.factories import PASSWORD, StructureFactory, UserFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True, serialized_rollback=True)]
NEW = "trois saules au bord de l'eau"


def sign_in(tab, user, password):
    tab.open("/compte/connexion/")
    tab.page.get_by_label("E-mail").fill(user.email)
    tab.page.get_by_label("Mot de passe").fill(password)
    tab.button("Se connecter").click()


def test_access_is_renewed_over_a_season_change(sit, db):
    structure = StructureFactory()
    for season in (Season(2026), Season(2027)):
        AgreementFactory(
            structure=structure,
            starts_on=season.starts_on,
            ends_on=season.ends_on,
            signed_on=date(2026, 9, 10),
        )
    lead = UserFactory(lead=True, structure=structure, password_chosen_at=paris(2026, 11, 3))
    tab = sit()
    with time_machine.travel(paris(2027, 9, 30, 23, 58), tick=True):
        sign_in(tab, lead, PASSWORD)
        tab.heading("Bonjour")
        tab.open("/partenariat/equipe/")
        tab.sees("Confirmez la liste pour la saison 2027-2028")
    with time_machine.travel(paris(2027, 10, 1, 0, 1), tick=True):
        rotation.renew(at=paris(2027, 10, 1, 0, 1))
        tab.open("/partenariat/equipe/")
        tab.heading("Se connecter")
        tab.sees("connectez-vous à nouveau")
        sign_in(tab, lead, PASSWORD)
        tab.sees("Une nouvelle saison a commencé")
        tab.look("en délai")
    with time_machine.travel(paris(2027, 10, 15, 9), tick=True):
        tab.open("/sorties/")
        tab.heading("Se connecter")
        sign_in(tab, lead, PASSWORD)
        tab.heading("Votre accès est à renouveler")
        tab.look("accès à renouveler")
        tab.button("Recevoir mon lien").click()
        tab.sees("Un lien est parti")
        path = re.search(r"https?://[^/\s]+(/acces/\S+)", mail.outbox[-1].body)[1]
        tab.open(path)
        tab.page.get_by_label("Votre nouveau mot de passe").fill(NEW)
        tab.page.get_by_label("Le même, encore une fois").fill(NEW)
        tab.button("Garder ce mot de passe").click()
        tab.heading("Votre mot de passe est gardé")
        sign_in(tab, lead, NEW)
        tab.heading("Bonjour")
        expect(tab.page.locator("main")).not_to_contain_text("Une nouvelle saison a commencé")
