"""How many seats each structure may take of what a venue gives (C3)."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction

from common import audit
from common.errors import DomainError
from offers.models import Quota


@transaction.atomic
def set_quota(*, quota: Quota, by: Any, at: datetime) -> Quota:
    """Let every structure take at most `quota.seats` seats of what the unsaved `quota` counts (C3).

    It takes the place of the one that stood there. What structures hold already they keep. Raises DomainError for
    a number or a period that can't be.
    """
    if not quota.seats or not 1 <= quota.seats <= settings.SEATS_MAX:
        raise DomainError(
            f"Donnez entre 1 et {settings.SEATS_MAX} places par structure, ou retirez le quota.",
            field="seats",
        )
    if quota.starts_on and (not quota.ends_on or quota.ends_on < quota.starts_on):
        raise DomainError("La période finit avant de commencer : vérifiez les deux jours.", field="ends_on")
    known = Quota.objects.open().like(quota).first()
    if known and known.seats == quota.seats:
        return known
    quota.since = at
    try:
        with transaction.atomic():
            if known:
                _close(known, at=at)
            quota.save(force_insert=True)
    except IntegrityError:  # two at once: one number stands there
        raise DomainError(
            "Ce quota vient d'être changé par quelqu'un d'autre : rechargez la page.", field="seats"
        ) from None
    audit.record(at=at, actor=by, verb="quota fixé", subject=quota, places=quota.seats)
    return quota


@transaction.atomic
def lift_quota(*, quota: Quota, by: Any, at: datetime) -> None:
    """Take a quota away. Raises DomainError where it is no longer in force."""
    if not _close(quota, at=at):
        raise DomainError("Ce quota n'est déjà plus en vigueur : il n'y a rien à retirer.")
    audit.record(at=at, actor=by, verb="quota retiré", subject=quota)


def _close(quota: Quota, *, at: datetime) -> bool:
    return bool(Quota.objects.open().filter(pk=quota.pk).update(until=max(at, quota.since)))
