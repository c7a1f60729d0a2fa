"""Season's reports are made in the background, one at a time (E4)."""

from celery import shared_task
from django.utils import timezone

from evaluations.models import SeasonReport
from evaluations.services import report_making


@shared_task
def make_report(report_id: str) -> None:
    """Draw one report."""
    for report in SeasonReport.objects.under_way().light().filter(pk=report_id):
        report_making.make(report, clock=timezone.now)


@shared_task
def sweep_reports() -> None:
    """Have made what a lost task left unmade (every minute)."""
    for pk in SeasonReport.objects.idle(at=timezone.now()).values_list("pk", flat=True):
        make_report.delay(str(pk))  # each on its own: one that can't be drawn holds up no other
