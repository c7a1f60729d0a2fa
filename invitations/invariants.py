"""What must hold whatever happened: seats, agreements, papers, mails and trail agree (docs/architecture.md).

Each invariant is one function that returns a query for the rows which break it. `audit` runs them all: a fixed
number of queries, whatever the size of the database, each answered by the database itself.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from itertools import islice
from typing import Any

from django.db.models import (
    Count,
    DateField,
    DateTimeField,
    Exists,
    ExpressionWrapper,
    F,
    Func,
    IntegerField,
    Max,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    TextField,
    UUIDField,
    Value,
)
from django.db.models.functions import Cast, Coalesce, Concat, Replace, Substr, TruncDate

from common.dates import local_day
from common.models import AuditEntry, Erased, OutboxMessage
from conventions.models import Agreement, Donation, EvidenceHead, Membership, Receipt, ReceiptYear
from conventions.services.proof import verify
from invitations.models import (
    Booking,
    ChangeNotice,
    Draw,
    DrawGuest,
    DrawRequest,
    GroupOuting,
    Invitation,
    Participant,
    PartyDocument,
    WaitlistEntry,
    WaitlistGuest,
)
from invitations.models.erasure import dates_end, leaving
from invitations.services import sharing
from offers.models import Performance, Quota
from partners.models import Structure, Suspension, Venue

# A request begun just before a suspension was lifted, or a date drawn, may be served after it.
UNDER_WAY = timedelta(minutes=1)
IDS_SHOWN = 50  # rows named for each invariant; the count tells the rest

Status, Kind, Waiting = Invitation.Status, Invitation.Kind, WaitlistEntry.State
Group = GroupOuting.State


class UuidText(Func):
    """A UUID as Python writes it, with dashes: what outbox and audit trail refer to rows by."""

    output_field = TextField()
    arity = 1

    def as_sqlite(self, compiler, connection, **context):
        sql, params = compiler.compile(self.source_expressions[0])
        pieces = " || '-' || ".join(
            f"substr({sql}, {start}, {length})"
            for start, length in ((1, 8), (9, 4), (13, 4), (17, 4), (21, 12))
        )
        return f"({pieces})", [*params] * 5

    def as_postgresql(self, compiler, connection, **context):
        return self.as_sql(compiler, connection, template="(%(expressions)s)::text", **context)


def text_uuid(prefix: str, column: str) -> Cast:
    """The UUID that stands in `column` after `prefix`."""
    bare = Replace(Substr(column, len(prefix) + 1), Value("-"), Value(""))
    return Cast(bare, UUIDField())


def mailed(effect: str) -> Exists:
    """Whether the outbox holds "`effect` <id of the row>"."""
    return Exists(OutboxMessage.objects.filter(effect=Concat(Value(f"{effect} "), UuidText(OuterRef("pk")))))


def trailed(verb: str, label: str) -> Exists:
    """Whether the audit trail holds `verb` on the row, a `label` such as "invitations.booking"."""
    return Exists(
        AuditEntry.objects.filter(subject=Concat(Value(f"{label} "), UuidText(OuterRef("pk"))), verb=verb)
    )


def noticed(party: str) -> Exists:
    """Whether there is a notice that the venue called the date of a `party` off (C6); once, a mail told it."""
    return Exists(ChangeNotice.objects.filter(change__cancelled=True, **{party: OuterRef("pk")}))


def agreement(**conditions: Any) -> Exists:
    """Whether the booking's structure had an agreement like this, not terminated on the day of booking."""
    theirs = Agreement.objects.filter(structure=OuterRef("structure"), **conditions)
    return Exists(theirs.filter(Q(terminated_on=None) | Q(terminated_on__gt=OuterRef("booked_on"))))


def suspended(**partner: Any) -> Exists:
    """Whether this partner of the booking was suspended when it was made."""
    made = OuterRef("created_at")
    lifted_later = Q(until=None) | Q(
        until__gt=ExpressionWrapper(made + UNDER_WAY, output_field=DateTimeField())
    )
    return Exists(Suspension.objects.filter(lifted_later, since__lt=made, **partner))


def bookings_with_days() -> QuerySet:
    """Bookings with the days, in Europe/Paris, on which they were made and on which they lead out."""
    return Booking.objects.annotate(
        booked_on=TruncDate("created_at", output_field=DateField()),
        outing_on=TruncDate("performance__starts_at", output_field=DateField()),
    )


