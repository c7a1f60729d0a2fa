"""What offers do in the background. Each is safe to run twice."""

from celery import shared_task
from django.utils import timezone

from offers.imports import work
from offers.models import ProgrammeUpload

WORK = {
    ProgrammeUpload.Step.READING: work.make_preview,
    ProgrammeUpload.Step.LOADING: work.make_programme,
}


@shared_task
def work_at_upload(upload_id: str) -> None:
    """Read a large programme file, or write it once its venue has confirmed it (C2)."""
    for upload in ProgrammeUpload.objects.filter(pk=upload_id).select_related("venue", "by"):
        if upload.step == ProgrammeUpload.Step.READING:
            work.make_preview(upload=upload, clock=timezone.now)
        elif upload.step == ProgrammeUpload.Step.LOADING:
            work.make_programme(upload=upload, clock=timezone.now)


@shared_task
def sweep_uploads() -> None:
    """Take up what a lost task left, and throw away what nobody confirmed (every minute)."""
    now = timezone.now()
    ProgrammeUpload.objects.stale(at=now).delete()
    for pk in ProgrammeUpload.objects.due(at=now).values_list("pk", flat=True):
        work_at_upload.delay(str(pk))
