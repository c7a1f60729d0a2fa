"""What a venue or staff change of a date reaches everyone who booked it, once (C6).

Each party keeps what it was told of its date (`told`, as `offers.facts.written`). Whoever knows something else than
what holds is told the difference: so it doesn't matter who changed what, how often one looks, or which of a booking
and a change came first. `announce` follows every service that writes an offer, in its transaction; `sweep` finds what
a booking under way at that moment, or a hand on the database, left untold.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F, Q
from django.utils import timezone

from common import audit, outbox
from common.errors import DomainError
from invitations import emails
from invitations.models import (
    Booking,
    ChangeNotice,
    DateChange,
    DrawRequest,
    GroupOuting,
    WaitlistEntry,
)
from invitations.services import papers
from offers import facts
from offers import services as offers
from offers.models import Performance
from partners.models import Structure, User


@dataclass(frozen=True)
class _Party:
    """Somebody to tell: a booking, a group, a party in the line or in a draw; what it knew, and who reads for it."""

    kind: str  # the notice's column
    row: Any
    booker: User
    seats: int

    @property
    def structure(self) -> Structure:
        return self.row.structure


@dataclass
class _Told:
    """What is to be posted once every date was looked at: the notices of each reader, in order."""

    letters: dict[str, list[ChangeNotice]] = field(default_factory=dict)

    def add(self, notices: Iterable[ChangeNotice]) -> None:
        for notice in notices:
            reader = emails.reader_of(notice.booker, notice.structure)
            self.letters.setdefault(reader, []).append(notice)

    def post(self, *, at: datetime) -> None:
        """One mail a reader, whatever changed, and each notice remembers its mail."""
        for reader, notices in self.letters.items():
            mail = emails.dates_changed(reader=reader, notices=notices, at=at)
            outbox.post(mail)
            ChangeNotice.objects.filter(pk__in=[notice.pk for notice in notices]).update(mail=mail.effect)


def announce(*, dates: Q, by: Any = audit.SYSTEM, at: datetime, word: str = "") -> int:
    """Tell everyone who booked one of these dates what they don't know yet; how many parties that concerns.

    To be called where the change is written, in its transaction. Dates that have begun concern nobody.
    """
    with transaction.atomic():
        _keep_delays(dates)
        told, parties = _Told(), 0
        for performance in _left_behind(dates, at=at):
            notices = _announce(performance, by=by, at=at, word=word)
            told.add(notices)
            parties += len(notices)
        told.post(at=at)
    return parties


def sweep(*, at: datetime) -> int:
    """As `announce`, for all dates to come."""
    return announce(dates=Q(starts_at__gt=at), at=at)


def call_off(
    *,
    performance: Performance,
    bookings: Sequence[Any],
    groups: Iterable[GroupOuting],
    entries: Iterable[WaitlistEntry],
    at: datetime,
    word: str = "",
) -> list[ChangeNotice]:
    """Write down whom to tell that the venue cancels a held date, for `post` to say it: who booked it, waited for it
    or asked in its draw.

    They arrive as they stood before, `bookings` with their `seats`; those of a group are told with it.
    """
    named = Counter[UUID | None]()
    for row in bookings:
        named[row.group_id] += row.seats
    parties = [_Party("booking", row, row.booked_by, row.seats) for row in bookings if not row.group_id]
    theirs = [(row, row.unnamed + named[row.pk]) for row in groups]
    parties += [_Party("group", row, row.booked_by, seats) for row, seats in theirs if seats]
    parties += [_Party("entry", row, row.joined_by, row.seats) for row in entries]
    asking = _live("request").filter(draw__performance=performance.pk)
    asking = asking.select_related("structure", "requested_by")
    parties += [_Party("request", row, row.requested_by, row.seats) for row in asking]
    if not parties:
        return []
    change = DateChange.objects.create(performance=performance, at=at, cancelled=True, word=word)
    now = facts.written(performance)
    return [_notice(party, change, before=party.row.told or now, after=now) for party in parties]


def post(*, notices: Iterable[ChangeNotice], at: datetime) -> None:
    """Say what was just written down: one mail for each who booked, whatever they booked."""
    told = _Told()
    told.add(notices)
    told.post(at=at)


@transaction.atomic
def move_date(*, performance: Performance, at: datetime, **moments: Any) -> Performance:
    """As `offers.move_performance`, while nobody has entered yet."""
    held = offers.lock(performance)
    if held.invitations.exclude(admitted_at=None).exists():
        raise DomainError("Des personnes sont déjà entrées : cette séance ne se déplace plus.")
    return offers.move_performance(performance=held, at=at, **moments)


@transaction.atomic
def tell(*, notice: ChangeNotice, by: User, at: datetime) -> None:
    """Note that the party's people know. Raises DomainError where somebody noted it already."""
    if not ChangeNotice.objects.untold().filter(pk=notice.pk).update(told_at=at, told_by=by):
        raise DomainError("C'est déjà noté : cette personne est prévenue.")
    audit.record(at=at, actor=by, verb="changement dit", subject=notice)


