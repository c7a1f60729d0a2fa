"""What was counted of a season, as it may be shown (E4)."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.db.models import Q

from common.models import Identified
from evaluations.figures import Dimension
from partners.models import User
from partners.seasons import Season


class CountingQuerySet(models.QuerySet["Counting"]):
    def of(self, season: Season):
        return self.filter(season_year=season.year)

    def current(self):
        """Of each season the one whose figures are shown."""
        return self.filter(is_current=True)

    def under_way(self):
        return self.filter(finished_at=None)

    def idle(self, *, at: datetime):
        """Those under way at which nobody has worked for a while."""
        before = at - timedelta(seconds=settings.IMPORT_IDLE_SECONDS)
        return self.under_way().filter(Q(worked_at=None) | Q(worked_at__lte=before))


class Counting(Identified):
    """One counting of a season: asked for, under way, done. Pages show the `is_current` one, whole or not at all."""

    season_year = models.PositiveSmallIntegerField("saison", help_text="Année où la saison commence.")
    asked_at = models.DateTimeField("demandé le")
    asked_by = models.ForeignKey(
        User,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="demandé par",
        help_text="Vide : la nuit.",
    )
    worked_at = models.DateTimeField("dernier travail", null=True, blank=True)
    done = models.PositiveSmallIntegerField("étapes faites", default=0)
    steps = models.PositiveSmallIntegerField("étapes", default=0)
    finished_at = models.DateTimeField("compté le", null=True, blank=True)
    is_current = models.BooleanField("montré", default=False)
    is_final = models.BooleanField("arrêté", default=False, help_text="La saison n'est plus comptée.")

    objects = CountingQuerySet.as_manager()

    class Meta:
        verbose_name = "décompte"
        ordering = ["-season_year", "-asked_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["season_year"], condition=Q(is_current=True), name="counting_one_shown_per_season"
            ),
            models.UniqueConstraint(
                fields=["season_year"],
                condition=Q(finished_at=None),
                name="counting_one_under_way_per_season",
            ),
            models.CheckConstraint(
                name="counting_shown_once_finished",
                condition=Q(finished_at__isnull=False) | Q(is_current=False, is_final=False),
            ),
        ]

    def __str__(self) -> str:
        return f"Décompte {self.season}"

    @property
    def season(self) -> Season:
        return Season(self.season_year)


class TallyQuerySet(models.QuerySet["Tally"]):
    def current(self):
        """The lines that pages show."""
        return self.filter(counting__is_current=True)

    def of(self, season: Season):
        return self.filter(counting__season_year=season.year)

    def about(self, dimension: Dimension, key: object = ""):
        """One line of a table, with its months where the table has them."""
        return self.filter(dimension=dimension, key=str(key))

    def whole_season(self):
        return self.filter(month=None)

    def by_month(self):
        return self.filter(month__isnull=False).order_by("month")


class Tally(models.Model):
    """A line of a table of figures. Its numbers may be shown as they stand: no exact count is kept beside them.

    An empty number is hidden, or has no sense here: structures are given no seats. Without a month it is the season's.
    Names are those of the day on which it was counted, so that a past season stays what it was.
    """

    counting = models.ForeignKey(
        Counting, on_delete=models.CASCADE, related_name="tallies", verbose_name="décompte"
    )
    dimension = models.CharField("tableau", max_length=16, choices=Dimension)
    key = models.CharField("ligne", max_length=40, blank=True)
    label = models.CharField("nom", max_length=200, blank=True)
    month = models.DateField("mois", null=True, blank=True)
    given = models.PositiveIntegerField("places données", null=True)
    booked = models.PositiveIntegerField("places réservées", null=True)
    used = models.PositiveIntegerField("places utilisées", null=True)
    absent = models.PositiveIntegerField("personnes non venues", null=True)
    unknown = models.PositiveIntegerField("sans réponse", null=True)
    lost = models.PositiveIntegerField("places perdues", null=True)
    people = models.PositiveIntegerField("personnes différentes", null=True)

    objects = TallyQuerySet.as_manager()

    class Meta:
        verbose_name = "chiffre"
        ordering = ["label", "month"]
        constraints = [
            models.UniqueConstraint(
                fields=["counting", "dimension", "key", "month"],
                condition=Q(month__isnull=False),
                name="tally_once_per_month",
            ),
            models.UniqueConstraint(
                fields=["counting", "dimension", "key"], condition=Q(month=None), name="tally_once_per_season"
            ),
        ]
        indexes = [models.Index(fields=["dimension", "key"])]

    def __str__(self) -> str:
        return f"{self.get_dimension_display()} : {self.label}"
