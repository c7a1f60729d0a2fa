"""What is offered: events and their dates, with the seats that venues give (C1, C3)."""

import re
from collections.abc import Iterable
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db import models
from django.db.models import Count, F, Max, Min, Q, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone

from common.dates import local_day, start_of
from common.models import Identified
from common.text import normalise
from partners.models import User, Venue


def search_words(text: str) -> list[str]:
    """The words of `text` as they stand in `search_text`; an apostrophe, straight or curly, parts two words."""
    return re.split(r"[\s'’]+", normalise(text).strip("'’ ")) if text else []


class Access(models.TextChoices):
    """What makes an outing possible for more people; the values are names of columns (C1, C4)."""

    WHEELCHAIR = "wheelchair", "Accessible en fauteuil"
    HEARING_LOOP = "hearing_loop", "Boucle magnétique"
    SIGN_LANGUAGE = "sign_language", "Langue des signes"
    AUDIO_DESCRIPTION = "audio_description", "Audiodescription"
    RELAXED = "relaxed", "Séance détendue"


# What a venue's building offers holds for every event that takes place there.
OF_THE_BUILDING = frozenset({Access.WHEELCHAIR, Access.HEARING_LOOP})


class EventQuerySet(models.QuerySet):
    def visible_to(self, user):
        """The events that an account sees: a venue its own, everybody else those on offer."""
        if user.is_authenticated and user.role == user.Role.VENUE:
            return self.filter(venue=user.venue_id)
        return self.offered()

    def of(self, user):
        """The events that an account may change: those of its venue."""
        return self.filter(venue=user.venue_id) if user.role == user.Role.VENUE else self.none()

    def published(self):
        return self.filter(state=Event.State.PUBLISHED)

    def offered(self):
        """Those published by a venue that isn't suspended (A13)."""
        return self.published().filter(venue__suspended_at=None)

    def searching(self, text: str):
        """Those in which every word of `text` occurs, accents and case aside."""
        found = self
        for word in search_words(text):
            found = found.filter(search_text__contains=word)
        return found

    def with_figures(self, *, at: datetime):
        """With `next_at`, `last_at`, and of the dates to come `dates`, `given`, `taken` and `seatless`."""
        ahead = Q(performances__starts_at__gt=at, performances__cancelled_at=None)
        return self.annotate(
            next_at=Min("performances__starts_at", filter=ahead),
            last_at=Max("performances__starts_at"),
            dates=Count("performances", filter=ahead),
            given=Coalesce(Sum("performances__capacity", filter=ahead), 0),
            taken=F("given") - Coalesce(Sum("performances__seats_left", filter=ahead), 0),
            seatless=Count("performances", filter=ahead & Q(performances__capacity=0)),
        )

    def on_show(self):
        """After `with_figures`: not withdrawn and with a date to come, the next one first."""
        return (
            self.exclude(state=Event.State.WITHDRAWN).filter(dates__gt=0).order_by("next_at", "title", "pk")
        )

    def over(self):
        """After `with_figures`: withdrawn, or without any date to come, the latest first."""
        return self.filter(Q(state=Event.State.WITHDRAWN) | Q(dates=0)).order_by(
            F("last_at").desc(nulls_first=True), "title", "pk"
        )


