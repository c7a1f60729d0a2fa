"""A group outing: its seats at once, the names of its people until a deadline (D10).

Everything that changes a group happens while the row of its date is held, so that each seat is named, given back or
freed once.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F, Max

from common import audit, outbox
from common.dates import local_day
from common.errors import DomainError
from common.locks import BUSY, short_wait
from common.models import AuditEntry
from common.text import normalise
from conventions.models import Agreement
from invitations import emails
from invitations.models import Booking, GroupOuting, Invitation, Participant, PartyDocument, WaitlistEntry
from invitations.services import promotion, quotas, unnamed, waitlist
from invitations.services.booking import (
    Companion,
    LineFirst,
    after_the_line,
    end_booking,
    end_papers,
    papers_of,
    refuse_after_start,
)
from invitations.services.people import add_participant, refuse_gone
from offers import facts
from offers import services as offers
from offers.models import Performance
from partners.models import User
from partners.services import hold, require_terms

State = GroupOuting.State
DRAWN_FIRST = (
    "Les places de cette séance se partagent par un tirage équitable, personne par personne : "
    "un groupe ne se réserve pas avant le tirage. Faites une demande par personne, ou choisissez une autre date."
)
TOO_NEAR = "La séance est trop proche pour donner les noms plus tard : réservez avec les noms."
NAMES_OVER = "Le délai pour donner les noms est passé : les places sans nom sont allées à d'autres."


def names_by(*, performance: Performance, at: datetime) -> datetime | None:
    """Until when the people of a group booked at `at` are named: the nearer the date, the later before it closes.

    None where the date is too near to book without names.
    """
    ahead = performance.closes_at - at
    hours = next((hours for least, hours in settings.GROUP_NAMES if ahead >= timedelta(hours=least)), None)
    return None if hours is None else performance.closes_at - timedelta(hours=hours)


def obstacle_to_group(*, by: User, performance: Performance, at: datetime) -> str:
    """Why this account can't book a group for a date, however small, as a sentence; empty where it can."""
    if pause := by.own_structure.pause or performance.pause:
        return pause
    standing = performance.standing(at=at)
    if standing.awaits_draw:
        return DRAWN_FIRST
    if not standing.is_full and (obstacle := performance.obstacle_to_book(seats=1, at=at)):
        return obstacle
    if names_by(performance=performance, at=at) is None:
        return TOO_NEAR
    return Agreement.objects.obstacle_to_book(
        structure=by.own_structure, day=performance.day, on=local_day(at)
    )


def book_group(
    *, performance: Performance, label: str, seats: int, wait: bool = False, key: UUID, by: User, at: datetime
) -> GroupOuting:
    """Book `seats` seats for a group called `label`, whose people are named later (D10).

    With `wait`, those that are free are booked and the rest waits, as one party. The same `key` sent again returns
    the group already made. Raises DomainError with what to do, and nothing is written then; its field is `seats`
    where there are too few.
    """
    mine = GroupOuting.objects.filter(structure=by.structure, key=key)
    if made := mine.first():
        return made
    require_terms(user=by, at=at)
    if not 2 <= seats <= settings.GROUP_MAX:
        raise DomainError(f"Un groupe compte de 2 à {settings.GROUP_MAX} personnes.", field="seats")
    try:
        return after_the_line(
            lambda: _book(performance, label=label, seats=seats, wait=wait, key=key, by=by, at=at),
            performance=performance,
            at=at,
        )
    except (DomainError, IntegrityError):
        if made := mine.first():  # the same form came first
            return made
        raise


@short_wait()
def _book(performance, *, label: str, seats: int, wait: bool, key: UUID, by: User, at) -> GroupOuting:
    structure = hold(by.own_structure, short=True)
    if structure.is_suspended:
        raise DomainError(structure.pause)
    if obstacle := quotas.obstacle(structure=structure, performance=performance, seats=seats):
        raise DomainError(obstacle, field="seats")
    now = offers.lock(performance)
    until = names_by(performance=now, at=at)
    if (obstacle := obstacle_to_group(by=by, performance=now, at=at)) or until is None:
        raise DomainError(obstacle)
    if now.seats_left and now.parties_waiting and promotion.somebody_fits(performance=now, at=at):
        raise LineFirst
    taken = min(seats, now.seats_left)
    if taken < seats:
        _refuse_too_few(now, seats=seats, wait=wait)
    group = GroupOuting.objects.create(
        structure=structure,
        performance=now,
        booked_by=by,
        key=key,
        label=label,
        seats=taken,
        unnamed=taken,
        booked_at=at,
        names_by=until,
        remind_at=max(until - timedelta(hours=settings.GROUP_REMINDER_HOURS), at + (until - at) / 2),
        told=facts.written(now),
    )
    took = offers.take_seats(performance=now, seats=taken, at=at, past_queue=True, unnamed=True)
    if taken and not took:
        raise DomainError(BUSY)
    if taken < seats:
        now.seats_left = 0
        waitlist.line_up(
            performance=now, structure=structure, seats=seats - taken, key=key, by=by, at=at, group=group
        )
    outbox.post(emails.group_booked(group=group, rest=seats - taken, at=at))
    audit.record(at=at, actor=by, verb="groupe réservé", subject=group, places=taken, attendent=seats - taken)
    if not offers.hold_offer(performance):
        raise DomainError("Cet événement n'est plus proposé.")
    return group


