"""Who waits for seats, and how venues hear of it (D5, D6)."""

from datetime import datetime

from django.db import models
from django.db.models import OuterRef, Q
from django.db.models.functions import Coalesce
from django.urls import reverse

from common.models import Identified
from invitations.models.bookings import Booking, Invitation
from invitations.models.groups import GroupOuting
from invitations.models.people import Named, Participant, structure_of
from offers.models import Performance
from partners.models import Structure, User

# Beside a date: how many people wait for it, offered seats aside.
WAITING_PEOPLE = models.Sum("waitlist__seats", filter=Q(waitlist__state="waiting"), default=0)


class WaitlistQuerySet(models.QuerySet):
    def visible_to(self, user):
        """The parties of the account's own structure (F1)."""
        return self.filter(structure=structure_of(user))

    def waiting(self):
        """Parties that stand in the line."""
        return self.filter(state=WaitlistEntry.State.WAITING)

    def offered(self):
        """Parties for which seats are held until they answer."""
        return self.filter(state=WaitlistEntry.State.OFFERED)

    def live(self):
        """Parties that wait, or were offered seats."""
        return self.filter(state__in=WaitlistEntry.LIVE)

    def awaiting_answer(self, *, at: datetime):
        """Offers that can still be answered."""
        return self.offered().filter(answer_by__gt=at)

    def overdue(self, *, at: datetime):
        """Offers that nobody answered in time."""
        return self.offered().filter(answer_by__lte=at)

    def too_late(self, *, at: datetime):
        """Parties that wait for a date which is cancelled, or can't be booked any more."""
        gone = Q(performance__cancelled_at__isnull=False) | Q(performance__starts_at__lte=at)
        return self.waiting().filter(gone | Q(performance__booking_deadline__lte=at))

    def with_outing(self):
        """With the date, the event and its place, in the same query."""
        return self.select_related("performance__event__venue__commune", "structure", "participant", "group")

    def with_reader(self):
        """With what a mail about the party needs, in the same query."""
        return self.select_related("structure", "joined_by", "performance__event__venue")

    def with_place(self):
        """With `place`, from 1: how many parties wait before it in the line, and itself."""
        before = WaitlistEntry.objects.waiting().filter(
            performance=OuterRef("performance"), line__lt=OuterRef("line")
        )
        count = before.order_by().values("performance").annotate(parties=models.Count("pk")).values("parties")
        return self.annotate(place=Coalesce(models.Subquery(count), 0) + 1)


