"""What fair draws do in the background (D7). Apart from `tasks.py`, which booking itself wakes up."""

from celery import shared_task
from django.utils import timezone

from invitations.models import Draw
from invitations.services import sharing


@shared_task
def hold_draw(draw_id: str) -> None:
    """Hold one fair draw, if it still waits for it (D7)."""
    for draw in Draw.objects.filter(pk=draw_id).select_related("performance"):
        sharing.hold_draw(draw=draw, at=timezone.now())


@shared_task
def sweep_draws() -> None:
    """Hold the fair draws whose requests have closed (every minute)."""
    for pk in Draw.objects.due(at=timezone.now()).values_list("pk", flat=True):
        hold_draw.delay(str(pk))
