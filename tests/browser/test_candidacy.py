"""A structure becomes a partner, from its phone, and books; staff bring it there without typing anything twice (A1)."""

import re
from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone
from playwright.sync_api import expect

from conventions.models import Agreement, Candidacy
from conventions.tests.factories import CandidacyFactory, State, a_candidacy
from invitations.models import Booking
from offers.tests.factories import PerformanceFactory
from partners.models import Structure, User

pytestmark = [
    pytest.mark.browser,
    pytest.mark.phone,
    pytest.mark.django_db(transaction=True, serialized_rollback=True),
]

TYPED = {
    "name": "Relais des Trois Ponts",
    "legal_status": "Association",
    "people_accompanied": "45",
    "address": "4 rue des Trois Ponts",
    "postcode": "69100",
    "phone": "04 65 71 40 01",
    "email": "contact@trois-ponts.example",
    "accompaniment": "Une hôte et un éducateur connaissent tout le monde.",
    "representative_name": "Solange Verdeil",
    "representative_capacity": "Directrice",
    "representative_email": "direction@trois-ponts.example",
    "lead_name": "Maurin Castelbois",
    "lead_email": "maurin@trois-ponts.example",
    "lead_phone": "04 65 71 40 02",
}
PASSWORD = "trois lanternes sur le quai"


@pytest.fixture(autouse=True)
def quick_hands(settings):
    """The browser types faster than anybody."""
    settings.CANDIDACY_SECONDS_MIN = 0


def fill_in(tab):
    """The structure's form, as somebody fills it in on a phone."""
    for name, words in TYPED.items():
        tab.page.locator(f"main [name={name}]").fill(words)
    tab.page.get_by_label("Type de structure").select_option(label="Pension de famille, maison relais")
    tab.page.get_by_label("Social", exact=True).check()
    tab.page.get_by_label("surtout des personnes aux minima").check()
    tab.page.get_by_label("accompagnée individuellement").check()


def take(tab, step, **fields):
    """Staff's button `step`, its form, and back on the candidacy's page."""
    tab.link(step).click()
    tab.look(step)
    for name, words in fields.items():
        tab.page.locator(f"form [name={name}]").fill(words)
    tab.button(step).click()
    tab.sees("c'est fait")


def link_in_mail(words, to):
    """The path of the link in the last mail to somebody that holds `words`."""
    message = next(m for m in reversed(mail.outbox) if m.to == [to] and words in m.subject + m.body)
    return re.search(r"https?://[^/\s]+(/\S+)", message.body)[1]


def code_in_mail(to):
    """The six digits of the last mail to somebody."""
    body = next(m for m in reversed(mail.outbox) if m.to == [to]).body
    return re.search(r"^\d{6}$", body, re.MULTILINE)[0]


