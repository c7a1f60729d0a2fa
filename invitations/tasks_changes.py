"""What changes of dates do in the background (C6). Apart from `tasks.py`, which booking itself wakes up."""

from celery import shared_task
from django.utils import timezone

from invitations.services import changes


@shared_task
def sweep_changes() -> None:
    """Tell who booked while a date was changing, and remind of what isn't told the day before (every minute)."""
    now = timezone.now()
    changes.sweep(at=now)
    changes.remind(at=now)
