"""What candidacies leave behind, in the background (A1)."""

from celery import shared_task
from django.utils import timezone

from conventions.services import candidacies, renewal


@shared_task
def forget_candidacies() -> None:
    """Erase what was typed in candidacies that ended long ago (A1, every day: a missed one is caught up)."""
    candidacies.forget_old(at=timezone.now())


@shared_task
def renew_access() -> None:
    """Is everyone renewed for this season? (A5, every hour: a missed night is caught up by the next turn.)"""
    renewal.renew(at=timezone.now())
