"""Agreements sent and reminded in the background, each in a turn of its own (B4)."""

from celery import shared_task
from django.utils import timezone

from conventions.models import Agreement
from conventions.services.errands import run_errand


@shared_task
def run_agreement_errand(agreement_id: str) -> None:
    """Send or remind one agreement, if that is still asked for."""
    for agreement in Agreement.objects.asked().filter(pk=agreement_id).with_partner():
        run_errand(agreement=agreement, at=timezone.now())


@shared_task
def sweep_signatures() -> None:
    """Have done what is asked for and isn't yet (every minute, and right after somebody asked)."""
    for pk in Agreement.objects.asked().order_by("send_asked_at").values_list("pk", flat=True):
        run_agreement_errand.delay(str(pk))  # each on its own: one that can't be sent holds up no other
