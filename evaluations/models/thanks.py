"""What people say to venues: a word that the venue alone reads."""

from django.db import models
from django.db.models import Q

from common.models import Identified
from partners.models import Structure, User, Venue


class ThanksQuerySet(models.QuerySet):
    def shown_to(self, user):
        """What an account's own venue reads."""
        return self.filter(venue=user.venue_id, shown_at__isnull=False) if user.venue_id else self.none()

    def waiting(self):
        """Words of structures that staff haven't read yet."""
        return self.filter(shown_at=None, set_aside_at=None)


class Thanks(Identified):
    """Words of thanks to a venue, by the team or by a structure. The venue reads them without a name (F1)."""

    venue = models.ForeignKey(Venue, on_delete=models.CASCADE, related_name="thanks", verbose_name="lieu")
    text = models.TextField("mot", max_length=500)
    structure = models.ForeignKey(
        Structure,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="structure",
        help_text="Vide : l'équipe. Le lieu ne la voit jamais.",
    )
    written_by = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, editable=False, related_name="+", verbose_name="écrit par"
    )
    written_at = models.DateTimeField("écrit le", editable=False)
    shown_at = models.DateTimeField("montré au lieu le", null=True, blank=True, editable=False)
    set_aside_at = models.DateTimeField("mis de côté le", null=True, blank=True, editable=False)

    objects = ThanksQuerySet.as_manager()

    class Meta:
        verbose_name = "mot de remerciement"
        verbose_name_plural = "mots de remerciement"
        ordering = ["-written_at"]
        constraints = [
            models.CheckConstraint(
                name="thanks_shown_or_set_aside", condition=Q(shown_at=None) | Q(set_aside_at=None)
            )
        ]

    def __str__(self) -> str:
        return f"Mot {str(self.pk)[:8]}"
