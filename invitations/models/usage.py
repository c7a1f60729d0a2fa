"""What the use of invitations tells staff, and what they agree on with structures (D8)."""

from collections.abc import Callable
from datetime import date, timedelta

from django.db import models
from django.db.models import Case, Exists, F, OuterRef, Q, Value, When

from common.models import Identified
from common.templatetags.ui import NO_BREAK_SPACE, day_plain, percent, whole
from partners.models import Structure, User


class UsageReview(Identified):
    """That a night's figures were made, and what lay in the middle of the network (D8)."""

    on = models.DateField("nuit du", unique=True)
    made_at = models.DateTimeField("fait le")
    first = models.DateField("du")
    last = models.DateField("au")
    structures = models.PositiveIntegerField("structures regardées", default=0)
    taken = models.FloatField("médiane des places", null=True)
    rate = models.FloatField("médiane de la part non utilisée", null=True)

    class Meta:
        verbose_name = "relevé d'usage"
        verbose_name_plural = "relevés d'usage"
        ordering = ["-on"]

    def __str__(self) -> str:
        return f"Relevé du {self.on:%d/%m/%Y}"


class UsageAlertQuerySet(models.QuerySet):
    def open(self):
        """Alerts that staff still have to look at."""
        return self.filter(closed_at=None)

    def of_people(self):
        """Alerts about one person's week."""
        return self.filter(kind=UsageAlert.Kind.WEEK)

    def of_structures(self):
        """Alerts about a structure's seats."""
        return self.exclude(kind=UsageAlert.Kind.WEEK)

    def untouched(self):
        """Alerts of which nobody has spoken yet."""
        return self.filter(notes=None)

    def to_take_up(self):
        """Open alerts of which nobody has spoken yet: a structure to call."""
        return self.open().untouched()

    def to_call_back(self, *, on: date):
        """Open alerts that staff meant to look at again by the day `on`."""
        return self.open().filter(look_again_on__lte=on)

    def with_need(self, *, on: date):
        """With `need`, the order of `BY_NEED` on the day `on`, and whether somebody has spoken of it already."""
        rank = Case(
            When(closed_at__isnull=False, then=Value(3)),
            When(look_again_on__lte=on, then=Value(0)),
            When(look_again_on=None, spoken_of=False, then=Value(1)),
            default=Value(2),
        )
        spoken_of = Exists(UsageNote.objects.filter(alert=OuterRef("pk")))
        return self.annotate(spoken_of=spoken_of).annotate(need=rank)


# What needs staff first: calls due, then new alerts, then those that wait for their day, then closed ones.
BY_NEED = ["need", F("look_again_on").asc(nulls_last=True), "-seen_at", "pk"]


