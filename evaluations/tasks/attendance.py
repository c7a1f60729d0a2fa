"""What is asked after outings (E1)."""

from celery import shared_task
from django.utils import timezone

from evaluations.services import attendance


@shared_task
def remind_attendance() -> None:
    """Ask structures who came last week (every hour: a missed turn is caught up)."""
    attendance.remind(at=timezone.now())
