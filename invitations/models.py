"""Who goes: the people of a structure's list, bookings, and one nominative invitation each (D1–D4, F1, F2)."""

import uuid
from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.db.models import F, OuterRef, Q
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone

from common.codes import spoken
from common.crypto import EncryptedBinaryField, EncryptedTextField
from common.models import Identified
from common.text import normalise
from offers.models import Event, Performance, door_days
from partners.models import Structure, User


class Language(models.TextChoices):
    """Languages that an invitation can be read in (D2)."""

    FRENCH = "fr", "français"
    ENGLISH = "en", "anglais"
    ARABIC = "ar", "arabe"
    UKRAINIAN = "uk", "ukrainien"
    DARI = "fa-AF", "dari"
    SPANISH = "es", "espagnol"
    PORTUGUESE = "pt", "portugais"
    TURKISH = "tr", "turc"
    TIGRINYA = "ti", "tigrinya"


class Named(Identified):
    """Somebody's name, encrypted in the database (F2)."""

    given_name = EncryptedTextField("prénom", max_length=80, blank=True)
    family_name = EncryptedTextField("nom", max_length=80, blank=True)

    class Meta:
        abstract = True

    @property
    def full_name(self) -> str:
        return f"{self.given_name} {self.family_name}".strip()

    def matches(self, words: str) -> bool:
        """Whether every word typed stands in the name, accents and case aside."""
        name = normalise(self.full_name)
        return all(word in name for word in normalise(words).split())

    @property
    def sort_name(self) -> tuple[str, str]:
        """What lists are put in order by: accents and case aside."""
        return normalise(self.family_name), normalise(self.given_name)


def structure_of(user):
    """The id of the structure whose names this account reads; one that nobody has, for anyone else (F1)."""
    return user.structure_id if user.is_authenticated and user.books else uuid.UUID(int=0)


class ParticipantQuerySet(models.QuerySet["Participant"]):
    def visible_to(self, user):
        """A structure's own list; nobody else reads it (F1)."""
        return self.filter(structure=structure_of(user))

    def with_outings(self, *, at: datetime):
        """With `coming`, the number of outings still to come."""
        live = Q(bookings__cancelled_at=None, bookings__performance__starts_at__gt=at)
        return self.annotate(coming=models.Count("bookings", filter=live))

    def search(self, words: str) -> list["Participant"]:
        """People whose name holds every word typed, in order of name.

        Names are encrypted, so a structure's list is read and compared here: some hundred people at most.
        """
        people = [person for person in self if person.matches(words)]
        return sorted(people, key=lambda person: person.sort_name)


class Participant(Named):
    """A person accompanied by a structure, on its own list: *Actionneur·se* on screen (D1)."""

    structure = models.ForeignKey(
        Structure, on_delete=models.CASCADE, related_name="participants", verbose_name="structure"
    )
    language = models.CharField("langue lue", max_length=8, choices=Language, default=Language.FRENCH)
    person_ref = models.UUIDField(
        "repère",
        default=uuid.uuid4,
        unique=True,
        editable=False,
        help_text="Numéro au hasard par lequel les chiffres comptent cette personne (F2).",
    )
    created_at = models.DateTimeField("ajouté·e le", default=timezone.now, editable=False)

    objects = ParticipantQuerySet.as_manager()

    class Meta:
        verbose_name = "Actionneur·se"
        verbose_name_plural = "Actionneur·se·s"
        indexes = [models.Index(fields=["structure"])]

    def __str__(self) -> str:
        return f"Actionneur·se {str(self.pk)[:8]}"


# Beside a booking or a date: its seats taken, one for each invitation that isn't cancelled.
LIVE_SEATS = models.Count("invitations", filter=~Q(invitations__status="cancelled"))


# Beside a date: how many people wait for it, offered seats aside.
WAITING_PEOPLE = models.Sum("waitlist__seats", filter=Q(waitlist__state="waiting"), default=0)


