"""What structures are asked by mail: who came (E1)."""

from datetime import date, datetime

from django.conf import settings
from django.urls import reverse

from common import outbox
from common.models import OutboxMessage
from partners.models import Structure


def who_came(*, structure: Structure, reader: str, monday: date, outings: int, at: datetime) -> OutboxMessage:
    """Of how many outings of the week of `monday` nobody knows who came; one page says it, and stops such mails."""
    page = settings.BASE_URL + reverse("evaluations:attendance")
    return outbox.compose(
        effect=f"attendance {structure.pk} {monday.isoformat()}",
        recipient=reader,
        template="evaluations/emails/who_came",
        context={
            "outings": outings,
            "days": settings.ATTENDANCE_DAYS,
            "url": f"{page}?semaine={monday.isoformat()}",
        },
        at=at,
    )
