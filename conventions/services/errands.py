"""What the team asked to have sent, done for one agreement at a time (B4)."""

from datetime import datetime

from common.errors import DomainError
from conventions.models import Agreement
from conventions.services.signing import remind, send_for_signature


def run_errand(*, agreement: Agreement, at: datetime) -> None:
    """Send or remind, as was asked for this agreement; a refusal is noted on it, and the others go on.

    Run twice it sends once: what was done is no longer asked for.
    """
    by = agreement.send_asked_by
    if by is None:
        return
    try:
        if agreement.state == Agreement.State.DRAFT:
            send_for_signature(agreement=agreement, by=by, at=at)
        else:
            remind(agreement=agreement, by=by, at=at)
    except DomainError as error:
        Agreement.objects.filter(pk=agreement.pk).update(
            send_asked_at=None, reminder_asked_at=None, send_failure=error.sentence[:300]
        )
