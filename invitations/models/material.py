"""What venues send to structures that booked an event, by themselves or asked: files to prepare an outing (C8)."""

from datetime import datetime

from django.db import models
from django.db.models import Exists, OuterRef, Q

from common.models import Identified
from invitations.models.bookings import Booking
from invitations.models.groups import GroupOuting
from invitations.models.people import structure_of
from offers.models import Event
from partners.models import Structure, User


def goes_to(event: str, structure, *, at: datetime) -> Q:
    """That a structure booked a date to come of an event; `event` and `structure` name columns of the rows asked."""
    yes = {"performance__event": OuterRef(event), "structure": structure}
    booked = Booking.objects.live().to_come(at=at).filter(**yes)
    groups = GroupOuting.objects.live().ahead(at=at).filter(**yes)
    return Q(Exists(booked)) | Q(Exists(groups))


class VenueDocumentQuerySet(models.QuerySet):
    def visible_to(self, user):
        """What an account may open: a venue what it sent, a structure what it got by booking the event."""
        if user.is_authenticated and user.role == User.Role.VENUE:
            return self.of(user)
        said_yes = {"structure": structure_of(user), "performance__event": OuterRef("event")}
        booked = Booking.objects.live().filter(**said_yes)
        groups = GroupOuting.objects.live().filter(**said_yes)
        return self.filter(Exists(booked) | Exists(groups))

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


class MaterialRequestQuerySet(models.QuerySet):
    def open(self):
        """Those that the venue hasn't answered."""
        return self.filter(answered_at=None)

    def waiting(self, *, at: datetime):
        """Open ones of structures that still go, the first asked first."""
        mine = goes_to("event", OuterRef("structure"), at=at)
        return self.open().filter(mine).select_related("structure", "event__venue").order_by("asked_at", "pk")

    def of(self, user):
        """Those asked of the account's own venue."""
        return self.filter(event__venue=user.venue_id) if user.role == User.Role.VENUE else self.none()


class MaterialRequest(Identified):
    """A structure asks a venue for something to prepare an outing with. Answered by a document, or by a word where
    there is none."""

    event = models.ForeignKey(
        Event, on_delete=models.CASCADE, related_name="material_requests", verbose_name="événement"
    )
    structure = models.ForeignKey(
        Structure, on_delete=models.PROTECT, related_name="+", verbose_name="structure"
    )
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name="demandé par")
    asked_at = models.DateTimeField("demandé le")
    wish = models.CharField("ce qui aiderait", max_length=300, blank=True)
    answered_at = models.DateTimeField("répondu le", null=True, blank=True)
    document = models.ForeignKey(
        VenueDocument,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="document envoyé",
    )
    word = models.CharField("réponse du lieu", max_length=300, blank=True)

    objects = MaterialRequestQuerySet.as_manager()

    class Meta:
        verbose_name = "demande de document"
        verbose_name_plural = "demandes de documents"
        ordering = ["-asked_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["event", "structure"], condition=Q(answered_at=None), name="one_open_material_request"
            )
        ]

    def __str__(self) -> str:
        return f"{self.structure} · {self.event}"


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
