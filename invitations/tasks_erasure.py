"""What erases names by itself (F2). Apart from `tasks.py`, which booking itself wakes up."""

from celery import shared_task
from django.utils import timezone

from invitations.services import erasure


@shared_task
def erase_names() -> None:
    """Erase the names that are due, once a night: the first turn after midnight does it, a missed one is caught up."""
    erasure.erase_due(at=timezone.now())