@transaction.atomic
def take_back(*, notice: ChangeNotice, by: User, at: datetime) -> None:
    """Note that the party's people don't know after all. Raises DomainError where there is something newer to say."""
    try:
        with transaction.atomic():
            told = ChangeNotice.objects.filter(pk=notice.pk).exclude(told_at=None)
            done = told.update(told_at=None, told_by=None)
    except IntegrityError:
        raise DomainError(
            "Un changement plus récent de cette sortie est à dire : il contient déjà celui-ci."
        ) from None
    if done:
        audit.record(at=at, actor=by, verb="changement à redire", subject=notice)


def remind(*, at: datetime) -> int:
    """The day before, remind once who booked of what nobody has said yet; how many parties that concerns."""
    if timezone.localtime(at).hour < settings.CHANGE_REMINDER_FROM:
        return 0
    with transaction.atomic():
        due = ChangeNotice.objects.to_remind(at=at).select_for_update(of=("self",), no_key=True)
        keys = list(due.values_list("pk", flat=True))
        notices = list(ChangeNotice.objects.filter(pk__in=keys).with_outing())
        ChangeNotice.objects.filter(pk__in=keys).update(reminded_at=at)
        letters: dict[str, list[ChangeNotice]] = {}
        for notice in notices:
            letters.setdefault(emails.reader_of(notice.booker, notice.structure), []).append(notice)
        outbox.post(*(emails.still_to_tell(reader=to, notices=mine, at=at) for to, mine in letters.items()))
    return len(notices)


# --- One date ------------------------------------------------------------------------------------------


def _live(kind: str) -> Any:
    """The parties of a kind that go, wait or ask, whatever their date."""
    match kind:
        case "booking":
            return Booking.objects.live().alone()
        case "group":
            return GroupOuting.objects.live()
        case "entry":
            return WaitlistEntry.objects.live().filter(group=None)  # a group's rest is told with its group
        case _:
            return DrawRequest.objects.filter(outcome=DrawRequest.Outcome.WAITING)


def _date_of(kind: str) -> str:
    return "draw__performance" if kind == "request" else "performance"


def _left_behind(dates: Q, *, at: datetime) -> list[Performance]:
    """The dates to come of which some party doesn't know what holds, in the order in which they are held."""
    ahead = Performance.objects.filter(dates, starts_at__gt=at, cancelled_at=None)
    known: dict[UUID, set[str]] = {}
    for kind in ChangeNotice.PARTIES:
        column = _date_of(kind)
        pairs = _live(kind).filter(**{f"{column}__in": ahead.values("pk")}).order_by()
        for pk, told in pairs.values_list(column, "told").distinct():
            known.setdefault(pk, set()).add(told)
    rows = Performance.objects.filter(pk__in=known).select_related("event__venue").order_by("pk")
    return [row for row in rows if known[row.pk] != {facts.written(row)}]


