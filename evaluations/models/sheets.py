"""Evaluation sheets: what the team asks of a season or of a project, and what structures answer (E2)."""

import json
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Count, Exists, OuterRef, Q

from common.crypto import EncryptedTextField
from common.models import Identified
from conventions.models import Agreement
from invitations.models import Booking, BookingQuerySet
from offers.models import Event
from partners.models import Structure, User
from partners.seasons import Season


class QuestionnaireQuerySet(models.QuerySet["Questionnaire"]):
    def open(self):
        """Those that structures may answer."""
        return self.filter(opened_at__isnull=False, closed_at=None)

    def asking(self, structure: Structure, *, at: datetime) -> list["Questionnaire"]:
        """Those of them that ask this structure. Two queries, whatever their number."""
        found = list(self)
        if not found:
            return []
        asked = Structure.objects.filter(pk=structure.pk).values_list(*(one.asks(at=at) for one in found))
        return [one for one, asks in zip(found, asked.get(), strict=True) if asks]

    def with_counts(self):
        """With `sent` and `begun`, how many structures sent their sheet, and how many only began it."""
        return self.annotate(
            sent=Count("sheets", filter=Q(sheets__sent_at__isnull=False)),
            begun=Count("sheets", filter=Q(sheets__sent_at=None)),
        )


