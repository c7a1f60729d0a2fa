"""A worker finds an outing, books it, prints, cancels; and keeps the structure's list."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from invitations.invariants import audit
from invitations.models import Booking, PartyDocument, PrintRun
from invitations.services import printing
from invitations.services.papers import ask_for_document
from invitations.tasks import make_document, make_print_run
from invitations.tests.factories import ParticipantFactory, a_booking
from offers.models import Event
from offers.tests.factories import EventFactory, PerformanceFactory
from partners.models import TermsAcceptance
from partners.tests.factories import PASSWORD

pytestmark = [
    pytest.mark.browser,
    pytest.mark.phone,
    pytest.mark.django_db(transaction=True, serialized_rollback=True),
]


@pytest.fixture
def opera(cast):
    """An opera with accents, among other outings, and somebody who would like to go."""
    PerformanceFactory(event__title="Cirque de papier", event__kind=Event.Kind.OTHER)
    a_booking(
        by=cast.stranger, performance=PerformanceFactory(event__title="Complet depuis longtemps", capacity=1)
    )
    event = EventFactory(
        title="Opéra sous les étoiles",
        kind=Event.Kind.CONCERT,
        venue=cast.desk.venue,
        wheelchair=True,
        age_min=7,
        duration_minutes=90,
        languages="français, surtitres",
        purchase_info="De 8 à 20 €",
        purchase_url="https://billetterie.example/opera",
    )
    ParticipantFactory(structure=cast.worker.structure, given_name="Aristide", family_name="Boisjoly")
    ParticipantFactory(structure=cast.worker.structure, given_name="Zéphirine", family_name="Quatremarre")
    return PerformanceFactory(event=event)


def choose(tab, letters, name):
    """Find somebody of the list by a few letters."""
    tab.page.get_by_label("Chercher dans votre liste").press_sequentially(letters)
    choice = tab.page.get_by_label("Personne de votre liste")
    expect(choice.locator("option")).to_have_count(2)
    choice.select_option(label=name)


def guest(tab, rank):
    return tab.page.locator(f"[name=guest-{rank}-given_name]"), tab.page.locator(
        f"[name=guest-{rank}-family_name]"
    )


def test_worker_signs_in_books_prints_and_cancels(sit, cast, opera):
    TermsAcceptance.objects.filter(user=cast.worker).delete()
    tab = sit()
    tab.open("/compte/connexion/")
    tab.page.get_by_label("E-mail").fill(cast.worker.email)
    tab.page.get_by_label("Mot de passe").fill(PASSWORD)
    tab.button("Se connecter").click()
    tab.heading("Bonjour")
    tab.look("accueil, conditions à lire")
    tab.link("Lire les conditions").click()
    tab.look("conditions à accepter")
    tab.page.get_by_label("J'ai lu ces conditions").check()
    tab.button("J'accepte et je continue").click()
    tab.sees("Merci, c'est noté.")

    tab.link("Trouver une sortie").click()
    tab.look("catalogue")
    tab.page.get_by_label("Chercher un titre").fill("opera etoiles")
    tab.button("Chercher").click()
    expect(tab.page.locator(".ticket")).to_have_count(1)
    tab.look("catalogue, une recherche")
    tab.page.locator(".ticket__title a").click()
    tab.heading("Opéra sous les étoiles")
    tab.look("un événement")
    tab.link("Réserver").click()

    tab.heading("Réserver")
    tab.look("réserver, formulaire vide")
    choose(tab, "quat", "Quatremarre Zéphirine")
    given, family = guest(tab, 0)
    given.fill("Ondine")
    second_given, second_family = guest(tab, 1)
    second_given.fill("Barnabé")
    second_family.fill("Quatremarre")
    tab.page.locator("[name=guest-1-role]").select_option("wished")
    tab.button("Réserver").click()
    tab.sees("2 points à corriger")
    expect(tab.link("Nom, ligne 1")).to_be_visible()
    tab.sees("Écrivez aussi le nom")
    tab.sees("Cochez pour confirmer")
    tab.look("réserver, refusé")
    expect(given).to_have_value("Ondine")
    expect(second_family).to_have_value("Quatremarre")
    expect(tab.page.locator("[name=guest-1-role]")).to_have_value("wished")
    expect(tab.page.get_by_label("Personne de votre liste").locator("option:checked")).to_have_text(
        "Quatremarre Zéphirine"
    )
    assert not Booking.objects.visible_to(cast.worker).exists()
    family.fill("Quatremarre")
    tab.page.get_by_label("Je confirme ces trois points").check()
    tab.button("Réserver").click()

    tab.heading("C'est réservé")
    tab.look("confirmation")
    content = tab.read_pdf(tab.link("Imprimer les invitations"))
    assert content.startswith(b"%PDF") and content.rstrip().endswith(b"%%EOF")
    one = tab.read_pdf(tab.link("Imprimer l'invitation de Barnabé Quatremarre"))
    assert one.startswith(b"%PDF") and one != content
    tab.page.reload()
    expect(tab.page.get_by_text("Pas encore", exact=True)).to_have_count(0)

    tab.link("Annuler l'invitation de Ondine").click()
    tab.heading("Annuler cette invitation ?")
    tab.look("annuler une personne")
    tab.button("Annuler cette invitation").click()
    tab.sees("C'est annulé.")
    tab.look("une personne annulée")
    tab.link("Annuler toute la sortie").click()
    tab.look("annuler la sortie")
    tab.button("Annuler toute la sortie").click()
    tab.heading("Sortie annulée")
    tab.look("sortie annulée")
    opera.refresh_from_db()
    assert opera.seats_left == opera.capacity
    assert audit().violations == []

    tab.page.locator("details.account summary").click()
    tab.look("menu du compte ouvert")
    tab.button("Se déconnecter").click()
    tab.heading("Se connecter")


def test_worker_filters_the_catalogue(sit, cast, opera):
    tab = sit("worker")
    tab.open("/catalogue/")
    tab.page.locator(".finder__more summary").click()
    tab.look("catalogue, tous les filtres")
    tab.page.get_by_label("Montrer aussi les séances complètes").check()
    expect(tab.page.locator(".ticket")).to_have_count(3)
    tab.look("catalogue, séances complètes")
    tab.page.get_by_label("Âge de la plus jeune personne").fill("5")
    tab.page.get_by_label("Chercher un titre").fill("girafe")
    tab.button("Chercher").click()
    tab.sees("Rien ne correspond")
    tab.look("catalogue, rien ne correspond")
    tab.link("Tout effacer").click()
    expect(tab.page.locator(".ticket")).to_have_count(2)
    tab.open("/catalogue/?since=demain&age=vieux")
    tab.sees("2 points à corriger")
    tab.look("catalogue, filtres incompris")


def test_worker_adds_somebody_new_and_reads_the_usage_hint(sit, cast, opera):
    person = ParticipantFactory(
        structure=cast.worker.structure, given_name="Ysée", family_name="Souventdehors"
    )
    for days in (2, 4):
        moment = timezone.now() + timedelta(days=days)
        a_booking(by=cast.worker, participant=person, performance=PerformanceFactory(starts_at=moment))
    tab = sit("worker")
    tab.open(f"/reserver/{opera.pk}/")
    choose(tab, "souv", "Souventdehors Ysée")
    tab.sees("Alerte indicative : 3 sorties en une semaine")
    tab.look("réserver, alerte indicative")
    tab.button("Ajouter des lignes").click()
    expect(tab.page.locator("[name^=guest-][name$=family_name]")).to_have_count(5)
    guest(tab, 4)[1].fill("Solo")
    tab.page.get_by_label("Je confirme ces trois points").check()
    tab.button("Réserver").click()
    tab.heading("C'est réservé")
    tab.sees("Alerte indicative")
    tab.look("confirmation, alerte indicative")

    tab.open(f"/reserver/{opera.pk}/")
    tab.page.get_by_text("Une personne qui n'est pas encore sur votre liste").click()
    tab.look("réserver, nouvelle personne")
    tab.page.locator("[name=new_given_name]").fill("Mélusine")
    tab.page.get_by_label("Je confirme ces trois points").check()
    tab.button("Réserver").click()
    tab.sees("Écrivez le nom de la personne.")
    tab.look("réserver, nouvelle personne sans nom")
    tab.page.locator("[name=new_family_name]").fill("Toutneuve")
    tab.button("Réserver").click()
    tab.heading("C'est réservé")
    tab.sees("Mélusine Toutneuve")
    tab.open("/")
    tab.look("accueil, du travail")
    tab.open("/sorties/")
    tab.look("sorties à venir")
    tab.link("Passées").click()
    tab.look("sorties passées, aucune")


def test_large_group_document_appears_by_itself(sit, cast):
    made = a_booking(by=cast.worker, guests=6)
    ask_for_document(booking=made, at=timezone.now())
    PartyDocument.objects.update(made_at=None, content=None)
    tab = sit("worker")
    tab.open(f"/sorties/{made.pk}/")
    tab.sees("ses invitations se préparent")
    tab.look("invitations en préparation")
    make_document(str(PartyDocument.objects.get().pk))
    content = tab.read_pdf(tab.link("Imprimer les invitations"))
    assert content.startswith(b"%PDF")


def test_worker_prints_several_outings_at_once(sit, cast):
    for _ in range(2):
        a_booking(by=cast.worker, guests=1)
    tab = sit("worker")
    tab.open("/")
    tab.link("Imprimer les 2 sorties ensemble").click()
    tab.look("imprimer plusieurs sorties")
    assert tab.page.get_by_role("checkbox", checked=True).count() == 2
    run = printing.start(
        structure=cast.worker.structure, bookings=list(Booking.objects.all()), at=timezone.now()
    )
    PrintRun.objects.update(made_at=None, content=None)
    tab.open(run.get_absolute_url())
    tab.sees("Les invitations se préparent")
    tab.look("impression en préparation")
    make_print_run(str(run.pk))
    assert tab.read_pdf(tab.link("Imprimer les invitations")).startswith(b"%PDF")


def test_worker_keeps_the_list_of_people(sit, cast):
    tab = sit("lead")
    tab.open("/personnes/")
    tab.look("liste vide")
    tab.link("Ajouter une personne").first.click()
    tab.look("ajouter une personne")
    tab.page.get_by_label("Prénom").fill("Zéphirine")
    tab.button("Enregistrer").click()
    tab.sees("Écrivez le nom de la personne.")
    tab.look("ajouter une personne, refusé")
    expect(tab.page.get_by_label("Prénom")).to_have_value("Zéphirine")
    tab.page.locator("[name=family_name]").fill("Quatremarre")
    tab.button("Enregistrer").click()
    tab.sees("La personne est sur votre liste.")
    tab.look("liste")
    tab.page.get_by_label("Chercher une personne").fill("ZEPHI")
    tab.button("Chercher").click()
    expect(tab.link("Quatremarre Zéphirine")).to_be_visible()
    assert "ZEPHI" not in tab.page.url.upper()
    tab.page.get_by_label("Chercher une personne").fill("xyz")
    tab.button("Chercher").click()
    tab.sees("Personne de ce nom")
    tab.look("personne de ce nom")
    tab.open("/personnes/")
    tab.link("Quatremarre Zéphirine").click()
    tab.look("une personne")

    tab.open("/code-visiteur/")
    tab.page.get_by_text("en de mauvaises mains").click()
    tab.look("code visiteur")
    tab.open("/lieux/")
    tab.look("répertoire des lieux")
    tab.link(cast.desk.venue.name).click()
    tab.look("un lieu")


def test_worker_meets_refusals_said_kindly(sit, cast):
    full = PerformanceFactory(full=True)
    gone = a_booking(by=cast.worker)
    foreign = a_booking(by=cast.stranger)
    tab = sit("worker")
    tab.open(f"/reserver/{full.pk}/")
    tab.look("réserver, complet")
    tab.open(f"/sorties/{foreign.pk}/", 404)
    tab.heading("Cette page n’est pas là")
    tab.look("404")
    tab.open("/programme/", 403)
    tab.heading("Cette page n’est pas pour ce compte")
    tab.look("403")
    tab.open(f"/sorties/{gone.pk}/annuler/")
    tab.button("Annuler toute la sortie").click()
    tab.heading("Sortie annulée")
    tab.open(f"/sorties/{gone.pk}/invitations.pdf", 409)
    tab.sees("il n'y a plus rien à imprimer")
    tab.look("409")


def test_seats_gone_meanwhile_keep_what_was_typed(sit, cast, opera):
    tab = sit("worker")
    tab.open(f"/reserver/{opera.pk}/")
    choose(tab, "quat", "Quatremarre Zéphirine")
    guest(tab, 0)[1].fill("Quatremarre")
    tab.page.get_by_label("Je confirme ces trois points").check()
    a_booking(by=cast.stranger, performance=opera, guests=8)
    tab.button("Réserver").click()
    tab.look("réserver, places parties entre-temps")
    expect(guest(tab, 0)[1]).to_have_value("Quatremarre")
    assert not Booking.objects.visible_to(cast.worker).exists()
