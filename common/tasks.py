from celery import shared_task
from django.conf import settings
from django.utils import timezone

from common.delivery import deliver_due


@shared_task
def sweep_outbox() -> None:
    """Send the mails that are due (every minute, and right after something wrote one)."""
    deliver_due(at=timezone.now(), limit=settings.OUTBOX_BATCH)
