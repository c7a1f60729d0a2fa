"""Group outings: seats first, names by a deadline (D10)."""

from datetime import datetime

from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from common.crypto import EncryptedTextField
from common.models import Identified
from invitations.models.people import structure_of
from offers.models import Performance
from partners.models import Structure, User


class GroupQuerySet(models.QuerySet):
    def visible_to(self, user):
        """The groups of the account's own structure (F1)."""
        return self.filter(structure=structure_of(user))

    def open(self):
        """Groups that still hold seats, or may."""
        return self.filter(state=GroupOuting.State.OPEN)

    def live(self):
        """Groups that aren't cancelled."""
        return self.exclude(state=GroupOuting.State.CANCELLED)

    def naming(self, *, at: datetime):
        """Groups whose people can be named at `at`."""
        return self.open().filter(names_by__gt=at)

    def names_missing(self, *, at: datetime):
        """Groups with seats that have no name yet, while names can be given (D12)."""
        return self.naming(at=at).filter(unnamed__gt=0)

    def to_remind(self, *, at: datetime):
        """Groups whose booker is to be told, once, that names are missing."""
        return self.names_missing(at=at).filter(remind_at__lte=at, reminded_at=None)

    def overdue(self, *, at: datetime):
        """Groups whose seats without a name go back: the deadline has passed, or the date can't be booked any more."""
        gone = Q(performance__cancelled_at__isnull=False) | Q(performance__starts_at__lte=at)
        return self.open().filter(Q(names_by__lte=at) | gone | Q(performance__booking_deadline__lte=at))

    def ahead(self, *, at: datetime):
        """Groups whose date hasn't started, cancelled ones included."""
        return self.filter(performance__starts_at__gt=at)

    def past(self, *, at: datetime):
        """Groups whose date has started."""
        return self.filter(performance__starts_at__lte=at)

    def to_print(self, *, at: datetime):
        """Groups whose seats all have a name, and somebody's paper isn't printed yet (D12)."""
        unprinted = GroupOuting.objects.filter(
            bookings__isnull=False, bookings__cancelled_at=None, bookings__printed_at=None
        )
        return self.live().ahead(at=at).filter(unnamed=0, pk__in=unprinted.values("pk"))

    def with_named(self):
        """With `named`, how many people have a paper."""
        live = ~Q(bookings__invitations__status="cancelled")
        return self.annotate(named=models.Count("bookings__invitations", filter=live))

    def with_outing(self):
        """With the date, the event and its place, in the same query."""
        return self.select_related("performance__event__venue__commune")

    def with_reader(self):
        """With what a mail about the group needs, in the same query."""
        return self.select_related("structure", "booked_by", "performance__event__venue__commune")


class GroupOuting(Identified):
    """Seats of one date that a structure books for a group, whose people are named later (D10).

    Seats without a name are held (`Performance.seats_held`). Whoever is named has a booking of their own, so that
    everybody cancels alone and counts alone; the group's companions stand on one of these bookings.
    """

    class State(models.TextChoices):
        OPEN = "open", "noms à donner"
        CLOSED = "closed", "noms donnés"
        CANCELLED = "cancelled", "annulé"

    structure = models.ForeignKey(
        Structure, on_delete=models.PROTECT, related_name="groups", verbose_name="structure"
    )
    performance = models.ForeignKey(
        Performance, on_delete=models.PROTECT, related_name="groups", verbose_name="séance"
    )
    booked_by = models.ForeignKey(
        User, on_delete=models.PROTECT, related_name="+", verbose_name="réservé par"
    )
    key = models.UUIDField("clé du formulaire", editable=False)
    label = EncryptedTextField("nom du groupe", max_length=60)  # should somebody's name slip into it (F2)
    seats = models.PositiveSmallIntegerField("places réservées au départ")
    unnamed = models.PositiveSmallIntegerField("places sans nom")
    state = models.CharField("état", max_length=10, choices=State, default=State.OPEN)
    booked_at = models.DateTimeField("réservé le")
    told = models.TextField("ce qui a été dit de la séance", blank=True, editable=False)  # offers.facts (C6)
    names_by = models.DateTimeField("noms avant")
    remind_at = models.DateTimeField("rappeler le", editable=False)
    reminded_at = models.DateTimeField("rappelé le", null=True, blank=True, editable=False)
    ended_at = models.DateTimeField("fini le", null=True, blank=True)

    named: int  # set by `with_named`

    objects = GroupQuerySet.as_manager()

    class Meta:
        verbose_name = "sortie de groupe"
        verbose_name_plural = "sorties de groupe"
        ordering = ["-booked_at"]
        constraints = [
            models.UniqueConstraint(fields=["structure", "key"], name="group_once_per_form"),
            models.CheckConstraint(
                name="group_holds_seats_while_open_only",
                condition=Q(state="open", ended_at=None)
                | (~Q(state="open") & Q(unnamed=0, ended_at__isnull=False)),
            ),
            models.CheckConstraint(
                name="group_is_named_after_it_is_booked",
                condition=Q(booked_at__lt=F("names_by"), remind_at__lt=F("names_by")),
            ),
        ]
        indexes = [
            models.Index(fields=["structure", "-booked_at"]),
            models.Index("names_by", condition=Q(state="open"), name="group_due"),
        ]

    def __str__(self) -> str:
        return f"Groupe {str(self.pk)[:8]}"

    def get_absolute_url(self) -> str:
        return reverse("invitations:group", args=[self.pk])

    @property
    def is_open(self) -> bool:
        return self.state == self.State.OPEN

    @property
    def is_cancelled(self) -> bool:
        return self.state == self.State.CANCELLED

    def takes_names(self, *, at: datetime) -> bool:
        """Whether people can be named at `at`, as `naming`."""
        return self.is_open and at < self.names_by
