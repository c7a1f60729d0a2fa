"""The team asks for the report of a season (E4)."""

from datetime import datetime

from django.db import IntegrityError, transaction

from common import audit
from common.background import after_commit
from common.dates import local_day
from common.errors import DomainError
from evaluations.models import SeasonReport
from evaluations.tasks.reports import make_report
from partners.models import User
from partners.seasons import Season


@transaction.atomic
def ask(*, season: Season, by: User, at: datetime) -> SeasonReport:
    """Ask for the report of a season: the one that is being made, where there is one; else a new one, and it is begun.

    Raises DomainError for a season to come.
    """
    if season > Season.of(local_day(at)):
        raise DomainError(
            f"La saison {season} n'a pas commencé : son rapport se fera à partir de son premier jour."
        )
    if under_way := SeasonReport.objects.of(season).under_way().light().first():
        return under_way
    try:
        with transaction.atomic():
            report = SeasonReport.objects.create(season_year=season.year, asked_at=at, asked_by=by)
    except IntegrityError:  # somebody asked in the same moment
        return SeasonReport.objects.of(season).under_way().light().get()
    SeasonReport.objects.of(season).exclude(failed_at=None).delete()
    audit.record(at=at, actor=by, verb="rapport d'activité demandé", subject=report, saison=str(season))
    after_commit(make_report, str(report.pk))
    return report
