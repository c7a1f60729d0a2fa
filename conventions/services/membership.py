"""What happens to memberships and donations (B6)."""

from datetime import date, datetime

from django.db import IntegrityError, transaction

from common import audit
from common.dates import local_day
from common.errors import DomainError
from common.money import AMOUNT_MAX
from conventions.models import Donation, Membership, Receipt
from conventions.models.membership import ONE_PAYER_PLEASE, Payer
from conventions.services.receipts import issue
from partners.models import Structure, User, Venue
from partners.seasons import Season
from partners.services import hold

PAID = "Cette adhésion est déjà payée, et son reçu est fait. Un versement de plus est un don : enregistrez-le ainsi."
TWICE = "Il y a déjà une adhésion à ce nom pour cette saison : ouvrez-la plutôt que d'en faire une autre."


@transaction.atomic
def ask_membership(*, partner: Structure | Venue, by: User, at: datetime) -> Membership:
    """A partner would like to join for this season; the team sees it. Asking twice changes nothing.

    Raises DomainError where it is a member already.
    """
    season = Season.of(local_day(at))
    hold(partner)  # two at once make one
    existing = Membership.objects.of(partner).filter(season_year=season.year).first()
    if existing and existing.paid_on:
        raise DomainError(f"Vous avez déjà adhéré pour la saison {season}. Merci !")
    membership = existing or Membership.due(season=season, **{partner.column: partner})
    if membership.asked_at is None:
        membership.asked_at, membership.asked_by = at, by
        membership.save()
        audit.record(at=at, actor=by, verb="adhésion souhaitée", subject=membership)
    return membership


@transaction.atomic
def dismiss_wish(*, membership: Membership, by: User, at: datetime) -> None:
    """A partner thought better of joining: the team has nothing to do any more. Raises DomainError once it is paid."""
    wished = Membership.objects.waiting().filter(pk=membership.pk).exclude(asked_at=None)
    if not wished.update(asked_at=None, asked_by=None):
        raise DomainError(
            "Cette adhésion n'est pas souhaitée, ou elle est déjà payée : il n'y a rien à classer."
        )
    audit.record(at=at, actor=by, verb="souhait d'adhésion classé", subject=membership)


@transaction.atomic
def record_membership(*, membership: Membership, by: User, at: datetime) -> Receipt | None:
    """Save a new membership; where it says how it was paid, with its receipt.

    Raises DomainError for a wrong amount or day, no payer, or one who has a membership for that season.
    """
    paid_on, means = membership.paid_on, membership.means
    _check(membership, amount_cents=membership.amount_cents, paid_on=paid_on, at=at)
    if bool(paid_on) != bool(means):
        raise DomainError("Donnez la date du paiement et son moyen, les deux ou aucun.", field="means")
    membership.paid_on, membership.means = None, ""
    try:
        with transaction.atomic():
            membership.save(force_insert=True)
    except IntegrityError as error:
        raise DomainError(TWICE) from error
    audit.record(at=at, actor=by, verb="adhésion enregistrée", subject=membership)
    if paid_on is None:
        return None
    return pay_membership(
        membership=membership,
        amount_cents=membership.amount_cents,
        paid_on=paid_on,
        means=means,
        by=by,
        at=at,
    )


@transaction.atomic
def pay_membership(
    *, membership: Membership, amount_cents: int, paid_on: date, means: str, by: User, at: datetime
) -> Receipt:
    """Note that a membership is paid, and issue its receipt in the same gesture.

    Raises DomainError where it is paid already (of two at once one wins), or for a wrong amount or day.
    """
    _check(membership, amount_cents=amount_cents, paid_on=paid_on, at=at)
    if not means:
        raise DomainError("Dites par quel moyen le paiement est venu.", field="means")
    unpaid = Membership.objects.waiting().filter(pk=membership.pk)
    if not unpaid.update(amount_cents=amount_cents, paid_on=paid_on, means=means):
        raise DomainError(PAID)
    membership.refresh_from_db()
    audit.record(at=at, actor=by, verb="adhésion payée", subject=membership)
    return issue(payment=membership, by=by, at=at)


@transaction.atomic
def record_donation(*, donation: Donation, by: User, at: datetime) -> Receipt:
    """Save a donation received, and issue its receipt in the same gesture.

    Raises DomainError for a wrong amount or day, or where nobody gave it.
    """
    _check(donation, amount_cents=donation.amount_cents, paid_on=donation.paid_on, at=at)
    donation.save(force_insert=True)
    audit.record(at=at, actor=by, verb="don reçu", subject=donation)
    return issue(payment=donation, by=by, at=at)


def _check(payer: Payer, *, amount_cents: int, paid_on: date | None, at: datetime) -> None:
    """Raise DomainError for what no payment can be."""
    payer.recognise()
    if sum(map(bool, (payer.structure_id, payer.venue_id, payer.person_key))) != 1:
        raise DomainError(ONE_PAYER_PLEASE)
    if not payer.partner and not payer.payer_address.strip():
        raise DomainError("Écrivez l'adresse postale : le reçu la porte.", field="payer_address")
    if amount_cents <= 0:
        raise DomainError("Le montant doit être plus grand que zéro.", field="amount_cents")
    if amount_cents > AMOUNT_MAX:
        raise DomainError("Vérifiez le montant : il dépasse un million d'euros.", field="amount_cents")
    if paid_on and paid_on > local_day(at):
        raise DomainError("Cette date est à venir : un reçu dit ce qui est déjà arrivé.", field="paid_on")