class BookingQuerySet(models.QuerySet):
    def visible_to(self, user):
        """The bookings of the account's own structure (F1)."""
        return self.filter(structure=structure_of(user))

    def live(self):
        """Bookings not cancelled as a whole."""
        return self.filter(cancelled_at=None)

    def ahead(self, *, at: datetime):
        """Outings that haven't started, cancelled ones included."""
        return self.filter(performance__starts_at__gt=at)

    def to_come(self, *, at: datetime):
        """Outings that will take place (D12)."""
        return self.live().ahead(at=at)

    def past(self, *, at: datetime):
        """Outings that have started."""
        return self.filter(performance__starts_at__lte=at)

    def around(self, *, person_ref, moment: datetime):
        """One person's live outings less than a week away from `moment`, before or after it (D8)."""
        week = timedelta(days=settings.USAGE_ALERT_DAYS)
        return self.live().filter(
            person_ref=person_ref,
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
    booked_by = models.ForeignKey(User, on_delete=models.PROTECT, verbose_name="réservé par")
    key = models.UUIDField(
        "clé du formulaire", editable=False, help_text="Un formulaire envoyé deux fois réserve une fois (D3)."
    )
    created_at = models.DateTimeField("réservé le")
    printed_at = models.DateTimeField("imprimé le", null=True, blank=True)
    cancelled_at = models.DateTimeField("annulé le", null=True, blank=True)

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

    def get_absolute_url(self) -> str:
        return reverse("invitations:booking", args=[self.pk])


class InvitationQuerySet(models.QuerySet):
    def visible_to(self, user):
        """The invitations of the account's own structure (F1)."""
        return self.filter(booking__structure=structure_of(user))

    def live(self):
        """Invitations that hold a seat."""
        return self.exclude(status=Invitation.Status.CANCELLED)

    def excusable(self):
        """Invitations whose people neither came nor cancelled: after the start they may be excused (D4)."""
        return self.filter(status__in=[Invitation.Status.VALID, Invitation.Status.NO_SHOW])

    def expected(self):
        """Invitations that still let their person in, late ones noted as not come included (D9)."""
        return self.filter(status__in=[Invitation.Status.VALID, Invitation.Status.NO_SHOW])

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
    cancelled_at = models.DateTimeField("annulée le", null=True, blank=True)

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
                name="invitation_attended_was_admitted",
                condition=~Q(status="attended") | Q(admitted_at__isnull=False),
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
        return self.status in {self.Status.VALID, self.Status.NO_SHOW}

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

    def may_be_cancelled(self, *, at: datetime) -> bool:
        """Whether a person may still give it up at `at`: valid, and before the start (D4)."""
        return self.status == self.Status.VALID and self.performance.starts_at > at


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
        return self.select_related("performance__event__venue__commune", "structure", "participant")

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
    """One party that waits for seats of a date: all of it gets in, or nobody does (D5)."""

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
    person_ref = models.UUIDField("repère de la personne", editable=False)
    joined_by = models.ForeignKey(
        User, on_delete=models.PROTECT, related_name="+", verbose_name="inscrit par"
    )
    key = models.UUIDField("clé du formulaire", editable=False)
    seats = models.PositiveSmallIntegerField("personnes")
    line = models.PositiveIntegerField("rang d'arrivée", editable=False)
    state = models.CharField("état", max_length=10, choices=State, default=State.WAITING)
    joined_at = models.DateTimeField("inscrit le")
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
                | (~Q(state="confirmed") & Q(booking=None)),
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
        """Its place, after `with_place`, as people say it: 1re, 2e…"""
        return "1re place de la file" if self.place == 1 else f"{self.place}e place de la file"

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


class PartyDocumentQuerySet(models.QuerySet):
    def ready(self):
        """Documents that are drawn."""
        return self.filter(made_at__isnull=False)

    def due(self):
        """Documents still to be drawn."""
        return self.filter(made_at=None)


class PartyDocument(Identified):
    """The PDF of a large party, made in the background and kept encrypted for a short while (D2)."""

    booking = models.OneToOneField(
        Booking, on_delete=models.CASCADE, related_name="document", verbose_name="réservation"
    )
    content = EncryptedBinaryField("document", null=True, editable=False)
    asked_at = models.DateTimeField("demandé le")
    made_at = models.DateTimeField("prêt le", null=True, blank=True)

    objects = PartyDocumentQuerySet.as_manager()

    class Meta:
        verbose_name = "document de groupe"
        verbose_name_plural = "documents de groupe"

    def __str__(self) -> str:
        return f"Document {str(self.pk)[:8]}"


class UsageAlertQuerySet(models.QuerySet):
    def open(self):
        """Alerts that staff still have to look at."""
        return self.filter(closed_at=None)


class UsageAlert(Identified):
    """That one person has more outings in a week than foreseen: a hint for staff, never a block (D8)."""

    structure = models.ForeignKey(
        Structure, on_delete=models.CASCADE, related_name="usage_alerts", verbose_name="structure"
    )
    person_ref = models.UUIDField("repère de la personne", editable=False)
    week_from = models.DateField("à partir du")
    outings = models.PositiveSmallIntegerField("sorties en une semaine")
    seen_at = models.DateTimeField("relevé le")
    closed_at = models.DateTimeField("traité le", null=True, blank=True)
    outcome = models.CharField("suite donnée", max_length=300, blank=True)

    objects = UsageAlertQuerySet.as_manager()

    class Meta:
        verbose_name = "alerte d'usage"
        verbose_name_plural = "alertes d'usage"
        ordering = ["-week_from"]
        constraints = [
            models.UniqueConstraint(
                fields=["structure", "person_ref", "week_from"], name="alert_once_per_week"
            )
        ]

    def __str__(self) -> str:
        return f"{self.structure} · semaine du {self.week_from:%d/%m/%Y}"


class DrawQuerySet(models.QuerySet):
    def of(self, user):
        """The draws of the dates of the account's own venue."""
        if user.role != User.Role.VENUE:
            return self.none()
        return self.filter(performance__event__venue=user.venue_id)

    def shown(self):
        """Draws that anybody may look at: not those of an event that is still a draft."""
        return self.exclude(performance__event__state=Event.State.DRAFT)

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
