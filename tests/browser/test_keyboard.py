"""The same work by the keyboard alone, and without JavaScript."""

import pytest
from playwright.sync_api import expect

from invitations.models import Booking, Invitation
from invitations.tests.factories import ParticipantFactory
from offers.tests.factories import PerformanceFactory

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True, serialized_rollback=True),
]


@pytest.fixture
def outing(cast):
    ParticipantFactory(structure=cast.worker.structure, given_name="Aristide", family_name="Boisjoly")
    ParticipantFactory(structure=cast.worker.structure, given_name="Zéphirine", family_name="Quatremarre")
    return PerformanceFactory(event__title="Opéra sous les étoiles")


def test_keyboard_alone_books_prints_and_cancels(sit, cast, outing):
    tab = sit("worker")
    tab.open("/")
    tab.page.keyboard.press("Tab")
    expect(tab.link("Aller au contenu")).to_be_focused()
    tab.page.keyboard.press("Enter")
    expect(tab.page.locator("main")).to_be_focused()
    tab.press(tab.link("Trouver une sortie"))
    tab.heading("Où sortir")
    tab.type(tab.page.get_by_label("Chercher un titre"), "opera")
    tab.page.keyboard.press("Enter")
    expect(tab.page.locator("#count")).to_have_text("1 date")
    tab.press(tab.link("Réserver"))
    tab.heading("Réserver")
    tab.type(tab.page.get_by_label("Chercher dans votre liste"), "quat")
    choice = tab.page.get_by_label("Personne de votre liste")
    expect(choice.locator("option")).to_have_count(2)
    tab.tab_to(choice)
    tab.page.keyboard.type("Quatre")
    expect(choice.locator("option:checked")).to_have_text("Quatremarre Zéphirine")
    tab.type(tab.page.locator("[name=guest-0-given_name]"), "Ondine")
    tab.type(tab.page.locator("[name=guest-0-family_name]"), "Quatremarre")
    tab.press(tab.page.get_by_role("button", name="Réserver"))
    tab.sees("Un point à corriger")
    expect(tab.page.locator("[data-error-summary]")).to_be_focused()
    tab.press(tab.page.get_by_label("Je confirme ces trois points"), "Space")
    tab.press(tab.page.get_by_role("button", name="Réserver"), "Space")
    tab.heading("C'est réservé")

    assert tab.read_pdf(tab.link("Imprimer les invitations"), "Enter").startswith(b"%PDF")
    tab.heading("C'est réservé")

    tab.press(tab.link("Annuler l'invitation de Ondine"))
    tab.heading("Annuler cette invitation ?")
    tab.press(tab.button("Annuler cette invitation"))
    tab.heading("C'est réservé")
    tab.press(tab.link("Annuler toute la sortie"))
    tab.heading("Annuler toute la sortie ?")
    tab.press(tab.button("Annuler toute la sortie"), "Space")
    tab.heading("Sortie annulée")
    tab.press(tab.page.locator("details.account summary"))
    expect(tab.button("Se déconnecter")).to_be_visible()
    tab.page.keyboard.press("Escape")
    expect(tab.button("Se déconnecter")).to_be_hidden()
    expect(tab.page.locator("details.account summary")).to_be_focused()
    assert not Invitation.objects.live().exists()


@pytest.mark.phone
def test_keyboard_opens_the_menu_of_a_telephone(sit, cast, size):
    tab = sit("worker")
    tab.open("/")
    if size["viewport"]["width"] < 500:
        tab.press(tab.button("Menu"))
        tab.look("menu ouvert")
    tab.press(tab.page.get_by_role("navigation", name="Menu principal").get_by_role("link", name="Sorties"))
    tab.heading("Sorties")


def test_without_javascript_books_prints_and_cancels(sit, cast, outing):
    tab = sit("worker", scripts=False)
    tab.open("/catalogue/")
    tab.page.get_by_label("Chercher un titre").fill("opera etoiles")
    tab.button("Chercher").click()
    tab.look("catalogue sans JavaScript")
    tab.link("Réserver").click()
    tab.heading("Réserver")
    tab.page.get_by_label("Chercher dans votre liste").fill("quat")
    tab.page.locator("[name=guest-0-given_name]").fill("Ondine")
    tab.button("Chercher").click()
    choice = tab.page.get_by_label("Personne de votre liste")
    expect(choice.locator("option")).to_have_count(2)
    choice.select_option(label="Quatremarre Zéphirine")
    tab.button("Ajouter des lignes").click()
    expect(tab.page.locator("[name^=guest-][name$=family_name]")).to_have_count(5)
    tab.look("réserver sans JavaScript")
    expect(tab.page.locator("[name=guest-0-given_name]")).to_have_value("Ondine")
    expect(choice.locator("option:checked")).to_have_text("Quatremarre Zéphirine")
    tab.button("Réserver").click()
    tab.sees("Écrivez aussi le nom")
    tab.look("réserver sans JavaScript, refusé")
    tab.page.locator("[name=guest-0-family_name]").fill("Quatremarre")
    tab.page.get_by_label("Je confirme ces trois points").check()
    tab.button("Réserver").click()
    tab.heading("C'est réservé")
    tab.look("confirmation sans JavaScript")
    assert tab.read_pdf(tab.link("Imprimer les invitations")).startswith(b"%PDF")
    tab.link("Annuler l'invitation de Ondine").click()
    tab.button("Annuler cette invitation").click()
    tab.sees("C'est annulé.")
    tab.link("Annuler toute la sortie").click()
    tab.button("Annuler toute la sortie").click()
    tab.heading("Sortie annulée")
    assert Booking.objects.get().cancelled_at


def test_without_javascript_finds_the_menus(sit, cast):
    tab = sit("worker", scripts=False)
    tab.open("/")
    if tab.button("Menu").is_visible():
        tab.button("Menu").click()
    tab.page.get_by_role("navigation", name="Menu principal").get_by_role("link", name="Sorties").click()
    tab.heading("Sorties")
    tab.page.locator("details.account summary").click()
    tab.button("Se déconnecter").click()
    tab.heading("Se connecter")
