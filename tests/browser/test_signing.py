"""An agreement from its draft to two equal originals: the team at a desk, the representative on a telephone (B2)."""

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from common.models import OutboxMessage
from conventions.models import Agreement
from conventions.services.proof import verify
from conventions.tests.signatures import SIGNER, a_sent, code_of, mails, token_of
from partners.models import Structure
from partners.tests.factories import StructureFactory, UserFactory
from tests.browser.conftest import DESK, PHONE

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True, serialized_rollback=True)]


@pytest.mark.parametrize("size", [PHONE], ids=["360"], indirect=True)
def test_agreement_is_sent_signed_on_a_phone_countersigned_and_fetched(sit, cast):
    structure = StructureFactory(**SIGNER, name="Foyer des Aulnes", address="3 rue des Aulnes")
    cast.newcomer = UserFactory(lead=True, structure=structure)
    team = sit("staff")
    team.page.set_viewport_size(DESK["viewport"])
    team.open(f"/gestion/conventions/agreement/add/?structure={structure.pk}")
    team.page.locator("[name=text]").select_option(label="Structure sociale, version 1")
    team.page.get_by_role("button", name="Enregistrer et continuer").click()
    team.look("brouillon")
    team.button("Enregistrer et envoyer à la signature").click()
    team.sees("La convention est partie à")
    team.look("convention envoyée")

    phone = sit()
    phone.open(f"/signature/{token_of(mails('agreement-link')[0])}/")
    phone.sees("Article 1. Objet")
    phone.look("convention à signer")
    phone.button("Recevoir le code").click()
    expect(phone.page.get_by_text("Cochez cette phrase").first).to_be_visible()
    phone.look("convention à signer, sans accord")
    phone.page.get_by_label("J'ai lu la convention").check()
    phone.button("Recevoir le code").click()
    phone.heading("Signez avec le code reçu")
    phone.look("code")
    code = code_of(mails("agreement-code")[0])
    phone.page.get_by_label("Code reçu par mail").fill("000000" if code != "000000" else "111111")
    phone.button("Signer la convention").click()
    expect(phone.page.get_by_text("n'est pas le bon").first).to_be_visible()
    phone.look("code, refusé")
    phone.page.get_by_label("Code reçu par mail").fill(code)
    phone.button("Signer la convention").click()
    phone.heading("Merci, c’est signé")
    phone.look("signée par le partenaire")

    team.open("/gestion/")
    team.link("Conventions à contresigner").click()
    team.look("conventions à contresigner")
    team.page.locator("#result_list tbody th a").first.click()
    team.button("Contresigner").click()
    team.sees("Conventions contresignées : 1")
    team.look("convention signée des deux")
    agreement = Agreement.objects.get(structure=structure)
    ours = team.page.context.request.get(
        f"{team.address}/gestion/conventions/agreement/{agreement.pk}/document/original/"
    ).body()

    theirs = sit("newcomer")
    theirs.open("/partenariat/")
    theirs.sees("En vigueur")
    theirs.look("notre partenariat, en vigueur")
    assert theirs.read_pdf(theirs.link("L’original signé")) == ours
    mail = OutboxMessage.objects.get(effect=f"agreement-completed {agreement.pk}")
    phone.open(f"/signature/{token_of(mail.text)}/")
    phone.look("lien vers l'original")
    assert phone.read_pdf(phone.link("Votre original")) == ours
    assert verify().sound


def test_partner_without_scripts_sees_what_waits_and_who_else_may_sign(sit, cast):
    structure = Structure.objects.get(pk=cast.lead.structure_id)
    for name, value in SIGNER.items():
        setattr(structure, name, value)
    structure.save()
    Agreement.objects.filter(structure=structure).delete()
    a_sent(at=timezone.now(), partner=structure)
    lead = sit("lead", scripts=False)
    lead.open("/partenariat/")
    lead.sees("Le lien pour signer est parti")
    lead.look("notre partenariat, à signer")
    lead.link("Signée à la main").click()
    lead.look("déposer la page signée")
    phone = sit(scripts=False)
    phone.open(f"/signature/{token_of(mails('agreement-link')[0])}/")
    phone.link("Je ne suis pas cette personne").click()
    phone.look("autre signataire")
    phone.page.get_by_label("Prénom et nom").fill("Basile Ondenoir")
    phone.page.get_by_label("Qualité").fill("directeur")
    phone.page.get_by_label("Adresse e-mail").fill("basile@tilleuls.example")
    phone.button("Transmettre à l’équipe").click()
    phone.heading("L’équipe s’en occupe")
    phone.look("rendue")


@pytest.mark.parametrize("path", ["agreement/campagne/", "agreementtext/", "evidenceentry/"])
def test_staff_page_of_agreements_is_sound(sit, cast, path):
    a_sent(at=timezone.now())
    tab = sit("staff")
    tab.open(f"/gestion/conventions/{path}")
    tab.look(path)