def test_structure_becomes_a_partner_and_books(sit, cast):
    outing = PerformanceFactory(event__title="Fanfare des écluses")
    phone = sit()
    phone.open("/")
    phone.link("Proposer ma structure ou mon lieu").click()
    phone.heading("Devenir partenaire")
    phone.look("devenir partenaire")
    phone.link("Une structure sociale").click()
    phone.heading("Votre structure devient partenaire")
    phone.look("candidature vide")
    fill_in(phone)
    phone.page.get_by_label("Commune").press_sequentially("villeu")
    expect(phone.page.locator("#communes option")).to_have_count(1)
    phone.page.get_by_label("Commune").fill("Villeurbane")
    phone.page.get_by_label("E-mail").first.fill("contact")
    phone.button("Envoyer la candidature").click()
    phone.sees("complète")
    expect(phone.page.locator("[name=accompaniment]")).to_have_value(TYPED["accompaniment"])
    phone.look("candidature à corriger")
    phone.page.get_by_label("E-mail").first.fill(TYPED["email"])
    phone.button("Envoyer la candidature").click()
    phone.heading("Merci, c’est envoyé")
    phone.look("candidature envoyée")
    assert "bien reçu" in mail.outbox[-1].subject and mail.outbox[-1].to == [TYPED["lead_email"]]

    desk = sit("staff")
    desk.open("/gestion/")
    desk.link("Candidatures nouvelles").click()
    desk.look("liste des candidatures")
    desk.link("Tableau").click()
    desk.look("tableau")
    desk.link(TYPED["name"]).click()
    desk.look("candidature reçue")
    day = timezone.localdate() + timedelta(days=3)
    take(desk, "Fixer une rencontre", day=day.isoformat(), hour="14:30")
    assert "rencontre" in mail.outbox[-1].subject
    take(desk, "Dire faisable", reason="Public aux minima, suivi individuel.")
    take(desk, "Préparer la convention")
    structure = Structure.objects.get(name=TYPED["name"])
    assert (structure.commune.name, structure.representative_name) == ("Villeurbanne", "Solange Verdeil")
    take(desk, "Envoyer la convention à signer")
    candidacy = Candidacy.objects.get()
    assert candidacy.agreement.state == Agreement.State.SENT
    to_sign = TYPED["representative_email"]
    phone.open(link_in_mail("signature/", to_sign))
    phone.page.locator("[name=consent]").check()
    phone.button("Recevoir le code").click()
    phone.page.get_by_label("Code reçu par mail").fill(code_in_mail(to_sign))
    phone.button("Signer la convention").click()
    phone.heading("Merci, c’est signé")
    desk.open(f"/gestion/conventions/agreement/{candidacy.agreement.pk}/change/")
    desk.button("Contresigner").click()
    desk.open("/gestion/conventions/candidacy/tableau/")
    desk.sees("Signée : ouvrir le compte")
    desk.link(TYPED["name"]).click()
    take(desk, "Ouvrir le compte")

    phone.open(link_in_mail("mot de passe", TYPED["lead_email"]))
    for name in ("password", "again"):
        phone.page.locator(f"[name={name}]").fill(PASSWORD)
    phone.button("Garder ce mot de passe").click()
    phone.heading("Votre mot de passe est gardé")
    take(desk, "Noter la formation")
    take(desk, "Rendre active")
    desk.look("candidature active")
    assert Candidacy.objects.get().state == State.ACTIVE

    phone.open("/compte/connexion/")
    phone.page.get_by_label("E-mail").fill(TYPED["lead_email"])
    phone.page.get_by_label("Mot de passe").fill(PASSWORD)
    phone.button("Se connecter").click()
    phone.heading("Bonjour")
    phone.link("Lire les conditions").click()
    phone.page.get_by_label("J'ai lu ces conditions").check()
    phone.button("J'accepte et je continue").click()
    phone.open(f"/reserver/{outing.pk}/")
    phone.page.locator("[name=new_given_name]").fill("Ondine")
    phone.page.locator("[name=new_family_name]").fill("Quatremarre")
    phone.page.get_by_label("Je confirme ces trois points").check()
    phone.button("Réserver").click()
    phone.heading("C'est réservé")
    assert Booking.objects.get().structure == structure
    assert User.objects.get(email=TYPED["lead_email"]).structure == structure


def test_venue_writes_without_scripts_and_is_answered(sit, cast):
    tab = sit(scripts=False)
    tab.open("/devenir-partenaire/lieu/")
    tab.look("candidature d'un lieu")
    tab.button("Envoyer la candidature").click()
    tab.sees("points à corriger")
    tab.look("candidature d'un lieu, vide")
    own = {
        **TYPED, "town": "Villeurbanne", "description": "Une salle de quartier.", "seats_offered": "Six par séance.",
    }  # fmt: skip
    for name in ("legal_status", "people_accompanied", "accompaniment"):
        del own[name]
    for name, words in own.items():
        tab.page.locator(f"main [name={name}]").fill(words)
    tab.page.get_by_label("Culture").check()
    tab.button("Envoyer la candidature").click()
    tab.heading("Merci, c’est envoyé")
    assert Candidacy.objects.get().commune.name == "Villeurbanne"


def test_staff_refuses_with_a_letter(sit, cast):
    CandidacyFactory(name="Relais des Ormes", next_on=timezone.localdate() - timedelta(days=2))
    a_candidacy(State.SET_ASIDE, by=cast.staff, name="Relais des Ormes")
    desk = sit("staff")
    desk.open("/gestion/conventions/candidacy/tableau/?late=on")
    desk.sees("En retard de 2 jours")
    desk.look("tableau, en retard")
    desk.link("Relais des Ormes").click()
    desk.sees("Autre candidature")
    desk.look("candidature déjà connue")
    desk.link("Refuser").click()
    desk.button("Refuser").click()
    desk.sees("Écrivez le motif")
    desk.look("refuser, sans motif")
    desk.page.locator("[name=reason]").fill("Le public n'est pas celui du dispositif.")
    desk.button("Refuser").click()
    desk.sees("Refusée")
    desk.look("candidature refusée")
    assert desk.read_pdf(desk.link("Ouvrir la lettre")).startswith(b"%PDF")
