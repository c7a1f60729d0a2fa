"""News that staff write for structures to pass on, and which have done so (C11)."""

from datetime import date

from django.db import models
from django.db.models import Exists, F, OuterRef, Q

from common.models import Identified
from invitations.models.bookings import Booking
from offers.models import Event
from partners.models import Commune, Structure, User, Venue
from partners.reference import structure_types


class NewsQuerySet(models.QuerySet):
    def running(self, *, on: date):
        """Those still worth passing on, on that day."""
        return self.filter(expires_on__gte=on)

    def meant_for(self, structure: Structure):
        """Those that a structure is to pass on: of its type, of its commune, with bookings there… whatever is asked."""
        booked = Booking.objects.live().filter(structure=structure)
        return self.filter(
            Q(structure_type="") | Q(structure_type=structure.type),
            Q(commune=None) | Q(commune=structure.commune_id),
            Q(priority_areas=False) | Q(priority_areas=structure.priority == Structure.Priority.YES),
            Q(venue=None) | Exists(booked.filter(performance__event__venue=OuterRef("venue"))),
            Q(event=None) | Exists(booked.filter(performance__event=OuterRef("event"))),
        )

    def passed_by(self, structure: Structure):
        """With `passed_at` and `passed_by`: when and by whom the structure passed it on; None where it hasn't."""
        done = NewsRelay.objects.filter(news=OuterRef("pk"), structure=structure)
        return self.annotate(
            passed_at=models.Subquery(done.values("passed_at")),
            passed_by=models.Subquery(done.values("passed_by__display_name")),
        )

    def to_pass_on(self, user, *, on: date):
        """What the account's structure has still to pass on (D12), the soonest to expire first."""
        if not user.books:
            return self.none()
        mine = self.running(on=on).meant_for(user.own_structure).passed_by(user.own_structure)
        return mine.filter(passed_at=None).order_by("expires_on", "pk")

    def passed_on(self, user, *, on: date):
        """What it has passed on already and still holds, the latest first."""
        if not user.books:
            return self.none()
        mine = self.running(on=on).meant_for(user.own_structure).passed_by(user.own_structure)
        return mine.exclude(passed_at=None).order_by(F("passed_at").desc(), "pk")

    def with_relays(self):
        """With `relays`, how many structures have passed it on."""
        return self.annotate(relays=models.Count("relays_made"))


class News(Identified):
    """A short text for structures to pass on to people, until a day; each part of its target narrows it."""

    title = models.CharField("titre", max_length=120)
    text = models.TextField(
        "texte", max_length=2_000, help_text="Quelques phrases simples, à dire ou à afficher."
    )
    link = models.URLField("lien", max_length=500, blank=True)
    structure_type = models.CharField(
        "structures de ce type",
        max_length=20,
        choices=structure_types,
        blank=True,
        help_text="Vide : toutes.",
    )
    commune = models.ForeignKey(
        Commune,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="de cette commune",
    )
    priority_areas = models.BooleanField("en quartier prioritaire seulement", default=False)
    venue = models.ForeignKey(
        Venue,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="qui ont réservé dans ce lieu",
    )
    event = models.ForeignKey(
        Event,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="qui ont réservé cet événement",
    )
    expires_on = models.DateField("à transmettre jusqu'au", help_text="Compris. Ensuite, elle disparaît.")
    written_by = models.ForeignKey(
        User, on_delete=models.PROTECT, editable=False, related_name="+", verbose_name="écrite par"
    )
    written_at = models.DateTimeField("écrite le", editable=False)

    objects = NewsQuerySet.as_manager()

    class Meta:
        verbose_name = "nouvelle à transmettre"
        verbose_name_plural = "nouvelles à transmettre"
        ordering = ["-written_at"]
        indexes = [models.Index(fields=["expires_on"])]

    def __str__(self) -> str:
        return self.title


class NewsRelay(Identified):
    """That a structure has passed a piece of news on: who said so, when."""

    news = models.ForeignKey(
        News, on_delete=models.CASCADE, related_name="relays_made", verbose_name="nouvelle"
    )
    structure = models.ForeignKey(
        Structure, on_delete=models.CASCADE, related_name="+", verbose_name="structure"
    )
    passed_by = models.ForeignKey(
        User, on_delete=models.PROTECT, related_name="+", verbose_name="transmise par"
    )
    passed_at = models.DateTimeField("transmise le")

    class Meta:
        verbose_name = "transmission"
        verbose_name_plural = "transmissions"
        ordering = ["-passed_at"]
        constraints = [
            models.UniqueConstraint(fields=["news", "structure"], name="news_passed_on_once_per_structure")
        ]

    def __str__(self) -> str:
        return f"Transmission {str(self.pk)[:8]}"
