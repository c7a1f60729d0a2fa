"""A breach through its branches, from both sides, and a suspension between the page and the click."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from conventions.models import Agreement, Breach
from conventions.services.breaches import terminate_due
from conventions.tests.factories import AgreementFactory, a_breach
from invitations.invariants import audit
from invitations.models import Booking
from invitations.tests.factories import ParticipantFactory
from offers.tests.factories import PerformanceFactory
from partners.services import suspend

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True, serialized_rollback=True)]
GROUNDS = "Trois invitations ont été revendues."


def days_ago(number):
    return timezone.localtime() - timedelta(days=number)


@pytest.fixture
def agreement(cast):
    """The agreement of the cast's structure, in force for a year already."""
    Agreement.objects.filter(structure=cast.lead.structure).update(
        starts_on=days_ago(300).date(), signed_on=days_ago(310).date()
    )
    return Agreement.objects.get(structure=cast.lead.structure)


def step(tab, label):
    """Open what hides a step, and return its form."""
    form = tab.page.locator("details", has=tab.page.locator("summary", has_text=label))
    if form.get_attribute("open") is None:
        form.locator("summary").click()
    return form


def test_structure_explains_and_the_partnership_resumes(sit, cast, agreement):
    a_breach(agreement=agreement, by=cast.staff, grounds=GROUNDS, at=days_ago(2))
    tab = sit("lead")
    tab.open("/")
    tab.sees("sont en pause depuis")
    tab.look("accueil de la référente, en pause")
    tab.link("Où en est notre partenariat").click()
    tab.look("partenariat, un manquement")
    tab.link("Voir et agir").click()
    tab.sees(GROUNDS)
    tab.look("procédure, à expliquer")
    tab.button("Donner des explications").click()
    tab.sees("Écrivez vos explications.")
    tab.look("explications vides, refusées")
    tab.page.locator("#id_explain_words").fill("Une collègue ne connaissait pas la règle.")
    tab.button("Donner des explications").click()
    tab.sees("Vos explications sont transmises.")
    offer = step(tab, "Proposer de reprendre")
    offer.locator("textarea").fill("Une formation de toute l'équipe en janvier.")
    offer.get_by_role("button").click()
    tab.sees("Votre proposition est transmise.")
    tab.look("procédure, expliquée")
    assert tab.read_pdf(tab.link("Lire (PDF) : dénonciation")).startswith(b"%PDF")

    team = sit("staff")
    team.open("/gestion/")
    team.link("Manquements : à nous d'agir").click()
    team.look("manquements à traiter")
    team.page.locator("#result_list tbody th a").first.click()
    team.look("un manquement, pour l'équipe")
    team.link("Accepter de reprendre").click()
    team.sees("Une formation de toute l'équipe en janvier.")
    team.look("accepter de reprendre")
    team.button("Accepter de reprendre").click()
    team.sees("le partenariat reprend")
    tab.page.reload()
    tab.sees("Cette procédure est close")
    tab.look("procédure close")
    assert not type(cast.lead.structure).objects.get(pk=cast.lead.structure_id).is_suspended


def test_no_answer_leads_to_the_letter_and_the_end_with_time_moved(sit, cast, agreement):
    team = sit("staff")
    team.open("/gestion/conventions/breach/add/")
    team.look("ouvrir une procédure")
    a_breach(agreement=agreement, by=cast.staff, grounds=GROUNDS, at=days_ago(40))
    breach = Breach.objects.get()
    address = f"/gestion/conventions/breach/{breach.pk}/change/"
    team.open(address)
    team.link("Préparer la lettre recommandée").click()
    team.look("préparer la lettre")
    team.button("Préparer la lettre recommandée").click()
    team.sees("La lettre est prête")
    team.link("Noter l'envoi de la lettre recommandée").click()
    team.page.locator("[name=sent_on]").fill(f"{timezone.localdate() + timedelta(days=1)}")
    team.page.locator("[name=tracking_number]").fill("1A 234 567")
    team.button("Noter l'envoi").click()
    team.sees("vérifiez la date")
    expect(team.page.locator("[name=tracking_number]")).to_have_value("1A 234 567")
    team.look("noter l'envoi, refusé")
    team.page.locator("[name=sent_on]").fill(f"{days_ago(20).date()}")
    team.button("Noter l'envoi").click()
    team.sees("L'envoi est noté")
    team.link("Noter la première présentation").click()
    team.page.locator("[name=presented_on]").fill(f"{days_ago(14).date()}")
    team.button("Noter la première présentation").click()
    team.sees("le dernier délai court")
    expect(team.link("Résilier la convention")).to_have_count(0)
    team.look("dernier délai")
    lead = sit("lead")
    lead.open(f"/partenariat/manquement/{breach.pk}/")
    lead.sees("la convention finit le")
    lead.look("procédure, dernier délai")

    assert terminate_due(at=timezone.now()) == 0
    assert terminate_due(at=timezone.now() + timedelta(days=1)) == 1  # as the night's task does
    team.open(address)
    team.sees("convention résiliée")
    team.look("convention résiliée")
    lead.page.reload()
    lead.heading("Se connecter")
    assert Agreement.objects.get(pk=agreement.pk).terminated_on == (days_ago(14) + timedelta(days=15)).date()


