"""Any history of scarce seats keeps its promises: they add up, parties stay whole, nobody overtakes (C3, D3–D7).

Hypothesis invents what happens to three dates of one venue; beside the portal runs a model of it, the written rule a
second time, which says after each act who has seats, who waits in which order, and what was refused. Where a fair
draw decides, the model checks what it published. In full (`./portail drills`) there are 1 000 histories at least.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from django.conf import settings as rules
from django.db import transaction
from django.db.models import Count
from django.utils import timezone
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from common.errors import DomainError
from invitations.invariants import audit
from invitations.models import Booking, Draw, Invitation, WaitlistEntry
from invitations.services import demand, draws, promotion, quotas, sharing, waitlist
from invitations.services.booking import cancel_booking, cancel_invitation, cancel_performance
from invitations.tests.factories import ParticipantFactory, a_booking, a_request, a_waiting_party, a_worker
from offers import services as offers
from offers.models import Performance, Quota
from offers.tests.factories import EventFactory, PerformanceFactory
from partners.seasons import Season
from partners.services import lift_suspension, suspend
from partners.tests.factories import VenueFactory
from tests.racing import FULL

STRUCTURES, PEOPLE = 3, 4  # so few that the same person is asked for twice
DATES = 3  # the first two of one event
SCOPES = {"date": {0}, "event": {0, 1}, "period": {1, 2}}  # what each quota counts together
DRAW_HOURS = 72

date = st.sampled_from([0, 0, 0, 1, 2])  # one evening is the one that everybody wants
structure = st.integers(0, STRUCTURES - 1)
person = st.integers(0, PEOPLE - 1)
size = st.integers(1, 4)
which = st.integers(0, 30)  # of however many there are


@dataclass
class Party:
    """Somebody of a structure, with so many people."""

    structure: int
    person: int
    seats: int
    until: datetime | None = None  # to answer the seats that are held

    @property
    def who(self) -> tuple[int, int]:
        return self.structure, self.person


@dataclass
class Evening:
    """What the rule knows of a date."""

    starts_at: datetime
    capacity: int
    free: int
    held: int = 0
    line: dict[UUID, Party] = field(default_factory=dict)  # in order
    offered: dict[UUID, Party] = field(default_factory=dict)
    booked: dict[UUID, Party] = field(default_factory=dict)
    requests: dict[UUID, Party] = field(default_factory=dict)
    draw: str = ""  # "", "open", "drawn"
    closes_at: datetime | None = None  # the draw's requests
    cancelled: bool = False

    @property
    def people(self) -> set[tuple[int, int]]:
        return {party.who for party in self.booked.values()}

    def bookable(self, now: datetime) -> bool:
        return bool(
            self.capacity and not self.cancelled and now < self.starts_at and self.draw in ("", "drawn")
        )

    def asks(self, now: datetime) -> bool:
        return self.draw == "open" and now < self.closes_at


class Rule:
    """The written rule, without a database: nothing here is taken from the portal but its numbers."""

    def __init__(self, now: datetime, evenings: list[Evening]) -> None:
        self.now, self.evenings = now, evenings
        self.suspended: set[int] = set()
        self.quotas: dict[str, int] = {}

    def taken(self, structure: int, dates: set[int]) -> int:
        """Seats that a structure has booked or is offered."""
        parties = (
            party
            for number in dates
            for rows in (self.evenings[number].booked, self.evenings[number].offered)
            for party in rows.values()
        )
        return sum(party.seats for party in parties if party.structure == structure)

    def room(self, structure: int, number: int) -> int:
        """What its quotas leave to a structure."""
        left = [
            seats - self.taken(structure, SCOPES[scope])
            for scope, seats in self.quotas.items()
            if number in SCOPES[scope]
        ]
        return min(left, default=10**6)

    def next_in_line(self, number: int) -> UUID | None:
        """Whoever came first, fits whole and may go."""
        evening = self.evenings[number]
        if not evening.bookable(self.now):
            return None
        for pk, party in evening.line.items():
            if party.structure in self.suspended or party.who in evening.people:
                continue
            if party.seats <= min(evening.free, self.room(party.structure, number)):
                return pk
        return None

    def pass_on(self, number: int) -> None:
        evening = self.evenings[number]
        ahead = evening.starts_at - self.now
        hours = next((h for least, h in rules.WAITLIST_ANSWER if ahead >= timedelta(hours=least)), 0)
        while pk := self.next_in_line(number):
            party = evening.line.pop(pk)
            party.until = min(self.now + timedelta(hours=hours), evening.starts_at)
            evening.offered[pk] = party
            evening.free -= party.seats
            evening.held += party.seats

    def let_go(self, number: int, pk: UUID) -> None:
        evening = self.evenings[number]
        party = evening.offered.pop(pk)
        evening.free += party.seats
        evening.held -= party.seats

    def tend(self, number: int) -> None:
        evening = self.evenings[number]
        for pk in [pk for pk, party in evening.offered.items() if party.until <= self.now]:
            self.let_go(number, pk)
        if self.now >= evening.starts_at:
            evening.line.clear()
        self.pass_on(number)

    def may_book(self, number: int, party: Party) -> bool:
        evening = self.evenings[number]
        return (
            evening.bookable(self.now)
            and party.structure not in self.suspended
            and party.who not in evening.people
            and party.seats <= min(evening.free, self.room(party.structure, number))
        )

    def books(self, number: int, party: Party) -> bool:
        """Whether a party gets seats by asking for them: never those of somebody who waits and fits."""
        if self.may_book(number, party) and self.next_in_line(number):
            self.tend(number)
        return self.may_book(number, party)

    def write(self, number: int, pk: UUID, party: Party) -> None:
        evening = self.evenings[number]
        evening.booked[pk] = party
        evening.free -= party.seats
        evening.line = {pk: one for pk, one in evening.line.items() if one.who != party.who}

    def may_wait(self, number: int, party: Party) -> bool:
        evening = self.evenings[number]
        waiting = {one.who for rows in (evening.line, evening.offered) for one in rows.values()}
        return (
            evening.bookable(self.now)
            and party.structure not in self.suspended
            and party.who not in waiting | evening.people
            and party.seats <= min(evening.capacity, self.room(party.structure, number))
            and (party.seats > evening.free or bool(evening.line))
        )

    def may_ask(self, number: int, party: Party) -> bool:
        evening = self.evenings[number]
        return (
            evening.asks(self.now)
            and not evening.cancelled
            and party.structure not in self.suspended
            and party.who not in {one.who for one in evening.requests.values()}
            and party.seats <= min(evening.capacity, self.room(party.structure, number))
        )

    def may_open_draw(self, number: int) -> bool:
        evening = self.evenings[number]
        latest = evening.starts_at - timedelta(hours=rules.DRAW_AHEAD_HOURS)
        return (
            evening.bookable(self.now)
            and evening.draw == ""
            and not evening.line
            and evening.free == evening.capacity
            and self.now + timedelta(hours=DRAW_HOURS) <= latest
        )

    def outings(self, who: tuple[int, int], number: int) -> int:
        """How often somebody goes out in the season of a date, that date aside."""
        season = self.season(number)
        others = [one for n, one in enumerate(self.evenings) if n != number and self.season(n) == season]
        return sum(who in evening.people for evening in others)

    def had(self, structure: int, number: int) -> int:
        """Seats that a structure has booked in the season of a date, that date aside."""
        season = self.season(number)
        others = [one for n, one in enumerate(self.evenings) if n != number and self.season(n) == season]
        return sum(
            one.seats for evening in others for one in evening.booked.values() if one.structure == structure
        )

    def season(self, number: int) -> Season:
        return Season.of(timezone.localdate(self.evenings[number].starts_at))


class Histories(RuleBasedStateMachine):
    """Three dates, three structures, quotas of every kind, draws, and all that can happen to the seats."""

    @initialize(
        seats=st.tuples(*[st.integers(1, 5)] * DATES),
        rush=st.lists(st.tuples(structure, person, size), min_size=3, max_size=8),
    )
    def begin(self, seats, rush):
        self.history = transaction.atomic()  # taken back in the end: each history begins in an empty portal
        self.history.__enter__()
        now = timezone.now() + timedelta(hours=1)
        self.venue = VenueFactory()
        first, second = EventFactory.create_batch(2, venue=self.venue)
        starts = [now + timedelta(days=days) for days in (12, 20, 28)]
        self.dates = [
            PerformanceFactory(event=event, capacity=capacity, starts_at=at)
            for event, capacity, at in zip((first, first, second), seats, starts, strict=True)
        ]
        self.workers = [a_worker() for _ in range(STRUCTURES)]
        self.people = [
            ParticipantFactory.create_batch(PEOPLE, structure=one.structure) for one in self.workers
        ]
        evenings = [Evening(at, capacity, capacity) for at, capacity in zip(starts, seats, strict=True)]
        self.rule = Rule(now, evenings)
        self.book_or_wait(number=0, parties=rush)

    @property
    def now(self) -> datetime:
        return self.rule.now

    def act(self, number, party):
        """What the factories need to act for a party, on a page just read."""
        worker = self.workers[party.structure]
        worker.structure.refresh_from_db()
        return {
            "by": worker,
            "at": self.now,
            "performance": Performance.objects.with_place().get(pk=self.dates[number].pk),
        }

    # --- Booking and cancelling (D3, D4) ------------------------------------------------------------------

    @rule(number=date, structure=structure, person=person, seats=size)
    def book(self, number, structure, person, seats):
        party = Party(structure, person, seats)
        expected = self.rule.books(number, party)
        try:
            made = a_booking(
                participant=self.people[structure][person], guests=seats - 1, **self.act(number, party)
            )
        except DomainError:
            assert not expected
        else:
            assert expected
            self.rule.write(number, made.pk, party)

    @rule(number=date, parties=st.lists(st.tuples(structure, person, size), min_size=1, max_size=4))
    def book_or_wait(self, number, parties):
        """As most do: whoever can't book joins the line."""
        for party in parties:
            came = dict(zip(("structure", "person", "seats"), party, strict=True))
            before = len(self.rule.evenings[number].booked)
            self.book(number=number, **came)
            if len(self.rule.evenings[number].booked) == before:
                self.join(number=number, **came)

    def a_booking_of(self, which, *, least=1):
        rows = [
            (number, pk)
            for number, evening in enumerate(self.rule.evenings)
            for pk, party in evening.booked.items()
            if party.seats >= least
        ]
        return rows[which % len(rows)] if rows else (None, None)

    @precondition(lambda self: any(evening.booked for evening in self.rule.evenings))
    @rule(which=which)
    def cancel(self, which):
        number, pk = self.a_booking_of(which)
        evening = self.rule.evenings[number]
        booking = Booking.objects.select_related("booked_by").get(pk=pk)
        if self.now >= evening.starts_at:
            with pytest.raises(DomainError):
                cancel_booking(booking=booking, by="essai", at=self.now)
            return
        freed = cancel_booking(booking=booking, by="essai", at=self.now)
        assert freed == evening.booked.pop(pk).seats
        evening.free += freed
        self.rule.pass_on(number)
        with pytest.raises(DomainError):
            cancel_booking(booking=booking, by="essai", at=self.now)

    @rule(which=which)
    def cancel_a_guest(self, which):
        number, pk = self.a_booking_of(which, least=2)
        if pk is None or self.now >= self.rule.evenings[number].starts_at:
            return
        guest = Invitation.objects.live().filter(booking=pk).order_by("position").last()
        assert cancel_invitation(invitation=guest, by="essai", at=self.now) == 1
        evening = self.rule.evenings[number]
        evening.booked[pk].seats -= 1
        evening.free += 1
        self.rule.pass_on(number)

    # --- What the venue does (C3, C6, D6) -------------------------------------------------------------------

    @rule(number=date, change=st.integers(-4, 5))
    def change_seats(self, number, change):
        evening = self.rule.evenings[number]
        if evening.capacity + change < 0:
            return
        fixed = evening.cancelled or self.now >= evening.starts_at
        try:
            demand.change_seats(
                performance=self.dates[number], capacity=evening.capacity + change, by="essai", at=self.now
            )
        except DomainError:
            assert fixed or -change > evening.free
        else:
            assert not fixed and -change <= evening.free
            evening.capacity += change
            evening.free += change
            self.rule.pass_on(number)

    @rule(scope=st.sampled_from(sorted(SCOPES)), seats=st.one_of(st.none(), st.integers(1, 6)))
    def change_quota(self, scope, seats):
        quota = Quota(venue=self.venue, seats=seats or 0)
        if scope == "date":
            quota.performance = self.dates[0]
        elif scope == "event":
            quota.event = self.dates[0].event
        else:
            quota.starts_on, quota.ends_on = self.dates[1].day, self.dates[2].day
        if seats:
            demand.change_quota(quota=quota, by="essai", at=self.now)
            self.rule.quotas[scope] = seats
        elif self.rule.quotas.pop(scope, None):
            demand.lift_quota(quota=Quota.objects.open().like(quota).get(), by="essai", at=self.now)
        else:
            return
        for number in sorted(SCOPES[scope], key=lambda number: self.dates[number].pk):
            evening = self.rule.evenings[number]
            if evening.line and evening.free and self.now < evening.starts_at:
                self.rule.tend(number)

    @precondition(lambda self: not any(evening.cancelled for evening in self.rule.evenings))
    @rule(number=st.sampled_from([None, None, None, 0, 1, 2]))
    def cancel_the_date(self, number):
        if number is None or self.now >= self.rule.evenings[number].starts_at:
            return  # a rare thing
        evening = self.rule.evenings[number]
        ended = cancel_performance(performance=self.dates[number], by=self.workers[0], at=self.now)
        assert ended == len(evening.booked)
        evening.cancelled, evening.free, evening.held = True, evening.capacity, 0
        for rows in (evening.line, evening.offered, evening.booked):
            rows.clear()

    @rule(structure=structure)
    def suspend_or_reinstate(self, structure):
        case = {"partner": self.workers[structure].structure, "by": "essai", "at": self.now}
        if structure in self.rule.suspended:
            lift_suspension(**case)
            self.rule.suspended.remove(structure)
        else:
            suspend(reason="Essai.", **case)
            self.rule.suspended.add(structure)

    # --- The waiting list (D5) ------------------------------------------------------------------------------

    @rule(number=date, structure=structure, person=person, seats=size)
    def join(self, number, structure, person, seats):
        party = Party(structure, person, seats)
        expected = self.rule.may_wait(number, party)
        try:
            entry = a_waiting_party(
                person=self.people[structure][person], guests=seats - 1, **self.act(number, party)
            )
        except DomainError:
            assert not expected
        else:
            assert expected
            self.rule.evenings[number].line[entry.pk] = party
            self.rule.pass_on(number)

    @precondition(lambda self: any(evening.offered for evening in self.rule.evenings))
    @rule(which=which)
    def confirm(self, which):
        rows = [(n, pk) for n, evening in enumerate(self.rule.evenings) for pk in evening.offered]
        number, pk = rows[which % len(rows)]
        evening = self.rule.evenings[number]
        party = evening.offered[pk]
        entry = WaitlistEntry.objects.select_related("participant").get(pk=pk)
        assert entry.answer_by == party.until
        worker = self.act(number, party)["by"]
        in_time = self.now < party.until and party.structure not in self.rule.suspended
        try:
            booking = waitlist.confirm(entry=entry, by=worker, at=self.now)
        except DomainError:
            assert not in_time or party.who in evening.people
            return
        assert in_time and party.who not in evening.people
        evening.booked[booking.pk] = evening.offered.pop(pk)
        evening.held -= party.seats
        assert waitlist.confirm(entry=entry, by=worker, at=self.now) == booking

    @precondition(lambda self: any(evening.offered or evening.line for evening in self.rule.evenings))
    @rule(which=which)
    def leave_or_decline(self, which):
        rows = [
            (n, pk)
            for n, evening in enumerate(self.rule.evenings)
            for pk in [*evening.offered, *evening.line]
        ]
        number, pk = rows[which % len(rows)]
        evening = self.rule.evenings[number]
        entry = WaitlistEntry.objects.get(pk=pk)
        waitlist.leave(entry=entry, by="essai", at=self.now)
        if pk in evening.offered:
            self.rule.let_go(number, pk)
        else:
            del evening.line[pk]
        self.rule.pass_on(number)
        with pytest.raises(DomainError):
            waitlist.leave(entry=entry, by="essai", at=self.now)

    # --- The fair draw (D7) ----------------------------------------------------------------------------------

    @rule(number=st.integers(1, DATES - 1))
    def open_draw(self, number):
        expected = self.rule.may_open_draw(number)
        closes_at = self.now + timedelta(hours=DRAW_HOURS)
        try:
            draws.open_draw(
                performance=self.dates[number], closes_at=closes_at, by=self.workers[0], at=self.now
            )
        except DomainError:
            assert not expected
        else:
            assert expected
            evening = self.rule.evenings[number]
            evening.draw, evening.closes_at = "open", closes_at

    def draw_of(self, number) -> Draw:
        return Draw.objects.select_related("performance").get(performance=self.dates[number])

    @precondition(lambda self: any(evening.draw for evening in self.rule.evenings))
    @rule(which=which, structure=structure, person=person, seats=size)
    def ask(self, which, structure, person, seats):
        number = self.drawn_or_to_draw()[which % len(self.drawn_or_to_draw())]
        party = Party(structure, person, seats)
        expected = self.rule.may_ask(number, party)
        act = self.act(number, party)
        try:
            request = a_request(
                self.draw_of(number),
                by=act["by"],
                at=self.now,
                participant=self.people[structure][person],
                companions=seats - 1,
            )
        except DomainError:
            assert not expected
        else:
            assert expected
            self.rule.evenings[number].requests[request.pk] = party

    def drawn_or_to_draw(self) -> list[int]:
        return [number for number, evening in enumerate(self.rule.evenings) if evening.draw]

    @precondition(lambda self: any(evening.requests for evening in self.rule.evenings))
    @rule(which=which)
    def take_back(self, which):
        rows = [(n, pk) for n, evening in enumerate(self.rule.evenings) for pk in evening.requests]
        number, pk = rows[which % len(rows)]
        evening = self.rule.evenings[number]
        request = self.draw_of(number).requests.select_related("draw__performance").get(pk=pk)
        try:
            draws.take_back(request=request, by=self.workers[0], at=self.now)
        except DomainError:
            assert not evening.asks(self.now)
        else:
            assert evening.asks(self.now)
            del evening.requests[pk]

    @precondition(lambda self: self.drawn_or_to_draw())
    @rule(which=which)
    def lift_the_draw(self, which):
        number = self.drawn_or_to_draw()[which % len(self.drawn_or_to_draw())]
        evening = self.rule.evenings[number]
        try:
            draws.lift_draw(draw=self.draw_of(number), by=self.workers[0], at=self.now)
        except DomainError:
            assert evening.draw == "drawn" or evening.requests
        else:
            assert evening.draw == "open" and not evening.requests
            evening.draw, evening.closes_at = "", None

    def hold_the_draw(self, number) -> None:
        """Draw, and see that what was published follows from what was known, the lots apart."""
        evening, draw = self.rule.evenings[number], self.draw_of(number)
        due = evening.draw == "open" and (self.now >= evening.closes_at or evening.cancelled)
        promised = draw.commitment
        assert sharing.hold_draw(draw=draw, at=self.now) == due
        if not due:
            return
        draw = self.draw_of(number)
        assert draw.record["commitment"] == draw.commitment == promised
        assert sharing.verify(draw=draw, record=draw.record) == []
        evening.draw = "drawn"
        closed = not evening.bookable(self.now) or not evening.free
        before = [-1]  # outings of those whose turn it was
        ranked = draw.requests.order_by("rank", "pk")
        assert {one.pk for one in ranked} == set(evening.requests)
        published = {line["id"]: line for line in draw.record["requests"]}
        had = {one: self.rule.had(one, number) for one in range(STRUCTURES)}
        outings = {pk: self.rule.outings(party.who, number) for pk, party in evening.requests.items()}
        for request in ranked:
            party = evening.requests[request.pk]
            line = published[request.public_id]
            assert (line["seats"], line["outings"]) == (party.seats, outings[request.pk])
            assert draw.record["structures"][request.structure_code] == had[party.structure]
            aside = closed or party.structure in self.rule.suspended
            assert request.outcome == "set_aside" if aside else request.rank
            if aside:
                continue
            assert outings[request.pk] >= before[-1]  # whoever went out least goes first
            before.append(outings[request.pk])
            fits = party.seats <= min(evening.free, self.rule.room(party.structure, number))
            assert request.is_served == fits
            if fits:
                self.rule.write(number, request.booking_id, Party(*party.who, party.seats))
        evening.requests.clear()

    # --- Time (D5, D7) ----------------------------------------------------------------------------------------

    @rule(hours=st.sampled_from([1, 5, 20, 40, 80, 200]))
    def time_passes(self, hours):
        self.rule.now += timedelta(hours=hours)

    @rule(times=st.integers(1, 2))
    def sweep(self, times):
        """Who didn't answer loses the seats, once, however often the sweeper comes by; draws that are due are held."""
        for _ in range(times):
            due = set(promotion.due(at=self.now).values_list("pk", flat=True))
            for number, performance in enumerate(self.dates):
                if performance.pk in due:
                    promotion.tend(performance=performance, at=self.now)
                self.rule.tend(number)
        for number in self.drawn_or_to_draw():
            self.hold_the_draw(number)

    # --- What must hold after each of them --------------------------------------------------------------------

    @invariant()
    def portal_and_rule_agree(self):
        if not hasattr(self, "rule"):
            return
        seats = {now.pk: now for now in Performance.objects.all()}
        line = list(WaitlistEntry.objects.live().order_by("line").values_list("performance", "state", "pk"))
        papers = Invitation.objects.live().values_list("performance", "booking").annotate(Count("pk"))
        booked = {(performance, booking): count for performance, booking, count in papers}
        for performance, evening in zip(self.dates, self.rule.evenings, strict=True):
            now = seats[performance.pk]
            assert (now.capacity, now.seats_left, now.seats_held, now.parties_waiting) == (
                evening.capacity, evening.free, evening.held, len(evening.line),
            )  # fmt: skip
            theirs = [(state, pk) for where, state, pk in line if where == performance.pk]
            assert [pk for state, pk in theirs if state == "waiting"] == list(evening.line)
            assert {pk for state, pk in theirs if state == "offered"} == set(evening.offered)
            whole = {pk: party.seats for pk, party in evening.booked.items()}
            assert {pk: count for (where, pk), count in booked.items() if where == performance.pk} == whole
            assert evening.capacity == evening.free + evening.held + sum(whole.values())
        self.rule.now += timedelta(minutes=2)  # the audit lets pass what happened within a minute

    def teardown(self):
        if hasattr(self, "history"):
            try:
                assert audit().violations == []
            finally:
                transaction.set_rollback(True)
                self.history.__exit__(None, None, None)


