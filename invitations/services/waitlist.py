"""A party in the waiting list of a date: it joins, answers the seats it is offered, or leaves (D5)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import F, Max

from common import audit
from common.background import after_commit
from common.dates import local_day
from common.errors import DomainError
from common.locks import short_wait
from conventions.models import Agreement
from invitations.models import Booking, GroupOuting, Invitation, Participant, WaitlistEntry, WaitlistGuest
from invitations.services import promotion, quotas
from invitations.services.booking import Companion, Guest, make_booking, papers_of
from invitations.services.people import add_participant, refuse_gone
from invitations.tasks import tend_line
from offers import facts
from offers import services as offers
from offers.models import NOT_OPEN, Performance, Standing
from partners.models import Structure, User
from partners.services import hold, require_terms

State = WaitlistEntry.State
TOO_LATE = (
    "Le délai pour répondre est passé : les places sont allées au groupe suivant. "
    "Vous pouvez vous inscrire à nouveau."
)


def obstacle_to_wait(*, by: User, performance: Performance, seats: int, at: datetime) -> str:
    """Why a party of `seats` can't wait for a date, as a sentence; empty where it can (A13, B4, D5)."""
    if pause := by.own_structure.pause or performance.pause:
        return pause
    standing = performance.standing(at=at)
    if standing.awaits_draw:
        return NOT_OPEN[standing]
    if standing not in {Standing.OPEN, Standing.FULL}:
        return f"{NOT_OPEN[standing]} Choisissez une autre date."
    if performance.seats_left >= seats and not performance.parties_waiting:
        return "Il y a assez de places pour votre groupe : réservez-les, sans attendre."
    if performance.capacity < seats:
        return (
            f"Le lieu donne {performance.capacity} place{'s' if performance.capacity > 1 else ''} pour cette séance, "
            f"et votre groupe compte {seats} personnes : il n'y tiendra jamais. Retirez des personnes."
        )
    return Agreement.objects.obstacle_to_book(
        structure=by.own_structure, day=performance.day, on=local_day(at)
    )


def join(
    *,
    performance: Performance,
    participant: Participant,
    guests: Sequence[Guest] = (),
    companions: Sequence[Companion] = (),
    confirmed: bool,
    key: UUID,
    by: User,
    at: datetime,
) -> WaitlistEntry:
    """Put a party at the end of a date's waiting list, whole, as `book` would book it (D5).

    The same `key` sent again returns the entry already made. Raises DomainError with what to do, and nothing is
    written then: where there are seats enough, a person waits or goes already, or the party could never get in.
    """
    mine = WaitlistEntry.objects.filter(structure=by.structure, key=key)
    if made := mine.first():
        return made
    if not confirmed:
        raise DomainError("Confirmez les trois points pour vous inscrire.", field="confirmed")
    require_terms(user=by, at=at)
    party = papers_of(participant, guests, companions)
    try:
        return _join(performance, participant, party, key=key, by=by, at=at)
    except (DomainError, IntegrityError) as refusal:
        if made := mine.first():  # the same form came first
            return made
        if isinstance(refusal, DomainError):
            raise
        refuse_gone(participant)
        raise DomainError(
            "Cette personne est déjà sur la liste d'attente de cette séance : retrouvez-la dans « Liste d'attente ».",
            field="participant",
        ) from None


@short_wait()
def _join(performance, participant, party: list[Invitation], *, key: UUID, by: User, at) -> WaitlistEntry:
    structure = hold(by.own_structure, short=True)
    if structure.is_suspended:
        raise DomainError(structure.pause)
    if obstacle := quotas.obstacle(structure=structure, performance=performance, seats=len(party)):
        raise DomainError(obstacle)
    if participant._state.adding:
        add_participant(participant=participant, by=by, at=at)
    now = offers.lock(performance)
    if obstacle := obstacle_to_wait(by=by, performance=now, seats=len(party), at=at):
        raise DomainError(obstacle)
    if Booking.objects.live().filter(performance=now, person_ref=participant.person_ref).exists():
        raise DomainError(
            "Cette personne a déjà une réservation pour cette séance : retrouvez-la dans « Sorties ».",
            field="participant",
        )
    entry = line_up(
        performance=now, structure=structure, seats=len(party), key=key, by=by, at=at,
        participant=participant, person_ref=participant.person_ref,
    )  # fmt: skip
    WaitlistGuest.objects.bulk_create(
        WaitlistGuest(
            entry=entry,
            kind=paper.kind,
            companion_reason=paper.companion_reason,
            given_name=paper.given_name,
            family_name=paper.family_name,
            position=paper.position,
        )
        for paper in party[1:]
    )
    promotion.pass_on(performance=now, at=at)  # whoever waits may have become able to go: everybody in turn
    if not offers.hold_offer(performance):
        raise DomainError("Cet événement n'est plus proposé.")
    return entry


