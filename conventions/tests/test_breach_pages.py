"""The breach procedure on the partners' pages and on staff's: who sees it, what can be done, the letters (B5, A13)."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from conventions.models import Breach
from conventions.services import breaches as services
from conventions.tests.factories import AgreementFactory, a_breach, answering
from partners.models import Suspension
from partners.tests.factories import StructureFactory, UserFactory, VenueFactory

pytestmark = pytest.mark.django_db
START = reverse("conventions:breach_start")
PAGE = reverse("conventions:partnership")
GROUNDS = "Aucune programmation n'a été transmise depuis janvier."


@pytest.fixture
def agreement():
    return AgreementFactory(running=True)


@pytest.fixture
def lead(agreement):
    return answering(agreement.partner)


@pytest.fixture
def staff():
    return UserFactory(staff=True)


@pytest.fixture
def page(client, lead):
    """The référent·e's browser."""
    client.force_login(lead)
    return client


@pytest.fixture
def desk(client, staff):
    """Staff's browser."""
    client.force_login(staff)
    return client


def said(response) -> str:
    return response.content.decode().replace("&nbsp;", " ").replace("&#x27;", "'")


def test_partner_reads_what_a_notice_triggers_looks_once_more_and_sends_it(page, agreement):
    assert "Avant tout, parlons-en" in said(page.get(START))
    look = said(page.post(START, {"words": GROUNDS, "step": "look"}))
    assert "Relisez avant d’envoyer" in look and GROUNDS in look
    assert not Breach.objects.exists()
    assert GROUNDS in said(page.post(START, {"words": GROUNDS, "step": "change"}))
    sent = page.post(START, {"words": GROUNDS, "step": "send"}, follow=True)
    assert "Votre lettre est partie" in said(sent)
    breach = Breach.objects.get()
    assert (breach.notifier, breach.grounds) == ("partner", GROUNDS)
    agreement.partner.refresh_from_db()
    assert agreement.partner.is_suspended
    assert "Une procédure est déjà ouverte" in said(page.get(START))
    refused = said(page.post(START, {"words": GROUNDS, "step": "send"}))
    assert "déjà ouverte" in refused and Breach.objects.count() == 1


def test_open_procedure_comes_first_on_the_partners_page_and_a_quiet_one_last(page, agreement, staff):
    def comes_first() -> bool:
        text = said(page.get(PAGE))
        return text.index('id="manquements"') < text.index('id="convention"')

    assert not comes_first()
    breach = services.notice(agreement=agreement, grounds=GROUNDS, by=staff, at=timezone.now())
    assert comes_first()
    services.drop(breach=breach, by=staff, at=timezone.now())
    assert not comes_first()


def test_notice_without_words_is_refused_and_nothing_starts(page):
    assert "Écrivez ce qui s'est passé" in said(page.post(START, {"words": " ", "step": "look"}))
    assert "Écrivez ce qui s'est passé" in said(page.post(START, {"words": "", "step": "send"}))
    assert not Breach.objects.exists()


def test_partner_without_agreement_in_force_is_told_to_write(client):
    client.force_login(UserFactory(lead=True))
    assert "Aucune convention n’est en vigueur" in said(client.get(START))
    assert "Aucune convention" in said(client.post(START, {"words": GROUNDS, "step": "send"}))
    assert not Breach.objects.exists()


def test_partnership_page_shows_where_the_procedure_stands_to_who_answers(page, agreement, staff):
    assert "Chacun tient ses engagements" in said(page.get(PAGE))
    breach = a_breach(agreement=agreement, by=staff)
    shown = said(page.get(PAGE))
    assert breach.get_absolute_url() in shown and "en pause depuis" in shown
    page.force_login(UserFactory(structure=agreement.structure))
    colleague = said(page.get(PAGE))
    assert "en pause depuis" in colleague and breach.get_absolute_url() not in colleague
    assert START not in colleague and breach.grounds not in colleague