class WaitlistEntry(Identified):
    """One party that waits for seats of a date: all of it gets in, or nobody does (D5).

    It is a person's, with who comes along; or the rest of a group, without names, which adds to the group's seats
    once it is confirmed (D10).
    """

    class State(models.TextChoices):
        WAITING = "waiting", "en attente"
        OFFERED = "offered", "places proposées"
        CONFIRMED = "confirmed", "réservé"
        DECLINED = "declined", "places refusées"
        EXPIRED = "expired", "délai passé"
        LEFT = "left", "retiré de la liste"
        CLOSED = "closed", "trop tard"

    LIVE = (State.WAITING, State.OFFERED)

    structure = models.ForeignKey(
        Structure, on_delete=models.PROTECT, related_name="waitlist_entries", verbose_name="structure"
    )
    performance = models.ForeignKey(
        Performance, on_delete=models.PROTECT, related_name="waitlist", verbose_name="séance"
    )
    participant = models.ForeignKey(
        Participant,
        on_delete=models.SET_NULL,
        null=True,
        related_name="waitlist_entries",
        verbose_name="Actionneur·se",
    )
    person_ref = models.UUIDField("repère de la personne", null=True, editable=False)
    group = models.OneToOneField(
        GroupOuting,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="rest",
        verbose_name="sortie de groupe",
    )
    joined_by = models.ForeignKey(
        User, on_delete=models.PROTECT, related_name="+", verbose_name="inscrit par"
    )
    key = models.UUIDField("clé du formulaire", editable=False)
    seats = models.PositiveSmallIntegerField("personnes")
    line = models.PositiveIntegerField("rang d'arrivée", editable=False)
    state = models.CharField("état", max_length=10, choices=State, default=State.WAITING)
    joined_at = models.DateTimeField("inscrit le")
    told = models.TextField("ce qui a été dit de la séance", blank=True, editable=False)  # offers.facts (C6)
    offered_at = models.DateTimeField("places proposées le", null=True, blank=True)
    answer_by = models.DateTimeField("répondre avant", null=True, blank=True)
    ended_at = models.DateTimeField("fini le", null=True, blank=True)
    booking = models.OneToOneField(
        Booking,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="waitlist_entry",
        verbose_name="réservation",
    )

    place: int  # set by `with_place`

    objects = WaitlistQuerySet.as_manager()

    class Meta:
        verbose_name = "groupe en liste d'attente"
        verbose_name_plural = "liste d'attente"
        ordering = ["performance", "line"]
        constraints = [
            models.UniqueConstraint(fields=["structure", "key"], name="waitlist_once_per_form"),
            models.UniqueConstraint(fields=["performance", "line"], name="waitlist_one_per_place"),
            models.UniqueConstraint(
                fields=["performance", "person_ref"],
                condition=Q(state__in=["waiting", "offered"]),
                name="waitlist_once_per_person_and_date",
            ),
            models.CheckConstraint(
                name="waitlist_offer_has_its_moments",
                condition=Q(state="waiting", offered_at=None, answer_by=None)
                | Q(state__in=["left", "closed"])
                | Q(
                    state__in=["offered", "confirmed", "declined", "expired"],
                    offered_at__isnull=False,
                    answer_by__isnull=False,
                ),
            ),
            models.CheckConstraint(
                name="waitlist_confirmed_is_a_booking",
                condition=Q(state="confirmed", booking__isnull=False)
                | Q(booking=None, group__isnull=False)
                | (~Q(state="confirmed") & Q(booking=None)),
            ),
            models.CheckConstraint(
                name="waitlist_is_a_persons_or_a_groups",
                condition=Q(group=None, person_ref__isnull=False)
                | Q(group__isnull=False, person_ref=None, participant=None),
            ),
        ]
        indexes = [
            models.Index(fields=["performance", "state", "line"]),
            models.Index("answer_by", condition=Q(state="offered"), name="waitlist_due"),
        ]

    def __str__(self) -> str:
        return f"Attente {str(self.pk)[:8]}"

    def get_absolute_url(self) -> str:
        return reverse("invitations:waiting_entry", args=[self.pk])

    @property
    def is_waiting(self) -> bool:
        return self.state == self.State.WAITING

    @property
    def is_offered(self) -> bool:
        return self.state == self.State.OFFERED

    @property
    def is_live(self) -> bool:
        return self.state in self.LIVE

    @property
    def place_words(self) -> str:
        """Where it stands, after `with_place`, as people say it of a request: 1re, 2e…"""
        return "1re dans la file" if self.place == 1 else f"{self.place}e dans la file"

    @property
    def times_passed(self) -> int:
        """How often seats went to a party further down the line, because this one didn't fit. One query."""
        after = WaitlistEntry.objects.filter(performance=self.performance_id, line__gt=self.line)
        return after.filter(offered_at__gte=self.joined_at).count()


class WaitlistGuest(Named):
    """Somebody who would come along with a party that waits; erased once the party has its answer (D5, F2)."""

    entry = models.ForeignKey(
        WaitlistEntry, on_delete=models.CASCADE, related_name="guests", verbose_name="groupe"
    )
    kind = models.CharField("en tant que", max_length=12, choices=Invitation.Kind)
    companion_reason = models.CharField(
        "motif", max_length=10, choices=Invitation.CompanionReason, blank=True
    )
    position = models.PositiveSmallIntegerField("rang")

    class Meta:
        verbose_name = "personne en liste d'attente"
        verbose_name_plural = "personnes en liste d'attente"
        ordering = ["entry", "position"]

    def __str__(self) -> str:
        return f"Personne en attente {str(self.pk)[:8]}"


class SeatsCall(Identified):
    """That a venue was told who waits for one of its dates, with a link that adds seats once (D6)."""

    performance = models.ForeignKey(
        Performance, on_delete=models.CASCADE, related_name="seats_calls", verbose_name="séance"
    )
    sent_on = models.DateField("envoyé le")
    sent_at = models.DateTimeField("à", editable=False)
    people = models.PositiveIntegerField("personnes en attente")
    used_at = models.DateTimeField("places ajoutées le", null=True, blank=True)
    added = models.PositiveIntegerField("places ajoutées", null=True, blank=True)

    class Meta:
        verbose_name = "appel à des places"
        verbose_name_plural = "appels à des places"
        ordering = ["-sent_at"]
        constraints = [
            models.UniqueConstraint(fields=["performance", "sent_on"], name="seats_call_once_a_day"),
            models.CheckConstraint(
                name="seats_call_used_added_seats",
                condition=Q(used_at=None, added=None) | Q(used_at__isnull=False, added__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.performance} · {self.people} en attente"
