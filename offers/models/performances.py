"""Dates of events, with the seats that venues give, and what may be done with each (C1, C4, D3)."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import TruncDate
from django.utils import timezone

from common.dates import local_day, start_of
from common.models import Identified
from offers.models.events import (
    NUMBER_MAX,
    OF_THE_BUILDING,
    Access,
    Event,
    number_in,
    numbered,
    search_words,
)


def door_days(at: datetime) -> tuple[date, date]:
    """The first and the last day whose dates' names a venue reads at `at` (F1)."""
    today = local_day(at)
    return (
        today - timedelta(days=settings.DOOR_CLOSES_DAYS_AFTER),
        today + timedelta(days=settings.DOOR_OPENS_DAYS_BEFORE),
    )


AT_HOME = Q(
    event__place_name="", event__place_address="", event__place_city=""
)  # in the venue's own building


def offering(need: str) -> Q:
    """The condition that a date offers `need` (`Access`), by its event or by the building (C4)."""
    offered = Q(**{f"event__{need}": True})
    if need in OF_THE_BUILDING:
        offered |= AT_HOME & Q(**{f"event__venue__{need}": True})
    return offered


class PerformanceQuerySet(models.QuerySet):
    def published(self):
        return self.filter(event__state=Event.State.PUBLISHED)

    def offered(self):
        """Those published by a venue that isn't suspended (A13)."""
        return self.published().filter(event__venue__suspended_at=None)

    def upcoming(self, *, at: datetime):
        """Dates that haven't started, cancelled ones left out."""
        return self.filter(starts_at__gt=at, cancelled_at=None)

    def open_for_booking(self, *, at: datetime):
        """Dates on offer and to come whose deadline hasn't passed, whether seats are left or not."""
        return (
            self.offered()
            .upcoming(at=at)
            .filter(Q(booking_deadline=None) | Q(booking_deadline__gt=at), capacity__gt=0)
        )

    def bookable(self, *, at: datetime):
        """Dates for which a seat can be taken at `at`."""
        return self.open_for_booking(at=at).with_seats().not_awaiting_draw()

    def not_awaiting_draw(self):
        """Dates that no fair draw keeps from being booked (D7)."""
        return self.filter(Q(draw_until=None) | Q(drawn_at__isnull=False))

    def with_seats(self):
        """Dates that aren't full."""
        return self.filter(seats_left__gt=0)

    def visible_to(self, user):
        """The dates that an account sees: a venue its own, everybody else those on offer."""
        if user.is_authenticated and user.role == user.Role.VENUE:
            return self.filter(event__venue=user.venue_id)
        return self.offered()

    def near_door(self, *, at: datetime):
        """Dates whose door is near: those for which a venue reads the names, day before to day after (F1)."""
        return self.filter(starts_at__date__range=door_days(at))

    def of(self, user):
        """The dates that an account may change: those of its venue."""
        return self.filter(event__venue=user.venue_id) if user.role == user.Role.VENUE else self.none()

    def with_place(self):
        """With the event, its venue and commune, in the same query."""
        return self.select_related("event__venue__commune")

    def with_day(self):
        """With `outing_on`, as `Performance.day`, for conditions within the same query."""
        return self.annotate(outing_on=TruncDate("starts_at"))

    def seatless(self):
        """Dates for which the venue hasn't given any seat, as after an import."""
        return self.filter(capacity=0)

    def waiting_for_seats(self, *, at: datetime):
        """Published dates to come for which the venue hasn't given any seat."""
        return self.published().upcoming(at=at).seatless()

    def seatless_soon(self, *, at: datetime):
        """Dates so near that somebody should ask the venue for seats."""
        soon = at + timedelta(days=settings.SEATLESS_DAYS)
        return self.waiting_for_seats(at=at).filter(starts_at__lt=soon)

    def searching(self, text: str):
        """Those of events in which every word of `text` occurs, accents and case aside (C4), or of that number (A6)."""
        if (number := number_in(text)) is not None and number <= NUMBER_MAX:
            return self.filter(event__id__range=numbered(number))
        found = self
        for word in search_words(text):
            found = found.filter(event__search_text__contains=word)
        return found

    def accessible(self, needs: Iterable[str]):
        """Those that offer all of `needs` (`Access`), by the event or by the building it takes place in (C4)."""
        return self.filter(*(offering(need) for need in needs))

    def suited_to(self, age: int):
        """Those that somebody of `age` years may attend."""
        return self.filter(Q(event__age_min=None) | Q(event__age_min__lte=age))

    def from_day(self, day: date):
        """Those on `day` or later, by the clocks of Paris."""
        return self.filter(starts_at__gte=start_of(day))

    def until_day(self, day: date):
        """Those on `day` or earlier, by the clocks of Paris."""
        return self.filter(starts_at__lt=start_of(day + timedelta(days=1)))

    def as_tickets(self):
        """What the cards of the catalogue show and nothing more, soonest first."""
        return (
            self.select_related("event__venue")
            .only(
                *("event_id", "starts_at", "capacity", "seats_left", "seats_held", "parties_waiting"),
                *("booking_deadline", "cancelled_at", "draw_until", "drawn_at"),
                *(
                    "event__title",
                    "event__kind",
                    "event__picture",
                    "event__age_min",
                    "event__city",
                    "event__place_name",
                ),
                *("event__venue__name", "event__place_address", "event__place_city"),
                *(f"event__{access}" for access in Access),
                *(f"event__venue__{access}" for access in OF_THE_BUILDING),
            )
            .order_by("starts_at", "pk")
        )


