"""Receipts are drawn after they are issued, so that nobody waits for the paper while a number is taken (B6)."""

from celery import shared_task
from django.utils import timezone

from conventions.models import Receipt
from conventions.services import receipt_papers


@shared_task
def draw_receipt(receipt_id: str) -> None:
    """Draw one receipt's PDF."""
    for receipt in Receipt.objects.undrawn().filter(pk=receipt_id):
        receipt_papers.draw(receipt=receipt, at=timezone.now())


@shared_task
def sweep_receipts() -> None:
    """Have drawn what a lost task left undrawn (every minute)."""
    for pk in Receipt.objects.undrawn().values_list("pk", flat=True):
        draw_receipt.delay(str(pk))  # each on its own: one that can't be drawn holds up no other