class Questionnaire(Identified):
    """Questions to structures about a season, or about a project of it. Once one began to answer, it changes no more:
    another version is made of it."""

    title = models.CharField("titre", max_length=120)
    season_year = models.PositiveSmallIntegerField(
        "saison", help_text="L'année où elle commence : 2026 pour la saison 2026-2027."
    )
    project = models.CharField(
        "projet", max_length=120, blank=True, help_text="Vide : la fiche parle de toute la saison."
    )
    event_kind = models.CharField(
        "type de sortie",
        max_length=12,
        choices=Event.Kind,
        blank=True,
        help_text="Rempli : seules les structures sorties ainsi sont sollicitées. Aucun nombre n'est alors proposé.",
    )
    introduction = models.TextField("introduction", max_length=2000, blank=True)
    version = models.PositiveSmallIntegerField("version", default=1, editable=False)
    opened_at = models.DateTimeField("ouvert le", null=True, blank=True, editable=False)
    closed_at = models.DateTimeField("clos le", null=True, blank=True, editable=False)

    sent: int  # set by `with_counts`
    begun: int

    objects = QuestionnaireQuerySet.as_manager()

    class Meta:
        verbose_name = "questionnaire d'évaluation"
        verbose_name_plural = "questionnaires d'évaluation"
        ordering = ["-season_year", "title", "-version"]
        constraints = [
            models.CheckConstraint(
                name="questionnaire_closed_was_open",
                condition=Q(closed_at=None) | Q(opened_at__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return f"{self.title}, {self.season}" + (f" (version {self.version})" if self.version > 1 else "")

    @property
    def season(self) -> Season:
        return Season(self.season_year)

    @property
    def is_open(self) -> bool:
        return self.opened_at is not None and self.closed_at is None

    @property
    def is_frozen(self) -> bool:
        """Whether a structure began to answer. One query."""
        return self.sheets.exists()

    def outings(self, *, at: datetime) -> BookingQuerySet:
        """The past outings that it asks about."""
        gone = Booking.objects.live().past(at=at).filter(performance__cancelled_at=None)
        kind = {"performance__event__kind": self.event_kind} if self.event_kind else {}
        return gone.filter(
            performance__starts_at__date__range=(self.season.starts_on, self.season.ends_on), **kind
        )

    def asks(self, *, at: datetime) -> Exists:
        """Of a structure, whether it is asked: with an agreement of the season, or out in the way that it is about."""
        if self.event_kind:
            return Exists(self.outings(at=at).filter(structure=OuterRef("pk")))
        season = self.season
        agreed = Agreement.objects.filter(
            structure=OuterRef("pk"),
            signed_on__isnull=False,
            starts_on__lte=season.ends_on,
            ends_on__gte=season.starts_on,
        )
        return Exists(agreed)

    def asked(self, *, at: datetime) -> models.QuerySet[Structure]:
        """The structures that it asks."""
        return Structure.objects.filter(self.asks(at=at))


class SheetQuestion(Identified):
    """One question, of the kind that says how it is answered. None has to be answered."""

    class Kind(models.TextChoices):
        TEXT = "text", "texte"
        SCALE = "scale", "échelle de 1 à 5"
        CHOICE = "choice", "un choix"
        NUMBER = "number", "nombre"

    class Known(models.TextChoices):
        PEOPLE = "people", "personnes différentes"
        BOOKED = "booked", "places réservées"
        USED = "used", "places utilisées"

    questionnaire = models.ForeignKey(
        Questionnaire, on_delete=models.CASCADE, related_name="questions", verbose_name="questionnaire"
    )
    position = models.PositiveSmallIntegerField("rang", default=0)
    label = models.CharField("question", max_length=200)
    kind = models.CharField("réponse", max_length=8, choices=Kind, default=Kind.TEXT)
    choices = models.TextField("choix", max_length=1000, blank=True, help_text="Un par ligne.")
    known = models.CharField(
        "nombre déjà connu", max_length=8, choices=Known, blank=True, help_text="Proposé à la structure."
    )

    class Meta:
        verbose_name = "question d'évaluation"
        verbose_name_plural = "questions d'évaluation"
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return self.label

    @property
    def options(self) -> list[str]:
        """What a scale or a choice offers, in order."""
        if self.kind == self.Kind.SCALE:
            return [str(step) for step in range(1, settings.SHEET_SCALE + 1)]
        return list(dict.fromkeys(filter(None, (line.strip() for line in self.choices.splitlines()))))


class SheetQuerySet(models.QuerySet["Sheet"]):
    def visible_to(self, user):
        """Those of the account's own structure; staff read all."""
        if user.role == User.Role.STAFF:
            return self.all()
        return self.filter(structure=user.structure_id) if user.structure_id else self.none()

    def sent_in(self):
        """Those that structures sent."""
        return self.filter(sent_at__isnull=False)


class Sheet(Identified):
    """What one structure answers to a questionnaire: kept as it is typed, then sent. It names nobody.

    A save names its tab and the version that this tab opened, so that two tabs never overwrite each other unawares.
    """

    questionnaire = models.ForeignKey(
        Questionnaire, on_delete=models.PROTECT, related_name="sheets", verbose_name="questionnaire"
    )
    structure = models.ForeignKey(
        Structure, on_delete=models.CASCADE, related_name="sheets", verbose_name="structure"
    )
    typed = EncryptedTextField("réponses", default="{}", editable=False)
    tab = models.CharField("onglet", max_length=32, blank=True, editable=False)
    version = models.PositiveIntegerField("version", default=1, editable=False)
    begun_at = models.DateTimeField("commencée le")
    saved_at = models.DateTimeField("gardée le")
    saved_by = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, related_name="+", verbose_name="gardée par"
    )
    sent_at = models.DateTimeField("envoyée le", null=True, blank=True)

    objects = SheetQuerySet.as_manager()

    class Meta:
        verbose_name = "fiche d'évaluation"
        verbose_name_plural = "fiches d'évaluation"
        ordering = ["-saved_at"]
        constraints = [
            models.UniqueConstraint(fields=["questionnaire", "structure"], name="sheet_once_per_structure")
        ]

    def __str__(self) -> str:
        return f"Fiche de {self.structure}"

    @property
    def answers(self) -> dict[str, Any]:
        """What was answered, by the question's id: text, or a number."""
        return json.loads(self.typed)


class SheetReminder(Identified):
    """That a structure was asked for its sheet, by mail: seldom, and never once it is sent."""

    questionnaire = models.ForeignKey(
        Questionnaire, on_delete=models.CASCADE, related_name="reminders", verbose_name="questionnaire"
    )
    structure = models.ForeignKey(
        Structure, on_delete=models.CASCADE, related_name="+", verbose_name="structure"
    )
    sent_at = models.DateTimeField("envoyé le")

    class Meta:
        verbose_name = "rappel d'évaluation"
        verbose_name_plural = "rappels d'évaluation"
        ordering = ["-sent_at"]

    def __str__(self) -> str:
        return f"Rappel du {self.sent_at:%d/%m/%Y}"
