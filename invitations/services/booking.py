"""Booking a party whole or not at all, and cancelling (D1, D3, D4)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import DateField, DateTimeField, Exists, OuterRef, Q, QuerySet

from common import audit, outbox
from common.codes import new_code, new_token
from common.compiled import compiled
from common.dates import local_day
from common.errors import DomainError
from common.locks import BUSY, short_wait
from common.text import normalise
from conventions.models import Agreement, missing_agreement
from invitations import emails
from invitations.models import Booking, ChangeNotice, Invitation, Participant, PartyDocument
from invitations.services import changes, papers, promotion, quotas, unnamed
from invitations.services.people import add_participant, refuse_gone
from offers import facts
from offers import services as offers
from offers.models import Performance, Quota
from partners.models import Structure, User
from partners.services import ACCEPT_TERMS, hold, terms_pending

Made = TypeVar("Made")

TURNS = 3  # tries to book after the line was served: seats may come free meanwhile


@dataclass(frozen=True)
class Guest:
    """Family or a friend who comes along."""

    given_name: str
    family_name: str


@dataclass(frozen=True)
class Companion(Guest):
    """A professional or volunteer who comes along; `reason` is an `Invitation.CompanionReason`."""

    reason: str


@dataclass(frozen=True)
class Footing:
    """What lets an account book a date, beside the date itself."""

    terms_pending: bool  # conditions of use still to be accepted (A4)
    in_force: bool  # an agreement runs today (B4)
    covered: bool  # a signed one covers the outing
    has_quota: bool  # some quota counts its seats (C3)


@compiled(
    pk=Performance._meta.pk,
    account=User._meta.pk,
    structure=Structure._meta.pk,
    at=DateTimeField(),
    today=DateField(),
)
def _date(*, pk, account, structure, at, today) -> QuerySet[Performance]:
    """A date with its place, and in the same query what `footing` says of it."""
    signed = Agreement.objects.signed(on=today).filter(structure=structure)
    return (
        Performance.objects.filter(pk=pk)
        .with_place()
        .with_day()
        .annotate(
            terms_pending=terms_pending(user=account, at=at),
            in_force=Exists(signed.covering(today)),
            covered=Exists(signed.covering(OuterRef("outing_on"))),
            has_quota=Exists(Quota.objects.open().on_outer_performance()),
        )
    )


def date_for(*, pk: UUID, by: User, at: datetime) -> Performance | None:
    """A date with its place and what lets this account book it; one statement."""
    return _date.first(pk=pk, account=by.pk, structure=by.own_structure.pk, at=at, today=local_day(at))


def footing(*, by: User, performance: Performance, at: datetime) -> Footing:
    """What lets this account book a date: read with it where it comes from `date_for`, else in one statement."""
    known = performance if hasattr(performance, "has_quota") else date_for(pk=performance.pk, by=by, at=at)
    return Footing(**{name: getattr(known, name) for name in Footing.__annotations__})


def obstacle_to_book(*, by: User, performance: Performance, seats: int, at: datetime) -> str:
    """Why this account can't book `seats` seats of a date, as a sentence; empty where it can (A13, B4, C3)."""
    on = footing(by=by, performance=performance, at=at)
    return _obstacle(on, by=by, performance=performance, seats=seats, at=at)


def _obstacle(on: Footing, *, by: User, performance: Performance, seats: int, at: datetime) -> str:
    return (
        by.own_structure.pause
        or performance.obstacle_to_book(seats=seats, at=at)
        or missing_agreement(in_force=on.in_force, covered=on.covered, day=performance.day)
    )


