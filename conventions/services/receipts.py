"""Receipts are issued with the payment, drawn after it, and only ever voided (B6)."""

import json
from datetime import datetime

from django.conf import settings
from django.db import transaction

from common import audit, background, outbox
from common.errors import DomainError
from common.money import euros, in_words
from conventions.emails.receipts import receipt_issued
from conventions.models import Donation, Means, Membership, Receipt, ReceiptYear
from conventions.models.membership import Payment
from conventions.tasks.receipts import draw_receipt
from partners.models import User

VOIDED = "Ce reçu est déjà annulé : c'est celui qui le remplace qui compte."


@transaction.atomic
def issue(*, payment: Payment, by: User, at: datetime, replaces: Receipt | None = None) -> Receipt:
    """The receipt of a payment just written, with the next number of its year.

    Simultaneous issues wait for each other at the year's row; what fails gives its number back with everything else.
    """
    assert payment.paid_on is not None
    number = _next_number(payment.paid_on.year)
    receipt = Receipt(
        year=payment.paid_on.year, number=number, issued_at=at, replaces=replaces, **{_kind(payment): payment}
    )
    receipt.facts = json.dumps(facts_of(receipt), ensure_ascii=False)
    receipt.save(force_insert=True)
    audit.record(at=at, actor=by, verb="reçu émis", subject=receipt, numéro=receipt.reference)
    if letter := receipt_issued(receipt=receipt, at=at):
        outbox.post(letter)
    background.after_commit(draw_receipt, str(receipt.pk))
    return receipt


def _next_number(year: int) -> int:
    """The next number of `year`, taken for good once the transaction commits."""
    ReceiptYear.objects.get_or_create(year=year)
    counter = ReceiptYear.objects.select_for_update(no_key=True).get(year=year)
    counter.last += 1
    counter.save(update_fields=["last"])
    return counter.last


def _kind(payment: Payment) -> str:
    return "membership" if isinstance(payment, Membership) else "donation"


def facts_of(receipt: Receipt) -> dict[str, str]:
    """Every word that the paper takes from elsewhere."""
    payment = receipt.payment
    assert payment.paid_on is not None
    return {
        "reference": receipt.reference,
        "issued_at": receipt.issued_at.isoformat(),
        "association": settings.PORTAL_ASSOCIATION,
        "seat": settings.PORTAL_SEAT,
        "contact": settings.PORTAL_CONTACT_EMAIL,
        "kind": _kind(payment),
        "season": str(payment.season) if isinstance(payment, Membership) else "",
        "name": payment.name,
        "address": payment.address,
        "amount": euros(payment.amount_cents),
        "words": in_words(payment.amount_cents),
        "paid_on": payment.paid_on.isoformat(),
        "means": Means(payment.means).label,
        "tax": "yes" if settings.DONATION_TAX_REDUCTION and isinstance(payment, Donation) else "",
        "replaces": receipt.replaces.reference if receipt.replaces else "",
    }


@transaction.atomic
def void_receipt(*, receipt: Receipt, reason: str, by: User, at: datetime) -> None:
    """Void a receipt for a payment that wasn't one: a donation is withdrawn, a membership is to be paid again.

    Raises DomainError without a reason, or where it is voided already.
    """
    _void(receipt, reason=reason, by=by, at=at)
    payment = receipt.payment
    if isinstance(payment, Membership):
        Membership.objects.filter(pk=payment.pk).update(paid_on=None, means="")
    else:
        Donation.objects.filter(pk=payment.pk).update(withdrawn_at=at)


@transaction.atomic
def replace_receipt(*, receipt: Receipt, corrected: Payment, reason: str, by: User, at: datetime) -> Receipt:
    """Void a receipt that says something wrong, and issue another for the payment as `corrected`, not yet saved.

    The former number stays, with the reason. Raises DomainError as `void_receipt` does.
    """
    _void(receipt, reason=reason, by=by, at=at)
    corrected.recognise()
    corrected.save(
        update_fields=["payer_name", "payer_address", "person_key", "amount_cents", "paid_on", "means"]
    )
    return issue(payment=corrected, by=by, at=at, replaces=receipt)


def _void(receipt: Receipt, *, reason: str, by: User, at: datetime) -> None:
    if not reason.strip():
        raise DomainError(
            "Dites pourquoi ce reçu est annulé : la raison reste avec son numéro.", field="reason"
        )
    if not Receipt.objects.live().filter(pk=receipt.pk).update(voided_at=at, void_reason=reason.strip()):
        raise DomainError(VOIDED)
    audit.record(at=at, actor=by, verb="reçu annulé", subject=receipt, numéro=receipt.reference)
