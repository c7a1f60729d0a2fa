"""How many seats a structure may take: of a date, an event, or a venue over a period (C3)."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import models
from django.db.models import F, OuterRef, Q

from common.dates import local_day, start_of
from common.models import Identified
from offers.models.events import Event
from offers.models.performances import Performance
from partners.models import Venue


class QuotaQuerySet(models.QuerySet):
    def open(self):
        """Those in force: a changed quota is closed, and another one takes its place."""
        return self.filter(until=None)

    def of(self, user):
        """The quotas that an account may change: those of its venue."""
        return self.filter(venue=user.venue_id) if user.role == user.Role.VENUE else self.none()

    def on_event(self, event: Event):
        """Those that concern an event: its own, its dates', and its venue's over a period."""
        return self.filter(
            Q(event=event) | Q(performance__event=event) | Q(venue=event.venue_id, starts_on__isnull=False)
        )

    def on_dates(self, performances: Iterable[Performance]):
        """Those of these dates' venues; `counts` tells which of the dates each one counts."""
        return self.filter(venue__in={date.event.venue_id for date in performances})

    def on_performance(self, performance: Performance):
        """Those that count the seats of one date."""
        day = performance.day
        return self.filter(
            Q(performance=performance.pk)
            | Q(event=performance.event_id)
            | Q(venue=performance.event.venue_id, starts_on__lte=day, ends_on__gte=day)
        )

    def on_outer_performance(self):
        """As `on_performance`, inside an `Exists` on dates `with_day`."""
        day = OuterRef("outing_on")
        return self.filter(
            Q(performance=OuterRef("pk"))
            | Q(event=OuterRef("event"))
            | Q(venue=OuterRef("event__venue"), starts_on__lte=day, ends_on__gte=day)
        )

    def on_outer_event(self):
        """As `on_event`, inside an `Exists` on events."""
        return self.filter(
            Q(event=OuterRef("pk"))
            | Q(performance__event=OuterRef("pk"))
            | Q(venue=OuterRef("venue"), starts_on__isnull=False)
        )

    def still_ahead(self, *, at: datetime):
        """Those for a date or a period that isn't over; an event's always."""
        ahead = Q(performance__starts_at__gt=at) | Q(ends_on__gte=local_day(at))
        return self.filter(ahead | Q(event__isnull=False))

    def like(self, quota: "Quota"):
        """Those for the same dates."""
        return self.filter(
            venue=quota.venue_id,
            event=quota.event_id,
            performance=quota.performance_id,
            starts_on=quota.starts_on,
            ends_on=quota.ends_on,
        )


class Quota(Identified):
    """The most seats that any one structure takes: of a date, of an event, or of a venue over a period (C3).

    A row never changes its number: it is closed and another one begins, so that the audit can judge each booking
    by the quota of its day.
    """

    venue = models.ForeignKey(Venue, on_delete=models.CASCADE, related_name="quotas", verbose_name="lieu")
    event = models.ForeignKey(
        Event,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="quotas",
        verbose_name="événement",
        help_text="Pour toutes ses dates ensemble.",
    )
    performance = models.ForeignKey(
        Performance,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="quotas",
        verbose_name="séance",
    )
    starts_on = models.DateField("du", null=True, blank=True, help_text="Toutes les séances du lieu.")
    ends_on = models.DateField("au", null=True, blank=True, help_text="Compris.")
    seats = models.PositiveIntegerField("places par structure")
    since = models.DateTimeField("depuis", editable=False)
    until = models.DateTimeField("jusqu'à", null=True, blank=True, editable=False)

    objects = QuotaQuerySet.as_manager()

    class Meta:
        verbose_name = "quota"
        ordering = ["-since"]
        constraints = [
            models.CheckConstraint(
                name="quota_has_one_scope",
                condition=Q(performance__isnull=False, event=None, starts_on=None, ends_on=None)
                | Q(performance=None, event__isnull=False, starts_on=None, ends_on=None)
                | Q(performance=None, event=None, starts_on__isnull=False, ends_on__gte=F("starts_on")),
                violation_error_message=(
                    "Choisissez une séance, ou un événement, ou une période de tout le lieu : un seul des trois."
                ),
            ),
            models.CheckConstraint(
                name="quota_gives_a_seat",
                condition=Q(seats__gte=1),
                violation_error_message="Un quota laisse au moins une place à chaque structure.",
            ),
            models.UniqueConstraint(
                fields=["performance"], condition=Q(until=None), name="quota_one_open_per_date"
            ),
            models.UniqueConstraint(
                fields=["event"], condition=Q(until=None), name="quota_one_open_per_event"
            ),
            models.UniqueConstraint(
                fields=["venue", "starts_on", "ends_on"],
                condition=Q(until=None),
                name="quota_one_open_per_period",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.venue} · {self.seats} par structure {self.scope}"

    @property
    def scope(self) -> str:
        """What it counts together, in words that follow a number of seats."""
        if self.performance_id:
            return "pour cette séance"
        if self.event_id:
            return "pour cet événement"
        return f"du {self.starts_on:%d/%m/%Y} au {self.ends_on:%d/%m/%Y}, toutes ses séances ensemble"

    def counts(self, performance: Performance) -> bool:
        """Whether it counts the seats of a date, as `counted` asks the database."""
        if self.starts_on and self.ends_on:
            mine = performance.event.venue_id == self.venue_id
            return mine and self.starts_on <= performance.day <= self.ends_on
        return performance.pk == self.performance_id or performance.event_id == self.event_id

    def counted(self, performances: str = "") -> Q:
        """The condition for what it counts, seen from a row whose path to its date is `performances`."""
        path = f"{performances}__" if performances else ""
        if self.performance_id:
            return Q(**{f"{path}pk": self.performance_id})
        if self.event_id:
            return Q(**{f"{path}event": self.event_id})
        assert self.starts_on and self.ends_on  # a constraint sees to it
        return Q(
            **{
                f"{path}event__venue": self.venue_id,
                f"{path}starts_at__gte": start_of(self.starts_on),
                f"{path}starts_at__lt": start_of(self.ends_on + timedelta(days=1)),
            }
        )

    def sentence(self, *, held: int) -> str:
        """What a structure that holds `held` seats reads of it."""
        left = self.seats - held
        most = f"au plus {self.seats} place{'s' if self.seats > 1 else ''} par structure {self.scope}"
        said = f"Pour que plus de structures y aillent, ce lieu propose {most}"
        if left <= 0:
            return f"{said} : vous en avez déjà {held}, il ne vous en reste aucune."
        return f"{said} : il vous en reste {left}."
