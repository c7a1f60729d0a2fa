"""Suspending a partner's account for breach, and lifting it (A13)."""

from datetime import datetime
from typing import TypeVar, cast

from django.db import transaction
from django.utils import timezone

from common import audit
from common.dates import local_day
from common.errors import DomainError
from common.locks import briefly
from common.models import AuditEntry
from partners.models import AccessLink, Structure, Suspension, User, Venue, VisitorAccess

Partner = TypeVar("Partner", bound=Structure | Venue)


@transaction.atomic
def suspend(*, partner: Structure | Venue, reason: str, by: User | str, at: datetime) -> Suspension:
    """Suspend a partner's account for breach, at once: from now on nothing is booked or published (A13).

    Raises DomainError without a reason, and where it is suspended already.
    """
    reason = reason.strip()
    if not reason:
        raise DomainError("Écrivez le motif de la suspension : il sera lu par le partenaire.", field="reason")
    held = hold(partner)
    if held.suspended_at:
        raise DomainError(
            f"Ce partenaire est déjà suspendu depuis le {local_day(held.suspended_at):%d/%m/%Y}."
        )
    # A booking that was given the row first may bear a later moment than `at`: it came before, and reads so.
    since = max(at, timezone.now())
    partner.suspended_at, partner.suspension_reason = since, reason
    partner.save(update_fields=["suspended_at", "suspension_reason"])
    suspension = Suspension.objects.create(since=since, reason=reason, **{partner.column: partner})
    audit.record(at=since, actor=by, verb="compte suspendu", subject=partner, motif=reason)
    return suspension


@transaction.atomic
def lift_suspension(*, partner: Structure | Venue, by: User | str, at: datetime) -> Suspension:
    """Let a suspended partner book and publish again (A13). Raises DomainError where it isn't suspended."""
    held = hold(partner)
    suspension = Suspension.objects.of(partner).open().first()
    if held.suspended_at is None or suspension is None:
        raise DomainError("Ce partenaire n'est pas suspendu : il n'y a rien à lever.")
    suspension.until = max(at, suspension.since)
    suspension.save(update_fields=["until"])
    partner.suspended_at, partner.suspension_reason = None, ""
    partner.save(update_fields=["suspended_at", "suspension_reason"])
    audit.record(at=at, actor=by, verb="suspension levée", subject=partner)
    return suspension


def hold(partner: Partner, *, short: bool = False) -> Partner:
    """The partner's row as it stands now, held until the end of the transaction: the first lock that anybody takes.

    `short`: within `common.locks.short_wait`.
    """
    rows = type(partner)._default_manager.select_for_update(no_key=True)
    return cast(Partner, (briefly(rows) if short else rows).get(pk=partner.pk))


@transaction.atomic
def close_partner(*, partner: Structure | Venue, by: User | str, at: datetime) -> int:
    """Close every account of a partner whose agreement ended, links and visitor codes included; how many accounts.

    Whoever is signed in is out on the next request. Nothing is erased.
    """
    hold(partner)
    accounts = list(User.objects.filter(is_active=True, **{partner.column: partner}))
    codes = list(VisitorAccess.objects.filter(structure=partner.pk, revoked_at=None))
    User.objects.filter(pk__in=[account.pk for account in accounts]).update(is_active=False)
    AccessLink.objects.filter(user__in=accounts).withdraw(at=at)
    VisitorAccess.objects.filter(pk__in=[code.pk for code in codes]).update(revoked_at=at)
    AuditEntry.objects.bulk_create(
        [audit.entry(at=at, actor=by, verb="compte fermé", subject=account) for account in accounts]
        + [audit.entry(at=at, actor=by, verb="code visiteur retiré", subject=code) for code in codes]
    )
    return len(accounts)