@pytest.mark.parametrize("who", ["lead", "desk"])
def test_partner_notices_the_association_and_takes_the_notice_back(sit, cast, agreement, who):
    if who == "desk":
        AgreementFactory(structure=None, venue=cast.desk.venue)
    tab = sit(who)
    tab.open("/partenariat/")
    tab.look("partenariat, rien en cours")
    tab.link("Signaler un manquement de l’association").click()
    tab.look("ce qu'un signalement déclenche")
    tab.button("Continuer").click()
    tab.sees("Écrivez ce qui s'est passé")
    tab.page.get_by_label("Ce qui s'est passé").fill("Aucune réponse\ndepuis trois mois.")
    tab.button("Continuer").click()
    tab.heading("Relisez avant d’envoyer")
    tab.look("relire avant d'envoyer")
    assert not Breach.objects.exists()
    tab.button("Modifier").click()
    expect(tab.page.get_by_label("Ce qui s'est passé")).to_have_value("Aucune réponse\ndepuis trois mois.")
    tab.button("Continuer").click()
    tab.button("Envoyer la lettre").click()
    tab.sees("Votre lettre est partie")
    tab.look("procédure ouverte par le partenaire")
    drop = step(tab, "Retirer le signalement et reprendre")
    drop.get_by_role("button").click()
    tab.sees("Le signalement est retiré")
    assert Breach.objects.get().state == "reinstated"


def test_suspension_between_page_and_click_is_refused_and_keeps_what_was_typed(sit, cast):
    performance = PerformanceFactory(event__venue=cast.desk.venue)
    ParticipantFactory(structure=cast.worker.structure, given_name="Zéphirine", family_name="Quatremarre")
    tab = sit("worker")
    tab.open(f"/reserver/{performance.pk}/")
    tab.page.get_by_label("Personne de votre liste").select_option(label="Quatremarre Zéphirine")
    tab.page.locator("[name=guest-0-given_name]").fill("Ondine")
    tab.page.locator("[name=guest-0-family_name]").fill("Quatremarre")
    tab.page.get_by_label("Je confirme ces trois points").check()
    suspend(partner=cast.worker.structure, reason="Des places revendues.", by=cast.staff, at=timezone.now())
    tab.button("Réserver").click()
    tab.sees("sont en pause depuis")
    tab.look("réserver, suspendu entre-temps")
    expect(tab.page.locator("[name=guest-0-given_name]")).to_have_value("Ondine")
    expect(tab.page.get_by_label("Je confirme ces trois points")).to_be_checked()
    assert not Booking.objects.exists()
    performance.refresh_from_db()
    assert performance.seats_left == performance.capacity
    assert audit().violations == []
    tab.open("/")
    tab.look("accueil d'une personne habilitée, en pause")


def test_staff_suspends_a_venue_against_a_reason(sit, cast):
    tab = sit("staff")
    tab.open("/gestion/partners/venue/")
    tab.page.get_by_role("checkbox").nth(1).check()
    tab.page.locator("select[name=action]").select_option("suspend")
    tab.button("Envoyer").click()
    tab.look("suspendre, le motif")
    tab.button("Suspendre").click()
    tab.sees("Écrivez le motif")
    tab.page.get_by_label("Motif").fill("Des personnes refusées à l'entrée.")
    tab.button("Suspendre").click()
    tab.sees("Comptes suspendus : 1.")
    tab.open("/gestion/partners/venue/?suspension=oui")
    tab.look("lieux suspendus")
