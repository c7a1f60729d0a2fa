"""What venues send to structures that booked an event: programmes, files to prepare an outing (C8)."""

from django.db import models

from common.models import Identified
from invitations.models.bookings import Booking
from invitations.models.groups import GroupOuting
from invitations.models.people import structure_of
from offers.models import Event
from partners.models import Structure, User


class VenueDocumentQuerySet(models.QuerySet):
    def visible_to(self, user):
        """What an account may open: a venue what it sent, a structure what it got by booking the event."""
        if user.is_authenticated and user.role == User.Role.VENUE:
            return self.of(user)
        said_yes = {"structure": structure_of(user), "performance__event": models.OuterRef("event")}
        booked = Booking.objects.live().filter(**said_yes)
        groups = GroupOuting.objects.live().filter(**said_yes)
        return self.filter(models.Exists(booked) | models.Exists(groups))

    def of(self, user):
        """What the account's own venue sent."""
        return self.filter(event__venue=user.venue_id) if user.role == User.Role.VENUE else self.none()

    def light(self):
        """Without the files themselves, with the events."""
        return self.defer("content").select_related("event__venue")


class VenueDocument(Identified):
    """A file that a venue sent to the structures that booked an event. It holds what was checked, drawn anew if it is
    a picture, and is only ever downloaded."""

    event = models.ForeignKey(
        Event, on_delete=models.CASCADE, related_name="documents", verbose_name="événement"
    )
    title = models.CharField("titre", max_length=120)
    media_type = models.CharField("type de fichier", max_length=40, editable=False)
    content = models.BinaryField("fichier", editable=False)
    sent_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name="envoyé par")
    sent_at = models.DateTimeField("envoyé le")

    objects = VenueDocumentQuerySet.as_manager()

    class Meta:
        verbose_name = "document d'un lieu"
        verbose_name_plural = "documents des lieux"
        ordering = ["-sent_at"]

    def __str__(self) -> str:
        return self.title


class NoDocumentMail(Identified):
    """That a structure wants no mail about venues' documents: it finds them in the portal."""

    structure = models.OneToOneField(
        Structure, on_delete=models.CASCADE, related_name="+", verbose_name="structure"
    )
    said_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name="dit par")
    said_at = models.DateTimeField("dit le")

    class Meta:
        verbose_name = "refus des mails de documents"
        verbose_name_plural = "refus des mails de documents"
        ordering = ["-said_at"]

    def __str__(self) -> str:
        return f"Refus {str(self.pk)[:8]}"
