"""Bookings, and one nominative invitation each (D1–D4, F1, F2)."""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Exists, ExpressionWrapper, OuterRef, Q
from django.urls import reverse

from common.codes import spoken
from common.crypto import EncryptedBinaryField
from common.dates import local_day, start_of
from common.models import Identified
from invitations.models.groups import GroupOuting
from invitations.models.people import Named, Participant, structure_of
from offers.models import Performance, door_days
from partners.models import Structure, User

# Beside a booking or a date: its seats taken, one for each invitation that isn't cancelled.
LIVE_SEATS = models.Count("invitations", filter=~Q(invitations__status="cancelled"))


class BookingQuerySet(models.QuerySet):
    def visible_to(self, user):
        """The bookings of the account's own structure (F1)."""
        return self.filter(structure=structure_of(user))

    def live(self):
        """Bookings not cancelled as a whole."""
        return self.filter(cancelled_at=None)

    def alone(self):
        """Bookings that aren't one person's of a group (D10)."""
        return self.filter(group=None)

    def ahead(self, *, at: datetime):
        """Outings that haven't started, cancelled ones included."""
        return self.filter(performance__starts_at__gt=at)

    def to_come(self, *, at: datetime):
        """Outings that will take place (D12)."""
        return self.live().ahead(at=at)

    def past(self, *, at: datetime):
        """Outings that have started."""
        return self.filter(performance__starts_at__lte=at)

    def around(self, *, moment: datetime, **who: Any):
        """A person's (`person_ref`) live outings less than a week away from `moment`, before or after it (D8)."""
        week = timedelta(days=settings.USAGE_ALERT_DAYS)
        return self.live().filter(
            **who,
            performance__starts_at__gt=moment - week,
            performance__starts_at__lt=moment + week,
        )

    def with_seats(self):
        """With `seats`, how many people go."""
        return self.annotate(seats=LIVE_SEATS)

    def with_outing(self):
        """With the date, the event and its place, in the same query."""
        return self.select_related("performance__event__venue__commune")


class Booking(Identified):
    """One party's outing to one date (D1). Its seats are its live invitations."""

    structure = models.ForeignKey(
        Structure, on_delete=models.PROTECT, related_name="bookings", verbose_name="structure"
    )
    performance = models.ForeignKey(
        Performance, on_delete=models.PROTECT, related_name="bookings", verbose_name="séance"
    )
    participant = models.ForeignKey(
        Participant,
        on_delete=models.SET_NULL,
        null=True,
        related_name="bookings",
        verbose_name="Actionneur·se",
    )
    person_ref = models.UUIDField("repère de la personne", editable=False)
    group = models.ForeignKey(
        GroupOuting,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="bookings",
        verbose_name="sortie de groupe",
    )
    booked_by = models.ForeignKey(User, on_delete=models.PROTECT, verbose_name="réservé par")
    key = models.UUIDField(
        "clé du formulaire", editable=False, help_text="Un formulaire envoyé deux fois réserve une fois (D3)."
    )
    created_at = models.DateTimeField("réservé le")
    printed_at = models.DateTimeField("imprimé le", null=True, blank=True)
    told = models.TextField("ce qui a été dit de la séance", blank=True, editable=False)  # offers.facts (C6)
    cancelled_at = models.DateTimeField("annulé le", null=True, blank=True)

    seats: int  # set by `with_seats`
    own: list["Invitation"]  # the participant's, set by `own_data.outings_of`

    objects = BookingQuerySet.as_manager()

    class Meta:
        verbose_name = "réservation"
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(fields=["structure", "key"], name="booking_once_per_form"),
            models.UniqueConstraint(
                fields=["performance", "person_ref"],
                condition=Q(cancelled_at=None),
                name="booking_once_per_person_and_date",
            ),
        ]
        indexes = [models.Index(fields=["person_ref"]), models.Index(fields=["structure", "-created_at"])]

    def __str__(self) -> str:
        return f"Réservation {str(self.pk)[:8]}"

    @property
    def carries_the_companions(self) -> bool:
        """Whether its group's companions go where it goes: nobody else of the group is named (D10). One query."""
        others = Booking.objects.live().filter(group=self.group_id).exclude(pk=self.pk)
        return self.group_id is not None and not others.exists()

    def get_absolute_url(self) -> str:
        return reverse("invitations:booking", args=[self.pk])

    def is_to_come(self, *, at: datetime) -> bool:
        """Whether the outing will take place, as `to_come`."""
        return self.cancelled_at is None and self.performance.starts_at > at