@dataclass(frozen=True)
class Invariant:
    """A promise: its code, the sentence for when it is broken, and the query for the rows that break it."""

    code: str
    sentence: str
    broken: Callable[[], QuerySet]


INVARIANTS: list[Invariant] = []


def invariant(sentence: str) -> Callable:
    """Register a function as an invariant, with its name as code."""

    def register(broken: Callable[[], QuerySet]) -> Callable[[], QuerySet]:
        INVARIANTS.append(Invariant(broken.__name__, sentence, broken))
        return broken

    return register


# --- Seats (D3) ----------------------------------------------------------------------------------------


@invariant(
    "Séances dont les places données ne sont pas la somme des invitations vivantes, des places retenues et des "
    "places libres."
)
def seats_add_up() -> QuerySet:
    given = Count("invitations", filter=~Q(invitations__status=Status.CANCELLED))
    return Performance.objects.annotate(given=given).exclude(
        capacity=F("seats_left") + F("seats_held") + F("given")
    )


@invariant("Séances dont les places libres sont négatives ou dépassent les places données.")
def seats_within_capacity() -> QuerySet:
    return Performance.objects.filter(Q(seats_left__lt=0) | Q(seats_left__gt=F("capacity")))


# --- The waiting list (D5) -------------------------------------------------------------------------------


def line_of(date: str, *states: str) -> QuerySet:
    """The parties of a date in these states, put together; `date` is the path to it from the outer row."""
    rows = WaitlistEntry.objects.filter(performance=OuterRef(date), state__in=states)
    return rows.order_by().values("performance")


@invariant(
    "Séances dont les places retenues ne sont pas celles proposées à la liste d'attente et celles des groupes qui "
    "n'ont pas encore de nom."
)
def held_seats_are_offered_or_unnamed() -> QuerySet:
    offered = line_of("pk", Waiting.OFFERED).annotate(seats=Sum("seats")).values("seats")
    groups = GroupOuting.objects.open().filter(performance=OuterRef("pk")).order_by().values("performance")
    unnamed = groups.annotate(seats=Sum("unnamed")).values("seats")
    return Performance.objects.annotate(
        offered=Coalesce(Subquery(offered), 0), unnamed=Coalesce(Subquery(unnamed), 0)
    ).exclude(seats_held=F("offered") + F("unnamed"))


@invariant("Séances qui ne comptent pas juste les groupes de leur liste d'attente.")
def waiting_parties_add_up() -> QuerySet:
    waiting = line_of("pk", Waiting.WAITING).annotate(parties=Count("pk")).values("parties")
    return Performance.objects.annotate(waiting=Coalesce(Subquery(waiting), 0)).exclude(
        parties_waiting=F("waiting")
    )


@invariant("Places proposées après le début, ou à répondre après la fin des réservations.")
def nothing_is_offered_too_late() -> QuerySet:
    starts, deadline = F("performance__starts_at"), F("performance__booking_deadline")
    return WaitlistEntry.objects.filter(
        Q(offered_at__gte=starts)
        | Q(answer_by__gt=starts)
        | Q(offered_at__gte=deadline)
        | Q(answer_by__gt=deadline)
    )


@invariant("Groupes encore en attente d'une séance annulée.")
def cancelled_performance_has_no_line() -> QuerySet:
    return WaitlistEntry.objects.live().exclude(performance__cancelled_at=None)


@invariant("Groupes qui attendaient une séance annulée et que personne n'a prévenus.")
def called_off_line_was_told() -> QuerySet:
    closed = WaitlistEntry.State.CLOSED
    by_venue = WaitlistEntry.objects.filter(group=None, state=closed, ended_at=F("performance__cancelled_at"))
    return by_venue.exclude(mailed("line-closed")).exclude(noticed("entry"))


@invariant("Personnes plusieurs fois en attente de la même séance.")
def person_waits_once() -> QuerySet:
    lines = WaitlistEntry.objects.live().filter(group=None).order_by().values("performance", "person_ref")
    return lines.annotate(times=Count("pk")).filter(times__gt=1).values_list("person_ref", flat=True)


