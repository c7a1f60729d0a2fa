"""What is offered: events, and what is said of them (C1)."""

import re
from datetime import datetime
from uuid import UUID

from django.db import models
from django.db.models import Count, F, Max, Min, Q, Sum
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone

from common.models import Identified
from common.text import normalise
from partners.models import Venue


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


# The number that a visitor reads out from a screen: the first digits of the identifier, so that nothing is kept for it.
NUMBER_DIGITS = 6  # hexadecimal
NUMBER_MAX = 16**NUMBER_DIGITS - 1
NUMBER_LENGTH = len(str(NUMBER_MAX))


def numbered(number: int) -> tuple[UUID, UUID]:
    """The first and the last identifier that events of a number may have."""
    start, rest = f"{number:0{NUMBER_DIGITS}x}", 32 - NUMBER_DIGITS
    return UUID(start + "0" * rest), UUID(start + "f" * rest)


def number_in(text: str) -> int | None:
    """The number of an event that somebody typed, spaces aside; None for anything else."""
    digits = "".join(text.split())
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) == NUMBER_LENGTH else None


class EventQuerySet(models.QuerySet):
    @staticmethod
    def sees_offers(user) -> bool:
        """Whether somebody sees the events on offer, as everybody but a venue does."""
        return not user.is_authenticated or user.role != user.Role.VENUE

    def visible_to(self, user):
        """The events that an account sees: a venue its own, everybody else those on offer."""
        return self.offered() if self.sees_offers(user) else self.filter(venue=user.venue_id)

    def of(self, user):
        """The events that an account may change: those of its venue."""
        return self.filter(venue=user.venue_id) if user.role == user.Role.VENUE else self.none()

    def published(self):
        return self.filter(state=Event.State.PUBLISHED)

    def offered(self):
        """Those published by a venue that isn't suspended (A13)."""
        return self.published().filter(venue__suspended_at=None)

    def numbered(self, number: int):
        """Those that a visitor's screen shows as `number`: one, or by rare chance two."""
        return self.filter(pk__range=numbered(number)) if 0 <= number <= NUMBER_MAX else self.none()

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


class Pictured(models.Model):
    """What may show a picture, with words for those who don't see it."""

    picture = models.ForeignKey(
        "offers.Picture",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="%(class)ss",
        verbose_name="image",
    )
    picture_alt = models.CharField("description de l'image", max_length=200, blank=True, editable=False)

    class Meta:
        abstract = True


class Event(Pictured, Identified):
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

    def get_absolute_url(self) -> str:
        return reverse("offers:event", args=[self.pk])

    @property
    def number(self) -> str:
        """What a visitor reads out: eight figures, the same for good (A6)."""
        return f"{int(self.pk.hex[:NUMBER_DIGITS], 16):0{NUMBER_LENGTH}d}"

    @property
    def spoken_number(self) -> str:
        """“0123 4567”."""
        return f"{self.number[:4]}\u00a0{self.number[4:]}"

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
