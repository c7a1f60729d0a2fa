"""The waiting list of a date: who gets seats that come free, and until when they are held (D5).

The rule, as the pages say it: whoever came first and fits gets the seats, the whole party or nobody; a party that is
too large for what is free is passed over and keeps its place. Everything here happens while the date's row is held,
so that each seat is offered once.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from common import audit, outbox
from common.dates import local_day
from common.models import AuditEntry
from conventions.models import Agreement, missing_agreement
from invitations import emails
from invitations.models import Booking, GroupOuting, WaitlistEntry, WaitlistGuest
from invitations.services import quotas
from offers import services as offers
from offers.models import Performance, Quota, Standing
from partners.models import Structure

State = WaitlistEntry.State
READ_FIRST, READ_MORE = 10, 200  # parties of a line: mostly one of the first has its turn
READ = [
    *("line", "seats", "state", "structure_id", "participant_id", "joined_at", "performance_id"),
    *("group_id", "group__names_by"),
    *("structure__suspended_at", "structure__name", "structure__email"),
    *("joined_by__email", "joined_by__is_active", "joined_by__role", "joined_by__structure_id"),
]


def answer_by(*, performance: Performance, group: GroupOuting | None = None, at: datetime) -> datetime:
    """Until when a party says yes to seats offered at `at`: the nearer the date, the sooner; never after it closes.

    The rest of a `group` answers before its names are due (D10).
    """
    ahead = performance.closes_at - at
    hours = next((hours for least, hours in settings.WAITLIST_ANSWER if ahead >= timedelta(hours=least)), 0)
    latest = min(performance.closes_at, group.names_by) if group else performance.closes_at
    return min(at + timedelta(hours=hours), latest)


@dataclass(frozen=True)
class _Place:
    """One party of a line, as little of it as decides whose turn it is and who is told."""

    entry: WaitlistEntry
    eligible: bool
    has_quota: bool

    @property
    def seats(self) -> int:
        return self.entry.seats


@dataclass
class _Turn:
    """Whose turn it is: each party, with how many before it were passed over."""

    parties: list[tuple[_Place, int]] = field(default_factory=list)
    busy: bool = False  # somebody's quota can't be judged now: nobody behind may overtake

    @property
    def seats(self) -> int:
        return sum(place.seats for place, _ in self.parties)

    def seats_of(self, structure_id: UUID) -> int:
        return sum(place.seats for place, _ in self.parties if place.entry.structure_id == structure_id)


def _turn(performance: Performance, *, at: datetime) -> _Turn:
    """Who of the line gets the date's free seats, first come first. The date is held, and as it stands now."""
    turn, passed = _Turn(), 0
    if performance.standing(at=at) not in {Standing.OPEN, Standing.FULL}:
        return turn  # too late, cancelled, or shared by a draw that is still to come
    for place in _line(performance, at=at):
        free = performance.seats_left - turn.seats
        if not free:
            break
        allowed = place.eligible and place.seats <= free
        if allowed and place.has_quota:
            share = _quota_allows(place, performance, more=turn.seats_of(place.entry.structure_id))
            if share is None:
                turn.busy = True
                break
            allowed = share
        if allowed:
            turn.parties.append((place, passed))
        else:
            passed += 1
    return turn


def _with_standing(performance: Performance, *, at: datetime) -> QuerySet[Any]:
    """The parties that wait for a date, and in the same query what `_obstacle` asks of each."""
    today, key = local_day(at), OuterRef("structure")
    signed = Agreement.objects.signed(on=today).filter(structure=key)
    return (
        WaitlistEntry.objects.waiting()
        .filter(performance=performance.pk)
        .annotate(
            in_force=Exists(signed.covering(today)),
            covered=Exists(signed.covering(performance.day)),
            booked=Exists(
                Booking.objects.live().filter(performance=performance.pk, person_ref=OuterRef("person_ref"))
            ),
            has_quota=Exists(Quota.objects.open().on_performance(performance)),
        )
        .select_related("structure", "joined_by", "group")
    )


