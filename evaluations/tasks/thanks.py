"""What happens in the background after outings."""

from celery import shared_task
from django.utils import timezone

from evaluations import services


@shared_task
def thank_venues() -> None:
    """Write to venues once the season is over (every hour: a missed turn is caught up)."""
    services.thank_venues(at=timezone.now())
