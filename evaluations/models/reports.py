"""The season's report, kept as it was drawn (E4)."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.db.models import Q

from common.models import Identified
from partners.models import User
from partners.seasons import Season


class SeasonReportQuerySet(models.QuerySet["SeasonReport"]):
    def of(self, season: Season):
        return self.filter(season_year=season.year)

    def under_way(self):
        """Those asked for, neither made nor given up."""
        return self.filter(made_at=None, failed_at=None)

    def idle(self, *, at: datetime):
        """Those under way at which nobody has worked for a while."""
        before = at - timedelta(seconds=settings.REPORT_IDLE_SECONDS)
        return self.under_way().filter(Q(worked_at=None) | Q(worked_at__lte=before))

    def light(self):
        """Without the document itself."""
        return self.defer("content")


class SeasonReport(Identified):
    """The report of a season: asked for, being made, made. What is made stays as it was drawn that day (E4)."""

    season_year = models.PositiveSmallIntegerField("saison", help_text="Année où la saison commence.")
    asked_at = models.DateTimeField("demandé le")
    asked_by = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, related_name="+", verbose_name="demandé par"
    )
    worked_at = models.DateTimeField("dernier travail", null=True, blank=True)
    tries = models.PositiveSmallIntegerField("essais", default=0)
    done = models.PositiveSmallIntegerField("parties faites", default=0)
    parts = models.PositiveSmallIntegerField("parties", default=0)
    made_at = models.DateTimeField("fait le", null=True, blank=True)
    failed_at = models.DateTimeField("abandonné le", null=True, blank=True)
    content = models.BinaryField("document", null=True, editable=False)

    objects = SeasonReportQuerySet.as_manager()

    class Meta:
        verbose_name = "rapport d'activité"
        verbose_name_plural = "rapports d'activité"
        ordering = ["-season_year", "-asked_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["season_year"],
                condition=Q(made_at=None, failed_at=None),
                name="report_one_under_way_per_season",
            ),
            models.CheckConstraint(
                name="report_made_or_given_up",
                condition=Q(made_at=None, content=None) | Q(failed_at=None, content__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"Rapport d'activité {self.season}"

    @property
    def season(self) -> Season:
        return Season(self.season_year)

    @property
    def is_under_way(self) -> bool:
        return self.made_at is None and self.failed_at is None
