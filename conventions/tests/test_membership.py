"""Memberships and donations: asked for, paid once, with a receipt in the same gesture, never required (B6)."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from common.errors import DomainError
from common.models import AuditEntry, OutboxMessage
from conventions.models import Donation, Membership, Receipt
from conventions.services.membership import ask_membership, pay_membership, record_donation, record_membership
from conventions.tests.factories import AgreementFactory, DonationFactory, MembershipFactory
from partners.tests.factories import StructureFactory, UserFactory, VenueFactory

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 22, 12, tzinfo=ZoneInfo("Europe/Paris"))
DAY = NOON.date()


@pytest.fixture
def staff():
    return UserFactory(staff=True)


def pay(membership, staff, **fields):
    fields = {"amount_cents": 5_000, "paid_on": DAY, "means": "transfer", "at": NOON, **fields}
    return pay_membership(membership=membership, by=staff, **fields)


def give(staff, at=NOON, **fields):
    donation = DonationFactory.build(**{"structure": StructureFactory(), "paid_on": DAY, **fields})
    return record_donation(donation=donation, by=staff, at=at)


def test_partner_asks_to_join_and_asking_twice_changes_nothing(settings):
    lead = UserFactory(lead=True)
    first = ask_membership(partner=lead.structure, by=lead, at=NOON)
    again = ask_membership(partner=lead.structure, by=lead, at=NOON)
    assert first == again and Membership.objects.waiting().count() == 1
    assert (first.season_year, first.amount_cents) == (2026, settings.MEMBERSHIP_CENTS["structure"])
    assert AuditEntry.objects.filter(verb="adhésion souhaitée").count() == 1


def test_membership_noted_by_staff_can_still_be_asked_for():
    lead = UserFactory(lead=True)
    noted = MembershipFactory(structure=lead.structure, season_year=2026)
    assert ask_membership(partner=lead.structure, by=lead, at=NOON) == noted
    assert Membership.objects.exclude(asked_at=None).get() == noted


def test_member_is_told_that_it_is_one(staff):
    lead = UserFactory(lead=True)
    pay(ask_membership(partner=lead.structure, by=lead, at=NOON), staff)
    with pytest.raises(DomainError, match="déjà adhéré pour la saison 2026-2027"):
        ask_membership(partner=lead.structure, by=lead, at=NOON)


def test_paying_issues_the_receipt_in_the_same_gesture(staff):
    membership = MembershipFactory(season_year=2026)
    receipt = pay(membership, staff, amount_cents=6_000)
    membership.refresh_from_db()
    assert (membership.paid_on, membership.amount_cents, membership.means) == (DAY, 6_000, "transfer")
    assert receipt.payment == membership and receipt.reference == "2026-0001"


def test_membership_is_paid_once(staff):
    membership = MembershipFactory(season_year=2026)
    pay(membership, staff)
    with pytest.raises(DomainError, match="déjà payée"):
        pay(membership, staff)
    assert Receipt.objects.count() == 1


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"amount_cents": 0}, "amount_cents"),
        ({"amount_cents": -100}, "amount_cents"),
        ({"amount_cents": 100_000_001}, "amount_cents"),
        ({"paid_on": date(2026, 11, 23)}, "paid_on"),
        ({"means": ""}, "means"),
    ],
)
def test_impossible_payment_is_refused_by_its_field(staff, fields, field):
    membership = MembershipFactory(season_year=2026)
    with pytest.raises(DomainError) as refused:
        pay(membership, staff, **fields)
    assert refused.value.field == field
    assert not Receipt.objects.exists() and Membership.objects.waiting().exists()


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"amount_cents": 0}, "amount_cents"),
        ({"amount_cents": -1}, "amount_cents"),
        ({"paid_on": date(2026, 11, 23)}, "paid_on"),
        ({"structure": None}, None),
        ({"payer_name": "Aubin Mécène"}, None),
        ({"structure": None, "payer_name": "Aubin Mécène"}, "payer_address"),
    ],
)
def test_impossible_donation_is_refused(staff, fields, field):
    with pytest.raises(DomainError) as refused:
        give(staff, **fields)
    assert refused.value.field == field
    assert not Receipt.objects.exists() and not Donation.objects.exists()


def test_new_membership_may_be_recorded_paid_or_not(staff):
    unpaid = MembershipFactory.build(structure=StructureFactory(), season_year=2026)
    assert record_membership(membership=unpaid, by=staff, at=NOON) is None
    paid = MembershipFactory.build(person=True, season_year=2026, paid_on=DAY, means="cheque")
    receipt = record_membership(membership=paid, by=staff, at=NOON)
    assert receipt.payment.name.startswith("Aubin Mécène") and Membership.objects.waiting().count() == 1


@pytest.mark.parametrize("half", [{"paid_on": DAY}, {"means": "cash"}])
def test_payment_without_its_day_or_its_means_is_refused(staff, half):
    membership = MembershipFactory.build(structure=StructureFactory(), season_year=2026, **half)
    with pytest.raises(DomainError, match="les deux ou aucun"):
        record_membership(membership=membership, by=staff, at=NOON)
    assert not Membership.objects.exists()


@pytest.mark.parametrize("who", ["structure", "venue", "person"])
def test_same_payer_joins_once_a_season(staff, who):
    payer = {
        "structure": {"structure": StructureFactory()},
        "venue": {"structure": None, "venue": VenueFactory()},
        "person": {"structure": None, "payer_name": "Aubin Mécène", "payer_address": "4 allée des Cèdres"},
    }[who]
    MembershipFactory(season_year=2026, **payer)
    twice = MembershipFactory.build(season_year=2026, **payer)
    with pytest.raises(DomainError, match="déjà une adhésion"):
        record_membership(membership=twice, by=staff, at=NOON)
    record_membership(membership=MembershipFactory.build(season_year=2027, **payer), by=staff, at=NOON)


def test_person_is_recognised_whatever_the_case_and_encrypted(staff):
    MembershipFactory(season_year=2026, structure=None, payer_name="AUBIN Mécène", payer_address="4 allée")
    twice = MembershipFactory.build(
        season_year=2026, structure=None, payer_name="Aubin  mecene", payer_address="4 Allée"
    )
    with pytest.raises(DomainError):
        record_membership(membership=twice, by=staff, at=NOON)


def test_voice_goes_to_members_of_the_season_who_paid_by_that_day(staff):
    voter = MembershipFactory(season_year=2026)
    pay(voter, staff)
    late = MembershipFactory(season_year=2026)
    pay(late, staff, paid_on=date(2026, 11, 22))
    Membership.objects.filter(pk=late.pk).update(paid_on=date(2026, 12, 2))
    MembershipFactory(season_year=2026)
    before = MembershipFactory(season_year=2025)
    pay(before, staff, paid_on=date(2026, 1, 5))
    assert list(Membership.objects.entitled(on=date(2026, 12, 1))) == [voter]
    assert set(Membership.objects.entitled(on=date(2026, 12, 2))) == {voter, late}
    assert list(Membership.objects.entitled(on=date(2026, 9, 30))) == [before]
    assert not Membership.objects.entitled(on=date(2026, 10, 1)).exists()


# --- Pages -----------------------------------------------------------------------------------------------


def test_page_invites_and_never_requires(cast, settings):
    settings.PORTAL_PAYMENT_HOWTO = "Par virement, à l'ordre de l'association d'essai."
    page = cast.browser("lead").get(reverse("conventions:partnership")).text
    for words in (
        "Nous souhaitons adhérer",
        "50,00\u00a0€",
        "jamais une obligation",
        "sans contrepartie",
        "association d&#x27;essai",
    ):
        assert words in page
    assert (
        "Nous souhaitons adhérer" not in cast.browser("worker").get(reverse("conventions:partnership")).text
    )


@pytest.mark.parametrize("who", ["lead", "desk"])
def test_button_records_the_wish_and_the_page_says_what_comes_next(cast, who):
    answer = cast.browser(who).post(reverse("conventions:membership_ask"), follow=True)
    assert "Adhésion souhaitée" in answer.text and "Nous souhaitons adhérer" not in answer.text
    assert Membership.objects.get().asked_by == getattr(cast, who)


def test_partner_reads_its_gifts_and_receipts_and_its_workers_do_not(cast):
    receipt = give(cast.staff, structure=cast.lead.structure, paid_on=timezone.localdate(), at=timezone.now())
    give(cast.staff, paid_on=timezone.localdate(), at=timezone.now())
    for who, reads in (("lead", True), ("worker", False), ("stranger", False)):
        page = cast.browser(who).get(reverse("conventions:partnership")).text
        assert (receipt.reference in page, "25,00\u00a0€" in page) == (reads, reads)


def test_no_membership_takes_no_right_away(cast):
    AgreementFactory(structure=cast.lead.structure)
    assert cast.browser("lead").get(reverse("offers:catalogue")).status_code == 200
    assert not Membership.objects.exists()


# --- Staff -----------------------------------------------------------------------------------------------


@pytest.fixture
def desk(client, staff):
    client.force_login(staff)
    return client


@time_machine.travel(NOON, tick=False)
def test_staff_records_a_donation_and_the_structure_hears_of_its_receipt(desk):
    lead = UserFactory(lead=True)
    typed = {
        "structure": str(lead.structure.pk),
        "amount_cents": "25,50",
        "paid_on": "22/11/2026",
        "means": "cheque",
    }
    desk.post(reverse("admin:conventions_donation_add"), typed)
    receipt = Receipt.objects.get()
    assert receipt.donation.amount_cents == 2_550
    letter = OutboxMessage.objects.get()
    assert letter.recipient == lead.email and reverse("conventions:partnership") in letter.text
    assert "25,50" not in letter.text


@time_machine.travel(NOON, tick=False)
@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"amount_cents": "0"}, "plus grand que zéro"),
        ({"amount_cents": "beaucoup"}, "en euros"),
        ({"paid_on": "23/11/2026"}, "à venir"),
        ({"paid_on": ""}, "obligatoire"),
        ({"structure": ""}, "un seul des trois"),
        ({"payer_name": "Aubin Mécène"}, "un seul des trois"),
        ({"structure": "", "payer_name": "Aubin Mécène"}, "adresse postale"),
    ],
)
def test_refused_donation_keeps_what_was_typed(desk, typed, sentence):
    good = {
        "structure": str(StructureFactory().pk),
        "amount_cents": "25",
        "paid_on": "22/11/2026",
        "means": "cash",
    }
    answer = desk.post(reverse("admin:conventions_donation_add"), {**good, **typed})
    assert sentence in answer.context["adminform"].form.errors.as_text()
    assert not Donation.objects.exists() and not Receipt.objects.exists()


@time_machine.travel(NOON, tick=False)
def test_staff_records_members_and_their_payment(desk):
    add = reverse("admin:conventions_membership_add")
    assert desk.get(add).context["adminform"].form.initial["season_year"] == 2026
    typed = {
        "payer_name": "Aubin Mécène",
        "payer_address": "4 allée",
        "season_year": "2026",
        "amount_cents": "15",
    }
    desk.post(add, typed)
    membership = Membership.objects.get()
    assert membership.paid_on is None
    change = reverse("admin:conventions_membership_change", args=[membership.pk])
    desk.post(change, {"amount_cents": "15", "paid_on": "21/11/2026", "means": "cash"})
    assert Receipt.objects.get().membership == membership
    assert (
        desk.post(change, {"amount_cents": "20", "paid_on": "21/11/2026", "means": "cash"}).status_code == 403
    )


@time_machine.travel(NOON, tick=False)
def test_staff_notes_many_members_paid_at_once(desk):
    rows = [MembershipFactory(season_year=2026) for _ in range(3)]
    pay(rows[0], UserFactory(staff=True))
    listed = reverse("admin:conventions_membership_changelist")
    chosen = {"action": "pay", "_selected_action": [str(row.pk) for row in rows]}
    asked = desk.post(listed, chosen)
    assert "faire les reçus" in asked.text and Receipt.objects.count() == 1
    refused = desk.post(listed, {**chosen, "paid_on": "rien", "means": "transfer"})
    assert "ne comprenons pas cette date" in refused.text and Receipt.objects.count() == 1
    done = desk.post(listed, {**chosen, "paid_on": "2026-11-20", "means": "transfer"}, follow=True)
    assert "Adhésions payées, avec leur reçu : 2" in done.text and "déjà payée" in done.text
    assert sorted(Receipt.objects.values_list("number", flat=True)) == [1, 2, 3]


def test_wish_is_put_aside_and_may_come_back(cast):
    wish = ask_membership(partner=cast.lead.structure, by=cast.lead, at=NOON)
    listed = reverse("admin:conventions_membership_changelist")
    chosen = {"action": "dismiss", "_selected_action": [str(wish.pk)]}
    assert "Souhaits classés : 1" in cast.browser("staff").post(listed, chosen, follow=True).text
    assert "rien à classer" in cast.browser("staff").post(listed, chosen, follow=True).text
    assert ask_membership(partner=cast.lead.structure, by=cast.lead, at=NOON) == wish
    assert Membership.objects.exclude(asked_at=None).get() == wish


@time_machine.travel(NOON, tick=False)
def test_list_of_voices_is_read_printed_and_taken_out_without_formulas(desk, staff):
    pay(MembershipFactory(season_year=2026, structure=StructureFactory(name="Foyer des Aulnes")), staff)
    pay(MembershipFactory(season_year=2026, structure=None, payer_name="=1+1", payer_address="@ici"), staff)
    MembershipFactory(season_year=2026, structure=StructureFactory(name="Pas encore payé"))
    page = reverse("admin:conventions_membership_voters")
    text = desk.get(page).text
    assert "Foyer des Aulnes" in text and "Pas encore payé" not in text
    csv = desk.get(page, {"on": "2026-11-22", "csv": "1"})
    assert csv["Content-Type"].startswith("text/csv")
    assert "'=1+1;'@ici;22/11/2026" in csv.content.decode("utf-8-sig")
    assert "Personne n’a encore payé" in desk.get(page, {"on": "2026-11-21"}).text
    assert "ne comprenons pas" in desk.get(page, {"on": "jamais"}).text


def test_paid_membership_stays_and_an_unpaid_one_may_go(desk, staff):
    paid, unpaid = MembershipFactory(season_year=2026), MembershipFactory(season_year=2026)
    pay(paid, staff)
    for row in (paid, unpaid):
        desk.post(reverse("admin:conventions_membership_delete", args=[row.pk]), {"post": "yes"})
    both = {"action": "delete_selected", "_selected_action": [str(paid.pk)], "post": "yes"}
    desk.post(reverse("admin:conventions_membership_changelist"), both)
    assert list(Membership.objects.all()) == [paid]