@invariant("Groupes en attente dont il manque quelqu'un.")
def waiting_party_is_whole() -> QuerySet:
    return (
        WaitlistEntry.objects.live()
        .filter(group=None)
        .annotate(named=Count("guests") + 1)
        .exclude(seats=F("named"))
    )


@invariant("Groupes entrés par la liste d'attente sans être tous réservés.")
def confirmed_party_is_whole() -> QuerySet:
    booked = Invitation.objects.filter(booking=OuterRef("booking")).order_by().values("booking")
    count = Subquery(booked.annotate(papers=Count("pk")).values("papers"))
    confirmed = WaitlistEntry.objects.filter(state=Waiting.CONFIRMED, group=None)
    return confirmed.annotate(papers=Coalesce(count, 0)).exclude(seats=F("papers"))


@invariant("Noms gardés de groupes qui n'attendent plus.")
def ended_wait_keeps_no_name() -> QuerySet:
    return WaitlistGuest.objects.exclude(entry__state__in=WaitlistEntry.LIVE)


@invariant("Places proposées sans que la structure en soit prévenue.")
def offer_was_told() -> QuerySet:
    return WaitlistEntry.objects.exclude(offered_at=None).exclude(mailed("seats-offered"))


@invariant("Places proposées sans trace au journal.")
def offer_left_a_trace() -> QuerySet:
    trace = trailed("places proposées", "invitations.waitlistentry")
    return WaitlistEntry.objects.exclude(offered_at=None).exclude(trace)


# --- Quotas (C3) -----------------------------------------------------------------------------------------


def _beyond(scope: str, **same: Any) -> QuerySet:
    """Bookings that took their structure beyond a quota of this scope, as it stood when their seats were taken.

    Seats count that were taken by then and not given back before; of two requests at the same moment the one that
    began later may have been served first, hence UNDER_WAY. A group's people are judged with the group (D10).
    """
    bookings = Booking.objects.alone().annotate(
        taken_at=Coalesce("waitlist_entry__offered_at", "created_at"),
        outing_on=TruncDate("performance__starts_at", output_field=DateField()),
    )
    theirs = _papers_then(scope, **same)
    return bookings.filter(Exists(_quotas_then(scope).annotate(theirs=theirs).filter(theirs__gt=F("seats"))))


def _group_beyond(scope: str, **same: Any) -> QuerySet:
    """Groups that did, with the seats that they booked first."""
    groups = GroupOuting.objects.annotate(
        taken_at=F("booked_at"),
        outing_on=TruncDate("performance__starts_at", output_field=DateField()),
    )
    quotas = _quotas_then(scope).annotate(
        theirs=Coalesce(_papers_then(scope, **same), 0),
        more=ExpressionWrapper(OuterRef("seats"), output_field=IntegerField()),
    )
    return groups.filter(Exists(quotas.filter(theirs__gt=F("seats") - F("more"))))


def _papers_then(scope: str, **same: Any) -> Subquery:
    """From a quota, itself looked at from a booking or a group: how many papers its structure had then.

    A group's own aren't counted with it: its seats are.
    """
    taken = Coalesce("booking__waitlist_entry__offered_at", "booking__created_at")
    moment = OuterRef(OuterRef("taken_at"))
    later = ExpressionWrapper(moment + UNDER_WAY, output_field=DateTimeField())
    theirs = (
        Invitation.objects.filter(booking__structure=OuterRef(OuterRef("structure")))
        .annotate(taken_at=taken)
        .filter(Q(cancelled_at=None) | Q(cancelled_at__gt=later), taken_at__lte=moment)
        .exclude(booking__group=OuterRef(OuterRef("pk")))
        .filter(**{path: OuterRef(column) for path, column in same.items()})
    )
    if scope == "starts_on":
        theirs = theirs.filter(performance__moved_at=None)  # it may have been booked for another period
        theirs = theirs.annotate(day=TruncDate("performance__starts_at", output_field=DateField())).filter(
            day__gte=OuterRef("starts_on"), day__lte=OuterRef("ends_on")
        )
    return Subquery(
        theirs.order_by().values("booking__structure").annotate(seats=Count("pk")).values("seats")
    )


