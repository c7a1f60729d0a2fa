"""What staff do with an alert of use (D8): speak with the structure, note it, call back, close with an outcome."""

from datetime import date, datetime

from django.db import transaction

from common import audit
from common.dates import local_day
from common.errors import DomainError
from invitations.models import UsageAlert, UsageNote
from partners.models import User

CLOSED = "Cette alerte est déjà traitée."


@transaction.atomic
def note_conversation(
    *,
    alert: UsageAlert,
    spoken_on: date,
    spoken_with: str,
    agreed: str,
    look_again_on: date | None,
    by: User,
    at: datetime,
) -> UsageNote:
    """Staff note a conversation with the structure, and the day `look_again_on` to call back, or none.

    Raises DomainError for a closed alert, words that are missing, a conversation to come, a day to call back that is
    past.
    """
    today = local_day(at)
    if not agreed.strip():
        raise DomainError("Écrivez ce qui a été convenu.", field="agreed")
    if spoken_on > today:
        raise DomainError(
            "Cet échange est à venir : notez-le quand il a eu lieu, et mettez ce jour dans « À rappeler le ».",
            field="spoken_on",
        )
    if look_again_on is not None and look_again_on <= today:
        raise DomainError("Choisissez un jour à venir, ou laissez vide.", field="look_again_on")
    if not UsageAlert.objects.open().filter(pk=alert.pk).update(look_again_on=look_again_on):
        raise DomainError(CLOSED)
    note = UsageNote.objects.create(
        alert=alert,
        spoken_on=spoken_on,
        spoken_with=spoken_with,
        agreed=agreed.strip(),
        look_again_on=look_again_on,
        by=by,
        written_at=at,
    )
    audit.record(at=at, actor=by, verb="échange sur l'usage noté", subject=alert, avec=spoken_with)
    return note


@transaction.atomic
def close_alert(*, alert: UsageAlert, outcome: str, by: User, at: datetime) -> None:
    """Staff note what came of an alert, once. Raises DomainError where it has an outcome, or none is said."""
    if not outcome.strip():
        raise DomainError("Écrivez la suite que vous avez donnée à cette alerte.", field="outcome")
    if (
        not UsageAlert.objects.open()
        .filter(pk=alert.pk)
        .update(closed_at=at, closed_by=by, outcome=outcome.strip(), look_again_on=None)
    ):
        raise DomainError(CLOSED, field="outcome")
    audit.record(at=at, actor=by, verb="alerte d'usage traitée", subject=alert)