class InvitationQuerySet(models.QuerySet):
    def of_structure(self, structure):
        """The invitations of one structure, by its id."""
        return self.filter(booking__structure=structure)

    def visible_to(self, user):
        """The invitations of the account's own structure (F1)."""
        return self.of_structure(structure_of(user))

    def with_outing(self):
        """With the booking, its date, the event and its place, in the same query; and with `others_near`: whether
        the person has other outings less than a week away (D8), `noticed`: whether its date changed since (C6)."""
        moment = OuterRef("booking__performance__starts_at")
        week = timedelta(days=settings.USAGE_ALERT_DAYS)
        near = Booking.objects.live().filter(
            ~Q(pk=OuterRef("booking")),
            person_ref=OuterRef("booking__person_ref"),
            performance__starts_at__gt=ExpressionWrapper(moment - week, output_field=models.DateTimeField()),
            performance__starts_at__lt=ExpressionWrapper(moment + week, output_field=models.DateTimeField()),
        )
        return self.select_related(
            "booking__performance__event__venue__commune", "booking__booked_by", "booking__structure"
        ).annotate(
            others_near=Exists(near),
            noticed=Exists(Booking.objects.filter(pk=OuterRef("booking"), notices__isnull=False)),
        )

    def live(self):
        """Invitations that hold a seat."""
        return self.exclude(status=Invitation.Status.CANCELLED)

    def named(self):
        """Invitations that still hold a name (F2)."""
        return self.exclude(given_name="", family_name="")

    def for_paper(self):
        """With everything that their papers say, in the same query (D2)."""
        return self.select_related("performance__event__venue__commune", "booking__participant")

    def of_group(self, group: GroupOuting):
        """Everybody named in a group, in the order in which they were named (D10)."""
        return self.filter(booking__group=group).order_by("booking__created_at", "booking", "position")

    def excusable(self):
        """Invitations whose people neither came nor cancelled: after the start they may be excused (D4)."""
        return self.filter(status__in=[Invitation.Status.VALID, Invitation.Status.NO_SHOW])

    def expected(self):
        """Invitations that still let their person in, whatever their structure said of them (D9)."""
        return self.filter(
            Q(status__in=[Invitation.Status.VALID, Invitation.Status.NO_SHOW]) | Q(noted_at__isnull=False)
        )

    def answerable(self, *, at: datetime):
        """Invitations of which their structure may say at `at` who came: the door and the team said nothing (E1).

        From the start of the date on, for ATTENDANCE_DAYS whole days after its own.
        """
        since = start_of(local_day(at) - timedelta(days=settings.ATTENDANCE_DAYS))
        return self.expected().filter(performance__starts_at__gte=since, performance__starts_at__lte=at)

    def not_paused(self):
        """As `Invitation.is_paused`: without those whose structure is suspended, where that stops them (A13)."""
        if settings.SUSPENSION_KEEPS_INVITATIONS:
            return self
        return self.filter(booking__structure__suspended_at=None)

    def of_venue(self, user):
        """The invitations for any date of the venue's own; their names are read through `at_door_of` only."""
        if not user.is_authenticated or user.role != User.Role.VENUE:
            return self.none()
        return self.filter(performance__event__venue=user.venue_id)

    def at_door_of(self, user, *, at: datetime):
        """What the venue's desk may read at `at`: its own dates, day before to day after (F1, D9)."""
        return self.of_venue(user).filter(performance__starts_at__date__range=door_days(at))