def _announce(performance: Performance, *, by: Any, at: datetime, word: str) -> list[ChangeNotice]:
    held = offers.lock(performance)  # of two who look, the second finds that everybody knows
    now = facts.written(held)
    behind = [party for kind in ChangeNotice.PARTIES for party in _behind(kind, held, now)]
    news = [party for party in behind if facts.differences(party.row.told, now)]
    for kind in ChangeNotice.PARTIES:
        keys = [party.row.pk for party in behind if party.kind == kind]
        _live(kind).filter(pk__in=keys).update(told=now)
    if not news:
        return []
    change = DateChange.objects.create(performance=held, at=at, word=word)
    notices = [_notice(party, change, before=party.row.told, after=now) for party in news]
    if any(notice.paper_is_old for notice in notices):
        _print_again(held, at=at)
    audit.record(at=at, actor=by, verb="changement annoncé", subject=change, groupes=len(notices))
    return notices


def _behind(kind: str, performance: Performance, now: str) -> Iterator[_Party]:
    """The parties of a held date that know something else than `now`."""
    rows = _live(kind).filter(**{_date_of(kind): performance.pk}).exclude(told=now)
    match kind:
        case "booking":
            for row in rows.with_seats().select_related("structure", "booked_by"):
                yield _Party(kind, row, row.booked_by, row.seats)
        case "group":
            for row in rows.with_named().select_related("structure", "booked_by"):
                if seats := row.named + row.unnamed:
                    yield _Party(kind, row, row.booked_by, seats)
        case "entry":
            for row in rows.select_related("structure", "joined_by"):
                yield _Party(kind, row, row.joined_by, row.seats)
        case _:
            for row in rows.select_related("structure", "requested_by"):
                yield _Party(kind, row, row.requested_by, row.seats)


def _notice(party: _Party, change: DateChange, *, before: str, after: str) -> ChangeNotice:
    """The notice of a party, written: a new one, or the one still to tell, to which this change is added.

    What it says by mail is what is new; what is to be told to people is counted from what they knew.
    """
    open_one = ChangeNotice.objects.untold().filter(**{party.kind: party.row}).first()
    if open_one is None:
        notice = ChangeNotice.objects.create(
            change=change,
            structure=party.structure,
            booker=party.booker,
            seats=party.seats,
            before=before,
            after=after,
            **{party.kind: party.row},
        )
    else:
        notice = open_one
        notice.change, notice.seats, notice.after, notice.reminded_at = change, party.seats, after, None
        if not change.cancelled and not notice.differences:
            notice.told_at = change.at  # all is as the people know it: there is nothing to say any more
        notice.save(update_fields=["change", "seats", "after", "reminded_at", "told_at"])
    notice.news = facts.differences(before, after)
    return notice


def _print_again(performance: Performance, *, at: datetime) -> None:
    """Papers printed before say what is no longer true: they are to be printed again (D12), large ones drawn anew."""
    going = Booking.objects.live().filter(performance=performance)
    going.update(printed_at=None)
    for booking in going.filter(Q(document__isnull=False) | Q(group__document__isnull=False)):
        papers.draw_again(booking=booking, at=at)


def _keep_delays(dates: Q) -> None:
    """Names and answers are due before a date closes: where it closes sooner now, so are they (D5, D10)."""
    starts, deadline = F("performance__starts_at"), F("performance__booking_deadline")
    these = Q(performance__in=Performance.objects.filter(dates).values("pk"), performance__cancelled_at=None)
    groups = GroupOuting.objects.open().filter(Q(names_by__gt=starts) | Q(names_by__gt=deadline), these)
    for group in groups.select_related("performance"):
        offers.lock(group.performance)
        group.names_by = group.performance.closes_at
        group.remind_at = min(group.remind_at, group.booked_at + (group.names_by - group.booked_at) / 2)
        group.save(update_fields=["names_by", "remind_at"])
    offers_made = WaitlistEntry.objects.offered()
    for entry in offers_made.filter(
        Q(answer_by__gt=starts) | Q(answer_by__gt=deadline), these
    ).select_related("performance"):
        offers.lock(entry.performance)
        offers_made.filter(pk=entry.pk).update(answer_by=entry.performance.closes_at)
