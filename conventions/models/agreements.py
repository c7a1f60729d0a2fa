"""On which terms partners take part: the agreement of a season (B2, B4)."""

from datetime import date
from typing import cast

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from common.models import Identified
from partners.models import Structure, Venue
from partners.seasons import Season


class AgreementQuerySet(models.QuerySet):
    def of(self, partner: Structure | Venue):
        """The agreements of one partner, latest first."""
        return self.filter(**{partner._meta.model_name: partner}).order_by("-starts_on")

    def signed(self, *, on: date):
        """Agreements signed at the latest on `on`."""
        return self.filter(signed_on__lte=on)

    def covering(self, day: date):
        """Agreements whose term holds `day`."""
        return self.filter(starts_on__lte=day, ends_on__gte=day)

    def in_force(self, *, on: date):
        """Signed, and running on `on`."""
        return self.signed(on=on).covering(on)

    def obstacle_to_book(self, *, structure: Structure, day: date, on: date) -> str:
        """Why `structure` can't book on `on` for a date on `day`, as a sentence; empty where it can (B4).

        It takes an agreement in force on the day of booking and one, signed, that covers the outing. One query.
        """
        terms = list(
            self.signed(on=on)
            .filter(structure=structure, ends_on__gte=on)
            .values_list("starts_on", "ends_on")
        )
        if not any(start <= on <= end for start, end in terms):
            return (
                "La convention de votre structure n'est pas en vigueur aujourd'hui. "
                f"Écrivez à l'équipe ({settings.PORTAL_CONTACT_EMAIL}) : dès qu'elle est signée, vous réservez."
            )
        if not any(start <= day <= end for start, end in terms):
            return (
                f"Cette date tombe dans la saison {Season.of(day)} : elle se réserve dès que votre structure "
                "a signé la convention de cette saison."
            )
        return ""


class Agreement(Identified):
    """The agreement of one partner for a season, or for the rest of it when entering during the year."""

    structure = models.ForeignKey(
        Structure,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="agreements",
        verbose_name="structure",
    )
    venue = models.ForeignKey(
        Venue, on_delete=models.PROTECT, null=True, blank=True, related_name="agreements", verbose_name="lieu"
    )
    starts_on = models.DateField("du")
    ends_on = models.DateField("au", help_text="Compris.")
    signed_on = models.DateField(
        "signée le", null=True, blank=True, help_text="Vide tant qu'elle ne l'est pas."
    )
    signatory_name = models.CharField("signée par", max_length=120, blank=True)

    objects = AgreementQuerySet.as_manager()

    class Meta:
        verbose_name = "convention"
        ordering = ["-starts_on"]
        constraints = [
            models.CheckConstraint(
                name="agreement_has_one_partner",
                condition=Q(structure__isnull=False, venue=None) | Q(structure=None, venue__isnull=False),
                violation_error_message="Choisissez une structure ou un lieu, et un seul des deux.",
            ),
            models.CheckConstraint(
                name="agreement_starts_before_it_ends",
                condition=Q(ends_on__gte=F("starts_on")),
                violation_error_message="La convention finit avant de commencer : vérifiez les deux dates.",
            ),
        ]
        indexes = [models.Index(fields=["structure", "ends_on"])]

    def __str__(self) -> str:
        return f"{self.partner} · {self.starts_on:%d/%m/%Y} – {self.ends_on:%d/%m/%Y}"

    @property
    def partner(self) -> Structure | Venue:
        return cast(Structure | Venue, self.structure or self.venue)  # a constraint sees to it
