"""Invented members and givers: partners, and some people who are none; paid, asked for, put right once (B6)."""

import json
from collections.abc import Sequence
from datetime import date, datetime, timedelta

from billetterie.demo.chance import Chance
from billetterie.demo.partners import House, at_hour, full_name
from common import audit
from common.models import AuditEntry
from conventions.models import Donation, Means, Membership, Receipt, ReceiptYear
from conventions.models.membership import Payment
from conventions.services.receipts import facts_of
from partners.models import User
from partners.seasons import Season

STREETS = [
    "allée des Cèdres",
    "impasse du Lavoir",
    "quai des Brumes",
    "rue de la Source",
    "montée des Tuiles",
]
SHARE = 0.3  # of the partners are members
GIFTS = [2_000, 5_000, 15_000, 4_050, 30_000]  # cents


class Ledger:
    """What was paid, with receipts numbered in the order of the days of payment."""

    def __init__(self, chance: Chance, *, on: date, by: User) -> None:
        self.chance, self.on, self.by = chance, on, by
        self.paid: list[Payment] = []

    def day(self) -> date:
        """A day of this season so far."""
        first = max(Season.of(self.on).starts_on, self.on - timedelta(days=80))
        return first + timedelta(days=self.chance.randint(0, (self.on - first).days))

    def payer(self, house: House | None) -> dict:
        """The partner, or somebody invented with an address."""
        if house is not None:
            return {house.partner.column: house.partner}
        street = f"{self.chance.randint(1, 90)} {self.chance.choice(STREETS)}"
        return {"payer_name": full_name(self.chance), "payer_address": f"{street}\n69007 Lyon"}

    def joins(self, house: House | None, *, paid: bool = True) -> None:
        membership = Membership.due(season=Season.of(self.on), **self.payer(house))
        membership.id, day = self.chance.uuid(), self.day()
        membership.created_at = at_hour(day, 9)
        if house is not None:
            membership.asked_at, membership.asked_by = membership.created_at, house.team[0]
        if paid:
            membership.paid_on, membership.means = day, self.chance.choice(Means.values)
            self.paid.append(membership)
        membership.save(force_insert=True)

    def gives(self, house: House | None, cents: int) -> Donation:
        day = self.day()
        donation = Donation(
            id=self.chance.uuid(),
            amount_cents=cents,
            paid_on=day,
            means=self.chance.choice(Means.values),
            created_at=at_hour(day, 9),
            **self.payer(house),
        )
        donation.recognise()
        donation.save(force_insert=True)
        self.paid.append(donation)
        return donation

    def write_receipts(self, *, wrong: Donation) -> None:
        """A receipt for each payment; that of `wrong` named another amount, and was replaced the day after."""
        for payment in sorted(self.paid, key=lambda one: (one.paid_on, one.pk)):
            assert payment.paid_on is not None
            issued = self.issue(payment, at=at_hour(payment.paid_on, 9))
            if payment is wrong:
                issued.voided_at, issued.void_reason = issued.issued_at, "Le montant était mal lu."
                issued.save(update_fields=["voided_at", "void_reason"])
                self.trace("reçu annulé", issued, at=issued.issued_at)
                self.issue(payment, at=issued.issued_at, replaces=issued)

    def issue(self, payment: Payment, *, at: datetime, replaces: Receipt | None = None) -> Receipt:
        assert payment.paid_on is not None
        year, _ = ReceiptYear.objects.get_or_create(year=payment.paid_on.year)
        year.last += 1
        year.save()
        receipt = Receipt(
            id=self.chance.uuid(), year=year.year, number=year.last, issued_at=at, replaces=replaces
        )
        setattr(receipt, payment._meta.model_name, payment)
        receipt.facts = json.dumps(facts_of(receipt), ensure_ascii=False)
        receipt.save(force_insert=True)
        self.trace("reçu émis", receipt, at=at)
        return receipt

    def trace(self, verb: str, receipt: Receipt, *, at: datetime) -> None:
        line = audit.entry(at=at, actor=self.by, verb=verb, subject=receipt, numéro=receipt.reference)
        line.id = self.chance.uuid()
        AuditEntry.objects.bulk_create([line])


def load_members(*, chance: Chance, structures: Sequence[House], venues: Sequence[House], on: date) -> None:
    """Write memberships, gifts and receipts; the demonstration's own structure gave, and hasn't joined yet."""
    ledger = Ledger(chance, on=on, by=User.objects.filter(role=User.Role.STAFF).order_by("pk")[0])
    partners = [
        house
        for house in (*structures[2:], *venues)
        if house.team and any(term.signed_on for term in house.agreements)
    ]
    for house in chance.some(partners, SHARE):
        ledger.joins(house)
    for _ in range(6):
        ledger.joins(None)
    ledger.joins(structures[1], paid=False)
    ledger.gives(structures[0], 7_550)
    gifts = [
        ledger.gives(None if number % 2 else chance.choice(partners), cents)
        for number, cents in enumerate(GIFTS)
    ]
    ledger.write_receipts(wrong=gifts[0])
