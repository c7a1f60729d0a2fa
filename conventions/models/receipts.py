"""Receipts: numbered without a gap in each year, frozen, never deleted (B6)."""

from typing import cast

from django.db import models
from django.db.models import Q

from common.crypto import EncryptedBinaryField, EncryptedTextField
from common.models import Identified
from conventions.models.membership import Donation, Membership, Payment
from partners.models import User


class ReceiptYear(models.Model):
    """The last number given in a calendar year. Whoever issues locks this row: so there is neither gap nor double."""

    year = models.PositiveSmallIntegerField("année", primary_key=True)
    last = models.PositiveIntegerField("dernier numéro", default=0)

    class Meta:
        verbose_name = "numérotation des reçus"
        verbose_name_plural = "numérotation des reçus"
        ordering = ["-year"]

    def __str__(self) -> str:
        return str(self.year)


class ReceiptQuerySet(models.QuerySet["Receipt"]):
    def live(self):
        """Receipts that count."""
        return self.filter(voided_at=None)

    def undrawn(self):
        """Receipts whose PDF isn't made yet."""
        return self.filter(drawn_at=None)

    def visible_to(self, user: User):
        """The team's with the right to, all; of its own structure's or venue's, those that count; else none."""
        if user.role == User.Role.STAFF:
            return self if user.has_perm("conventions.view_receipt") else self.none()
        if not user.answers or user.partner is None:
            return self.none()
        partner = user.partner.column
        mine = Q(**{f"membership__{partner}": user.partner}) | Q(**{f"donation__{partner}": user.partner})
        return self.live().filter(mine)


class Receipt(Identified):
    """What was paid, as it was when the receipt was issued.

    `year` is that of the payment in Europe/Paris. What the paper says is frozen in `facts` with the number; the PDF is
    drawn from it, once, and kept with its SHA-256. A wrong one is voided with a reason and keeps its number.
    """

    year = models.PositiveSmallIntegerField("année")
    number = models.PositiveIntegerField("numéro")
    membership = models.ForeignKey(
        Membership,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="receipts",
        verbose_name="adhésion",
    )
    donation = models.ForeignKey(
        Donation, on_delete=models.PROTECT, null=True, blank=True, related_name="receipts", verbose_name="don"
    )
    issued_at = models.DateTimeField("émis le")
    facts = EncryptedTextField("ce qu'il dit", editable=False)
    drawn_at = models.DateTimeField("mis en page le", null=True, blank=True, editable=False)
    content = EncryptedBinaryField("PDF", null=True, blank=True, editable=False)
    sha256 = models.CharField("empreinte SHA-256", max_length=64, blank=True, editable=False)
    voided_at = models.DateTimeField("annulé le", null=True, blank=True, editable=False)
    void_reason = models.CharField("raison de l'annulation", max_length=300, blank=True, editable=False)
    replaces = models.OneToOneField(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="replaced_by",
        editable=False,
        verbose_name="remplace",
    )

    objects = ReceiptQuerySet.as_manager()

    class Meta:
        verbose_name = "reçu"
        ordering = ["-year", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["year", "number"], name="receipt_number_once_a_year"),
            models.CheckConstraint(
                name="receipt_for_one_payment",
                condition=Q(membership__isnull=False, donation=None)
                | Q(membership=None, donation__isnull=False),
            ),
            models.UniqueConstraint(
                fields=["membership"], condition=Q(voided_at=None), name="receipt_one_live_per_membership"
            ),
            models.UniqueConstraint(
                fields=["donation"], condition=Q(voided_at=None), name="receipt_one_live_per_donation"
            ),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def reference(self) -> str:
        """« 2026-0012 »"""
        return f"{self.year}-{self.number:04}"

    @property
    def payment(self) -> Payment:
        return cast(Payment, self.membership or self.donation)  # a constraint sees to it
