"""What candidates are told by mail (A1, A3). All go to the person who would run the scheme."""

from datetime import datetime

from django.conf import settings

from common import outbox
from common.models import OutboxMessage
from conventions.models import Candidacy


def received(*, candidacy: Candidacy, at: datetime) -> OutboxMessage:
    """Thanks, and what happens next."""
    return _compose("received", candidacy, at=at)


def waiting(*, candidacy: Candidacy, at: datetime) -> OutboxMessage:
    """Why the scheme can't serve this partner yet, and that it isn't forgotten (A3)."""
    return _compose("waiting", candidacy, at=at)


def meeting(*, candidacy: Candidacy, at: datetime) -> OutboxMessage:
    """When and where we meet."""
    return _compose("meeting", candidacy, at=at)


def refused(*, candidacy: Candidacy, at: datetime) -> OutboxMessage:
    """A refusal with its reason; the signed letter follows by post where staff send it."""
    return _compose("refused", candidacy, at=at)


def effects(candidacy: Candidacy) -> str:
    """The beginning of the effects of all messages about `candidacy`, and of no other."""
    return f"candidacy {candidacy.pk} "


def _compose(what: str, candidacy: Candidacy, *, at: datetime) -> OutboxMessage:
    return outbox.compose(
        # A meeting may be moved, a candidacy set aside twice: each is told once.
        effect=f"{effects(candidacy)}{what} {at.isoformat()}",
        recipient=candidacy.lead_email,
        template=f"conventions/emails/candidacy_{what}",
        context={
            "candidacy": candidacy,
            "days": settings.CANDIDACY_STEP_DAYS,
        },
        at=at,
    )
