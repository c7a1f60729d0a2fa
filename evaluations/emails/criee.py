"""What la Criée tells by mail: the team what waits, a venue what is said of it (E3)."""

from datetime import datetime

from django.conf import settings
from django.urls import reverse

from common import outbox
from common.dates import local_day
from common.models import OutboxMessage
from evaluations.models import Opinion
from partners.models import User


def queue_digest(*, waiting: int, reported: int, days: int, at: datetime) -> OutboxMessage:
    """How much the team has to read, and for how many days the oldest of it has waited; none of its words."""
    return outbox.compose(
        effect=f"criee-queue {local_day(at).isoformat()}",
        recipient=settings.PORTAL_CONTACT_EMAIL,
        template="evaluations/emails/queue_digest",
        context={
            "waiting": waiting,
            "reported": reported,
            "days": days,
            "team": True,
            "url": f"{settings.BASE_URL}{reverse('admin:evaluations_opinion_changelist')}?suite=lire",
        },
        at=at,
    )


def opinion_published(*, opinion: Opinion, reader: User, at: datetime) -> OutboxMessage:
    """Tells a venue's account what somebody says of one of its events, and how to answer."""
    return outbox.compose(
        effect=f"opinion-published {opinion.pk} {reader.pk}",
        recipient=reader.email,
        template="evaluations/emails/opinion_published",
        context={
            "opinion": opinion,
            "event": opinion.event,
            "url": settings.BASE_URL + reverse("evaluations:criee_opinion", args=[opinion.pk]),
        },
        at=at,
    )