def line_up(
    *,
    performance: Performance,
    structure: Structure,
    seats: int,
    key: UUID,
    by: User,
    at: datetime,
    **party: Any,
) -> WaitlistEntry:
    """Write a party at the end of a held date's line: a person's (`participant`, `person_ref`) or a `group`'s rest."""
    last = WaitlistEntry.objects.filter(performance=performance).aggregate(last=Max("line"))["last"] or 0
    entry = WaitlistEntry.objects.create(
        structure=structure,
        performance=performance,
        joined_by=by,
        key=key,
        seats=seats,
        line=last + 1,
        joined_at=at,
        told=facts.written(performance),
        **party,
    )
    offers.count_waiting(performance=performance, parties=1)
    performance.parties_waiting += 1
    audit.record(at=at, actor=by, verb="liste d'attente rejointe", subject=entry, places=seats)
    return entry


def confirm(*, entry: WaitlistEntry, by: User, at: datetime) -> Booking | GroupOuting:
    """Say yes to the seats held for a party: they become its booking (D5), or more seats of its group (D10).

    Said twice, it returns what was made already. Raises DomainError, and nothing is written, where the delay has
    passed or the structure can't book.
    """
    try:
        return _confirm(entry, by=by, at=at)
    except (DomainError, IntegrityError) as refusal:
        if made := _made_of(entry):
            return made
        if isinstance(refusal, DomainError):
            after_commit(tend_line, str(entry.performance_id))
            raise
        raise DomainError(
            "Cette personne a déjà une réservation pour cette séance : libérez les places proposées."
        ) from None


def _made_of(entry: WaitlistEntry) -> Booking | GroupOuting | None:
    """What a party that was confirmed has become."""
    confirmed = WaitlistEntry.objects.filter(pk=entry.pk, state=State.CONFIRMED)
    now = confirmed.select_related("booking", "group").first()
    return (now.booking or now.group) if now else None


@short_wait()
def _confirm(entry: WaitlistEntry, *, by: User, at: datetime) -> Booking | GroupOuting:
    structure = hold(by.own_structure, short=True)
    require_terms(user=by, at=at)
    performance = Performance.objects.with_place().get(pk=entry.performance_id)
    refusal = structure.pause or Agreement.objects.obstacle_to_book(
        structure=structure, day=performance.day, on=local_day(at)
    )
    if refusal:
        raise DomainError(refusal)
    if entry.group_id:
        return _grow(entry, by=by, at=at)
    if (participant := entry.participant) is None:
        raise DomainError("Cette personne n'est plus sur votre liste : libérez les places.")
    booking = make_booking(
        structure=structure, performance=performance, participant=participant,
        invitations=_party(entry, participant), key=entry.key, by=by, at=at,
    )  # fmt: skip
    used = offers.use_held_seats(performance=performance, seats=entry.seats, at=at)
    # The date is held now: whoever ends the offer has done so before, or waits.
    answered = (
        WaitlistEntry.objects.offered()
        .filter(pk=entry.pk, answer_by__gt=at)
        .update(state=State.CONFIRMED, ended_at=at, booking=booking)
    )
    if not used or not answered:
        raise DomainError(TOO_LATE)
    if not offers.hold_offer(performance):
        raise DomainError("Cet événement n'est plus proposé.")
    WaitlistGuest.objects.filter(entry=entry).delete()
    audit.record(at=at, actor=by, verb="places proposées confirmées", subject=entry, places=entry.seats)
    return booking


def _grow(entry: WaitlistEntry, *, by: User, at: datetime) -> GroupOuting:
    """The seats stay held, now for the group, until its people are named (D10)."""
    performance = offers.lock(entry.performance)
    answered = (
        WaitlistEntry.objects.offered()
        .filter(pk=entry.pk, answer_by__gt=at)
        .update(state=State.CONFIRMED, ended_at=at)
    )
    naming = GroupOuting.objects.naming(at=at).filter(pk=entry.group_id)
    if not answered or not naming.update(unnamed=F("unnamed") + entry.seats):
        raise DomainError(TOO_LATE)
    if not offers.hold_offer(performance):
        raise DomainError("Cet événement n'est plus proposé.")
    audit.record(at=at, actor=by, verb="places proposées confirmées", subject=entry, places=entry.seats)
    return naming.get()


def _party(entry: WaitlistEntry, participant: Participant) -> list[Invitation]:
    """The party's papers, still to be written."""
    people = list(entry.guests.order_by("position"))
    guests = [Guest(one.given_name, one.family_name) for one in people if one.kind == Invitation.Kind.GUEST]
    companions = [
        Companion(one.given_name, one.family_name, one.companion_reason)
        for one in people
        if one.kind == Invitation.Kind.COMPANION
    ]
    if len(people) + 1 != entry.seats:
        raise DomainError("Cette demande a déjà sa réponse : rechargez la page.")
    return papers_of(participant, guests, companions)


@transaction.atomic
def leave(*, entry: WaitlistEntry, by: Any, at: datetime) -> None:
    """Leave the line, or say no to seats that are held; they go to the next party at once (D5).

    Raises DomainError where the party doesn't wait any more.
    """
    performance = offers.lock(entry.performance)
    now = WaitlistEntry.objects.select_related("structure", "joined_by").get(pk=entry.pk)
    state = State.DECLINED if now.is_offered else State.LEFT
    if not now.is_live or not promotion.end(entry=now, state=state, performance=performance, actor=by, at=at):
        raise DomainError("Ce groupe n'est plus sur la liste d'attente : il n'y a rien d'autre à faire.")
    promotion.pass_on(performance=performance, at=at)
