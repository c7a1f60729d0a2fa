"""What this room does in the background. Each is safe to run twice."""

from celery import shared_task
from django.utils import timezone

from conventions.services import candidacies


@shared_task
def forget_candidacies() -> None:
    """Erase what was typed in candidacies that ended long ago (A1, every day: a missed one is caught up)."""
    candidacies.forget_old(at=timezone.now())