class Event(Identified):
    """A show, a match, a visit… that a venue offers (C1)."""

    class Kind(models.TextChoices):
        SHOW = "show", "Spectacle"
        CONCERT = "concert", "Concert"
        CINEMA = "cinema", "Cinéma"
        EXHIBITION = "exhibition", "Exposition"
        VISIT = "visit", "Visite guidée"
        TALK = "talk", "Rencontre"
        WORKSHOP = "workshop", "Atelier"
        MATCH = "match", "Match"
        OTHER = "other", "Autre"

    class State(models.TextChoices):
        DRAFT = "draft", "Brouillon"
        PUBLISHED = "published", "Publié"
        WITHDRAWN = "withdrawn", "Retiré"

    venue = models.ForeignKey(Venue, on_delete=models.PROTECT, related_name="events", verbose_name="lieu")
    title = models.CharField("titre", max_length=200)
    kind = models.CharField("type", max_length=12, choices=Kind, default=Kind.OTHER)
    state = models.CharField("état", max_length=10, choices=State, default=State.PUBLISHED)
    description = models.TextField("présentation", max_length=20_000, blank=True)
    age_min = models.PositiveSmallIntegerField(
        "à partir de", null=True, blank=True, help_text="Âge, en années."
    )
    duration_minutes = models.PositiveSmallIntegerField(
        "durée", null=True, blank=True, help_text="En minutes."
    )
    languages = models.CharField(
        "langues", max_length=100, blank=True, help_text="Celles qu'on y parle, ou « sans paroles »."
    )
    wheelchair = models.BooleanField("accessible en fauteuil", default=False)
    hearing_loop = models.BooleanField("boucle magnétique", default=False)
    sign_language = models.BooleanField("langue des signes", default=False)
    audio_description = models.BooleanField("audiodescription", default=False)
    relaxed = models.BooleanField(
        "séance détendue", default=False, help_text="On peut bouger, sortir, parler."
    )
    door_conditions = models.CharField(
        "à l'entrée", max_length=300, blank=True, help_text="Venir 20 minutes avant, présenter l'invitation…"
    )
    contact = models.CharField("contact", max_length=200, blank=True, help_text="Qui appeler le jour même.")
    purchase_url = models.URLField("billetterie en ligne", max_length=500, blank=True)
    purchase_info = models.CharField(
        "acheter une place", max_length=500, blank=True, help_text="Prix, guichet : pour qui préfère acheter."
    )
    place_name = models.CharField(
        "salle ou site", max_length=200, blank=True, help_text="Si ce n'est pas à l'adresse du lieu."
    )
    place_address = models.CharField("adresse du site", max_length=250, blank=True)
    place_postcode = models.CharField("code postal du site", max_length=10, blank=True)
    place_city = models.CharField("commune du site", max_length=100, blank=True)
    source = models.CharField("importé de", max_length=20, blank=True, editable=False)
    source_uid = models.CharField(max_length=250, blank=True, editable=False)
    search_text = models.TextField(editable=False, blank=True)
    city = models.CharField("commune", max_length=100, blank=True, editable=False)
    created_at = models.DateTimeField("créé le", default=timezone.now, editable=False)

    objects = EventQuerySet.as_manager()

    class Meta:
        verbose_name = "événement"
        ordering = ["title"]
        constraints = [
            models.UniqueConstraint(
                fields=["venue", "source", "source_uid"],
                condition=~Q(source_uid=""),
                name="event_imported_once",
            )
        ]
        indexes = [models.Index(fields=["venue", "state"])]

    def __str__(self) -> str:
        return self.title

    def prepare_search(self) -> None:
        """Set the columns that the catalogue searches and filters (C4); call before saving. Reads the venue."""
        self.city = self.place_city or (self.venue.commune.name if self.venue.commune else "")
        words = [self.title, self.venue.name, self.place_name, self.city, self.get_kind_display()]
        self.search_text = normalise(" ".join([*words, self.description[:1000]]))

    @property
    def where(self) -> str:
        """The name of the place where it happens."""
        return self.place_name or self.venue.name

    @property
    def elsewhere(self) -> bool:
        """Whether it takes place outside the venue's own building: the ways there and its equipment don't hold."""
        return bool(self.place_name or self.place_address or self.place_city)

    @property
    def transit(self) -> str:
        """Bus, tram, metro to where it takes place; empty where only the way to the venue is known."""
        return "" if self.elsewhere else self.venue.transit

    @property
    def on_foot(self) -> str:
        """The way on foot from the stop, as `transit`."""
        return "" if self.elsewhere else self.venue.on_foot

    @property
    def access_notes(self) -> str:
        """What else is good to know of the building, as `transit`."""
        return "" if self.elsewhere else self.venue.access_notes

    @property
    def accesses(self) -> list[Access]:
        """What makes it possible for more people, the venue's building included."""
        return [
            access
            for access in Access
            if getattr(self, access)
            or (access in OF_THE_BUILDING and not self.elsewhere and getattr(self.venue, access))
        ]

    @property
    def is_published(self) -> bool:
        return self.state == self.State.PUBLISHED

    @property
    def is_withdrawn(self) -> bool:
        return self.state == self.State.WITHDRAWN

    @property
    def address(self) -> str:
        """The address where it happens, on one line."""
        if not self.elsewhere:
            return self.venue.place
        town = f"{self.place_postcode} {self.place_city}".strip()
        # Some programmes write the town into the address already.
        known = self.place_city and self.place_city.casefold() in self.place_address.casefold()
        return ", ".join(part for part in (self.place_address, "" if known else town) if part)