class Standing(models.TextChoices):
    """What a date is to somebody who would like to go."""

    OPEN = "open", "à réserver"
    REQUESTS = "requests", "tirage équitable"
    DRAWING = "drawing", "tirage en cours"
    FULL = "full", "complet"
    CLOSED = "closed", "réservations closes"
    SEATLESS = "seatless", "pas encore de places"
    PAST = "past", "passée"
    CANCELLED = "cancelled", "annulée"

    @property
    def is_open(self) -> bool:
        return self is Standing.OPEN

    @property
    def awaits_draw(self) -> bool:
        """Whether a fair draw will share its seats: nobody books it until then (D7)."""
        return self in {Standing.REQUESTS, Standing.DRAWING}

    @property
    def is_full(self) -> bool:
        return self is Standing.FULL

    @property
    def is_ahead(self) -> bool:
        """Whether the date is still to take place."""
        return self not in {Standing.PAST, Standing.CANCELLED}


NOT_OPEN = {
    Standing.CANCELLED: "Cette séance est annulée par le lieu.",
    Standing.PAST: "Cette séance est passée.",
    Standing.SEATLESS: "Le lieu n'a pas encore donné de places pour cette séance.",
    Standing.REQUESTS: "Les places de cette séance se partagent par un tirage équitable : faites une demande.",
    Standing.DRAWING: "Les demandes sont closes et le tirage équitable se fait : revenez dans quelques minutes.",
    Standing.CLOSED: "La date limite pour réserver cette séance est passée.",
    Standing.FULL: "Il n'y a plus de place pour cette séance.",
}


VENUE_PAUSED = "Ce lieu ne prend pas de réservation en ce moment. Choisissez une autre sortie."