HISTORIES = {"deadline": None, "suppress_health_check": list(HealthCheck)}


@pytest.mark.drill
class TestHistories(Histories.TestCase, TestCase):
    """The histories that hypothesis invents."""


TestHistories.settings = settings(
    max_examples=1_000 if FULL else 12, stateful_step_count=25 if FULL else 15, **HISTORIES
)


# --- The control: each rule, broken, is found ------------------------------------------------------------------


def stop_at_the_first_that_does_not_fit(real):
    def turn(performance, *, at):
        found = real(performance, at=at)
        found.parties = [(place, passed) for place, passed in found.parties if not passed]
        return found

    return turn


BROKEN = {
    "a party too large stops the line": (promotion, "_turn", stop_at_the_first_that_does_not_fit),
    "who books passes those who wait": (promotion, "somebody_fits", lambda real: lambda **_: False),
    "promotion forgets the quotas": (promotion, "_quota_allows", lambda real: lambda *_, **__: True),
    "the draw forgets the quotas": (quotas, "left_to", lambda real: lambda *_, **__: {}),
    "cancelled seats are lost": (offers, "give_back_seats", lambda real: lambda **_: None),
    "seats nobody wanted are lost": (offers, "let_go", lambda real: lambda **_: None),
}


@pytest.mark.drill
@pytest.mark.django_db
@pytest.mark.parametrize("broken", BROKEN if FULL else list(BROKEN)[:1])
def test_histories_find_a_broken_rule(broken, monkeypatch):
    where, name, breaking = BROKEN[broken]
    monkeypatch.setattr(where, name, breaking(getattr(where, name)))
    few = settings(
        max_examples=1_500, stateful_step_count=25, derandomize=True, database=None,
        phases=[Phase.generate], report_multiple_bugs=False, **HISTORIES,
    )  # fmt: skip
    with pytest.raises((AssertionError, RuntimeError)):
        run_state_machine_as_test(Histories, settings=few)
