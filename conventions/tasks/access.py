"""The yearly renewal of access in the background (A5)."""

from celery import shared_task
from django.utils import timezone

from conventions.services import rotation


@shared_task
def renew_access() -> None:
    """Is everyone renewed for this season? (A5, every hour: a missed night is caught up by the next turn.)"""
    rotation.renew(at=timezone.now())
