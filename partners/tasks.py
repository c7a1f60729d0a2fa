"""What this room does in the background. Each is safe to run twice."""

from celery import shared_task
from django.utils import timezone

from partners.services import forget_questions


@shared_task
def sweep_questions() -> None:
    """Erase old questions (C12, every hour: a missed turn is caught up)."""
    forget_questions(at=timezone.now())
