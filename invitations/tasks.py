"""What invitations do in the background. Each is safe to run twice."""

from celery import shared_task
from django.utils import timezone

from invitations.models import PartyDocument
from invitations.services import drawing, usage


@shared_task
def make_document(document_id: str) -> None:
    """Draw one large party's PDF (D2)."""
    for document in PartyDocument.objects.due().filter(pk=document_id).select_related("booking"):
        drawing.draw(document=document, at=timezone.now())


@shared_task
def sweep_documents() -> None:
    """Throw away what is old, and have drawn what a lost task left undrawn (every minute)."""
    drawing.drop_old(at=timezone.now())
    for pk in PartyDocument.objects.due().values_list("pk", flat=True):
        make_document.delay(str(pk))  # each on its own: one that can't be drawn holds up no other


@shared_task
def review_usage() -> None:
    """Note for staff who goes out more than foreseen (D8, every hour: a missed night is caught up)."""
    usage.review_usage(at=timezone.now())
