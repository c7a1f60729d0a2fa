"""Fair draws and what is asked of them (D7)."""

from datetime import datetime

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Coalesce
from django.urls import reverse

from common.crypto import EncryptedTextField
from common.models import Identified
from invitations.models.bookings import Booking, Invitation
from invitations.models.people import Named, Participant, structure_of
from offers.models import Event, Performance
from partners.models import Structure, User


class DrawQuerySet(models.QuerySet):
    def of(self, user):
        """The draws of the dates of the account's own venue."""
        if user.role != User.Role.VENUE:
            return self.none()
        return self.filter(performance__event__venue=user.venue_id)

    def shown(self):
        """Draws that anybody may look at: not those of an event that is still a draft."""
        return self.exclude(performance__event__state=Event.State.DRAFT)

    def answered(self, user, *, since: datetime, at: datetime):
        """Draws held from `since` on that the account's structure asked for, of dates still to come at `at`.

        With how many of its requests got their seats, `served`, and how many didn't, `unserved`.
        """
        outcomes = DrawRequest.Outcome
        got = Q(requests__outcome=outcomes.SERVED)
        missed = Q(requests__outcome__in=[outcomes.NOT_SERVED, outcomes.SET_ASIDE])
        return (
            self.filter(requests__structure=structure_of(user), drawn_at__gte=since)
            .filter(performance__starts_at__gt=at, performance__cancelled_at=None)
            .annotate(
                served=models.Count("requests", filter=got), unserved=models.Count("requests", filter=missed)
            )
            .select_related("performance__event")
            .defer("record", "seed")
            .order_by("performance__starts_at")
        )

    def due(self, *, at: datetime):
        """Draws to be held now: their requests are closed, or their date is cancelled."""
        return self.filter(drawn_at=None).filter(
            Q(closes_at__lte=at) | Q(performance__cancelled_at__isnull=False)
        )

    def with_totals(self):
        """With the requests and seats asked for and given: `asked`, `seats_asked`, `served`, `seats_given`."""
        got = Q(requests__outcome="served")
        return self.annotate(
            asked=models.Count("requests"),
            seats_asked=Coalesce(models.Sum("requests__seats"), 0),
            served=models.Count("requests", filter=got),
            seats_given=Coalesce(models.Sum("requests__seats", filter=got), 0),
        )


class Draw(Identified):
    """The fair draw of one scarce date (D7): requests until `closes_at`, then `invitations.fairness` shares the seats.

    The seed is drawn at opening and only its SHA-256 shown, so that nobody can choose it by what was asked;
    `record` is what is published once it is drawn, the seed among it.
    """

    performance = models.OneToOneField(
        Performance, on_delete=models.PROTECT, related_name="draw", verbose_name="séance"
    )
    opened_at = models.DateTimeField("ouvert le")
    closes_at = models.DateTimeField("demandes jusqu'au")
    commitment = models.CharField("empreinte de la graine", max_length=64, editable=False)
    seed = EncryptedTextField("graine", max_length=64, editable=False)
    algorithm = models.CharField("règle", max_length=20, editable=False)
    drawn_at = models.DateTimeField("tiré le", null=True, blank=True, editable=False)
    record = models.JSONField("données publiées", null=True, blank=True, editable=False)

    objects = DrawQuerySet.as_manager()

    class Meta:
        verbose_name = "tirage équitable"
        verbose_name_plural = "tirages équitables"
        ordering = ["-closes_at"]
        constraints = [
            models.CheckConstraint(
                name="draw_closes_after_it_opens",
                condition=Q(closes_at__gt=F("opened_at")),
                violation_error_message="Les demandes se ferment avant de s'ouvrir : vérifiez la date.",
            ),
            models.CheckConstraint(
                name="draw_is_published_when_drawn",
                condition=Q(drawn_at=None, record=None) | Q(drawn_at__isnull=False, record__isnull=False),
                violation_error_message="Un tirage fait publie ses données.",
            ),
        ]

    def __str__(self) -> str:
        return f"Tirage · {self.performance}"

    def get_absolute_url(self) -> str:
        return reverse("invitations:draw", args=[self.performance_id])

    @property
    def figures(self) -> dict[str, int]:
        """What was published of a draw that was held, added up: `asked`, `seats_asked`, `served`, `seats`."""
        record = self.record or {}
        requests = record.get("requests", [])
        return {
            "asked": len(requests),
            "seats_asked": sum(one["seats"] for one in requests),
            "served": sum(one["served"] for one in requests),
            "seats": record.get("seats", 0),
        }

    def takes_requests(self, *, at: datetime) -> bool:
        """Whether one can ask, and take back what was asked, at `at`."""
        return self.drawn_at is None and self.opened_at <= at < self.closes_at


