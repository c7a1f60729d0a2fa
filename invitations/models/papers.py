"""The invitations of several outings in one PDF (D2)."""

from django.db import models
from django.urls import reverse

from common.crypto import EncryptedBinaryField
from common.models import Identified
from invitations.models.people import structure_of
from partners.models import Structure


class PrintRunQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Those of the account's own structure (F1)."""
        return self.filter(structure=structure_of(user))

    def due(self):
        """Those still to be drawn."""
        return self.filter(made_at=None)


class PrintRun(Identified):
    """Several outings that somebody prints at once; its PDF is kept encrypted for a short while.

    What it shows may change meanwhile – somebody cancels, a name is mended – and nobody tells it: `shows` lets its
    reader find out.
    """

    structure = models.ForeignKey(
        Structure, on_delete=models.CASCADE, related_name="+", verbose_name="structure"
    )
    bookings = models.JSONField("réservations", help_text="Leurs repères.", editable=False)
    content = EncryptedBinaryField("document", null=True, editable=False)
    shows = models.CharField("empreinte des invitations", max_length=64, blank=True, editable=False)
    asked_at = models.DateTimeField("demandé le")
    made_at = models.DateTimeField("prêt le", null=True, blank=True)

    objects = PrintRunQuerySet.as_manager()

    class Meta:
        verbose_name = "impression de plusieurs sorties"
        verbose_name_plural = "impressions de plusieurs sorties"
        ordering = ["-asked_at"]

    def __str__(self) -> str:
        return f"Impression {str(self.pk)[:8]}"

    def get_absolute_url(self) -> str:
        return reverse("invitations:print_run", args=[self.pk])
