"""Pictures of events: drawn anew from what a venue hands in, and kept by what they show (C1)."""

from django.db import models
from django.db.models import Exists, OuterRef, Q

from offers.models.drafts import EventDraft
from offers.models.events import Event


class Crop(models.TextChoices):
    """What of a picture is shown where; the values are names of columns, and stand in addresses."""

    WHOLE = "whole", "entière, pour son lieu seul"
    PAGE = "page", "page de l'événement"
    CARD = "card", "carte du programme"


class PictureQuerySet(models.QuerySet):
    def unused(self):
        """Those that nothing shows any more."""
        return self.filter(events=None, eventdrafts=None)

    def of(self, user):
        """Those of the account's own venue: its events and drafts."""
        if not user.is_authenticated:
            return self.none()
        shown = [kind.objects.of(user).filter(picture=OuterRef("pk")) for kind in (Event, EventDraft)]
        return self.filter(Q(Exists(shown[0])) | Q(Exists(shown[1])))

    def visible_to(self, user):
        """Those of events that an account sees, and for a venue of its drafts."""
        seen = self.filter(Exists(Event.objects.visible_to(user).filter(picture=OuterRef("pk"))))
        return seen | self.of(user)


class Picture(models.Model):
    """A picture without its metadata, whole and cropped around a point.

    Its name is the SHA-256 of what it shows, so that an address always means the same picture, and nobody guesses it.
    """

    name = models.CharField("nom", primary_key=True, max_length=64)
    whole = models.BinaryField("entière")
    page = models.BinaryField("pour la page")
    card = models.BinaryField("pour le programme")
    width = models.PositiveIntegerField("largeur")
    height = models.PositiveIntegerField("hauteur")
    focus_x = models.PositiveSmallIntegerField("point à garder, de gauche à droite")
    focus_y = models.PositiveSmallIntegerField("point à garder, de haut en bas")
    created_at = models.DateTimeField("déposée le")

    objects = PictureQuerySet.as_manager()

    class Meta:
        verbose_name = "image"
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"Image {self.name[:8]}"