class Invitation(Named):
    """One person's nominative paper for one date, not transferable (D1, D2)."""

    class Kind(models.TextChoices):
        PARTICIPANT = "participant", "Actionneur·se"
        GUEST = "guest", "Invité·e"
        COMPANION = "companion", "Accompagnant·e"

    class CompanionReason(models.TextChoices):
        WISHED = "wished", "la personne le souhaite"
        NEEDED = "needed", "la personne ne peut pas venir sans"

    class Status(models.TextChoices):
        VALID = "valid", "valable"
        CANCELLED = "cancelled", "annulée"
        ATTENDED = "attended", "venu·e"
        EXCUSED = "excused", "excusé·e"
        NO_SHOW = "no_show", "non venu·e"

    booking = models.ForeignKey(
        Booking, on_delete=models.PROTECT, related_name="invitations", verbose_name="réservation"
    )
    performance = models.ForeignKey(
        Performance, on_delete=models.PROTECT, related_name="invitations", verbose_name="séance"
    )
    kind = models.CharField("en tant que", max_length=12, choices=Kind)
    companion_reason = models.CharField("motif", max_length=10, choices=CompanionReason, blank=True)
    number = models.CharField("numéro", max_length=9, unique=True, editable=False)
    token = models.CharField("jeton du QR", max_length=22, unique=True, editable=False)
    position = models.PositiveSmallIntegerField("rang", default=0)
    status = models.CharField("état", max_length=10, choices=Status, default=Status.VALID)
    admitted_at = models.DateTimeField("entré·e à", null=True, blank=True)
    noted_at = models.DateTimeField(
        "noté par la structure le",
        null=True,
        blank=True,
        help_text="Rempli : l'état est ce que la structure en a dit, et non l'accueil du lieu (E1).",
    )
    cancelled_at = models.DateTimeField("annulée le", null=True, blank=True)
    forget = models.BooleanField(
        "nom à effacer après la sortie",
        default=False,
        editable=False,
        help_text="La personne a demandé l'effacement, et garde son invitation jusqu'à la date (F3).",
    )

    objects = InvitationQuerySet.as_manager()

    class Meta:
        verbose_name = "invitation"
        ordering = ["booking", "position"]
        constraints = [
            models.CheckConstraint(
                name="invitation_companion_has_a_reason",
                condition=Q(kind="companion") ^ Q(companion_reason=""),
            ),
            models.CheckConstraint(
                name="invitation_cancelled_admits_nobody",
                condition=Q(status="cancelled", cancelled_at__isnull=False, admitted_at=None)
                | (~Q(status="cancelled") & Q(cancelled_at=None)),
            ),
            models.CheckConstraint(
                name="invitation_attended_was_noted",
                condition=~Q(status="attended") | Q(admitted_at__isnull=False) | Q(noted_at__isnull=False),
            ),
            models.CheckConstraint(
                name="invitation_admitted_attended",
                condition=Q(admitted_at=None) | Q(status="attended", noted_at=None),
            ),
            models.CheckConstraint(
                name="invitation_noted_says_what",
                condition=Q(noted_at=None) | Q(status__in=["attended", "excused", "no_show"]),
            ),
        ]
        indexes = [models.Index(fields=["performance", "status"])]

    def __str__(self) -> str:
        return f"Invitation {str(self.pk)[:8]}"

    @property
    def spoken_number(self) -> str:
        return spoken(self.number)

    @property
    def check_url(self) -> str:
        """What the QR says: a page of this portal and a token, no name."""
        return settings.BASE_URL + reverse("invitations:check", args=[self.token])

    @property
    def is_live(self) -> bool:
        return self.status != self.Status.CANCELLED

    @property
    def is_expected(self) -> bool:
        """Whether it still lets its person in, as `expected`."""
        return self.status in {self.Status.VALID, self.Status.NO_SHOW} or self.noted_at is not None

    @property
    def is_paused(self) -> bool:
        """Whether it lets nobody in while its structure is suspended: only where the association says so (A13)."""
        if settings.SUSPENSION_KEEPS_INVITATIONS or not self.is_live:
            return False
        return self.booking.structure.is_suspended

    @property
    def ends_party(self) -> bool:
        """Whether cancelling it ends the whole party's outing: the participant's does (D4)."""
        return self.kind == self.Kind.PARTICIPANT

    @property
    def ends_others(self) -> bool:
        """Whether people read that others' invitations end with it: not in a group, where each goes alone (D10)."""
        return self.ends_party and self.booking.group_id is None

    @property
    def ends_with_participant(self) -> bool:
        """Whether it ends with another person's: a guest's or a companion's does, but in a group (D4, D10)."""
        return not self.ends_party and self.booking.group_id is None

    def may_be_cancelled(self, *, at: datetime) -> bool:
        """Whether a person may still give it up at `at`: valid, and before the start (D4)."""
        return self.status == self.Status.VALID and self.performance.starts_at > at


class PartyDocumentQuerySet(models.QuerySet):
    def ready(self):
        """Documents that are drawn."""
        return self.filter(made_at__isnull=False)

    def due(self):
        """Documents still to be drawn."""
        return self.filter(made_at=None)

    def showing(self, booking: Booking):
        """Those in which somebody of this booking has a paper: its own, or its group's."""
        shown = Q(booking=booking)
        return self.filter(shown | Q(group=booking.group_id) if booking.group_id else shown)


class PartyDocument(Identified):
    """The PDF of a large party or group, made in the background and kept encrypted for a short while (D2, D10)."""

    booking = models.OneToOneField(
        Booking,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="document",
        verbose_name="réservation",
    )
    group = models.OneToOneField(
        GroupOuting,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="document",
        verbose_name="sortie de groupe",
    )
    content = EncryptedBinaryField("document", null=True, editable=False)
    asked_at = models.DateTimeField("demandé le")
    made_at = models.DateTimeField("prêt le", null=True, blank=True)

    objects = PartyDocumentQuerySet.as_manager()

    class Meta:
        verbose_name = "document de groupe"
        verbose_name_plural = "documents de groupe"
        constraints = [
            models.CheckConstraint(
                name="document_of_a_party_or_a_group",
                condition=Q(booking__isnull=False, group=None) | Q(booking=None, group__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return f"Document {str(self.pk)[:8]}"