def _refuse_too_few(performance: Performance, *, seats: int, wait: bool) -> None:
    free, given = performance.seats_left, performance.capacity
    if given < seats:
        raise DomainError(
            f"Le lieu donne {given} place{'s' if given > 1 else ''} en tout pour cette séance : "
            "demandez-en moins, ou choisissez une autre date.",
            field="seats",
        )
    if not wait:
        left = f"Il reste {free} place{'s' if free > 1 else ''}" if free else "Il n'y a plus de place libre"
        raise DomainError(
            f"{left} pour cette séance, et votre groupe en demande {seats}. Demandez-en moins, "
            "ou cochez la liste d'attente pour celles qui manquent.",
            field="seats",
        )


def name_people(
    *,
    group: GroupOuting,
    people: Sequence[Participant],
    companions: Sequence[Companion] = (),
    confirmed: bool,
    key: UUID,
    by: User,
    at: datetime,
) -> list[Booking]:
    """Name people of a group, all of them or nobody: each has a booking and a paper; returns these bookings (D10).

    `people` are of the structure's own list, or new and not yet saved. `companions` stand on the first booking of the
    group. `confirmed` says of each what it says when booking. The same `key` sent again names nobody twice. Raises
    DomainError with what to do, and nothing is written then.
    """
    if (made := _made(group, companions, key=key)) is not None:
        return made
    if not people and not companions:
        raise DomainError("Écrivez au moins un nom, ou choisissez quelqu'un de votre liste.", field="names")
    if not confirmed:
        raise DomainError("Confirmez les trois points pour donner ces noms.", field="confirmed")
    require_terms(user=by, at=at)
    try:
        return _name(group, list(people), list(companions), key=key, by=by, at=at)
    except (DomainError, IntegrityError) as refusal:
        if (made := _made(group, companions, key=key)) is not None:  # the same form came first
            return made
        if isinstance(refusal, DomainError):
            raise
        for person in people:
            refuse_gone(person)
        raise DomainError(
            "Une de ces personnes vient d'être réservée pour cette séance : rechargez la page.", field="names"
        ) from None


def _made(group: GroupOuting, companions: Sequence[Companion], *, key: UUID) -> list[Booking] | None:
    """What a form with this key has booked already; None where it is new."""
    bookings = list(Booking.objects.filter(group=group, key=key))
    if not bookings and companions and Invitation.objects.filter(pk=_companion_pk(group, key, 0)).exists():
        return []  # it named companions alone
    return bookings or None


def _companion_pk(group: GroupOuting, key: UUID, rank: int) -> UUID:
    """A companion has no booking of their own: the paper's identifier tells by which form it was written."""
    return uuid5(group.pk, f"{key} {rank}")


@short_wait()
def _name(group: GroupOuting, people: list[Participant], companions: list[Companion], *, key, by, at):
    structure = hold(by.own_structure, short=True)
    performance = Performance.objects.with_place().get(pk=group.performance_id)
    refusal = structure.pause or Agreement.objects.obstacle_to_book(
        structure=structure, day=performance.day, on=local_day(at)
    )
    if refusal:
        raise DomainError(refusal)
    seats = len(people) + len(companions)
    naming = GroupOuting.objects.naming(at=at).filter(pk=group.pk)
    if too_many := _too_many(naming.first(), seats=seats):  # before a long list is written down for nothing
        raise DomainError(too_many, field="names")
    for person in people:
        if person._state.adding:
            add_participant(participant=person, by=by, at=at)
    now = offers.lock(performance)
    _refuse_again(group, people, companions)
    # What the group has left, then what the date holds: both guarded, so that a seat is named once.
    if not naming.filter(unnamed__gte=seats).update(unnamed=F("unnamed") - seats):
        raise DomainError(_too_many(naming.first(), seats=seats), field="names")
    if not offers.use_held_seats(performance=now, seats=seats, at=at):
        raise DomainError(NAMES_OVER)
    bookings = _write(group, people, structure=structure, performance=now, key=key, by=by, at=at)
    _add_companions(group, companions, performance=now, key=key)
    PartyDocument.objects.filter(group=group).delete()
    for person in people if now.parties_waiting else ():
        promotion.forget(performance=now, person_ref=person.person_ref, at=at)
    audit.record(at=at, actor=by, verb="noms du groupe donnés", subject=group, places=seats)
    if not offers.hold_offer(performance):
        raise DomainError("Cet événement n'est plus proposé.")
    return bookings


