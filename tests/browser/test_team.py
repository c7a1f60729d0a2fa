"""A référent·e invites a colleague, who accepts the conditions and books; who is removed is out at the next click."""

import re

import pytest
from django.core import mail
from playwright.sync_api import expect

from invitations.models import Booking
from invitations.tests.factories import ParticipantFactory
from offers.tests.factories import PerformanceFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True, serialized_rollback=True)]
NEW = "trois saules au bord de l'eau"


def mailed_path():
    """The secret address of the last mail."""
    return re.search(r"https?://[^/\s]+(/acces/\S+)", mail.outbox[-1].body)[1]


def test_colleague_is_invited_accepts_the_conditions_books_and_is_removed(sit, cast):
    performance = PerformanceFactory(event__title="Bal des voisins")
    ParticipantFactory(structure=cast.lead.structure, given_name="Zélie", family_name="Quatremarre")
    lead = sit("lead")
    lead.open("/partenariat/")
    lead.look("notre partenariat")
    lead.link("Voir la liste").click()
    lead.heading("Personnes habilitées")
    lead.look("personnes habilitées")
    lead.link("Inviter un·e collègue").click()
    lead.page.get_by_label("Prénom et nom").fill("Noé Valmorin")
    lead.page.get_by_label("E-mail professionnel").fill(cast.stranger.email)
    lead.button("Envoyer l’invitation").click()
    lead.sees("sert déjà à un autre compte")
    lead.look("adresse déjà prise")
    lead.page.get_by_label("E-mail professionnel").fill("noe@structure.example")
    lead.button("Envoyer l’invitation").click()
    lead.sees("Un lien est parti à noe@structure.example")
    lead.look("collègue invité")

    noe = sit()
    noe.open(mailed_path())
    noe.heading("Choisissez votre mot de passe")
    noe.look("choisir un mot de passe")
    noe.page.get_by_label("Votre nouveau mot de passe").fill("court")
    noe.page.get_by_label("Le même, encore une fois").fill("court")
    noe.button("Garder ce mot de passe").click()
    noe.look("mot de passe refusé")
    noe.page.get_by_label("Votre nouveau mot de passe").fill(NEW)
    noe.page.get_by_label("Le même, encore une fois").fill(NEW)
    noe.button("Garder ce mot de passe").click()
    noe.heading("Votre mot de passe est gardé")
    noe.look("mot de passe gardé")
    noe.page.locator("main").get_by_role("link", name="Se connecter").click()
    noe.page.get_by_label("E-mail").fill("noe@structure.example")
    noe.page.get_by_label("Mot de passe").fill(NEW)
    noe.button("Se connecter").click()
    noe.link("Lire les conditions").click()
    noe.page.get_by_label("J'ai lu ces conditions").check()
    noe.button("J'accepte et je continue").click()
    noe.open(f"/reserver/{performance.pk}/")
    noe.page.get_by_label("Personne de votre liste").select_option(label="Quatremarre Zélie")
    noe.page.get_by_label("Je confirme ces trois points").check()
    noe.page.get_by_role("button", name="Réserver", exact=True).click()
    noe.heading("C'est réservé")
    assert Booking.objects.get().booked_by.email == "noe@structure.example"

    lead.open("/partenariat/equipe/")
    lead.page.get_by_role("row", name="Noé Valmorin").get_by_role("link", name="Retirer").click()
    lead.look("retirer une personne")
    lead.button("Retirer cette personne").click()
    lead.sees("n'entre plus sur le portail")
    noe.open("/sorties/")
    noe.heading("Se connecter")


def test_role_is_handed_over_and_the_list_confirmed(sit, cast):
    tab = sit("lead")
    tab.open("/partenariat/equipe/")
    tab.button("Cette liste est juste").click()
    tab.sees("Liste confirmée pour la saison")
    tab.page.get_by_role("row", name=cast.worker.display_name).get_by_role(
        "link", name="Passer le rôle"
    ).click()
    tab.look("passer le rôle")
    tab.button("Passer le rôle").click()
    tab.sees("est maintenant référent·e")
    expect(tab.link("Inviter")).to_have_count(0)
    tab.look("liste, en lecture")


def test_link_that_is_spent_is_sent_again(sit, cast):
    lead = sit("lead")
    lead.open("/partenariat/equipe/inviter/")
    lead.page.get_by_label("Prénom et nom").fill("Noé Valmorin")
    lead.page.get_by_label("E-mail professionnel").fill("noe@structure.example")
    lead.button("Envoyer l’invitation").click()
    lead.sees("Un lien est parti")
    noe, path = sit(), mailed_path()
    noe.open(path)
    noe.button("Proposez-m’en un").click()
    expect(noe.page.locator("#mot-de-passe")).to_have_text(re.compile("^(....-){4}....$"))
    noe.look("mot de passe proposé")
    noe.open(path)
    noe.heading("Ce lien ne marche plus")
    noe.look("lien usé")
    noe.button("Recevoir un nouveau lien").click()
    noe.heading("Un lien est parti")
    noe.look("lien renvoyé")
    assert mailed_path() != path
