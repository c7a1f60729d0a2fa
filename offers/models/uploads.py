"""Programmes that venues bring as a file: the file, how its columns are read, what it brought (C2)."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse

from common.models import Identified
from partners.models import User, Venue

FORMS = {"csv": "tableau", "ics": "calendrier", "openagenda": "OpenAgenda", "jsonld": "schema.org"}


class ProgrammeUploadQuerySet(models.QuerySet):
    def fresh(self, *, at: datetime):
        """Files that still wait for their venue's word."""
        return self.filter(created_at__gt=at - timedelta(hours=settings.UPLOAD_KEPT_HOURS))

    def stale(self, *, at: datetime):
        """Files that nobody confirmed in time."""
        return self.filter(created_at__lte=at - timedelta(hours=settings.UPLOAD_KEPT_HOURS))

    def of(self, user):
        """The files of the account's own venue."""
        return self.filter(venue=user.venue_id) if user.role == user.Role.VENUE else self.none()

    def due(self, *, at: datetime):
        """Files to be read or written, at which nobody has worked for a while."""
        before = at - timedelta(seconds=settings.IMPORT_IDLE_SECONDS)
        return self.filter(step__in=ProgrammeUpload.AT_WORK).filter(
            Q(worked_at=None) | Q(worked_at__lte=before)
        )


class ProgrammeUpload(Identified):
    """A programme file between its preview and the venue's confirmation (C2)."""

    class Step(models.TextChoices):
        READING = "reading", "Lecture en cours"
        READY = "ready", "À vérifier"
        LOADING = "loading", "Enregistrement en cours"

    AT_WORK = (Step.READING, Step.LOADING)

    venue = models.ForeignKey(Venue, on_delete=models.CASCADE, related_name="+", verbose_name="lieu")
    by = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+", verbose_name="déposé par")
    filename = models.CharField("nom du fichier", max_length=200)
    content = models.BinaryField("contenu")
    created_at = models.DateTimeField("déposé le")
    step = models.CharField("étape", max_length=8, choices=Step, default=Step.READING)
    columns = models.JSONField("colonnes", null=True, blank=True, editable=False)
    seats = models.PositiveIntegerField("places par nouvelle date", default=0)
    rows = models.PositiveIntegerField("lignes", default=0)
    rows_read = models.PositiveIntegerField("lignes lues", default=0)
    worked_at = models.DateTimeField("dernier travail", null=True, blank=True)
    report = models.JSONField("aperçu", null=True, blank=True, editable=False)

    objects = ProgrammeUploadQuerySet.as_manager()

    class Meta:
        verbose_name = "fichier de programme"
        verbose_name_plural = "fichiers de programme"
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return self.filename

    def get_absolute_url(self) -> str:
        return reverse("offers:import_preview", args=[self.pk])

    @property
    def at_work(self) -> bool:
        """Whether the file is being read or written."""
        return self.step in self.AT_WORK


class ColumnMapping(models.Model):
    """Which column of a venue's tables is which, as it chose for tables with these headings (C2)."""

    venue = models.ForeignKey(Venue, on_delete=models.CASCADE, related_name="+", verbose_name="lieu")
    signature = models.CharField("empreinte des titres", max_length=64, editable=False)
    columns = models.JSONField("colonnes", help_text="Ce que dit chaque colonne, et son rang.")
    chosen_at = models.DateTimeField("choisi le")

    class Meta:
        verbose_name = "lecture des colonnes"
        verbose_name_plural = "lectures des colonnes"
        ordering = ["-chosen_at"]
        constraints = [models.UniqueConstraint(fields=["venue", "signature"], name="columns_chosen_once")]

    def __str__(self) -> str:
        return f"{self.venue}, {len(self.columns)} colonnes"


class ProgrammeImportQuerySet(models.QuerySet):
    def of(self, user):
        """The imports of the account's own venue."""
        return self.filter(venue=user.venue_id) if user.role == user.Role.VENUE else self.none()

    def like(self, *, venue: Venue, source: str, origin: str):
        """Those of the same source."""
        return self.filter(venue=venue, source=source, origin=origin)

    def unanswered(self):
        """Those of which nobody has said what becomes of the dates that are no longer in the file."""
        return self.exclude(missing=[])


class ProgrammeImport(Identified):
    """The last programme loaded from one source of a venue: which dates the file held, and which it no longer holds.

    A source is a form of file and what tells it from the venue's others: a table's headings, a calendar's name.
    """

    venue = models.ForeignKey(Venue, on_delete=models.CASCADE, related_name="+", verbose_name="lieu")
    source = models.CharField("forme", max_length=20)
    origin = models.CharField("provenance", max_length=64, blank=True)
    done_at = models.DateTimeField("importé le")
    created = models.PositiveIntegerField("événements créés", default=0)
    updated = models.PositiveIntegerField("événements changés", default=0)
    dates = models.JSONField("dates du fichier", default=list, editable=False)
    missing = models.JSONField("dates disparues", default=list, editable=False)

    objects = ProgrammeImportQuerySet.as_manager()

    class Meta:
        verbose_name = "programme importé"
        verbose_name_plural = "programmes importés"
        ordering = ["-done_at"]
        indexes = [models.Index(fields=["venue", "source", "origin"])]

    def __str__(self) -> str:
        return f"{self.venue}, {self.form}"

    @property
    def form(self) -> str:
        """The form of the file, as people call it."""
        return FORMS.get(self.source, self.source)