def _too_many(group: GroupOuting | None, *, seats: int) -> str:
    """Why so many people can't be named in a group, None once its names are over; empty where they can."""
    if group is None:
        return NAMES_OVER
    if seats <= group.unnamed:
        return ""
    if not group.unnamed:
        return "Toutes les places de ce groupe ont un nom. Retirez quelqu'un pour nommer quelqu'un d'autre."
    left = f"{group.unnamed} places sans nom" if group.unnamed > 1 else "1 place sans nom"
    return f"Il reste {left} dans ce groupe, et vous nommez {seats} personnes : retirez-en."


def _refuse_again(group: GroupOuting, people: list[Participant], companions: list[Companion]) -> None:
    """Raise DomainError where somebody stands there twice, in the group already, or goes with another party."""
    met = {normalise(paper.full_name) for paper in Invitation.objects.of_group(group).live()}
    everybody: list[Participant | Companion] = [*people, *companions]
    for person in everybody:
        name = normalise(f"{person.given_name} {person.family_name}")
        if name in met:
            raise DomainError(
                f"{person.given_name} {person.family_name}".strip()
                + " est déjà dans ce groupe : retirez cette ligne. Si c'est quelqu'un d'autre, "
                "écrivez ce qui les distingue, par exemple un deuxième prénom.",
                field="names",
            )
        met.add(name)
    refs = {person.person_ref: person for person in people}
    going = Booking.objects.live().filter(performance=group.performance_id, person_ref__in=refs)
    for ref in going.values_list("person_ref", flat=True)[:1]:
        raise DomainError(
            f"{refs[ref].full_name} a déjà une réservation pour cette séance : retirez cette ligne.",
            field="names",
        )


def _write(group: GroupOuting, people: list[Participant], *, structure, performance, key, by, at):
    """One booking and one paper each."""
    bookings = [
        Booking(
            structure=structure,
            performance=performance,
            participant=person,
            person_ref=person.person_ref,
            group=group,
            booked_by=by,
            key=uuid5(key, str(rank)) if rank else key,
            created_at=at,
        )
        for rank, person in enumerate(people)
    ]
    papers = [papers_of(person, (), ())[0] for person in people]
    for booking, paper in zip(bookings, papers, strict=True):
        paper.booking, paper.performance = booking, performance
    Booking.objects.bulk_create(bookings)
    Invitation.objects.bulk_create(papers)
    AuditEntry.objects.bulk_create(
        audit.entry(at=at, actor=by, verb="réservé", subject=booking, places=1, confirmé=True)
        for booking in bookings
    )
    return bookings


def _add_companions(
    group: GroupOuting, companions: list[Companion], *, performance: Performance, key: UUID
) -> None:
    if not companions:
        return
    first = Booking.objects.live().filter(group=group).order_by("created_at", "pk").first()
    if first is None or first.participant is None:
        raise DomainError(
            "Nommez d'abord une personne : les accompagnant·e·s viennent avec quelqu'un.", field="names"
        )
    papers = papers_of(first.participant, (), companions)[1:]
    last = first.invitations.aggregate(last=Max("position"))["last"]
    for rank, paper in enumerate(papers):
        paper.pk = _companion_pk(group, key, rank)
        paper.booking, paper.performance = first, performance
        paper.position += last
    Invitation.objects.bulk_create(papers)
    Booking.objects.filter(pk=first.pk).update(printed_at=None)  # there are papers to print again (D12)
    PartyDocument.objects.filter(booking=first).delete()