def book(
    *,
    performance: Performance,
    participant: Participant,
    guests: Sequence[Guest] = (),
    companions: Sequence[Companion] = (),
    confirmed: bool,
    key: UUID,
    by: User,
    at: datetime,
) -> Booking:
    """Book one seat for everybody of the party, or none (D1, D3).

    `participant` is one of the structure's own list, or a new person not yet saved. `confirmed`: the worker says
    that the person is accompanied by the structure, can't buy these seats freely, and chose freely. The same
    `key` sent again returns the booking already made. Raises DomainError with what to do, and nothing is written
    then.
    """
    try:
        if not confirmed:
            raise DomainError("Confirmez les trois points pour réserver.", field="confirmed")
        on = footing(by=by, performance=performance, at=at)
        if on.terms_pending:
            raise DomainError(ACCEPT_TERMS)
        invitations = papers_of(participant, guests, companions)
        if obstacle := _obstacle(on, by=by, performance=performance, seats=len(invitations), at=at):
            raise DomainError(obstacle)
        return after_the_line(
            lambda: _write(
                performance, participant, invitations, has_quota=on.has_quota, key=key, by=by, at=at
            ),
            performance=performance,
            at=at,
        )
    except (DomainError, IntegrityError) as refusal:
        # The same form may have come first: a constraint lets its key in once, and what it took is no reason to
        # refuse it now.
        if made := Booking.objects.filter(structure=by.structure, key=key).first():
            return made
        if isinstance(refusal, DomainError):
            raise
        refuse_gone(participant)
        if Booking.objects.live().filter(performance=performance, person_ref=participant.person_ref).exists():
            raise DomainError(
                "Cette personne a déjà une réservation pour cette séance : retrouvez-la dans « Sorties ».",
                field="participant",
            ) from None
        raise


def book_drawn(
    *,
    performance: Performance,
    participant: Participant,
    invitations: list[Invitation],
    key: UUID,
    by: User,
    at: datetime,
) -> Booking:
    """Book the seats that a fair draw gave a party (D7); what the request confirmed isn't asked again.

    Whoever draws holds the structure, the date and its offer, and has judged suspensions, agreements and quotas.
    """
    booking = make_booking(
        structure=by.own_structure, performance=performance, participant=participant, invitations=invitations,
        key=key, by=by, at=at, drawn=True,
    )  # fmt: skip
    if not offers.take_seats(performance=performance, seats=len(invitations), at=at):
        raise RuntimeError("A held date changed under the hands of whoever draws it.")
    return booking


def papers_of(
    participant: Participant, guests: Sequence[Guest], companions: Sequence[Companion]
) -> list[Invitation]:
    """One unsaved invitation each, the participant's first. Raises DomainError for an impossible party."""
    party: list[tuple[Participant | Guest, Invitation.Kind, str]] = [
        (participant, Invitation.Kind.PARTICIPANT, "")
    ]
    party += [(guest, Invitation.Kind.GUEST, "") for guest in guests]
    party += [(companion, Invitation.Kind.COMPANION, companion.reason) for companion in companions]
    if len(party) > settings.PARTY_MAX:
        raise DomainError(
            f"Une réservation compte au plus {settings.PARTY_MAX} personnes : faites-en deux.", field="party"
        )
    met = set()
    for person, _, _ in party:
        name = normalise(f"{person.given_name} {person.family_name}")
        if name in met:
            raise DomainError(
                "Une même personne est inscrite deux fois dans ce groupe : retirez une des deux lignes.",
                field="party",
            )
        met.add(name)
    return [
        Invitation(
            kind=kind,
            companion_reason=reason,
            given_name=person.given_name,
            family_name=person.family_name,
            position=position,
            number=new_code(),
            token=new_token(),
        )
        for position, (person, kind, reason) in enumerate(party)
    ]


class LineFirst(Exception):
    """Free seats belong to a party that waits: it is served before anybody books (D5)."""


def after_the_line(write: Callable[[], Made], *, performance: Performance, at: datetime) -> Made:
    """What `write` returns, after serving a date's waiting list where it raises LineFirst."""
    for _ in range(TURNS):
        try:
            return write()
        except LineFirst:
            promotion.tend(performance=performance, at=at)
    raise DomainError(BUSY)


@short_wait()
def _write(performance, participant, invitations, *, has_quota, key: UUID, by: User, at: datetime) -> Booking:
    seats = len(invitations)
    structure = hold(
        by.own_structure, short=True
    )  # first, so that nothing is booked once a suspension has committed
    if structure.is_suspended:
        raise DomainError(structure.pause)
    if has_quota and (obstacle := quotas.obstacle(structure=structure, performance=performance, seats=seats)):
        raise DomainError(obstacle)
    if participant._state.adding:
        add_participant(participant=participant, by=by, at=at)
    booking = make_booking(
        structure=structure, performance=performance, participant=participant, invitations=invitations,
        key=key, by=by, at=at,
    )  # fmt: skip
    # Last, so that others wait for this row as briefly as can be.
    if not offers.take_seats(performance=performance, seats=seats, at=at):
        _take_past_the_line(performance, participant, seats=seats, at=at)
    if not offers.hold_offer(performance):
        raise DomainError("Cet événement n'est plus proposé.")
    return booking


