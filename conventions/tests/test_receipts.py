"""Receipts: numbered without a gap in each year, frozen, voided with a reason, never deleted (B6)."""

import io
from datetime import UTC, date, datetime

import pytest
import time_machine
from django.db import connection, transaction
from django.db.models import ProtectedError
from django.urls import reverse
from pypdf import PdfReader

from common.errors import DomainError
from common.models import OutboxMessage
from conventions.models import Donation, Membership, Receipt, ReceiptYear
from conventions.services.membership import pay_membership, record_donation
from conventions.services.receipt_papers import draw, read
from conventions.services.receipts import replace_receipt, void_receipt
from conventions.tasks.receipts import draw_receipt, sweep_receipts
from conventions.tests.factories import DonationFactory, MembershipFactory
from partners.tests.factories import StructureFactory, UserFactory, VenueFactory

pytestmark = [pytest.mark.django_db, pytest.mark.once]
NOON = datetime(2026, 11, 22, 11, tzinfo=UTC)


@pytest.fixture
def staff():
    return UserFactory(staff=True)


def give(staff, *, at=NOON, **fields):
    donation = DonationFactory.build(**{"structure": StructureFactory(), "paid_on": at.date(), **fields})
    return record_donation(donation=donation, by=staff, at=at)


def words(receipt):
    return " ".join(PdfReader(io.BytesIO(read(receipt=receipt, at=NOON))).pages[0].extract_text().split())


def test_numbers_follow_each_other_within_each_year(staff):
    days = [date(2026, 3, 1), date(2025, 12, 31), date(2026, 1, 1), date(2026, 3, 1)]
    references = [give(staff, paid_on=day).reference for day in days]
    assert references == ["2026-0001", "2025-0001", "2026-0002", "2026-0003"]
    assert dict(ReceiptYear.objects.values_list("year", "last")) == {2025: 1, 2026: 3}


@pytest.mark.parametrize(
    ("at", "day", "year"),
    [
        (datetime(2026, 12, 31, 22, 59, tzinfo=UTC), date(2026, 12, 31), 2026),  # 23:59 in Paris
        (datetime(2026, 12, 31, 23, 0, tzinfo=UTC), date(2027, 1, 1), 2027),  # midnight in Paris
    ],
)
def test_year_is_that_of_the_payment_in_paris(staff, at, day, year):
    assert give(staff, at=at, paid_on=day).year == year


def test_day_to_come_in_paris_is_refused_until_midnight_there(staff):
    last_minute = datetime(2026, 12, 31, 22, 59, tzinfo=UTC)
    with pytest.raises(DomainError, match="à venir"):
        give(staff, at=last_minute, paid_on=date(2027, 1, 1))


@pytest.mark.parametrize("moment", ["2026-12-31T22:59:59Z", "2026-12-31T23:00:00Z"])
def test_form_offers_the_day_of_paris(client, staff, moment):
    with time_machine.travel(moment, tick=False):
        client.force_login(staff)
        form = client.get(reverse("admin:conventions_donation_add")).context["adminform"].form
    assert form.initial["paid_on"] == (date(2026, 12, 31) if "22:59" in moment else date(2027, 1, 1))


def test_payment_that_fails_gives_its_number_back(staff):
    give(staff)
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        give(staff)
        1 / 0  # noqa: B018
    assert give(staff).number == 2
    assert ReceiptYear.objects.get().last == Receipt.objects.count() == 2


def test_paper_says_who_gave_what_when_and_that_it_is_free(staff, settings):
    settings.PORTAL_ASSOCIATION, settings.PORTAL_SEAT = "Association d'essai", "5 rue du Siège, 69007 Lyon"
    structure = StructureFactory(name="Foyer des Aulnes", address="3 rue des Tilleuls")
    said = words(give(staff, structure=structure, amount_cents=123_450, means="cheque"))
    for part in ("Association d'essai", "5 rue du Siège", "2026-0001", "Foyer des Aulnes", "3 rue des Tilleuls",
                 "234,50 €", "ille deux cent trente-quatre euros et cinquante centimes", "22 novembre 2026",
                 "chèque", "sans contrepartie", "aucune réduction d’impôt"):  # fmt: skip
        assert part in said.replace("\u00a0", " "), part


def test_tax_reduction_is_attested_only_where_the_installation_says_so(staff, settings):
    settings.DONATION_TAX_REDUCTION = True
    assert "ouvrent droit à une réduction d’impôt" in words(give(staff))
    membership = MembershipFactory(season_year=2026)
    paid = pay_membership(
        membership=membership, amount_cents=5_000, paid_on=NOON.date(), means="cash", by=staff, at=NOON
    )
    assert "aucune réduction" in words(paid)


