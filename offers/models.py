"""What is offered: events and their dates, with the seats that venues give (C1, C3)."""

from datetime import date, datetime

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from common.dates import local_day
from common.models import Identified
from common.text import normalise
from partners.models import Venue


class EventQuerySet(models.QuerySet):
    def visible_to(self, user):
        """The events that an account sees: a venue its own, everybody else those published."""
        if user.is_authenticated and user.role == user.Role.VENUE:
            return self.filter(venue=user.venue_id)
        return self.published()

    def published(self):
        return self.filter(state=Event.State.PUBLISHED)


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
    age_min = models.PositiveSmallIntegerField("à partir de", null=True, blank=True, help_text="Âge, en années.")
    duration_minutes = models.PositiveSmallIntegerField("durée", null=True, blank=True, help_text="En minutes.")
    languages = models.CharField(
        "langues", max_length=100, blank=True, help_text="Celles qu'on y parle, ou « sans paroles »."
    )
    wheelchair = models.BooleanField("accessible en fauteuil", default=False)
    hearing_loop = models.BooleanField("boucle magnétique", default=False)
    sign_language = models.BooleanField("langue des signes", default=False)
    audio_description = models.BooleanField("audiodescription", default=False)
    relaxed = models.BooleanField("séance détendue", default=False, help_text="On peut bouger, sortir, parler.")
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
    def address(self) -> str:
        """The address where it happens, on one line."""
        if not (self.place_address or self.place_city):
            return self.venue.place
        town = f"{self.place_postcode} {self.place_city}".strip()
        # Some programmes write the town into the address already.
        known = self.place_city and self.place_city.casefold() in self.place_address.casefold()
        return ", ".join(part for part in (self.place_address, "" if known else town) if part)


class PerformanceQuerySet(models.QuerySet):
    def published(self):
        return self.filter(event__state=Event.State.PUBLISHED)

    def upcoming(self, *, at: datetime):
        """Dates that haven't started, cancelled ones left out."""
        return self.filter(starts_at__gt=at, cancelled_at=None)

    def open_for_booking(self, *, at: datetime):
        """Published dates to come whose deadline hasn't passed, whether seats are left or not."""
        return (
            self.published()
            .upcoming(at=at)
            .filter(Q(booking_deadline=None) | Q(booking_deadline__gt=at), capacity__gt=0)
        )

    def bookable(self, *, at: datetime):
        """Dates for which a seat can be taken at `at`."""
        return self.open_for_booking(at=at).filter(seats_left__gt=0)

    def visible_to(self, user):
        """The dates that an account sees: a venue its own, everybody else those published."""
        if user.is_authenticated and user.role == user.Role.VENUE:
            return self.filter(event__venue=user.venue_id)
        return self.published()

    def with_place(self):
        """With the event, its venue and commune, in the same query."""
        return self.select_related("event__venue__commune")


class Performance(Identified):
    """One date of an event, with the seats given for it (C3)."""

    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="performances", verbose_name="événement")
    starts_at = models.DateTimeField("début")
    ends_at = models.DateTimeField("fin", null=True, blank=True)
    capacity = models.PositiveIntegerField("places données", default=0)
    seats_left = models.PositiveIntegerField("places libres", default=0, editable=False)
    booking_deadline = models.DateTimeField(
        "réserver avant", null=True, blank=True, help_text="Vide : jusqu'au début."
    )
    cancelled_at = models.DateTimeField("annulée le", null=True, blank=True, editable=False)

    objects = PerformanceQuerySet.as_manager()

    class Meta:
        verbose_name = "séance"
        ordering = ["starts_at"]
        constraints = [
            models.CheckConstraint(
                name="performance_never_oversold",
                condition=Q(seats_left__gte=0, seats_left__lte=F("capacity")),
                violation_error_message="Il y a plus de places prises que de places données.",
            ),
            models.CheckConstraint(
                name="performance_starts_before_it_ends",
                condition=Q(ends_at=None) | Q(ends_at__gt=F("starts_at")),
                violation_error_message="La séance finit avant de commencer : vérifiez les heures.",
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

    @property
    def seats_taken(self) -> int:
        return self.capacity - self.seats_left

    @property
    def closes_at(self) -> datetime:
        """Until when it can be booked."""
        return min(self.booking_deadline or self.starts_at, self.starts_at)

    def obstacle_to_book(self, *, seats: int, at: datetime) -> str:
        """Why `seats` seats can't be booked at `at`, as a sentence; empty where they can."""
        if self.event.state != Event.State.PUBLISHED:
            return "Cet événement n'est plus proposé."
        if self.cancelled_at:
            return "Cette séance est annulée par le lieu. Choisissez une autre date."
        if at >= self.starts_at:
            return "Cette séance est passée. Choisissez une autre date."
        if at >= self.closes_at:
            return "La date limite pour réserver cette séance est passée. Choisissez une autre date."
        if self.seats_left == 0:
            return "Il n'y a plus de place pour cette séance. Choisissez une autre date."
        if self.seats_left < seats:
            return (
                f"Il reste {self.seats_left} place{'s' if self.seats_left > 1 else ''} pour cette séance, "
                f"et votre groupe compte {seats} personnes. Retirez des personnes ou choisissez une autre date."
            )
        return ""
