"""Who was let in at the door, when, and by which phone (D9)."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import models

from common.models import Identified
from invitations.models.bookings import Invitation
from offers.models import Performance
from partners.models import User


class AdmissionQuerySet(models.QuerySet):
    def of_venue(self, user):
        """Those at the doors of the account's own venue."""
        return self.filter(invitation__in=Invitation.objects.of_venue(user))

    def standing(self):
        """Those that weren't taken back."""
        return self.filter(undone_at=None)

    def of_date(self, performance: Performance):
        """Those of one date, in the order of the clock, with what their invitations' state needs."""
        found = self.filter(invitation__performance=performance)
        return found.select_related("invitation__booking__structure").order_by("at", "pk")


class Admission(Identified):
    """One gesture at the door that let one person in. Its identifier is chosen by the phone, so that what is sent twice
    counts once.

    Phones without network each let people in on their own knowledge, so that several may stand for one invitation: all
    are kept, the earliest is the one that counts (services/admissions.py).
    """

    invitation = models.ForeignKey(
        Invitation, on_delete=models.CASCADE, related_name="admissions", verbose_name="invitation"
    )
    at = models.DateTimeField("entré·e à")
    phone = models.CharField(
        "téléphone", max_length=4, blank=True, help_text="Vide : la page d'accueil du public."
    )
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name="par le compte")
    received_at = models.DateTimeField("reçu le")
    undone_at = models.DateTimeField("repris le", null=True, blank=True)

    objects = AdmissionQuerySet.as_manager()

    class Meta:
        verbose_name = "entrée"
        ordering = ["at"]
        indexes = [models.Index(fields=["invitation", "at"])]

    def __str__(self) -> str:
        return f"Entrée {str(self.pk)[:8]}"

    def may_be_undone(self, *, at: datetime) -> bool:
        """Whether it was a slip of the hand that can still be taken back at `at`."""
        patience = timedelta(seconds=settings.DOOR_UNDO_SECONDS)
        return self.undone_at is None and at - self.at <= patience
