"""What la Criée does by itself (E3)."""

from celery import shared_task
from django.utils import timezone

from evaluations.services import criee


@shared_task
def tend_criee() -> None:
    """Tell the team what waits, erase what was refused long ago (every hour: a missed turn is caught up)."""
    now = timezone.now()
    criee.tell_team(at=now)
    criee.forget_refused(at=now)