def door_days(at: datetime) -> tuple[date, date]:
    """The first and the last day whose dates' names a venue reads at `at` (F1)."""
    today = local_day(at)
    return (
        today - timedelta(days=settings.DOOR_CLOSES_DAYS_AFTER),
        today + timedelta(days=settings.DOOR_OPENS_DAYS_BEFORE),
    )


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
        """Those of events in which every word of `text` occurs, accents and case aside (C4)."""
        found = self
        for word in search_words(text):
            found = found.filter(event__search_text__contains=word)
        return found

    def accessible(self, needs: Iterable[str]):
        """Those that offer all of `needs` (`Access`), by the event or by the building it takes place in (C4)."""
        found = self
        for need in needs:
            offered = Q(**{f"event__{need}": True})
            if need in OF_THE_BUILDING:
                at_home = Q(event__place_name="", event__place_address="", event__place_city="")
                offered |= at_home & Q(**{f"event__venue__{need}": True})
            found = found.filter(offered)
        return found

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
                *("event__title", "event__kind", "event__age_min", "event__city", "event__place_name"),
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
        help_text="Proposées à la liste d'attente, en attente d'une réponse.",
    )
    parties_waiting = models.PositiveIntegerField("groupes en attente", default=0, editable=False)
    booking_deadline = models.DateTimeField(
        "réserver avant", null=True, blank=True, help_text="Vide : jusqu'au début."
    )
    cancelled_at = models.DateTimeField("annulée le", null=True, blank=True, editable=False)
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
        """Seats that aren't free: booked, or held for a party that was offered them."""
        return self.capacity - self.seats_left

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

    def obstacle_to_book(self, *, seats: int, at: datetime) -> str:
        """Why `seats` seats can't be booked at `at`, as a sentence; empty where they can."""
        if self.event.state != Event.State.PUBLISHED:
            return "Cet événement n'est plus proposé."
        if self.event.venue.is_suspended:
            return VENUE_PAUSED
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

    def on_performance(self, performance: Performance):
        """Those that count the seats of one date."""
        day = performance.day
        return self.filter(
            Q(performance=performance.pk)
            | Q(event=performance.event_id)
            | Q(venue=performance.event.venue_id, starts_on__lte=day, ends_on__gte=day)
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
        said = f"Ce lieu propose au plus {self.seats} place{'s' if self.seats > 1 else ''} par structure {self.scope}"
        if left <= 0:
            return f"{said} : vous en avez déjà {held}, il ne vous en reste aucune."
        return f"{said} : il vous en reste {left}."


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


class ProgrammeUpload(Identified):
    """A programme file between its preview and the venue's confirmation (C2)."""

    venue = models.ForeignKey(Venue, on_delete=models.CASCADE, related_name="+", verbose_name="lieu")
    by = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+", verbose_name="déposé par")
    filename = models.CharField("nom du fichier", max_length=200)
    content = models.BinaryField("contenu")
    created_at = models.DateTimeField("déposé le")

    objects = ProgrammeUploadQuerySet.as_manager()

    class Meta:
        verbose_name = "fichier de programme"
        verbose_name_plural = "fichiers de programme"
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return self.filename