def _take_past_the_line(performance, participant, *, seats: int, at: datetime) -> None:
    """Take seats of a date for which parties wait, where what is free fits none of them (D5)."""
    now = offers.lock(performance)
    if now.parties_waiting and promotion.somebody_fits(performance=now, at=at):
        raise LineFirst
    if not offers.take_seats(performance=now, seats=seats, at=at, past_queue=True):
        raise DomainError(now.obstacle_to_book(seats=seats, at=at) or BUSY)
    promotion.forget(performance=now, person_ref=participant.person_ref, at=at)


def make_booking(
    *,
    structure: Structure,
    performance: Performance,
    participant: Participant,
    invitations: Sequence[Invitation],
    key: UUID,
    by: User,
    at: datetime,
    drawn: bool = False,
) -> Booking:
    """Write a booking with its invitations, its mail and its trace; its seats are taken by whoever calls."""
    booking = Booking.objects.create(
        structure=structure,
        performance=performance,
        participant=participant,
        person_ref=participant.person_ref,
        booked_by=by,
        key=key,
        created_at=at,
        told=facts.written(performance),
    )
    for invitation in invitations:
        invitation.booking, invitation.performance = booking, performance
    Invitation.objects.bulk_create(invitations)
    if len(invitations) > settings.PDF_INLINE_MAX:
        papers.ask_for_document(booking=booking, at=at)
    outbox.post(emails.booking_made(booking=booking, seats=len(invitations), at=at, drawn=drawn))
    audit.record(at=at, actor=by, verb="réservé", subject=booking, places=len(invitations), confirmé=True)
    return booking


@transaction.atomic
def cancel_booking(*, booking: Booking, by: Any, at: datetime) -> int:
    """End the whole party's outing at once; returns the seats freed (D4).

    `by` is the account, or a word for the holder of the paper. Raises DomainError where it is cancelled
    already, has started, or somebody of the party has entered.
    """
    performance = offers.lock(booking.performance)
    refuse_after_start(performance, at=at)
    freed = end_booking(booking=booking, by=by, at=at)
    offers.give_back_seats(performance=performance, seats=freed)
    promotion.pass_on(performance=performance, freed=freed, at=at)
    if by != booking.booked_by:
        outbox.post(emails.booking_cancelled(booking=booking, at=at))
    return freed


def end_booking(*, booking: Booking, by: Any, at: datetime) -> int:
    """End a party while its date is held; returns its seats, which whoever calls gives to others.

    A group's companions stay with somebody else of it, while there is somebody (D10). Raises DomainError where it is
    cancelled already, or somebody has entered.
    """
    if not Booking.objects.live().filter(pk=booking.pk).update(cancelled_at=at):
        raise DomainError("Cette réservation est déjà annulée : il n'y a rien d'autre à faire.")
    if booking.group_id and (other := Booking.objects.live().filter(group=booking.group_id).first()):
        booking.invitations.live().filter(kind=Invitation.Kind.COMPANION).update(booking=other)
    freed = end_papers(booking.invitations.all(), at=at)
    if booking.invitations.live().exists():
        raise DomainError(
            "Une personne de ce groupe est déjà entrée : annulez une à une les invitations des autres."
        )
    PartyDocument.objects.showing(booking).delete()
    audit.record(at=at, actor=by, verb="réservation annulée", subject=booking, places=freed)
    return freed


