"""The second factor: a colleague's first day, codes that are wrong, a passkey, a lost phone."""

import pytest
from allauth.mfa.models import Authenticator
from django.utils import timezone
from playwright.sync_api import expect

from partners.tests.factories import PASSWORD, UserFactory, code_at

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True, serialized_rollback=True)]
DEVICE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


def sign_in(tab, account):
    tab.page.get_by_label("E-mail").fill(account.email)
    tab.page.get_by_label("Mot de passe").fill(PASSWORD)
    tab.button("Se connecter").click()


def sign_out(tab):
    tab.open("/compte/deconnexion/")
    tab.page.locator("main").get_by_role("button", name="Se déconnecter").click()
    tab.heading("Se connecter")


def test_colleagues_first_day_ends_at_todays_work(sit, cast):
    tab = sit()
    tab.open("/gestion/partners/structure/")
    sign_in(tab, cast.new_staff)
    tab.heading("Double vérification")
    tab.look("premier jour")
    tab.open("/gestion/")
    tab.heading("Double vérification")
    tab.link("Utiliser une application").click()
    tab.heading("Utiliser une application")
    tab.page.get_by_text("Impossible de lire le carré").click()
    tab.look("application, à lire ou à taper")
    secret = tab.page.locator(".secret").inner_text().replace(" ", "")
    tab.page.get_by_label("Code affiché").fill("000000")
    tab.button("Activer").click()
    tab.sees("Ce code n'est pas le bon")
    tab.look("application, code faux")
    tab.page.get_by_label("Code affiché").fill(code_at(timezone.now(), secret))
    tab.button("Activer").click()
    tab.heading("Vos codes de secours")
    tab.look("codes de secours")
    spare = tab.page.locator(".recovery-codes li").first.inner_text()
    tab.link("Je les ai gardés, continuer").click()
    tab.sees("Aujourd’hui")

    sign_out(tab)
    sign_in(tab, cast.new_staff)
    tab.heading("Encore un pas")
    tab.page.get_by_label("Code").fill("000000")
    tab.button("Entrer").click()
    tab.sees("Ce code n'est pas le bon")
    tab.look("code faux")
    tab.page.get_by_label("Code").fill(spare)
    tab.button("Entrer").click()
    tab.sees("Aujourd’hui")
    tab.open("/compte/double-verification/")
    tab.sees("Il vous en reste 9")
    tab.look("double vérification active")


def test_passkey_is_added_and_signs_in(sit, cast):
    tab = sit("worker")
    device = tab.page.context.new_cdp_session(tab.page)
    device.send("WebAuthn.enable")
    device.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})
    tab.open("/")
    tab.page.locator("details.account summary").click()
    tab.link("Double vérification").click()
    tab.heading("Double vérification")
    tab.look("double vérification, rien encore")
    tab.link("Ajouter une clé d’accès").click()
    tab.heading("C’est bien vous")
    tab.look("confirmer")
    tab.page.get_by_label("Mot de passe").fill(PASSWORD)
    tab.button("Confirmer").click()
    tab.heading("Ajouter une clé d’accès")
    tab.look("ajouter une clé")
    tab.page.get_by_label("Nom de cette clé").fill("Mon téléphone")
    tab.button("Ajouter cette clé d’accès").click()
    tab.heading("Vos codes de secours")
    tab.open("/compte/double-verification/")
    tab.sees("Mon téléphone")
    tab.look("une clé d’accès")

    sign_out(tab)
    sign_in(tab, cast.worker)
    tab.heading("Encore un pas")
    tab.look("clé ou code")
    tab.button("Utiliser ma clé d’accès").click()
    expect(tab.link("Trouver une sortie").first).to_be_visible()

    tab.open("/compte/double-verification/")
    tab.link("Retirer Mon téléphone").click()
    tab.heading("C’est bien vous")
    tab.link("Avec votre clé d'accès").click()
    tab.button("Utiliser ma clé d’accès").click()
    tab.heading("Retirer cette clé d’accès")
    tab.look("retirer une clé")
    tab.button("Retirer la clé d’accès").click()
    tab.heading("Double vérification")
    assert not Authenticator.objects.filter(user=cast.worker).exists()


def test_device_that_answers_nothing_loses_nothing(sit, cast):
    tab = sit("worker")
    tab.open("/compte/double-verification/cle-d-acces/")
    tab.page.get_by_label("Mot de passe").fill(PASSWORD)
    tab.button("Confirmer").click()
    device = tab.page.context.new_cdp_session(tab.page)
    device.send("WebAuthn.enable")  # and no device at all: the browser gives up at once
    device.send("WebAuthn.addVirtualAuthenticator", {"options": {**DEVICE, "isUserVerified": False}})
    tab.button("Ajouter cette clé d’accès").click()
    tab.sees("Rien n’est perdu")
    tab.look("clé sans réponse")


def test_colleague_takes_off_the_second_factor_of_a_lost_phone(sit, cast):
    account = UserFactory(staff=True, display_name="Prosper Essai")
    tab = sit("staff")
    tab.open(f"/gestion/partners/user/{account.pk}/change/")
    tab.link("Retirer la double vérification").click()
    tab.look("retirer la double vérification")
    tab.button("Retirer la double vérification").click()
    tab.sees("Écrivez la raison")
    tab.look("sans raison")
    tab.page.get_by_label("Pourquoi la retirer").fill("Téléphone volé, rappelé sur sa ligne.")
    tab.button("Retirer la double vérification").click()
    tab.sees("est retirée")
    assert not Authenticator.objects.filter(user=account).exists()
