"""What a venue has typed of an event, kept until it is published (C1)."""

import uuid

from django.db import models
from django.http import QueryDict

from offers.models.events import Pictured
from partners.models import User, Venue


class EventDraftQuerySet(models.QuerySet):
    def of(self, user):
        """The drafts of the account's own venue: nobody else sees any."""
        return self.filter(venue=user.venue_id) if user.role == user.Role.VENUE else self.none()


class EventDraft(Pictured):
    """An event on its way: what stands in the form's fields, right or not. It hands its identifier to the event.

    A save names the tab it comes from and the version that this tab opened, so that two tabs never overwrite
    each other unawares.
    """

    id = models.UUIDField("identifiant", primary_key=True, default=uuid.uuid4, editable=False)
    venue = models.ForeignKey(Venue, on_delete=models.CASCADE, related_name="drafts", verbose_name="lieu")
    by = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, related_name="+", verbose_name="écrit par"
    )
    typed = models.TextField("saisie", help_text="Comme le formulaire l'envoie.")
    tab = models.CharField("onglet", max_length=32, blank=True)
    version = models.PositiveIntegerField("version", default=1)
    saved_at = models.DateTimeField("gardé le")

    objects = EventDraftQuerySet.as_manager()

    class Meta:
        verbose_name = "brouillon"
        ordering = ["-saved_at"]
        indexes = [models.Index(fields=["venue", "saved_at"])]

    def __str__(self) -> str:
        return self.title or "Sans titre"

    @property
    def data(self) -> QueryDict:
        """What was typed, as a form reads it."""
        return QueryDict(self.typed)

    @property
    def title(self) -> str:
        """The title as it was typed; empty where it wasn't."""
        return self.data.get("title", "").strip()
