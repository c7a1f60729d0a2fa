"""Structures and venues, what they have in common, and the fields of work of structures (A2, A8)."""

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from phonenumber_field.modelfields import PhoneNumberField

from common.dates import local_day
from common.models import Identified
from common.text import normalise
from partners.models.territory import Commune, PriorityArea
from partners.reference import structure_types


class Sector(models.Model):
    """A field of work of social structures (A2)."""

    name = models.CharField("nom", max_length=60, unique=True)

    class Meta:
        verbose_name = "secteur"
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Organisation(Identified):
    """What a partner is known by, and whoever asks to become one: a name, an address, who signs (A1, A2)."""

    name = models.CharField("nom", max_length=150)
    address = models.CharField("adresse", max_length=200, blank=True)
    postcode = models.CharField("code postal", max_length=5, blank=True)
    commune = models.ForeignKey(
        Commune, on_delete=models.PROTECT, null=True, blank=True, verbose_name="commune"
    )
    phone = PhoneNumberField("téléphone", blank=True)
    email = models.EmailField("e-mail", blank=True)
    website = models.URLField("site web", blank=True)
    representative_name = models.CharField("représentant·e légal·e", max_length=120, blank=True)
    representative_capacity = models.CharField(
        "qualité", max_length=80, blank=True, help_text="Directrice, président…"
    )
    representative_email = models.EmailField(
        "e-mail de qui signe", blank=True, help_text="La convention à signer y arrive."
    )

    class Meta:
        abstract = True

    @property
    def place(self) -> str:
        """The postal address on one line."""
        town = f"{self.postcode} {self.commune.name}" if self.commune else self.postcode
        return ", ".join(part for part in (self.address, town.strip()) if part)


class Partner(Organisation):
    """What structures and venues have in common.

    One suspended for breach books and publishes nothing (A13): `suspended_at` says since when.
    """

    PAUSED: str  # what of it stops while it is suspended, in the plural

    latitude = models.FloatField("latitude", null=True, blank=True)
    longitude = models.FloatField("longitude", null=True, blank=True)
    suspended_at = models.DateTimeField("suspendu depuis", null=True, blank=True, editable=False)
    suspension_reason = models.CharField("motif de la suspension", max_length=300, blank=True, editable=False)
    created_at = models.DateTimeField("enregistré le", default=timezone.now, editable=False)

    class Meta:
        abstract = True
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    @property
    def column(self) -> str:
        """How rows of other tables point at it: "structure" or "venue"."""
        return str(self._meta.model_name)

    @property
    def is_suspended(self) -> bool:
        return self.suspended_at is not None

    @property
    def keeps_invitations(self) -> bool:
        """Whether invitations given before a suspension still let people in (A13)."""
        return settings.SUSPENSION_KEEPS_INVITATIONS

    @property
    def pause(self) -> str:
        """Since when its account is suspended and whom to write to, as a sentence for all who use it; else empty.

        Why, `suspension_reason` says, to who answers for the partner.
        """
        if self.suspended_at is None:
            return ""
        return (
            f"Les {self.PAUSED} de {self.name} sont en pause depuis le {local_day(self.suspended_at):%d/%m/%Y}. "
            f"Pour en parler et les rouvrir, écrivez à l'équipe : {settings.PORTAL_CONTACT_EMAIL}."
        )


class Structure(Partner):
    """A social body that accompanies people and books for them (A2)."""

    PAUSED = "réservations"

    class Priority(models.TextChoices):
        """Whether a structure stands in a *quartier prioritaire*; what nobody looked up is said as unknown (A12)."""

        UNKNOWN = "unknown", "on ne sait pas"
        YES = "yes", "oui"
        NO = "no", "non"

    type = models.CharField("type", max_length=20, choices=structure_types)
    legal_status = models.CharField(
        "statut juridique", max_length=100, blank=True, help_text="Association, établissement public, SCOP…"
    )
    sectors = models.ManyToManyField(Sector, blank=True, verbose_name="secteurs")
    people_accompanied = models.PositiveIntegerField(
        "personnes accompagnées", null=True, blank=True, help_text="Environ, par an."
    )
    priority = models.CharField(
        "en quartier prioritaire", max_length=8, choices=Priority, default=Priority.UNKNOWN
    )
    priority_area = models.ForeignKey(
        PriorityArea,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        verbose_name="lequel",
        help_text="De la liste officielle, si elle est importée.",
    )
    in_public_directory = models.BooleanField(
        "dans l'annuaire public", default=True, help_text="Nom, adresse postale et site web."
    )
    public_phone = models.BooleanField(
        "téléphone dans l'annuaire public", default=False, help_text="Seulement si la structure le demande."
    )

    weekly_outings = models.PositiveSmallIntegerField(
        "repère de la structure",
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(settings.USAGE_LIMIT_MAX)],
        help_text="Sorties par personne en sept jours : au-delà, un rappel, jamais un refus. Vide : aucun.",
    )

    class Meta(Partner.Meta):
        verbose_name = "structure"
        constraints = [
            models.CheckConstraint(
                name="structure_of_an_area_is_in_one",
                condition=Q(priority_area=None) | Q(priority="yes"),
                violation_error_message="Un quartier est choisi : répondez « oui », ou videz le quartier.",
            )
        ]


class VenueQuerySet(models.QuerySet["Venue"]):
    def search(self, words: str) -> list["Venue"]:
        """Venues whose name or commune holds every word typed, accents and case aside, in order of name.

        Compared here and not in the database: there are some hundred venues, and databases disagree on accents.
        """
        wanted = normalise(words).split()
        found = self.select_related("commune").order_by("name")
        return [
            venue
            for venue in found
            if all(word in normalise(f"{venue.name} {venue.place}") for word in wanted)
        ]


class Venue(Partner):
    """A place of culture or sport that gives seats (A8)."""

    PAUSED = "publications"

    class Kind(models.TextChoices):
        CULTURE = "culture", "Culture"
        SPORT = "sport", "Sport"

    slug = models.SlugField("adresse dans le portail", max_length=80, unique=True)
    kind = models.CharField("domaine", max_length=10, choices=Kind, default=Kind.CULTURE)
    description = models.TextField("présentation", max_length=2000, blank=True)
    transit = models.CharField(
        "bus, tram, métro",
        max_length=300,
        blank=True,
        help_text="Lignes et arrêts, avec les mots des panneaux.",
    )
    on_foot = models.CharField("à pied depuis l'arrêt", max_length=300, blank=True)
    wheelchair = models.BooleanField("accessible en fauteuil", default=False)
    hearing_loop = models.BooleanField("boucle magnétique", default=False)
    access_notes = models.CharField("autres précisions d'accès", max_length=300, blank=True)
    companion_price = models.CharField(
        "tarif des accompagnant·es", max_length=120, blank=True, help_text="Gratuit, 5 €…"
    )
    purchase_info = models.CharField(
        "acheter une place", max_length=300, blank=True, help_text="Pour les personnes qui préfèrent acheter."
    )

    objects = VenueQuerySet.as_manager()

    class Meta(Partner.Meta):
        verbose_name = "lieu"
        verbose_name_plural = "lieux"
