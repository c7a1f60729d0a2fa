"""What the team's controls do by themselves (E5)."""

from celery import shared_task
from django.utils import timezone

from evaluations.services import control_night


@shared_task
def review_controls() -> None:
    """Note for staff what stands out in the season, once a night (every hour: a missed turn is caught up)."""
    control_night.review(at=timezone.now())
