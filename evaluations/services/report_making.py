"""Making the season's report, step by step (E4)."""

from collections.abc import Callable
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.db.models import F

from common import audit
from common.dates import local_day
from evaluations.documents import report_pdf
from evaluations.models import SeasonReport
from evaluations.reports import report_of

Clock = Callable[[], datetime]


def make(report: SeasonReport, *, clock: Clock) -> bool:
    """Draw a report that was asked for, telling in its row how far that is; False where somebody else is at it.

    The one of the same season made before goes. Safe to run twice; one that died half-way is begun again, and given
    up after REPORT_TRIES.
    """
    mine = SeasonReport.objects.idle(at=clock()).filter(pk=report.pk)
    if mine.filter(tries__gte=settings.REPORT_TRIES).update(failed_at=clock()):
        return False
    if not mine.update(worked_at=clock(), tries=F("tries") + 1, done=0, parts=0):
        return False
    row = SeasonReport.objects.filter(pk=report.pk)

    def progress(done: int, of: int) -> None:
        row.update(worked_at=clock(), done=done, parts=of)

    content = report_pdf(report_of(report.season, on=local_day(clock()), progress=progress))
    at = clock()
    with transaction.atomic():
        SeasonReport.objects.of(report.season).exclude(made_at=None).delete()
        row.update(made_at=at, content=content, done=F("parts"))
        audit.record(at=at, actor=audit.SYSTEM, verb="rapport d'activité fait", subject=report)
    return True