def _quotas_then(scope: str) -> QuerySet:
    """From a booking or a group: the quotas that counted it when its seats were taken."""
    begun, made = (
        ExpressionWrapper(OuterRef("taken_at") + step, output_field=DateTimeField())
        for step in (-UNDER_WAY, UNDER_WAY)
    )
    quotas = Quota.objects.filter(Q(until=None) | Q(until__gt=made), since__lte=begun)
    match scope:
        case "performance":
            return quotas.filter(performance=OuterRef("performance"))
        case "event":
            return quotas.filter(event=OuterRef("performance__event"))
        case _:
            return quotas.filter(
                Exists(Performance.objects.filter(pk=OuterRef(OuterRef("performance")), moved_at=None)),
                venue=OuterRef("performance__event__venue"),
                starts_on__lte=OuterRef("outing_on"),
                ends_on__gte=OuterRef("outing_on"),
            )


@invariant("Quotas d'un lieu pour la séance ou l'événement d'un autre lieu.")
def quota_is_of_its_venue() -> QuerySet:
    elsewhere = Q(event__isnull=False) & ~Q(event__venue=F("venue"))
    return Quota.objects.filter(
        elsewhere | Q(performance__isnull=False) & ~Q(performance__event__venue=F("venue"))
    )


@invariant("Réservations qui dépassent le quota de leur séance, tel qu'il était ce jour-là.")
def no_booking_beyond_a_dates_quota() -> QuerySet:
    return _beyond("performance", performance="performance")


@invariant("Réservations qui dépassent le quota de leur événement, tel qu'il était ce jour-là.")
def no_booking_beyond_an_events_quota() -> QuerySet:
    return _beyond("event", performance__event="event")


@invariant("Réservations qui dépassent le quota de leur lieu pour une période, tel qu'il était ce jour-là.")
def no_booking_beyond_a_periods_quota() -> QuerySet:
    return _beyond("starts_on", performance__event__venue="venue")


# --- Groups (D10) ----------------------------------------------------------------------------------------


@invariant("Groupes qui ont plus de places, nommées ou non, qu'ils n'en ont réservé.")
def group_keeps_within_its_seats() -> QuerySet:
    rest = WaitlistEntry.objects.filter(group=OuterRef("pk"), state=Waiting.CONFIRMED).values("seats")
    had = F("seats") + Coalesce(Subquery(rest), 0)
    return GroupOuting.objects.with_named().annotate(had=had).filter(had__lt=F("named") + F("unnamed"))


@invariant("Personnes d'un groupe réservées pour une autre structure ou une autre séance que lui.")
def group_booking_is_its_groups() -> QuerySet:
    return Booking.objects.exclude(group=None).exclude(
        structure=F("group__structure"), performance=F("group__performance")
    )


@invariant("Personnes nommées dans un groupe après le délai.")
def group_was_named_in_time() -> QuerySet:
    return Booking.objects.filter(created_at__gte=F("group__names_by"))


@invariant("Groupes dont les noms peuvent se donner après la fin des réservations.")
def names_are_due_before_the_date_closes() -> QuerySet:
    starts, deadline = F("performance__starts_at"), F("performance__booking_deadline")
    return GroupOuting.objects.filter(Q(names_by__gt=starts) | Q(names_by__gt=deadline))


@invariant("Groupes annulés dont quelqu'un a encore une réservation.")
def cancelled_group_has_no_booking() -> QuerySet:
    return Booking.objects.live().filter(group__state=Group.CANCELLED)


@invariant("Groupes d'une séance annulée qui ne le sont pas.")
def cancelled_performance_has_no_group() -> QuerySet:
    return GroupOuting.objects.exclude(state=Group.CANCELLED).exclude(performance__cancelled_at=None)


@invariant("Groupes clos dont le reste attend encore des places.")
def ended_group_waits_no_longer() -> QuerySet:
    return WaitlistEntry.objects.live().exclude(group=None).exclude(group__state=Group.OPEN)


@invariant("Groupes dont la réservation n'a pas été écrite à qui l'a faite.")
def group_was_told() -> QuerySet:
    return GroupOuting.objects.exclude(mailed("group-booked"))


@invariant("Groupes d'une séance annulée dont personne n'a été prévenu.")
def called_off_group_was_told() -> QuerySet:
    by_venue = GroupOuting.objects.filter(ended_at=F("performance__cancelled_at"), state=Group.CANCELLED)
    return by_venue.exclude(mailed("group-called-off")).exclude(noticed("group"))


