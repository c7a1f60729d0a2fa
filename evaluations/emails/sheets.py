"""What structures are asked by mail: their evaluation sheet (E2)."""

from datetime import datetime

from django.conf import settings
from django.urls import reverse

from common import outbox
from common.models import OutboxMessage
from evaluations.models import SheetReminder


def sheet_awaited(*, reminder: SheetReminder, reader: str, at: datetime) -> OutboxMessage:
    """A questionnaire is open, and the structure hasn't sent its sheet."""
    page = reverse("evaluations:sheet", args=[reminder.questionnaire_id])
    return outbox.compose(
        effect=f"sheet-awaited {reminder.pk}",
        recipient=reader,
        template="evaluations/emails/sheet_awaited",
        context={"questionnaire": reminder.questionnaire, "url": settings.BASE_URL + page},
        at=at,
    )