class DrawRequestQuerySet(models.QuerySet):
    def visible_to(self, user):
        """The requests of the account's own structure (F1)."""
        return self.filter(structure=structure_of(user))

    def with_outing(self):
        """With the draw, its date, event and place, in the same query."""
        return self.select_related("draw__performance__event__venue__commune")


class DrawRequest(Identified):
    """One party that asks for seats of a scarce date: whole or not at all, once per person (D7)."""

    class Outcome(models.TextChoices):
        WAITING = "waiting", "en attente du tirage"
        SERVED = "served", "places obtenues"
        NOT_SERVED = "not_served", "pas de places cette fois"
        SET_ASIDE = "set_aside", "écartée du tirage"

    draw = models.ForeignKey(Draw, on_delete=models.PROTECT, related_name="requests", verbose_name="tirage")
    structure = models.ForeignKey(
        Structure, on_delete=models.PROTECT, related_name="draw_requests", verbose_name="structure"
    )
    participant = models.ForeignKey(
        Participant,
        on_delete=models.SET_NULL,
        null=True,
        related_name="draw_requests",
        verbose_name="Actionneur·se",
    )
    person_ref = models.UUIDField("repère de la personne", editable=False)
    requested_by = models.ForeignKey(User, on_delete=models.PROTECT, verbose_name="demandé par")
    key = models.UUIDField("clé du formulaire", editable=False)
    public_id = models.CharField(
        "repère publié",
        max_length=12,
        unique=True,
        editable=False,
        help_text="Au hasard : il ne dit rien de personne.",
    )
    structure_code = models.CharField(
        "code de la structure", max_length=12, editable=False, help_text="Un autre à chaque tirage."
    )
    seats = models.PositiveSmallIntegerField("places demandées")
    requested_at = models.DateTimeField("demandé le")
    told = models.TextField("ce qui a été dit de la séance", blank=True, editable=False)  # offers.facts (C6)
    outcome = models.CharField("résultat", max_length=12, choices=Outcome, default=Outcome.WAITING)
    rank = models.PositiveIntegerField("rang", null=True, blank=True)
    reason = models.CharField("explication", max_length=500, blank=True)
    booking = models.OneToOneField(
        Booking,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="draw_request",
        verbose_name="réservation",
    )

    objects = DrawRequestQuerySet.as_manager()

    class Meta:
        verbose_name = "demande de tirage"
        verbose_name_plural = "demandes de tirage"
        ordering = ["-requested_at"]
        constraints = [
            models.UniqueConstraint(fields=["structure", "key"], name="draw_request_once_per_form"),
            models.UniqueConstraint(
                fields=["draw", "person_ref"], name="draw_request_once_per_person_and_draw"
            ),
            models.CheckConstraint(name="draw_request_asks_for_seats", condition=Q(seats__gte=1)),
            models.CheckConstraint(
                name="draw_request_served_is_booked",
                condition=Q(outcome="served", booking__isnull=False)
                | (~Q(outcome="served") & Q(booking=None)),
            ),
        ]
        indexes = [models.Index(fields=["structure", "-requested_at"])]

    def __str__(self) -> str:
        return f"Demande {self.public_id}"

    def get_absolute_url(self) -> str:
        return reverse("invitations:draw_request", args=[self.pk])

    @property
    def is_waiting(self) -> bool:
        return self.outcome == self.Outcome.WAITING

    @property
    def is_served(self) -> bool:
        return self.outcome == self.Outcome.SERVED


class DrawGuest(Named):
    """Somebody who comes along with the participant of a request, until it is drawn (D7)."""

    request = models.ForeignKey(
        DrawRequest, on_delete=models.CASCADE, related_name="guests", verbose_name="demande"
    )
    companion_reason = models.CharField(
        "motif", max_length=10, choices=Invitation.CompanionReason, blank=True, help_text="Vide : invité·e."
    )
    position = models.PositiveSmallIntegerField("rang")

    class Meta:
        verbose_name = "personne d'une demande de tirage"
        verbose_name_plural = "personnes des demandes de tirage"
        ordering = ["request", "position"]

    def __str__(self) -> str:
        return f"Personne {str(self.pk)[:8]}"
