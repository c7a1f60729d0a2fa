"""What structures say of an outing once it is over: a comment, and whether they want to be reminded (E1)."""

from django.conf import settings
from django.db import models

from common.crypto import EncryptedTextField
from common.models import Identified
from offers.models import Performance
from partners.models import Structure, User


class OutingComment(Identified):
    """How an outing went, for the structure and the team alone. Nobody's name: the page says so.

    A save names the version that its page showed, so that colleagues never overwrite each other unawares.
    """

    structure = models.ForeignKey(
        Structure, on_delete=models.CASCADE, related_name="outing_comments", verbose_name="structure"
    )
    performance = models.ForeignKey(
        Performance, on_delete=models.CASCADE, related_name="comments", verbose_name="séance"
    )
    text = EncryptedTextField("mots", max_length=settings.ATTENDANCE_COMMENT_MAX)
    version = models.PositiveIntegerField("version", default=1, editable=False)
    written_by = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, related_name="+", verbose_name="écrit par"
    )
    written_at = models.DateTimeField("écrit le")

    class Meta:
        verbose_name = "mot sur une sortie"
        verbose_name_plural = "mots sur les sorties"
        ordering = ["-written_at"]
        constraints = [
            models.UniqueConstraint(fields=["structure", "performance"], name="comment_once_per_outing")
        ]

    def __str__(self) -> str:
        return f"Mot {str(self.pk)[:8]}"


class NoAttendanceReminder(Identified):
    """That a structure wants no reminder of outings of which nobody knows who came."""

    structure = models.OneToOneField(
        Structure, on_delete=models.CASCADE, related_name="+", verbose_name="structure"
    )
    said_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name="dit par")
    said_at = models.DateTimeField("dit le")

    class Meta:
        verbose_name = "refus des rappels « Qui est venu »"
        verbose_name_plural = "refus des rappels « Qui est venu »"
        ordering = ["-said_at"]

    def __str__(self) -> str:
        return f"Refus {str(self.pk)[:8]}"
