"""Memberships and donations: asked for every year, never required, never against anything (B6)."""

from datetime import date

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from common.crypto import EncryptedTextField, keyed_hash
from common.models import Identified
from common.money import euros
from common.text import normalise
from partners.models import Structure, User, Venue
from partners.seasons import Season

ONE_PAYER = (
    Q(structure__isnull=False, venue=None, person_key="")
    | Q(structure=None, venue__isnull=False, person_key="")
    | Q(structure=None, venue=None) & ~Q(person_key="")
)
ONE_PAYER_PLEASE = "Choisissez une structure, un lieu, ou écrivez un nom : un seul des trois."


class Means(models.TextChoices):
    """How somebody paid."""

    TRANSFER = "transfer", "virement"
    CHEQUE = "cheque", "chèque"
    CARD = "card", "carte bancaire"
    CASH = "cash", "espèces"


class Payer(Identified):
    """Who joins or gives: a partner, or a person or organisation that only has a name and an address here.

    Such a name is encrypted, so it can't be looked up; `person_key` tells whether two rows are of one payer.
    """

    structure = models.ForeignKey(
        Structure, on_delete=models.PROTECT, null=True, blank=True, verbose_name="structure"
    )
    venue = models.ForeignKey(Venue, on_delete=models.PROTECT, null=True, blank=True, verbose_name="lieu")
    payer_name = EncryptedTextField(
        "ou nom",
        max_length=150,
        blank=True,
        help_text="D'une personne ou d'un organisme qui n'est pas partenaire.",
    )
    payer_address = EncryptedTextField("son adresse postale", max_length=300, blank=True)
    person_key = models.CharField(max_length=64, blank=True, editable=False)

    class Meta:
        abstract = True

    @property
    def partner(self) -> Structure | Venue | None:
        """The partner; none for somebody else."""
        return self.structure or self.venue

    @property
    def name(self) -> str:
        """Who joins or gives, as a receipt names them."""
        return self.partner.name if self.partner else self.payer_name

    @property
    def address(self) -> str:
        return self.partner.place if self.partner else self.payer_address

    @property
    def kind(self) -> str:
        """« structure », « venue » or « person »."""
        if self.structure_id:
            return "structure"
        return "venue" if self.venue_id else "person"

    def recognise(self) -> None:
        """Set `person_key` from what was typed; call it before the row is checked or saved."""
        words = normalise(f"{self.payer_name} | {self.payer_address}") if self.payer_name else ""
        self.person_key = keyed_hash(words) if words else ""

    def clean(self):
        super().clean()
        self.recognise()


class MembershipQuerySet(models.QuerySet["Membership"]):
    def of(self, partner: Structure | Venue):
        """The memberships of one partner, latest first."""
        return self.filter(**{partner.column: partner}).order_by("-season_year")

    def waiting(self):
        """Asked for or noted, and not paid."""
        return self.filter(paid_on=None)

    def entitled(self, *, on: date):
        """Those with a voice at an assembly held on `on`: members of its season who had paid by that day."""
        return self.filter(season_year=Season.of(on).year, paid_on__lte=on).select_related(
            "structure", "venue"
        )


class Membership(Payer):
    """The membership of one payer for one season: due, then paid."""

    season_year = models.PositiveSmallIntegerField("saison", help_text="Année où la saison commence.")
    amount_cents = models.PositiveIntegerField("montant", help_text="En centimes.")
    asked_at = models.DateTimeField("demandée le", null=True, blank=True, editable=False)
    asked_by = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, blank=True, editable=False, verbose_name="demandée par"
    )
    paid_on = models.DateField("payée le", null=True, blank=True)
    means = models.CharField("moyen", max_length=10, choices=Means, blank=True)
    created_at = models.DateTimeField("enregistrée le", default=timezone.now, editable=False)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        verbose_name = "adhésion"
        ordering = ["-season_year", "-created_at"]
        constraints = [
            models.CheckConstraint(
                name="membership_has_one_payer", condition=ONE_PAYER, violation_error_message=ONE_PAYER_PLEASE
            ),
            models.CheckConstraint(name="membership_costs_something", condition=Q(amount_cents__gt=0)),
            models.CheckConstraint(
                name="membership_paid_by_some_means",
                condition=Q(paid_on=None, means="") | Q(paid_on__isnull=False) & ~Q(means=""),
                violation_error_message="Donnez la date du paiement et son moyen, les deux ou aucun.",
            ),
            models.UniqueConstraint(
                fields=["structure", "season_year"],
                name="membership_once_a_season_structure",
                violation_error_message="Cette structure a déjà une adhésion pour cette saison.",
            ),
            models.UniqueConstraint(
                fields=["venue", "season_year"],
                name="membership_once_a_season_venue",
                violation_error_message="Ce lieu a déjà une adhésion pour cette saison.",
            ),
            models.UniqueConstraint(
                fields=["person_key", "season_year"],
                condition=~Q(person_key=""),
                name="membership_once_a_season_person",
                violation_error_message="Cette personne, à cette adresse, a déjà une adhésion pour cette saison.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.partner or 'une personne'} · {self.season}"

    @property
    def season(self) -> Season:
        return Season(self.season_year)

    @classmethod
    def due(cls, *, season: Season, **payer) -> "Membership":
        """An unpaid membership, not saved, with the amount that is due."""
        membership = cls(season_year=season.year, amount_cents=0, **payer)
        membership.amount_cents = settings.MEMBERSHIP_CENTS[membership.kind]
        membership.recognise()
        return membership


class DonationQuerySet(models.QuerySet["Donation"]):
    def of(self, partner: Structure | Venue):
        """What one partner gave, latest first; what was recorded by mistake is left out."""
        return self.filter(**{partner.column: partner}, withdrawn_at=None).order_by("-paid_on")


class Donation(Payer):
    """A free gift. It opens no right to anything."""

    amount_cents = models.PositiveIntegerField("montant", help_text="En centimes.")
    paid_on = models.DateField("reçu le")
    means = models.CharField("moyen", max_length=10, choices=Means)
    created_at = models.DateTimeField("enregistré le", default=timezone.now, editable=False)
    withdrawn_at = models.DateTimeField("retiré le", null=True, blank=True, editable=False)

    objects = DonationQuerySet.as_manager()

    class Meta:
        verbose_name = "don"
        ordering = ["-paid_on", "-created_at"]
        constraints = [
            models.CheckConstraint(
                name="donation_has_one_payer", condition=ONE_PAYER, violation_error_message=ONE_PAYER_PLEASE
            ),
            models.CheckConstraint(name="donation_is_worth_something", condition=Q(amount_cents__gt=0)),
        ]

    def __str__(self) -> str:
        return f"{self.partner or 'une personne'} · {euros(self.amount_cents)}"


Payment = Membership | Donation
