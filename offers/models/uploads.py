"""Programmes that venues bring as a file (C2)."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import models

from common.models import Identified
from partners.models import User, Venue


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
