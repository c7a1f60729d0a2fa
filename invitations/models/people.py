"""Whom structures accompany, each on its own structure's list (D1, F1, F2)."""

import uuid
from datetime import datetime

from django.db import models
from django.db.models import Q
from django.utils import timezone

from common.crypto import EncryptedTextField
from common.models import Identified
from common.text import normalise
from partners.models import Structure


class Language(models.TextChoices):
    """Languages that an invitation can be read in (D2)."""

    FRENCH = "fr", "français"
    ENGLISH = "en", "anglais"
    ARABIC = "ar", "arabe"
    UKRAINIAN = "uk", "ukrainien"
    DARI = "fa-AF", "dari"
    SPANISH = "es", "espagnol"
    PORTUGUESE = "pt", "portugais"
    TURKISH = "tr", "turc"
    TIGRINYA = "ti", "tigrinya"


class Named(Identified):
    """Somebody's name, encrypted in the database (F2)."""

    given_name = EncryptedTextField("prénom", max_length=80, blank=True)
    family_name = EncryptedTextField("nom", max_length=80, blank=True)

    class Meta:
        abstract = True

    @property
    def full_name(self) -> str:
        return f"{self.given_name} {self.family_name}".strip()

    def matches(self, words: str) -> bool:
        """Whether every word typed stands in the name, accents and case aside."""
        name = normalise(self.full_name)
        return all(word in name for word in normalise(words).split())

    @property
    def sort_name(self) -> tuple[str, str]:
        """What lists are put in order by: accents and case aside."""
        return normalise(self.family_name), normalise(self.given_name)


def structure_of(user):
    """The id of the structure whose names this account reads; one that nobody has, for anyone else (F1)."""
    return user.structure_id if user.is_authenticated and user.books else uuid.UUID(int=0)


class ParticipantQuerySet(models.QuerySet["Participant"]):
    def visible_to(self, user):
        """A structure's own list; nobody else reads it (F1)."""
        return self.filter(structure=structure_of(user))

    def with_outings(self, *, at: datetime):
        """With `coming`, the number of outings still to come."""
        live = Q(bookings__cancelled_at=None, bookings__performance__starts_at__gt=at)
        return self.annotate(coming=models.Count("bookings", filter=live))

    def search(self, words: str) -> list["Participant"]:
        """People whose name holds every word typed, in order of name.

        Names are encrypted, so a structure's list is read and compared here: some hundred people at most.
        """
        people = [person for person in self if person.matches(words)] if words.strip() else self
        return sorted(people, key=lambda person: person.sort_name)


class Participant(Named):
    """A person accompanied by a structure, on its own list: *Actionneur·se* on screen (D1)."""

    structure = models.ForeignKey(
        Structure, on_delete=models.CASCADE, related_name="participants", verbose_name="structure"
    )
    language = models.CharField("langue lue", max_length=8, choices=Language, default=Language.FRENCH)
    person_ref = models.UUIDField(
        "repère",
        default=uuid.uuid4,
        unique=True,
        editable=False,
        help_text="Numéro au hasard par lequel les chiffres comptent cette personne (F2).",
    )
    created_at = models.DateTimeField("ajouté·e le", default=timezone.now, editable=False)

    last_outing: datetime | None  # set by `erasure.with_last_outing`

    objects = ParticipantQuerySet.as_manager()

    class Meta:
        verbose_name = "Actionneur·se"
        verbose_name_plural = "Actionneur·se·s"
        indexes = [models.Index(fields=["structure"])]

    def __str__(self) -> str:
        return f"Actionneur·se {str(self.pk)[:8]}"