@invariant("Groupes sans trace « groupe réservé » au journal.")
def group_left_a_trace() -> QuerySet:
    return GroupOuting.objects.exclude(trailed("groupe réservé", "invitations.groupouting"))


@invariant("Groupes qui dépassent le quota de leur séance, tel qu'il était ce jour-là.")
def no_group_beyond_a_dates_quota() -> QuerySet:
    return _group_beyond("performance", performance="performance")


@invariant("Groupes qui dépassent le quota de leur événement, tel qu'il était ce jour-là.")
def no_group_beyond_an_events_quota() -> QuerySet:
    return _group_beyond("event", performance__event="event")


@invariant("Groupes qui dépassent le quota de leur lieu pour une période, tel qu'il était ce jour-là.")
def no_group_beyond_a_periods_quota() -> QuerySet:
    return _group_beyond("starts_on", performance__event__venue="venue")


# --- Parties (D1, D4) ----------------------------------------------------------------------------------


@invariant("Réservations sans aucune invitation.")
def booking_has_invitations() -> QuerySet:
    return Booking.objects.exclude(Exists(Invitation.objects.filter(booking=OuterRef("pk"))))


@invariant("Réservations dont l'Actionneur·se n'a pas une invitation, et une seule.")
def booking_has_one_participant() -> QuerySet:
    theirs = Count("invitations", filter=Q(invitations__kind=Kind.PARTICIPANT))
    return Booking.objects.annotate(theirs=theirs).exclude(theirs=1)


@invariant("Réservations en cours dont l'Actionneur·se a une invitation annulée.")
def live_booking_keeps_its_participant() -> QuerySet:
    ended = Invitation.objects.filter(booking=OuterRef("pk"), kind=Kind.PARTICIPANT, status=Status.CANCELLED)
    return Booking.objects.live().filter(Exists(ended))


@invariant("Invitations vivantes d'une réservation annulée.")
def cancelled_booking_admits_nobody() -> QuerySet:
    return Invitation.objects.live().exclude(booking__cancelled_at=None)


@invariant("Invitations vivantes d'une séance annulée.")
def cancelled_performance_admits_nobody() -> QuerySet:
    return Invitation.objects.live().exclude(performance__cancelled_at=None)


@invariant("Réservations en cours d'une séance annulée.")
def cancelled_performance_has_no_booking() -> QuerySet:
    return Booking.objects.live().exclude(performance__cancelled_at=None)


@invariant("Invitations pour une autre séance que celle de leur réservation.")
def invitation_is_for_its_bookings_date() -> QuerySet:
    return Invitation.objects.exclude(performance=F("booking__performance"))


@invariant(
    "Réservations faites pour une personne de la liste d'une autre structure, ou comptées pour une autre."
)
def booking_is_for_the_structures_own_person() -> QuerySet:
    return Booking.objects.exclude(participant=None).exclude(
        participant__structure=F("structure"), participant__person_ref=F("person_ref")
    )


@invariant("Documents gardés pour une réservation annulée.")
def cancelled_booking_keeps_no_document() -> QuerySet:
    return PartyDocument.objects.exclude(booking__cancelled_at=None)


# --- Time and terms (B4, C1) ---------------------------------------------------------------------------


@invariant("Réservations faites après le début de la séance ou après sa date limite.")
def booking_was_in_time() -> QuerySet:
    return Booking.objects.filter(
        Q(created_at__gte=F("performance__starts_at")) | Q(created_at__gte=F("performance__booking_deadline"))
    )


@invariant("Réservations faites un jour où la structure n'avait pas de convention en vigueur.")
def booking_had_an_agreement_in_force() -> QuerySet:
    day = OuterRef("booked_on")
    return bookings_with_days().exclude(agreement(signed_on__lte=day, starts_on__lte=day, ends_on__gte=day))


@invariant("Réservations pour un jour qu'aucune convention signée ne couvrait.")
def booking_had_an_agreement_for_its_day() -> QuerySet:
    signed, day = OuterRef("booked_on"), OuterRef("outing_on")
    return bookings_with_days().exclude(
        agreement(signed_on__lte=signed, starts_on__lte=day, ends_on__gte=day)
    )


@invariant("Réservations faites pendant que la structure ou le lieu était suspendu.")
def no_booking_beyond_a_suspension() -> QuerySet:
    return Booking.objects.filter(
        suspended(structure=OuterRef("structure")) | suspended(venue=OuterRef("performance__event__venue"))
    )