def _obstacle(entry: Any, performance: Performance, *, at: datetime) -> str:
    """Why a party, of `_with_standing`, would be passed over whatever seats come free; empty where it has its turn.

    Its quotas aside: they are judged with the seats.
    """
    if entry.group and entry.group.names_by <= at:
        return "Le délai pour donner les noms de ce groupe est passé."
    if not entry.group and entry.participant_id is None:
        return "Cette personne n'est plus sur votre liste : quittez la liste d'attente."
    if entry.booked:
        return "Cette personne a déjà une réservation pour cette séance."
    missing = missing_agreement(in_force=entry.in_force, covered=entry.covered, day=performance.day)
    return entry.structure.pause or missing


def hindrance(*, entry: WaitlistEntry, at: datetime) -> str:
    """Why a party that waits would be passed over whatever seats came free at `at`, as a sentence; else empty (D5)."""
    performance = entry.performance
    if performance.pause:
        return performance.pause
    now = _with_standing(performance, at=at).filter(pk=entry.pk).first()
    if now is None:  # it has its seats, or has left, since it was read
        return ""
    if obstacle := _obstacle(now, performance, at=at):
        return obstacle
    share = quotas.too_small(structure=now.structure, performance=performance, seats=now.seats)
    party = f"{now.seats} personne{'s' if now.seats > 1 else ''}"
    return f"{share.sentence} Votre groupe compte {party}." if share else ""


def _line(performance: Performance, *, at: datetime) -> Iterator[_Place]:
    """The parties that wait, in the order in which they came."""
    if performance.pause:
        return
    line = _with_standing(performance, at=at).only(*READ).order_by("line")
    after, count = 0, READ_FIRST
    while True:
        read = list(line.filter(line__gt=after)[:count])
        for entry in read:
            entry.performance = performance
            eligible = not _obstacle(entry, performance, at=at)
            yield _Place(entry, eligible, entry.has_quota)
        if len(read) < count:
            return
        after, count = read[-1].line, READ_MORE


def _quota_allows(place: _Place, performance: Performance, *, more: int) -> bool | None:
    """Whether the structure's quotas leave room for the party; None while somebody else holds the structure's row.

    `more` seats go to the same structure in this turn. Waiting for the row could be for ever: whoever holds it may
    be waiting for the date.
    """
    rows = Structure.objects.select_for_update(no_key=True, skip_locked=True)
    structure = rows.filter(pk=place.entry.structure_id).first()
    if structure is None:
        return None
    return not quotas.too_small(structure=structure, performance=performance, seats=place.seats + more)


def somebody_fits(*, performance: Performance, at: datetime) -> bool:
    """Whether free seats of a held date belong to a party that waits (or may: its quota can't be judged now)."""
    turn = _turn(performance, at=at)
    return bool(turn.parties) or turn.busy


def pass_on(*, performance: Performance, at: datetime, freed: int = 0) -> list[WaitlistEntry]:
    """Offer the free seats of a held date to the parties whose turn it is; returns them.

    `freed` seats came free since `performance` was read. The seats are held until each party's structure answers.
    """
    performance.seats_left += freed
    if not performance.parties_waiting or not performance.seats_left:
        return []
    turn = _turn(performance, at=at)
    if not turn.parties:
        return []
    until = answer_by(performance=performance, at=at)
    keys = [place.entry.pk for place, _ in turn.parties]
    chosen = WaitlistEntry.objects.waiting().filter(pk__in=keys)
    changed = chosen.update(state=State.OFFERED, offered_at=at, answer_by=until)
    held = offers.hold_seats(performance=performance, seats=turn.seats, parties=len(keys), at=at)
    if changed != len(keys) or not held:
        raise RuntimeError("A held date changed under the hands of whoever holds it.")
    performance.seats_left -= turn.seats
    performance.seats_held += turn.seats
    performance.parties_waiting -= len(keys)
    trail = []
    for place, passed in turn.parties:
        entry = place.entry
        entry.state, entry.offered_at = State.OFFERED, at
        entry.answer_by = answer_by(performance=performance, group=entry.group, at=at)
        if entry.answer_by < until:
            WaitlistEntry.objects.filter(pk=entry.pk).update(answer_by=entry.answer_by)
        trail.append(
            audit.entry(
                at=at,
                actor=audit.SYSTEM,
                verb="places proposées",
                subject=entry,
                places=entry.seats,
                passés=passed,
            )
        )
    offered = [place.entry for place, _ in turn.parties]
    AuditEntry.objects.bulk_create(trail, batch_size=outbox.BATCH)
    outbox.post(*emails.seats_offered_to(offered, at=at))
    return offered


