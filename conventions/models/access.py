"""Each season's access: who may still enter with which password, and what was renewed for whom (A5)."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db import models
from django.db.models import Case, Exists, OuterRef, Q, When

from common.dates import local_day, start_of
from common.models import Identified
from conventions.models.agreements import Agreement
from partners.models import Structure, User
from partners.seasons import Season


class Access(models.TextChoices):
    """What an account of a structure is worth at a moment."""

    OPEN = "open", "à jour"
    GRACE = "grace", "en délai"
    OUT = "out", "fermé"


@dataclass(frozen=True)
class Grant:
    """What an account may do, and until when at most; `ended` where no new password helps, but an agreement does."""

    state: Access
    until: datetime | None = None
    ended: bool = False

    @property
    def last_day(self) -> date | None:
        """The last day on which it holds."""
        return local_day(self.until - timedelta(seconds=1)) if self.until else None

    @property
    def in_grace(self) -> bool:
        return self.state is Access.GRACE

    @property
    def is_out(self) -> bool:
        return self.state is Access.OUT


def grace_ends_at(season: Season) -> datetime:
    """The moment when last season's passwords stop opening anything."""
    return start_of(season.starts_on + timedelta(days=settings.ACCESS_GRACE_DAYS))


def grant(*, chosen_at: datetime | None, covered_until: date | None, ended: bool, at: datetime) -> Grant:
    """What an account of a structure may do at `at` (A5).

    `chosen_at`: when its password was chosen; `covered_until`: the last day of the agreement in force that day, if
    there is one; `ended`: whether an agreement of the structure ended before that day. Who never signed one looks,
    without booking (B4), as long as the password is this season's.
    """
    if ended and covered_until is None:
        return Grant(Access.OUT, ended=True)
    season = Season.of(local_day(at))
    until = start_of(season.next.starts_on)
    if covered_until is not None:
        until = min(until, start_of(covered_until + timedelta(days=1)))
    if chosen_at is not None and chosen_at >= start_of(season.starts_on):
        return Grant(Access.OPEN, until)
    if covered_until is not None and at < grace_ends_at(season):
        return Grant(Access.GRACE, min(until, grace_ends_at(season)))
    return Grant(Access.OUT)


def access_at(at: datetime) -> Case:
    """The same rule for lists: what each account of a structure is worth at `at`, to annotate accounts with."""
    on, season = local_day(at), Season.of(local_day(at))
    theirs = Agreement.objects.filter(structure=OuterRef("structure"))
    covered, ended = Exists(theirs.in_force(on=on)), Exists(theirs.over(on=on))
    in_time = covered if at < grace_ends_at(season) else Q(pk__in=[])
    return Case(
        When(ended & ~covered, then=models.Value(Access.OUT.value)),
        When(
            password_chosen_at__gte=start_of(season.starts_on),
            then=models.Value(Access.OPEN.value),
        ),
        When(in_time, then=models.Value(Access.GRACE.value)),
        default=models.Value(Access.OUT.value),
        output_field=models.CharField(),
    )


class AccessRenewalQuerySet(models.QuerySet):
    def of_season(self, season: Season):
        return self.filter(season_year=season.year)

    def opened(self):
        """Those whose links and code of the season were sent and drawn."""
        return self.filter(opened_at__isnull=False)

    def confirmed(self):
        """Those whose référent·e confirmed who is authorised."""
        return self.filter(confirmed_at__isnull=False)


class AccessRenewal(Identified):
    """That a structure's access was renewed for a season: once, by one row (A5)."""

    structure = models.ForeignKey(
        Structure, on_delete=models.CASCADE, related_name="renewals", verbose_name="structure"
    )
    season_year = models.PositiveSmallIntegerField("saison", help_text="Année où la saison commence.")
    opened_at = models.DateTimeField("accès renouvelés le", null=True, blank=True)
    confirmed_at = models.DateTimeField("liste confirmée le", null=True, blank=True)
    confirmed_by = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="par"
    )

    objects = AccessRenewalQuerySet.as_manager()

    class Meta:
        verbose_name = "renouvellement d'accès"
        verbose_name_plural = "renouvellements d'accès"
        ordering = ["-season_year"]
        constraints = [
            models.UniqueConstraint(fields=["structure", "season_year"], name="renewal_once_per_season")
        ]

    def __str__(self) -> str:
        return f"{self.structure} · {self.season}"

    @property
    def season(self) -> Season:
        return Season(self.season_year)


class AccessReminder(Identified):
    """That the référent·e was reminded, `days_before` days before the season: each once (A5)."""

    renewal = models.ForeignKey(
        AccessRenewal, on_delete=models.CASCADE, related_name="reminders", verbose_name="renouvellement"
    )
    days_before = models.PositiveSmallIntegerField("jours avant la saison")
    sent_at = models.DateTimeField("envoyé le")

    class Meta:
        verbose_name = "rappel"
        ordering = ["-sent_at"]
        constraints = [models.UniqueConstraint(fields=["renewal", "days_before"], name="reminder_once")]

    def __str__(self) -> str:
        return f"{self.renewal} · J−{self.days_before}"


class SeasonAccess(Structure):
    """A structure, as the page « Accès de la saison » shows it."""

    class Meta:
        proxy = True
        verbose_name = "accès de la saison"
        verbose_name_plural = "accès de la saison"
        ordering = ["name"]
