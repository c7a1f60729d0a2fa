"""What falls due in breach procedures (B5)."""

from celery import shared_task
from django.utils import timezone

from conventions.services import breaches


@shared_task
def terminate_due() -> None:
    """Carry out the terminations whose day has come (every hour: the first after midnight; a missed one is made up)."""
    breaches.terminate_due(at=timezone.now())