@transaction.atomic
def take_off(*, invitation: Invitation, by: User, at: datetime) -> int:
    """Take somebody off a group and keep the seat for somebody else of it; how many seats have no name now (D10).

    Raises DomainError once names can't be given any more: then cancelling gives the seat to others.
    """
    performance = offers.lock(invitation.performance)
    booking = Booking.objects.get(pk=invitation.booking_id)  # as it stands now that the date is held
    if invitation.ends_party:
        freed = end_booking(booking=booking, by=by, at=at)
    else:
        freed = end_papers(Invitation.objects.filter(pk=invitation.pk), at=at)
        PartyDocument.objects.showing(booking).delete()
    if not freed:
        raise DomainError("Cette invitation est déjà annulée : il n'y a rien d'autre à faire.")
    naming = GroupOuting.objects.naming(at=at).filter(pk=booking.group_id)
    if not naming.update(unnamed=F("unnamed") + freed):
        raise DomainError(f"{NAMES_OVER} Annulez l'invitation.")
    offers.keep_held(performance=performance, seats=freed)
    audit.record(at=at, actor=by, verb="personne retirée du groupe", subject=invitation, places=freed)
    return freed


@transaction.atomic
def give_back(*, group: GroupOuting, seats: int, by: Any, at: datetime) -> None:
    """Give seats without a name back before the deadline; they go to whoever waits first (D10).

    A group that is smaller than foreseen needs no more: its own rest waits no longer. Raises DomainError for more
    seats than the group has.
    """
    performance = offers.lock(group.performance)
    naming = GroupOuting.objects.naming(at=at).filter(pk=group.pk)
    if seats < 1 or not naming.filter(unnamed__gte=seats).update(unnamed=F("unnamed") - seats):
        now = naming.first()
        if now is None:
            raise DomainError(NAMES_OVER)
        raise DomainError(
            f"Places sans nom dans ce groupe : {now.unnamed}. Rendez-en entre 1 et {now.unnamed}."
            if now.unnamed
            else "Toutes les places de ce groupe ont un nom : annulez une invitation.",
            field="seats",
        )
    unnamed.let_rest_go(group=group, state=WaitlistEntry.State.LEFT, performance=performance, actor=by, at=at)
    offers.let_go(performance=performance, seats=seats)
    performance.seats_left += seats
    performance.seats_held -= seats
    promotion.pass_on(performance=performance, at=at)
    audit.record(at=at, actor=by, verb="places du groupe rendues", subject=group, places=seats)


@transaction.atomic
def cancel_group(*, group: GroupOuting, by: Any, at: datetime) -> int:
    """Cancel a whole group, its people's bookings included; returns the seats freed (D4, D10).

    Raises DomainError where it is cancelled already, has started, or somebody has entered.
    """
    performance = offers.lock(group.performance)
    refuse_after_start(performance, at=at)
    back = unnamed.end(group=group, state=State.CANCELLED, performance=performance, actor=by, at=at)
    if back is None:
        raise DomainError("Ce groupe est déjà annulé : il n'y a rien d'autre à faire.")
    bookings = list(Booking.objects.live().filter(group=group))
    papers = Invitation.objects.filter(booking__in=bookings)
    named = end_papers(papers, at=at)
    if papers.live().exists():
        raise DomainError(
            "Une personne de ce groupe est déjà entrée : annulez une à une les invitations des autres."
        )
    Booking.objects.filter(pk__in=[booking.pk for booking in bookings]).update(cancelled_at=at)
    offers.give_back_seats(performance=performance, seats=named)
    promotion.pass_on(performance=performance, freed=named, at=at)
    PartyDocument.objects.filter(group=group).delete()
    PartyDocument.objects.filter(booking__in=bookings).delete()
    AuditEntry.objects.bulk_create(
        audit.entry(at=at, actor=by, verb="réservation annulée", subject=booking, places=1)
        for booking in bookings
    )
    if by != group.booked_by:
        outbox.post(emails.group_cancelled(group=group, at=at))
    return named + back


@transaction.atomic
def end_names(*, group: GroupOuting, at: datetime) -> int:
    """At the deadline, let seats without a name go to others, the waiting list first; how many (D10).

    Doing it twice changes nothing.
    """
    performance = offers.lock(group.performance)
    found = GroupOuting.objects.overdue(at=at).filter(pk=group.pk).with_reader().first()
    if found is None:
        return 0
    rest = WaitlistEntry.objects.live().filter(group=found).exists()
    freed = unnamed.end(group=found, state=State.CLOSED, performance=performance, actor=audit.SYSTEM, at=at)
    if freed or rest:
        outbox.post(emails.group_names_ended(group=found, given_back=freed or 0, at=at))
    promotion.pass_on(performance=performance, at=at)
    return freed or 0


@transaction.atomic
def remind(*, group: GroupOuting, at: datetime) -> bool:
    """Tell whoever booked, once, that names are missing; whether that was done (D10)."""
    if not GroupOuting.objects.to_remind(at=at).filter(pk=group.pk).update(reminded_at=at):
        return False
    outbox.post(emails.group_names_due(group=group, at=at))
    return True
