"""What a venue has typed of an event, kept until it is published or saved (C1)."""

import uuid

from django.db import models
from django.http import QueryDict

from common.models import Identified
from offers.models.events import Event, Pictured
from partners.models import User, Venue


class Typed(models.Model):
    """What stands in a form's fields, right or not, as the form sends it.

    A save names the tab it comes from and the version that this tab opened, so that two tabs never overwrite
    each other unawares.
    """

    by = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, related_name="+", verbose_name="écrit par"
    )
    typed = models.TextField("saisie", help_text="Comme le formulaire l'envoie.")
    tab = models.CharField("onglet", max_length=32, blank=True)
    version = models.PositiveIntegerField("version", default=1)
    saved_at = models.DateTimeField("gardé le")

    class Meta:
        abstract = True

    @property
    def data(self) -> QueryDict:
        """What was typed, as a form reads it."""
        return QueryDict(self.typed)


class EventDraftQuerySet(models.QuerySet):
    def of(self, user):
        """The drafts of the account's own venue: nobody else sees any."""
        return self.filter(venue=user.venue_id) if user.role == user.Role.VENUE else self.none()


class EventDraft(Pictured, Typed):
    """An event on its way. It hands its identifier to the event."""

    id = models.UUIDField("identifiant", primary_key=True, default=uuid.uuid4, editable=False)
    venue = models.ForeignKey(Venue, on_delete=models.CASCADE, related_name="drafts", verbose_name="lieu")

    objects = EventDraftQuerySet.as_manager()

    class Meta:
        verbose_name = "brouillon"
        ordering = ["-saved_at"]
        indexes = [models.Index(fields=["venue", "saved_at"])]

    def __str__(self) -> str:
        return self.title or "Sans titre"

    @property
    def title(self) -> str:
        """The title as it was typed; empty where it wasn't."""
        return self.data.get("title", "").strip()


class EventChange(Identified, Typed):
    """What a venue is changing of an event that is out: the event itself says it once it is saved."""

    event = models.OneToOneField(
        Event, on_delete=models.CASCADE, related_name="change", verbose_name="événement"
    )
    basis = models.CharField("empreinte de ce qui était enregistré", max_length=64, blank=True)

    class Meta:
        verbose_name = "changement commencé"
        verbose_name_plural = "changements commencés"
        ordering = ["-saved_at"]

    def __str__(self) -> str:
        return f"Changement commencé · {self.event}"
