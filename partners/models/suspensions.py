"""Accounts suspended for breach, and since when (A13)."""

from django.db import models
from django.db.models import F, Q

from common.dates import local_day
from common.models import Identified
from partners.models.organisations import Structure, Venue


class SuspensionQuerySet(models.QuerySet):
    def of(self, partner: Structure | Venue):
        """The suspensions of one partner, latest first."""
        return self.filter(**{partner.column: partner})

    def open(self):
        """Those that hold now."""
        return self.filter(until=None)


class Suspension(Identified):
    """From when to when a partner's account was suspended, and why (A13). Kept for good; lifting it only ends it.

    The partner's own columns repeat the one that holds, so that a booking locks and reads them in one statement;
    only `partners.services.suspend` and `lift_suspension` write either.
    """

    structure = models.ForeignKey(
        Structure,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="suspensions",
        verbose_name="structure",
    )
    venue = models.ForeignKey(
        Venue,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="suspensions",
        verbose_name="lieu",
    )
    since = models.DateTimeField("depuis")
    until = models.DateTimeField("levée le", null=True, blank=True)
    reason = models.CharField("motif", max_length=300)

    objects = SuspensionQuerySet.as_manager()

    class Meta:
        verbose_name = "suspension"
        ordering = ["-since"]
        constraints = [
            models.CheckConstraint(
                name="suspension_has_one_partner",
                condition=Q(structure__isnull=False, venue=None) | Q(structure=None, venue__isnull=False),
            ),
            models.CheckConstraint(
                name="suspension_is_lifted_after_it_began",
                condition=Q(until=None) | Q(until__gte=F("since")),
            ),
            models.UniqueConstraint(
                fields=["structure"], condition=Q(until=None), name="suspension_one_open_per_structure"
            ),
            models.UniqueConstraint(
                fields=["venue"], condition=Q(until=None), name="suspension_one_open_per_venue"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.structure or self.venue} · depuis le {local_day(self.since):%d/%m/%Y}"