@transaction.atomic
def cancel_invitation(*, invitation: Invitation, by: Any, at: datetime) -> int:
    """End one person's invitation; the participant's ends the whole party's (D4). Returns the seats freed.

    Raises DomainError as `cancel_booking` does.
    """
    booking = invitation.booking
    if invitation.ends_party:
        return cancel_booking(booking=booking, by=by, at=at)
    performance = offers.lock(invitation.performance)
    refuse_after_start(performance, at=at)
    freed = end_papers(Invitation.objects.filter(pk=invitation.pk), at=at)
    if not freed:
        raise DomainError("Cette invitation est déjà annulée : il n'y a rien d'autre à faire.")
    offers.give_back_seats(performance=performance, seats=freed)
    promotion.pass_on(performance=performance, freed=freed, at=at)
    papers.draw_again(booking=booking, at=at)
    audit.record(at=at, actor=by, verb="invitation annulée", subject=invitation, places=freed)
    if by != booking.booked_by:
        outbox.post(emails.invitation_cancelled(invitation=invitation, at=at))
    return freed


def give_up(*, invitation: Invitation, at: datetime) -> int:
    """Whoever holds the paper can't come and says so, without a reason (D4); returns the seats freed.

    Raises DomainError as `cancel_booking` does, and where this installation doesn't allow it.
    """
    if not settings.CANCEL_FROM_PAPER:
        raise DomainError(f"Pour annuler, appelez le {settings.PORTAL_CONTACT_PHONE}.")
    return cancel_invitation(invitation=invitation, by=audit.HOLDER, at=at)


@transaction.atomic
def excuse(*, invitation: Invitation, by: User, at: datetime) -> None:
    """After the start, staff or the venue note that somebody had warned: excused, the seat stays used (D4)."""
    if invitation.performance.starts_at > at:
        raise DomainError("La séance n'a pas commencé : annulez l'invitation, la place servira à quelqu'un.")
    row = Invitation.objects.excusable().filter(pk=invitation.pk)
    excused = row.update(status=Invitation.Status.EXCUSED, noted_at=None)
    if not excused:
        raise DomainError("Cette personne est déjà notée venue, excusée ou annulée.")
    audit.record(at=at, actor=by, verb="excusé·e", subject=invitation)


@transaction.atomic
def cancel_performance(*, performance: Performance, by: User, at: datetime, word: str = "") -> int:
    """The venue cancels a date: every booking ends, everybody who booked, waited or asked is told (C6). Returns how
    many parties that concerns.

    `word` is what the venue says about it to people. Raises DomainError for a date already cancelled or started.
    """
    notices = call_off(performance=performance, by=by, at=at, word=word)
    changes.post(notices=notices, at=at)
    return len(notices)


def call_off(*, performance: Performance, by: User, at: datetime, word: str = "") -> list[ChangeNotice]:
    """As `cancel_performance`, in a transaction of the caller's, who posts the notices (`changes.post`)."""
    locked = offers.lock(performance)
    if locked.cancelled_at:
        raise DomainError("Cette séance est déjà annulée.")
    refuse_after_start(locked, at=at)
    Performance.objects.filter(pk=locked.pk).update(cancelled_at=at)
    bookings = list(
        Booking.objects.live()
        .filter(performance=locked)
        .select_related("booked_by", "structure")
        .with_outing()
        .with_seats()
    )
    freed = locked.invitations.live().update(
        status=Invitation.Status.CANCELLED,
        cancelled_at=at,
        admitted_at=None,  # whoever was early goes home
    )
    Booking.objects.live().filter(performance=locked).update(cancelled_at=at)
    offers.give_back_seats(performance=locked, seats=freed)
    groups = unnamed.call_off(performance=locked, at=at)
    waited = promotion.end_line(performance=locked, at=at)
    PartyDocument.objects.filter(Q(booking__performance=locked) | Q(group__performance=locked)).delete()
    audit.record(at=at, actor=by, verb="séance annulée", subject=locked, réservations=len(bookings))
    return changes.call_off(
        performance=locked, bookings=bookings, groups=groups, entries=waited, at=at, word=word
    )


def end_papers(invitations, *, at: datetime) -> int:
    """Cancel those that still hold a seat and admitted nobody; returns how many."""
    return invitations.filter(status=Invitation.Status.VALID).update(
        status=Invitation.Status.CANCELLED, cancelled_at=at
    )


def refuse_after_start(performance: Performance, *, at: datetime) -> None:
    if performance.starts_at <= at:
        raise DomainError(
            "La séance a commencé : une invitation ne s'annule plus. Prévenez le lieu ou l'équipe, "
            "la personne sera notée excusée."
        )