class UsageAlert(Identified):
    """Something of the use of seats that staff look at with the structure: a hint, never a block (D8).

    `count` holds outings of a week, seats taken, or seats unused out of `seats`; `usual` and `median` are what it
    stands out from, in seats or as a part from 0 to 1.
    """

    class Kind(models.TextChoices):
        WEEK = "week", "semaine d'une personne"
        HEAVY = "heavy", "beaucoup de places"
        UNUSED = "unused", "places non utilisées"

    structure = models.ForeignKey(
        Structure, on_delete=models.CASCADE, related_name="usage_alerts", verbose_name="structure"
    )
    kind = models.CharField("sujet", max_length=10, choices=Kind, default=Kind.WEEK)
    person_ref = models.UUIDField("repère de la personne", null=True, editable=False)
    since = models.DateField("à partir du")
    days = models.PositiveSmallIntegerField("jours")
    count = models.PositiveIntegerField("nombre")
    seats = models.PositiveIntegerField("sur", null=True)
    usual = models.FloatField("d'ordinaire", null=True)
    median = models.FloatField("médiane du réseau", null=True)
    seen_at = models.DateTimeField("relevé le")
    look_again_on = models.DateField("à rappeler le", null=True, blank=True)
    closed_at = models.DateTimeField("traité le", null=True, blank=True)
    closed_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name="traité par"
    )
    outcome = models.CharField("suite donnée", max_length=300, blank=True)

    objects = UsageAlertQuerySet.as_manager()

    class Meta:
        verbose_name = "alerte d'usage"
        verbose_name_plural = "alertes d'usage"
        ordering = ["-since"]
        constraints = [
            models.UniqueConstraint(fields=["structure", "person_ref", "since"], name="alert_once_per_week"),
            models.UniqueConstraint(
                fields=["structure", "kind"],
                condition=Q(closed_at=None, person_ref=None),
                name="alert_open_once_per_kind",
            ),
            models.CheckConstraint(
                name="alert_of_a_week_has_a_person",
                condition=Q(kind="week", person_ref__isnull=False) | (~Q(kind="week") & Q(person_ref=None)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.structure} · {self.get_kind_display()} · {self.since:%d/%m/%Y}"

    @property
    def until(self) -> date:
        """The last day looked at."""
        return self.since + timedelta(days=self.days - 1)

    @property
    def sentence(self) -> str:
        """What was seen, in French: never who."""
        spell: Callable[[float | None], str]
        match self.kind:
            case self.Kind.HEAVY:
                seen, spell = f"{self.count} places en {self.days} jours", whole
            case self.Kind.UNUSED:
                part = percent(self.count / self.seats) if self.seats else ""
                seen = f"{part} des places non utilisées en {self.days} jours ({self.count} sur {self.seats})"
                spell = percent
            case _:
                return (
                    f"{self.count} sorties en {self.days} jours pour une même personne, à partir du "
                    f"{day_plain(self.since)}"
                )
        usual = (
            "pas encore de comparaison avec avant"
            if self.usual is None
            else f"d'ordinaire {spell(self.usual)}"
        )
        network = (
            "pas encore de médiane du réseau"
            if self.median is None
            else f"médiane du réseau {spell(self.median)}"
        )
        return f"{seen}{NO_BREAK_SPACE}; {usual}{NO_BREAK_SPACE}; {network}"


ONLY_ADDED = "What was said stays as it was written: add another note."


class UsageNoteQuerySet(models.QuerySet):
    def update(self, **fields):
        raise TypeError(ONLY_ADDED)

    def delete(self):
        raise TypeError(ONLY_ADDED)


class UsageNote(Identified):
    """One conversation with a structure about an alert. Added, never changed nor taken away (D8)."""

    class With(models.TextChoices):
        LEAD = "lead", "référent·e"
        WORKER = "worker", "une personne habilitée"
        REPRESENTATIVE = "representative", "direction ou représentant·e légal·e"
        OTHER = "other", "quelqu'un d'autre de la structure"

    alert = models.ForeignKey(
        UsageAlert, on_delete=models.PROTECT, related_name="notes", verbose_name="alerte"
    )
    spoken_on = models.DateField("échange du")
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name="de l'équipe")
    spoken_with = models.CharField("avec", max_length=20, choices=With)
    agreed = models.TextField("ce qui a été convenu", max_length=1000)
    look_again_on = models.DateField("à rappeler le", null=True, blank=True)
    written_at = models.DateTimeField("noté le")

    objects = UsageNoteQuerySet.as_manager()

    class Meta:
        verbose_name = "échange sur l'usage"
        verbose_name_plural = "échanges sur l'usage"
        ordering = ["spoken_on", "written_at"]

    def __str__(self) -> str:
        return f"{self.spoken_on:%d/%m/%Y}, {self.get_spoken_with_display()}"

    def save(self, *args, **kwargs):
        if not self._state.adding:
            raise TypeError(ONLY_ADDED)
        super().save(*args, **kwargs)

    def delete(self, *args, **kwargs):
        raise TypeError(ONLY_ADDED)