def _at_odds(partner: type[Structure] | type[Venue]) -> QuerySet:
    history = Suspension.objects.open().filter(**{str(partner._meta.model_name): OuterRef("pk")})
    same = history.filter(since=OuterRef("suspended_at"), reason=OuterRef("suspension_reason"))
    return partner._default_manager.filter(
        (Q(suspended_at=None) & Exists(history)) | (Q(suspended_at__isnull=False) & ~Exists(same))
    )


@invariant("Structures dont la fiche et l'histoire ne disent pas la même suspension.")
def suspended_structure_has_its_history() -> QuerySet:
    return _at_odds(Structure)


@invariant("Lieux dont la fiche et l'histoire ne disent pas la même suspension.")
def suspended_venue_has_its_history() -> QuerySet:
    return _at_odds(Venue)


# --- Receipts (B6) --------------------------------------------------------------------------------------


@invariant("Années dont les numéros de reçus ont un trou, ou ne s'arrêtent pas au dernier donné.")
def receipts_follow_each_other() -> QuerySet:
    issued = Receipt.objects.filter(year=OuterRef("year")).order_by().values("year")
    count = Coalesce(Subquery(issued.annotate(count=Count("pk")).values("count")), 0)
    highest = Coalesce(Subquery(issued.annotate(highest=Max("number")).values("highest")), 0)
    return ReceiptYear.objects.annotate(count=count, highest=highest).exclude(
        last=F("count"), highest=F("count")
    )


@invariant("Adhésions payées sans reçu qui compte.")
def paid_membership_has_its_receipt() -> QuerySet:
    paid = Membership.objects.exclude(paid_on=None)
    return paid.exclude(Exists(Receipt.objects.live().filter(membership=OuterRef("pk"))))


@invariant("Dons sans reçu qui compte.")
def donation_has_its_receipt() -> QuerySet:
    kept = Donation.objects.filter(withdrawn_at=None)
    return kept.exclude(Exists(Receipt.objects.live().filter(donation=OuterRef("pk"))))


# --- The door (D9) -------------------------------------------------------------------------------------


@invariant("Invitations notées venues avant le jour de leur séance.")
def nobody_entered_before_the_day() -> QuerySet:
    entered = TruncDate("admitted_at", output_field=DateField())
    day = TruncDate("performance__starts_at", output_field=DateField())
    return (
        Invitation.objects.filter(status=Status.ATTENDED)
        .annotate(entered=entered, day=day)
        .filter(entered__lt=F("day"))
    )


@invariant("Réponses d'une structure sur qui est venu, données avant le début de la séance.")
def nobody_is_answered_for_before_the_start() -> QuerySet:
    return Invitation.objects.filter(noted_at__lt=F("performance__starts_at"))


@invariant("Réponses d'une structure sur qui est venu, sans trace au journal.")
def answer_left_a_trace() -> QuerySet:
    return Invitation.objects.exclude(noted_at=None).exclude(
        trailed("présence notée", "invitations.invitation")
    )


@invariant("Invitations admises plus d'une fois.")
def admitted_once() -> QuerySet:
    """By the server, slips taken back aside: what phones did without network is merged, and told to the desk."""
    trail = AuditEntry.objects.filter(verb__in=["admis·e", "entrée reprise"]).order_by().values("subject")
    times = Count("pk", filter=Q(verb="admis·e")) - Count("pk", filter=Q(verb="entrée reprise"))
    return trail.annotate(times=times).filter(times__gt=1).values_list("subject", flat=True)


# --- Mails and trail (F5) ------------------------------------------------------------------------------


@invariant("Réservations dont le mail de confirmation n'a pas été écrit.")
def booking_was_told() -> QuerySet:
    return Booking.objects.alone().exclude(mailed("booking-made"))


@invariant("Mails de confirmation d'une réservation qui n'existe pas.")
def told_booking_exists() -> QuerySet:
    prefix = "booking-made "
    return (
        OutboxMessage.objects.filter(effect__startswith=prefix)
        .annotate(booking=text_uuid(prefix, "effect"))
        .exclude(Exists(Booking.objects.filter(pk=OuterRef("booking"))))
    )


