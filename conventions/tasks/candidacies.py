"""What candidacies leave behind, in the background (A1)."""

from celery import shared_task
from django.utils import timezone

from conventions.services import candidacies


@shared_task
def forget_candidacies() -> None:
    """Erase what was typed in candidacies that ended long ago (A1, every day: a missed one is caught up)."""
    candidacies.forget_old(at=timezone.now())