def test_receipt_of_a_membership_says_what_it_is(staff):
    membership = MembershipFactory(person=True, season_year=2026)
    said = words(
        pay_membership(
            membership=membership, amount_cents=1_500, paid_on=NOON.date(), means="cash", by=staff, at=NOON
        )
    )
    assert "Reçu d’adhésion" in said and "saison 2026-2027" in said and "une voix à l’assemblée" in said
    assert membership.payer_name in said and "jamais une condition" in said


def test_receipt_is_frozen_when_it_is_issued(staff, settings):
    structure = StructureFactory(name="Foyer des Aulnes")
    receipt = give(staff, structure=structure)
    type(structure).objects.filter(pk=structure.pk).update(name="Autre nom")
    settings.PORTAL_ASSOCIATION = "Autre association"
    said = words(Receipt.objects.get(pk=receipt.pk))
    assert "Foyer des Aulnes" in said and "Autre" not in said


def test_drawing_twice_keeps_the_first_paper(staff):
    receipt = give(staff)
    draw_receipt(str(receipt.pk))
    receipt.refresh_from_db()
    first = (bytes(receipt.content), receipt.sha256, receipt.drawn_at)
    draw(receipt=receipt, at=NOON)
    sweep_receipts()
    receipt.refresh_from_db()
    assert (bytes(receipt.content), receipt.sha256, receipt.drawn_at) == first
    assert receipt.content.startswith(b"%PDF")


def test_sweeper_draws_what_a_lost_task_left(staff):
    give(staff)
    assert Receipt.objects.undrawn().count() == 1
    sweep_receipts()
    assert not Receipt.objects.undrawn().exists()


def test_neither_paper_nor_names_are_readable_in_the_database(staff):
    give(staff, person=True, structure=None, venue=None)
    sweep_receipts()
    with connection.cursor() as cursor:
        cursor.execute("SELECT facts, content FROM conventions_receipt")
        facts, content = cursor.fetchone()
        cursor.execute("SELECT payer_name, payer_address FROM conventions_donation")
        payer = cursor.fetchone()
    assert "Aubin" not in facts and b"%PDF" not in bytes(content)
    assert not any("Aubin" in cell or "Cèdres" in cell for cell in payer)


def test_altered_paper_is_never_handed_out(staff):
    receipt = give(staff)
    draw(receipt=receipt, at=NOON)
    receipt.refresh_from_db()
    receipt.content = bytes(receipt.content)[:-1] + b"X"
    receipt.save(update_fields=["content"])
    with pytest.raises(DomainError, match="altéré"):
        read(receipt=Receipt.objects.get(), at=NOON)


def test_voided_receipt_keeps_its_number_and_the_gift_is_withdrawn(staff):
    receipt = give(staff)
    void_receipt(receipt=receipt, reason="Chèque sans provision.", by=staff, at=NOON)
    receipt.refresh_from_db()
    assert (receipt.reference, receipt.void_reason) == ("2026-0001", "Chèque sans provision.")
    assert not Donation.objects.of(receipt.donation.structure).exists()
    assert give(staff).reference == "2026-0002"


def test_membership_whose_receipt_is_voided_is_to_be_paid_again(staff):
    membership = MembershipFactory(season_year=2026)
    pay = {
        "membership": membership,
        "amount_cents": 5_000,
        "paid_on": NOON.date(),
        "means": "cash",
        "by": staff,
        "at": NOON,
    }
    void_receipt(receipt=pay_membership(**pay), reason="Chèque sans provision.", by=staff, at=NOON)
    assert Membership.objects.waiting().get() == membership
    assert pay_membership(**pay).reference == "2026-0002"


def test_wrong_receipt_is_replaced_by_one_that_says_so(staff):
    wrong = give(staff, amount_cents=2_500)
    corrected = Donation.objects.get()
    corrected.amount_cents, corrected.paid_on = 5_200, date(2025, 12, 30)
    right = replace_receipt(receipt=wrong, corrected=corrected, reason="Montant mal lu.", by=staff, at=NOON)
    wrong.refresh_from_db()
    assert right.reference == "2025-0001" and wrong.replaced_by == right and wrong.voided_at
    assert "annule et remplace le reçu n° 2026-0001" in words(right) and "52,00" in words(right)
    assert "25,00" in words(wrong)
    assert Receipt.objects.live().get() == right