def test_partner_explains_on_the_page_and_reads_the_receipt(page, agreement, staff):
    breach = a_breach(agreement=agreement, by=staff)
    empty = said(page.post(breach.get_absolute_url(), {"step": "explain", "words": ""}))
    assert "Écrivez vos explications." in empty
    done = said(
        page.post(breach.get_absolute_url(), {"step": "explain", "words": "Une erreur."}, follow=True)
    )
    assert "Vos explications sont transmises" in done and "Une erreur." in done
    for letter in breach.letters.all():
        answer = page.get(reverse("conventions:breach_letter", args=[letter.pk]))
        assert answer["Content-Type"] == "application/pdf" and answer.content.startswith(b"%PDF")
    assert breach.letters.count() == 2


def test_step_that_is_not_possible_any_more_says_where_it_stands(page, agreement, staff):
    breach = a_breach(agreement=agreement, by=staff)
    for step in ("drop", "terminate", "n'importe quoi"):
        assert "n'est plus possible" in said(
            page.post(breach.get_absolute_url(), {"step": step}, follow=True)
        )
    assert Breach.objects.get().state == "noticed"


def test_partner_pursues_its_own_notice_and_may_drop_it(page, agreement, lead, staff):
    breach = a_breach(agreement=agreement, by=lead, at=timezone.now() - timedelta(days=20))
    address = breach.get_absolute_url()
    assert "La lettre est prête" in said(page.post(address, {"step": "prepare"}, follow=True))
    typed = {"step": "send", "sent_on": "1999-01-01", "tracking_number": "1A 2345"}
    refused = said(page.post(address, typed))
    assert "1A 2345" in refused and "trop ancienne" in refused
    sent_on = timezone.localdate() - timedelta(days=1)
    assert "L'envoi est noté" in said(page.post(address, {**typed, "sent_on": f"{sent_on}"}, follow=True))
    presented = {"step": "present", "presented_on": f"{sent_on - timedelta(days=1)}"}
    assert "vérifiez la date" in said(page.post(address, presented))
    presented["presented_on"] = f"{timezone.localdate()}"
    assert "le dernier délai court" in said(page.post(address, presented, follow=True))
    services.offer(breach=Breach.objects.get(), words="Un rendez-vous lundi.", by=staff, at=timezone.now())
    read = page.get(address)
    assert "Un rendez-vous lundi." in said(read)
    seen = Breach.objects.get().offer_mark
    assert seen in said(read)
    services.offer(breach=Breach.objects.get(), words="Un rendez-vous mardi.", by=staff, at=timezone.now())
    refused = said(page.post(address, {"step": "accept", "seen": seen}))
    assert "Une autre proposition est arrivée entre-temps" in refused and "Un rendez-vous mardi." in refused
    assert Breach.objects.get().is_open
    typed = {"step": "accept", "seen": Breach.objects.get().offer_mark}
    assert "le partenariat reprend" in said(page.post(address, typed, follow=True))
    assert Breach.objects.get().state == "reinstated"


# --- Staff's pages ------------------------------------------------------------------------------------


def test_staff_suspends_against_a_reason_and_lifts(desk):
    structures = [StructureFactory(), StructureFactory()]
    address = reverse("admin:partners_structure_changelist")
    chosen = {"action": "suspend", "_selected_action": [str(row.pk) for row in structures]}
    asked = said(desk.post(address, chosen))
    assert "Motif" in asked and all(row.name in asked for row in structures)
    assert not Suspension.objects.exists()
    assert "Écrivez le motif" in said(desk.post(address, {**chosen, "confirmed": "1", "reason": " "}))
    desk.post(address, {**chosen, "confirmed": "1", "reason": "Des places revendues."})
    assert Suspension.objects.open().count() == 2
    assert desk.get(address, {"suspension": "oui"}).context["cl"].result_count == 2
    assert desk.get(address, {"suspension": "non"}).context["cl"].result_count == 0
    desk.post(address, {**chosen, "action": "lift"})
    assert Suspension.objects.open().count() == 0


