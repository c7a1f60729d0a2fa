"""The limit that a structure sets itself, beside the association's (D8)."""

from datetime import datetime

from django.conf import settings
from django.db import transaction

from common import audit
from common.errors import DomainError
from partners.models import Structure, User


@transaction.atomic
def choose_weekly_outings(
    *, structure: Structure, weekly_outings: int | None, by: User, at: datetime
) -> None:
    """Warn a structure's workers of more than so many outings of one person in a sliding week; None: no more.

    It warns and never blocks, whether below or above the association's own.
    Raises DomainError for a number that is none.
    """
    if weekly_outings is not None and not 1 <= weekly_outings <= settings.USAGE_LIMIT_MAX:
        raise DomainError(
            f"Écrivez un nombre entre 1 et {settings.USAGE_LIMIT_MAX}, ou laissez vide.",
            field="weekly_outings",
        )
    Structure.objects.filter(pk=structure.pk).update(weekly_outings=weekly_outings)
    audit.record(
        at=at, actor=by, verb="repère de la structure choisi", subject=structure, sorties=weekly_outings
    )