@transaction.atomic
def tend(*, performance: Performance, at: datetime) -> list[WaitlistEntry]:
    """See to a date's line: end offers that nobody answered, close it when it is too late, pass free seats on.

    Doing it twice changes nothing. Returns the parties that were offered seats.
    """
    held = offers.lock(performance)
    if held.seats_held:
        _expire(held, at=at)
    if held.cancelled_at or held.closes_at <= at:
        close_line(performance=held, at=at)
        return []
    return pass_on(performance=held, at=at)


def due(*, at: datetime) -> QuerySet[Performance]:
    """Dates whose line waits for something: an offer is overdue, it is too late, or seats are free."""
    overdue = WaitlistEntry.objects.overdue(at=at).filter(performance=OuterRef("pk"))
    too_late = WaitlistEntry.objects.too_late(at=at).filter(performance=OuterRef("pk"))
    free = Q(parties_waiting__gt=0, seats_left__gt=0)
    return Performance.objects.filter(Q(Exists(overdue)) | Q(Exists(too_late)) | free).order_by("starts_at")


def _expire(performance: Performance, *, at: datetime) -> None:
    keys = list(
        WaitlistEntry.objects.overdue(at=at).filter(performance=performance.pk).values_list("pk", flat=True)
    )
    if not keys:
        return
    for entry in WaitlistEntry.objects.filter(pk__in=keys).with_reader():
        if end(entry=entry, state=State.EXPIRED, performance=performance, actor=audit.SYSTEM, at=at):
            outbox.post(emails.offer_expired(entry=entry, at=at))


VERBS = {
    State.EXPIRED: "délai de réponse passé",
    State.DECLINED: "places proposées refusées",
    State.LEFT: "liste d'attente quittée",
    State.CLOSED: "liste d'attente close",
}


def end(*, entry: WaitlistEntry, state: str, performance: Performance, actor, at: datetime) -> bool:
    """End a party's wait, or its offer, once: its names go, the seats held for it come free. Whether it was done.

    `performance` is held, and follows what is written; whoever calls passes the seats on.
    """
    was = entry.state
    ended = WaitlistEntry.objects.filter(pk=entry.pk, state=was).update(state=state, ended_at=at)
    if not ended or was not in WaitlistEntry.LIVE:
        return False
    WaitlistGuest.objects.filter(entry=entry).delete()
    if was == State.OFFERED:
        offers.let_go(performance=performance, seats=entry.seats)
        performance.seats_left += entry.seats
        performance.seats_held -= entry.seats
    else:
        offers.count_waiting(performance=performance, parties=-1)
        performance.parties_waiting -= 1
    audit.record(at=at, actor=actor, verb=VERBS[State(state)], subject=entry, places=entry.seats)
    return True


def close_line(*, performance: Performance, at: datetime) -> None:
    """End the line of a held date that nobody can book any more, and tell the structures."""
    ended = end_line(performance=performance, at=at)
    outbox.post(*(emails.line_closed(entry=entry, at=at) for entry in ended))


def end_line(*, performance: Performance, at: datetime) -> list[WaitlistEntry]:
    """End the line of a held date; the parties that waited, as they stood, for whoever calls to tell them."""
    live = WaitlistEntry.objects.live().filter(performance=performance)
    return [
        entry
        for entry in live.with_reader()
        if end(entry=entry, state=State.CLOSED, performance=performance, actor=audit.SYSTEM, at=at)
    ]


def forget(*, performance: Performance, person_ref: UUID, at: datetime) -> None:
    """Whoever has booked a held date directly waits for it no longer."""
    for entry in WaitlistEntry.objects.waiting().filter(performance=performance, person_ref=person_ref):
        end(entry=entry, state=State.LEFT, performance=performance, actor=audit.SYSTEM, at=at)