@pytest.mark.parametrize("again", ["void", "replace"])
def test_receipt_is_voided_once(staff, again):
    receipt = give(staff)
    void_receipt(receipt=receipt, reason="Erreur.", by=staff, at=NOON)
    with pytest.raises(DomainError, match="déjà annulé"):
        if again == "void":
            void_receipt(receipt=receipt, reason="Erreur.", by=staff, at=NOON)
        else:
            replace_receipt(receipt=receipt, corrected=receipt.donation, reason="Erreur.", by=staff, at=NOON)
    assert Receipt.objects.count() == 1


def test_voiding_needs_a_reason(staff):
    receipt = give(staff)
    with pytest.raises(DomainError) as refused:
        void_receipt(receipt=receipt, reason="   ", by=staff, at=NOON)
    assert refused.value.field == "reason" and Receipt.objects.live().exists()


def test_nothing_with_a_receipt_can_be_deleted(staff):
    receipt = give(staff)
    with pytest.raises(ProtectedError):
        receipt.donation.delete()


def test_partner_without_any_address_gets_no_mail(staff):
    give(staff, structure=StructureFactory(email=""))
    give(staff, person=True, structure=None)
    assert not OutboxMessage.objects.exists()
    structure = StructureFactory(email="contact@structure.example")
    give(staff, structure=structure)
    assert OutboxMessage.objects.get().recipient == "contact@structure.example"


# --- Pages -----------------------------------------------------------------------------------------------


def test_receipt_opens_to_whom_answers_for_the_partner_and_to_the_team(cast):
    receipt = give(cast.staff, structure=cast.lead.structure)
    page = reverse("conventions:receipt_pdf", args=[receipt.pk])
    answer = cast.browser("lead").get(page)
    assert answer["Content-Type"] == "application/pdf" and answer.content.startswith(b"%PDF")
    assert cast.browser("staff").get(page).content == answer.content
    assert cast.browser("worker").get(page).status_code == 403
    assert cast.browser("desk").get(page).status_code == 404
    stranger = UserFactory(lead=True)
    client = cast.browser("nobody")
    client.force_login(stranger)
    assert client.get(page).status_code == 404


def test_team_without_the_right_reads_no_receipt(client, staff):
    receipt = give(staff)
    client.force_login(UserFactory(staff=True, is_superuser=False))
    assert client.get(reverse("conventions:receipt_pdf", args=[receipt.pk])).status_code == 404


def test_voided_receipt_leaves_the_partner_s_page_and_stays_with_the_team(cast):
    receipt = give(cast.staff, structure=None, venue=cast.desk.venue)
    page = reverse("conventions:receipt_pdf", args=[receipt.pk])
    assert cast.browser("desk").get(page).status_code == 200
    void_receipt(receipt=receipt, reason="Erreur.", by=cast.staff, at=NOON)
    assert cast.browser("desk").get(page).status_code == 404
    assert cast.browser("staff").get(page).status_code == 200


def test_staff_replaces_a_receipt_from_its_page(client, staff):
    client.force_login(staff)
    receipt = give(staff, person=True, structure=None)
    page = reverse("admin:conventions_receipt_void", args=[receipt.pk])
    assert client.get(page).context["form"]["amount_cents"].value() is not None
    typed = {"reason": "Nom mal écrit.", "replace": "on", "payer_name": "Aubine Mécène", "payer_address": "4 allée",
             "amount_cents": "25,00", "paid_on": "2026-11-22", "means": "cheque"}  # fmt: skip
    for wrong, sentence in (
        ({"reason": ""}, "Dites pourquoi"),
        ({"payer_name": ""}, "remplissez"),
        ({"amount_cents": "0"}, "zéro"),
    ):
        answer = client.post(page, {**typed, **wrong})
        assert sentence in answer.text and Receipt.objects.count() == 1
    client.post(page, typed)
    fresh = Receipt.objects.live().get()
    assert fresh.number == 2 and fresh.payment.name == "Aubine Mécène"


def test_staff_voids_a_receipt_without_another(client, staff):
    client.force_login(staff)
    receipt = give(staff, structure=None, venue=VenueFactory())
    client.post(reverse("admin:conventions_receipt_void", args=[receipt.pk]), {"reason": "Rien n'est venu."})
    assert not Receipt.objects.live().exists() and Receipt.objects.count() == 1
    again = client.post(reverse("admin:conventions_receipt_void", args=[receipt.pk]), {"reason": "Encore."})
    assert "déjà annulé" in again.text


def test_receipt_is_found_by_its_number(client, staff):
    client.force_login(staff)
    receipt = give(staff)
    give(staff)
    listed = reverse("admin:conventions_receipt_changelist")
    assert list(client.get(listed, {"q": "2026-0001"}).context["cl"].result_list) == [receipt]