@invariant("Réservations d'une séance annulée dont personne n'a été prévenu.")
def cancelled_performance_was_told() -> QuerySet:
    by_venue = Booking.objects.alone().filter(cancelled_at=F("performance__cancelled_at"))
    return by_venue.exclude(mailed("performance-cancelled")).exclude(noticed("booking"))


@invariant("Changements de séance sans le mail qui les annonce.")
def change_was_told() -> QuerySet:
    return ChangeNotice.objects.exclude(Exists(OutboxMessage.objects.filter(effect=OuterRef("mail"))))


@invariant("Changements notés dits sans trace au journal.")
def told_change_left_a_trace() -> QuerySet:
    return ChangeNotice.objects.exclude(told_by=None).exclude(
        trailed("changement dit", "invitations.changenotice")
    )


@invariant("Réservations sans trace « réservé » au journal.")
def booking_left_a_trace() -> QuerySet:
    return Booking.objects.exclude(trailed("réservé", "invitations.booking"))


@invariant("Réservations annulées sans trace au journal.")
def cancelled_booking_left_a_trace() -> QuerySet:
    ended = Booking.objects.exclude(cancelled_at=None).exclude(cancelled_at=F("performance__cancelled_at"))
    return ended.exclude(trailed("réservation annulée", "invitations.booking"))


# --- Evidence of agreements (B3) -----------------------------------------------------------------------


@invariant(
    "Conventions dont la preuve, le document ou la signature a été altéré (manage.py verify_agreements)."
)
def agreements_are_as_they_were_signed() -> QuerySet:
    """Not the database but the key answers this one: what was sealed is read again, a few rows at a time."""
    verdict = verify()
    about = {found.agreement for found in verdict.alterations}
    return EvidenceHead.objects.all() if "" in about else Agreement.objects.filter(pk__in=about)


# --- The fair draw (D7) ----------------------------------------------------------------------------------


@invariant("Tirages et séances qui ne disent pas la même clôture ou le même tirage.")
def draw_and_date_agree() -> QuerySet:
    same = Performance.objects.filter(
        Q(drawn_at=OuterRef("drawn_at")) | Q(drawn_at=None, draw__drawn_at=None),
        pk=OuterRef("performance"),
        draw_until=OuterRef("closes_at"),
    )
    return Draw.objects.exclude(Exists(same))


@invariant(
    "Tirages dont la graine, les données publiées ou le résultat ont été altérés (manage.py verify_draw)."
)
def draws_are_as_they_were_published() -> QuerySet:
    """Not the database but the rule answers this one: each is drawn again, a few rows at a time."""
    draws = Draw.objects.prefetch_related("requests").iterator(chunk_size=50)
    return Draw.objects.filter(pk__in=[draw.pk for draw in draws if not sharing.is_true(draw)])


@invariant("Séances gardées pour un tirage qui n'existe pas.")
def date_awaiting_a_draw_has_one() -> QuerySet:
    return Performance.objects.exclude(draw_until=None).filter(draw=None)


@invariant("Réservations faites avant le tirage de leur séance.")
def nothing_is_booked_before_the_draw() -> QuerySet:
    waiting = Booking.objects.filter(created_at__gte=F("performance__draw__opened_at"))
    begun = ExpressionWrapper(F("created_at") + UNDER_WAY, output_field=DateTimeField())
    return waiting.annotate(begun=begun).filter(
        Q(performance__draw__drawn_at=None) | Q(begun__lt=F("performance__draw__drawn_at"))
    )


@invariant("Groupes en liste d'attente d'une séance qui attend son tirage.")
def nobody_waits_before_the_draw() -> QuerySet:
    return WaitlistEntry.objects.live().filter(
        performance__draw_until__isnull=False, performance__drawn_at=None
    )


@invariant("Demandes sans résultat d'un tirage fait, ou avec un résultat avant le tirage.")
def request_has_its_outcome_once_drawn() -> QuerySet:
    waiting = Q(outcome=DrawRequest.Outcome.WAITING)
    return DrawRequest.objects.filter(
        (waiting & Q(draw__drawn_at__isnull=False)) | (~waiting & Q(draw__drawn_at=None))
    )


@invariant("Demandes servies dont la réservation est pour une autre personne, structure, séance ou taille.")
def served_request_is_booked_as_asked() -> QuerySet:
    papers = Count("booking__invitations")
    served = DrawRequest.objects.filter(outcome=DrawRequest.Outcome.SERVED).annotate(papers=papers)
    return served.exclude(
        papers=F("seats"),
        booking__structure=F("structure"),
        booking__person_ref=F("person_ref"),
        booking__performance=F("draw__performance"),
    )


