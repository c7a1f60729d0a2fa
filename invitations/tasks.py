"""What invitations do in the background. Each is safe to run twice."""

from celery import shared_task
from django.utils import timezone

from invitations.models import PartyDocument, PrintRun
from invitations.services import demand, drawing, promotion, usage_review
from offers.models import Performance


@shared_task
def make_document(document_id: str) -> None:
    """Draw one large party's PDF (D2)."""
    for document in PartyDocument.objects.due().filter(pk=document_id).select_related("booking", "group"):
        drawing.draw(document=document, at=timezone.now())


@shared_task
def make_print_run(run_id: str) -> None:
    """Draw the PDF of several outings (D2)."""
    for run in PrintRun.objects.due().filter(pk=run_id):
        drawing.draw_run(run=run, at=timezone.now())


@shared_task
def sweep_documents() -> None:
    """Throw away what is old, and have drawn what a lost task left undrawn (every minute)."""
    drawing.drop_old(at=timezone.now())
    for pk in PartyDocument.objects.due().values_list("pk", flat=True):
        make_document.delay(str(pk))  # each on its own: one that can't be drawn holds up no other
    for pk in PrintRun.objects.due().values_list("pk", flat=True):
        make_print_run.delay(str(pk))


@shared_task
def review_usage() -> None:
    """Note for staff who goes out more than foreseen, and once a night what seats became (D8, every hour)."""
    now = timezone.now()
    usage_review.review_weeks(at=now)
    usage_review.review_structures(at=now)


@shared_task
def tend_line(performance_id: str) -> None:
    """See to one date's waiting list (D5)."""
    for performance in Performance.objects.filter(pk=performance_id):
        promotion.tend(performance=performance, at=timezone.now())


@shared_task
def sweep_lines() -> None:
    """Find every date whose waiting list waits for something: an answer that didn't come, free seats (every minute)."""
    for pk in promotion.due(at=timezone.now()).values_list("pk", flat=True):
        tend_line.delay(str(pk))


@shared_task
def call_venues() -> None:
    """Tell venues, once a day, who waits for a date of theirs (D6, every ten minutes: a missed turn is caught up)."""
    demand.call_venues(at=timezone.now())