class Performance(Identified):
    """One date of an event, with the seats given for it (C3)."""

    event = models.ForeignKey(
        Event, on_delete=models.CASCADE, related_name="performances", verbose_name="événement"
    )
    starts_at = models.DateTimeField("début")
    ends_at = models.DateTimeField("fin", null=True, blank=True)
    capacity = models.PositiveIntegerField("places données", default=0)
    seats_left = models.PositiveIntegerField("places libres", default=0, editable=False)
    seats_held = models.PositiveIntegerField(
        "places retenues",
        default=0,
        editable=False,
        help_text="Proposées à la liste d'attente, ou sans nom encore dans un groupe.",
    )
    parties_waiting = models.PositiveIntegerField("groupes en attente", default=0, editable=False)
    booking_deadline = models.DateTimeField(
        "réserver avant", null=True, blank=True, help_text="Vide : jusqu'au début."
    )
    cancelled_at = models.DateTimeField("annulée le", null=True, blank=True, editable=False)
    moved_at = models.DateTimeField("déplacée le", null=True, blank=True, editable=False)
    # Of the date's fair draw (D7), repeated here so that taking a seat looks at one row.
    draw_until = models.DateTimeField("demandes jusqu'au", null=True, blank=True, editable=False)
    drawn_at = models.DateTimeField("tiré le", null=True, blank=True, editable=False)

    objects = PerformanceQuerySet.as_manager()

    class Meta:
        verbose_name = "séance"
        ordering = ["starts_at"]
        constraints = [
            models.CheckConstraint(
                name="performance_never_oversold",
                condition=Q(seats_left__gte=0, seats_left__lte=F("capacity") - F("seats_held")),
                violation_error_message="Il y a plus de places prises que de places données.",
            ),
            models.CheckConstraint(
                name="performance_starts_before_it_ends",
                condition=Q(ends_at=None) | Q(ends_at__gt=F("starts_at")),
                violation_error_message="La séance finit avant de commencer : vérifiez les heures.",
            ),
            models.CheckConstraint(
                name="performance_drawn_was_to_be_drawn",
                condition=Q(drawn_at=None) | Q(draw_until__isnull=False),
                violation_error_message="Cette séance n'attendait pas de tirage.",
            ),
            models.UniqueConstraint(
                fields=["event", "starts_at"],
                name="performance_once_per_start",
                violation_error_message="Cet événement a déjà une séance à cette heure.",
            ),
        ]
        indexes = [models.Index(fields=["starts_at"])]

    def __str__(self) -> str:
        return f"{self.event} · {timezone.localtime(self.starts_at):%d/%m/%Y %H:%M}"

    @property
    def day(self) -> date:
        """The day of the date, in Europe/Paris."""
        return local_day(self.starts_at)

    def is_near_door(self, *, at: datetime) -> bool:
        """Whether the venue reads the names of this date at `at` (F1), as `near_door`."""
        first, last = door_days(at)
        return first <= self.day <= last

    @property
    def seats_taken(self) -> int:
        """Seats that aren't free: booked, or held for a party that was offered them or a group to be named."""
        return self.capacity - self.seats_left

    @property
    def engaged(self) -> bool:
        """Whether somebody booked, waits, or may ask in a draw: taking it back concerns people."""
        return bool(self.seats_taken or self.parties_waiting or (self.draw_until and not self.drawn_at))

    @property
    def seats_booked(self) -> int:
        return self.seats_taken - self.seats_held

    @property
    def closes_at(self) -> datetime:
        """Until when it can be booked."""
        return min(self.booking_deadline or self.starts_at, self.starts_at)

    def standing(self, *, at: datetime) -> Standing:
        """What the date is at `at` to somebody who would like to go."""
        if self.cancelled_at:
            return Standing.CANCELLED
        if at >= self.starts_at:
            return Standing.PAST
        if self.capacity == 0:
            return Standing.SEATLESS
        if self.draw_until and not self.drawn_at:
            return Standing.REQUESTS if at < self.draw_until else Standing.DRAWING
        if at >= self.closes_at:
            return Standing.CLOSED
        return Standing.OPEN if self.seats_left else Standing.FULL

    @property
    def pause(self) -> str:
        """Why its event isn't on offer, whatever the seats, as a sentence; empty where it is."""
        if not self.event.is_published:
            return "Cet événement n'est plus proposé."
        return VENUE_PAUSED if self.event.venue.is_suspended else ""

    def obstacle_to_book(self, *, seats: int, at: datetime) -> str:
        """Why `seats` seats can't be booked at `at`, as a sentence; empty where they can."""
        if self.pause:
            return self.pause
        standing = self.standing(at=at)
        if standing.awaits_draw:
            return NOT_OPEN[standing]
        if not standing.is_open:
            return f"{NOT_OPEN[standing]} Choisissez une autre date."
        if self.seats_left < seats:
            return (
                f"Il reste {self.seats_left} place{'s' if self.seats_left > 1 else ''} pour cette séance, "
                f"et votre groupe compte {seats} personnes. Retirez des personnes ou choisissez une autre date."
            )
        return ""
