"""Somebody whom the portal doesn't know, and the holder of a paper."""

import re

import pytest
from django.core import mail
from playwright.sync_api import expect

from invitations.models import Invitation
from invitations.tests.factories import a_booking

pytestmark = [
    pytest.mark.browser,
    pytest.mark.phone,
    pytest.mark.django_db(transaction=True, serialized_rollback=True),
]


def test_stranger_reads_what_is_open(sit, cast):
    tab = sit()
    tab.open("/")
    tab.look("accueil public")
    tab.open("/aide/")
    tab.look("aide")
    tab.open("/nulle-part/", 404)
    tab.look("404")
    tab.open("/sorties/")
    tab.heading("Se connecter")
    tab.look("se connecter")


def test_wrong_password_is_said_kindly(sit, cast):
    tab = sit()
    tab.open("/compte/connexion/")
    tab.page.get_by_label("E-mail").fill(cast.worker.email)
    tab.page.get_by_label("Mot de passe").fill("un autre mot de passe")
    tab.button("Se connecter").click()
    expect(tab.page.get_by_label("E-mail")).to_have_value(cast.worker.email)
    expect(tab.page.locator(".alert-danger, .alert-block, .invalid-feedback").first).to_be_visible()
    tab.look("connexion refusée")


def test_forgotten_password_is_chosen_anew(sit, cast):
    tab = sit()
    tab.open("/compte/connexion/")
    tab.link("oublié").click()
    tab.look("mot de passe oublié")
    tab.page.get_by_label("E-mail").fill(cast.worker.email)
    tab.button("Recevoir le lien").click()
    tab.heading("Regardez vos mails")
    tab.look("lien envoyé")
    [message] = mail.outbox
    path = re.search(r"https?://[^/\s]+(/\S+)", message.body)[1]
    tab.open(path)
    tab.heading("Choisir un mot de passe")
    tab.look("choisir un mot de passe")
    tab.page.locator("[name=password1]").fill("court")
    tab.page.locator("[name=password2]").fill("autre")
    tab.button("Garder ce mot de passe").click()
    expect(tab.page.locator(".invalid-feedback").first).to_be_visible()
    tab.look("mot de passe refusé")
    for name in ("password1", "password2"):
        tab.page.locator(f"[name={name}]").fill("trois lanternes sur le quai")
    tab.button("Garder ce mot de passe").click()
    tab.heading("Votre mot de passe est changé")
    tab.look("mot de passe changé")
    tab.open(path)
    tab.heading("Ce lien ne marche plus")
    tab.look("lien déjà servi")


def test_paper_is_cancelled_by_its_holder(sit, cast):
    paper = a_booking(by=cast.worker, guests=1).invitations.last()
    tab = sit()
    tab.open(f"/i/{paper.token}/")
    tab.heading("Votre invitation")
    tab.page.get_by_text("Je ne peux pas venir").click()
    tab.look("votre invitation")
    tab.button("Annuler").click()
    tab.heading("Invitation annulée")
    tab.look("invitation annulée")
    paper.refresh_from_db()
    assert paper.status == Invitation.Status.CANCELLED