def test_staff_cannot_lift_what_a_procedure_holds(desk, agreement, staff):
    a_breach(agreement=agreement, by=staff)
    address = reverse("admin:partners_structure_changelist")
    chosen = {"action": "lift", "_selected_action": [str(agreement.structure.pk)]}
    assert "procédure de manquement est ouverte" in said(desk.post(address, chosen, follow=True))
    assert Suspension.objects.open().count() == 1


def test_staff_opens_a_procedure_and_reads_the_letter(desk, agreement):
    address = reverse("admin:conventions_breach_add")
    assert "Écrivez ce qui s'est passé" in said(
        desk.post(address, {"agreement": agreement.pk, "grounds": ""})
    )
    desk.post(address, {"agreement": agreement.pk, "grounds": "Des places revendues."})
    breach = Breach.objects.get()
    assert breach.notifier == "association"
    again = said(desk.post(address, {"agreement": agreement.pk, "grounds": "Encore."}))
    assert "Une procédure est déjà ouverte" in again and Breach.objects.count() == 1
    letter = reverse("admin:conventions_breach_letter", args=[breach.letters.get().pk])
    change = said(desk.get(reverse("admin:conventions_breach_change", args=[breach.pk])))
    assert letter in change and "Des places revendues." in change
    assert desk.get(letter).content.startswith(b"%PDF")


def test_staff_is_offered_only_steps_that_are_possible_now(desk, agreement, staff):
    breach = a_breach(agreement=agreement, by=staff, at=timezone.now() - timedelta(days=3))
    change = reverse("admin:conventions_breach_change", args=[breach.pk])
    shown = said(desk.get(change))
    assert "Noter l'accord et reprendre" in shown and "Donner des explications" in shown
    assert "Préparer la lettre recommandée" not in shown and "Résilier" not in shown
    early = reverse("admin:conventions_breach_step", args=[breach.pk, "prepare"])
    for method in (desk.get, desk.post):
        assert "possible à partir du" in said(method(early, follow=True))
    assert desk.get(reverse("admin:conventions_breach_step", args=[breach.pk, "rien"])).status_code == 404
    explain = reverse("admin:conventions_breach_step", args=[breach.pk, "explain"])
    typed = {"words": "Reçu par la poste.", "received_on": f"{timezone.localdate() + timedelta(days=1)}"}
    assert "Ce jour doit se trouver" in said(desk.post(explain, typed))
    typed["received_on"] = f"{timezone.localdate()}"
    assert "accusé de réception est prêt" in said(desk.post(explain, typed, follow=True))
    reinstate = reverse("admin:conventions_breach_step", args=[breach.pk, "reinstate"])
    assert "Écrivez ce que vous avez convenu" in said(desk.post(reinstate, {"words": ""}))
    desk.post(reinstate, {"words": "Une réunion par trimestre."})
    assert Breach.objects.get().understanding == "Une réunion par trimestre."
    assert "Noter l'accord" not in said(desk.get(change))


def test_staff_sees_what_falls_due(desk, staff):
    late = timezone.now() - timedelta(days=16)
    for by in (staff, None):
        agreement = AgreementFactory(running=True, structure=None, venue=VenueFactory())
        a_breach(agreement=agreement, by=by or answering(agreement.partner), at=late)
    a_breach(by=staff)
    home = said(desk.get(reverse("admin:index")))
    assert "Manquements : à nous d'agir" in home and "Manquements : résiliation due" not in home
    found = desk.get(reverse("admin:conventions_breach_changelist"), {"suite": "equipe"})
    assert found.context["cl"].result_count == 2
    for choice, count in (("due", 0), ("ouvertes", 3), ("closes", 0)):
        listed = desk.get(reverse("admin:conventions_breach_changelist"), {"suite": choice})
        assert listed.context["cl"].result_count == count


def test_staff_without_the_right_takes_no_step(client, agreement, staff):
    breach = a_breach(agreement=agreement, by=staff)
    client.force_login(UserFactory(staff=True, is_superuser=False))
    for name, args in (("breach_step", [breach.pk, "drop"]), ("breach_letter", [breach.letters.get().pk])):
        assert client.post(reverse(f"admin:conventions_{name}", args=args)).status_code == 403
    assert Breach.objects.get().state == "noticed"