@invariant("Demandes sans place dont personne n'a été prévenu.")
def request_without_seats_was_told() -> QuerySet:
    settled = DrawRequest.objects.exclude(
        outcome__in=[DrawRequest.Outcome.WAITING, DrawRequest.Outcome.SERVED]
    )
    return settled.exclude(mailed("draw-without-seats")).exclude(noticed("request"))


@invariant("Demandes dont les personnes ne font pas le nombre de places.")
def waiting_request_has_its_people() -> QuerySet:
    waiting = DrawRequest.objects.filter(outcome=DrawRequest.Outcome.WAITING)
    return waiting.annotate(people=Count("guests") + 1).exclude(people=F("seats"))


@invariant("Noms gardés deux fois : d'une demande servie, ils sont sur les invitations.")
def served_request_keeps_no_names() -> QuerySet:
    return DrawGuest.objects.filter(request__outcome=DrawRequest.Outcome.SERVED)


# --- Names (F2, F3) --------------------------------------------------------------------------------------


def last_night() -> date:
    """The day whose night must be done: the one before that of the latest trace, which is this database's own clock."""
    latest = AuditEntry.objects.aggregate(latest=Max("at"))["latest"]
    return local_day(latest) - timedelta(days=1) if latest else date(1970, 1, 2)


@invariant("Invitations qui gardent un nom trop longtemps après leur séance (manage.py erase_names).")
def no_invitation_keeps_a_name_too_long() -> QuerySet:
    return Invitation.objects.named().filter(performance__starts_at__lt=dates_end(on=last_night()))


@invariant("Réservations qui mènent encore à une personne, trop longtemps après leur séance.")
def no_booking_leads_to_a_person_too_long() -> QuerySet:
    kept = Booking.objects.exclude(participant=None)
    return kept.filter(performance__starts_at__lt=dates_end(on=last_night()))


@invariant("Personnes gardées trop longtemps sur une liste, sans sortie.")
def no_list_keeps_a_person_too_long() -> QuerySet:
    return leaving(Participant.objects.all(), on=last_night())


@invariant("Personnes et noms effacés, et pourtant là (manage.py erase_names --again).")
def erased_stays_erased() -> QuerySet:
    def of(model) -> QuerySet:
        return Erased.objects.filter(model=model._meta.label_lower).values("row")

    people = Participant.objects.filter(pk__in=of(Participant)).values_list("pk", flat=True)
    papers = Invitation.objects.named().filter(pk__in=of(Invitation)).values_list("pk", flat=True)
    guests = WaitlistGuest.objects.filter(pk__in=of(WaitlistGuest)).values_list("pk", flat=True)
    return people.order_by().union(papers.order_by(), guests.order_by())


# --- The audit -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Violation:
    """A broken invariant: how many rows break it, and the identifiers of some."""

    code: str
    sentence: str
    count: int
    ids: list[str]


@dataclass(frozen=True)
class Report:
    """What was looked at, how many of each, and what doesn't hold."""

    checked: dict[str, int]
    violations: list[Violation]

    def as_json(self) -> dict:
        """The report as JSON can hold it."""
        return asdict(self)


def audit() -> Report:
    """Check every invariant; nothing is changed."""
    checked = {
        "performances": Performance.objects.count(),
        "bookings": Booking.objects.count(),
        "invitations": Invitation.objects.count(),
        "mails": OutboxMessage.objects.count(),
        "invariants": len(INVARIANTS),
    }
    return Report(checked, [found for one in INVARIANTS if (found := violation(one))])


def violation(one: Invariant) -> Violation | None:
    """What breaks `one`, or None. Identifiers alone are read, and never more than some."""
    broken = one.broken().order_by()
    rows = broken if broken.query.values_select else broken.values_list("pk", flat=True)
    ids = [str(row) for row in islice(rows[: IDS_SHOWN + 1], IDS_SHOWN + 1)]
    if not ids:
        return None
    count = len(ids) if len(ids) <= IDS_SHOWN else broken.count()
    return Violation(one.code, one.sentence, count, ids[:IDS_SHOWN])
