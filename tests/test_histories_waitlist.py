"""Any history of one full evening keeps its promises: seats add up, parties stay whole, nobody overtakes (C3, D3, D5).

Hypothesis invents what happens to a date; beside the portal runs a model of it, a few lines long, which says who must
have seats after each act. In full (`./portail drills`) there are 1 000 histories at least.
"""

from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from common.errors import DomainError
from invitations.invariants import audit
from invitations.models import Booking, WaitlistEntry
from invitations.services import demand, promotion, waitlist
from invitations.services.booking import cancel_booking, cancel_invitation
from invitations.tests.factories import ParticipantFactory, a_booking, a_waiting_party, a_worker
from offers.models import Performance, Quota
from offers.tests.factories import PerformanceFactory
from tests.racing import FULL

State = WaitlistEntry.State
SIZES = st.integers(1, 4)
WORKERS = 3


class Evening(RuleBasedStateMachine):
    """One date, three structures, and all that can happen to its seats."""

    @initialize(capacity=st.integers(1, 8))
    def begin(self, capacity):
        self.history = transaction.atomic()  # taken back in the end: each history begins in an empty portal
        self.history.__enter__()
        self.now = timezone.now()
        self.workers = [a_worker() for _ in range(WORKERS)]
        starts_at = self.now + timedelta(days=40)
        self.performance = PerformanceFactory(capacity=capacity, starts_at=starts_at)
        self.line: list[tuple] = []  # (pk, seats, worker) of those who wait, in order
        self.served: dict = {}  # pk → (seats, worker) of those offered seats
        self.free, self.held = capacity, 0
        self.taken = [0] * WORKERS  # booked or held, by structure
        self.quota: int | None = None

    # --- The model: the written rule, again ---------------------------------------------------------------

    def room(self, worker: int) -> int:
        return 10**6 if self.quota is None else self.quota - self.taken[worker]

    def pass_on(self) -> None:
        for party in list(self.line):
            pk, seats, worker = party
            if seats <= min(self.free, self.room(worker)):
                self.line.remove(party)
                self.served[pk] = (seats, worker)
                self.free -= seats
                self.held += seats
                self.taken[worker] += seats

    def give_back(self, seats: int, worker: int, *, held: bool = False) -> None:
        self.free += seats
        self.taken[worker] -= seats
        if held:
            self.held -= seats
        self.pass_on()

    # --- What people do --------------------------------------------------------------------------------------

    def reread(self) -> Performance:
        return Performance.objects.with_place().get(pk=self.performance.pk)

    @rule(worker=st.integers(0, WORKERS - 1), seats=SIZES)
    def book(self, worker, seats):
        self.pass_on()
        fits = seats <= min(self.free, self.room(worker))
        try:
            a_booking(performance=self.reread(), by=self.workers[worker], guests=seats - 1, at=self.now)
        except DomainError:
            assert not fits
            promotion.tend(performance=self.performance, at=self.now)
        else:
            assert fits
            self.free -= seats
            self.taken[worker] += seats

    @rule(worker=st.integers(0, WORKERS - 1), seats=SIZES)
    def join(self, worker, seats):
        person = ParticipantFactory(structure=self.workers[worker].structure)
        try:
            entry = a_waiting_party(
                performance=self.reread(),
                by=self.workers[worker],
                guests=seats - 1,
                at=self.now,
                person=person,
            )
        except DomainError:
            now = self.reread()
            enough = seats <= self.free and not self.line
            assert enough or seats > min(now.capacity, self.room(worker)) or self.now >= now.starts_at
            return
        self.line.append((entry.pk, seats, worker))
        self.pass_on()

    def bookings(self):
        return list(Booking.objects.live().filter(performance=self.performance).order_by("created_at", "pk"))

    def whose(self, structure_id) -> int:
        return next(n for n, worker in enumerate(self.workers) if worker.structure_id == structure_id)

    @rule(which=st.integers(0, 20))
    def cancel(self, which):
        if rows := self.bookings():
            booking = rows[which % len(rows)]
            freed = cancel_booking(booking=booking, by="essai", at=self.now)
            self.give_back(freed, self.whose(booking.structure_id))

    @rule(which=st.integers(0, 20))
    def cancel_a_guest(self, which):
        rows = [row for row in self.bookings() if row.invitations.live().count() > 1]
        if rows:
            booking = rows[which % len(rows)]
            freed = cancel_invitation(
                invitation=booking.invitations.live().order_by("position").last(), by="essai", at=self.now
            )
            self.give_back(freed, self.whose(booking.structure_id))

    @rule(change=st.integers(-4, 5))
    def change_seats(self, change):
        capacity = self.reread().capacity + change
        if capacity < 0:
            return
        try:
            demand.change_seats(performance=self.performance, capacity=capacity, by="essai", at=self.now)
        except DomainError:
            assert -change > self.free
        else:
            self.free += change
            self.pass_on()

    @rule(seats=st.one_of(st.none(), st.integers(1, 6)))
    def change_quota(self, seats):
        quota = Quota(venue=self.performance.event.venue, performance=self.performance, seats=seats or 0)
        if seats:
            demand.change_quota(quota=quota, by="essai", at=self.now)
        elif self.quota is not None:
            demand.lift_quota(quota=Quota.objects.open().like(quota).get(), by="essai", at=self.now)
        self.quota = seats
        self.pass_on()

    @precondition(lambda self: self.served)
    @rule(which=st.integers(0, 20))
    def confirm(self, which):
        pk = list(self.served)[which % len(self.served)]
        entry = WaitlistEntry.objects.select_related("participant").get(pk=pk)
        booking = waitlist.confirm(entry=entry, by=entry.joined_by, at=self.now)
        seats, _ = self.served.pop(pk)
        self.held -= seats
        assert booking.invitations.count() == seats
        assert waitlist.confirm(entry=entry, by=entry.joined_by, at=self.now) == booking

    @precondition(lambda self: self.served or self.line)
    @rule(which=st.integers(0, 20))
    def leave(self, which):
        everybody = [*self.served, *(pk for pk, _, _ in self.line)]
        pk = everybody[which % len(everybody)]
        entry = WaitlistEntry.objects.get(pk=pk)
        waitlist.leave(entry=entry, by="essai", at=self.now)
        if pk in self.served:
            seats, worker = self.served.pop(pk)
            self.give_back(seats, worker, held=True)
        else:
            self.line = [party for party in self.line if party[0] != pk]
        with pytest.raises(DomainError):
            waitlist.leave(entry=entry, by="essai", at=self.now)

    @rule(hours=st.integers(1, 90))
    def time_passes(self, hours):
        """Those who didn't answer lose their seats, once, however often the sweeper comes by."""
        self.now += timedelta(hours=hours)
        for _ in range(2):
            promotion.tend(performance=self.performance, at=self.now)
        overdue = set(
            WaitlistEntry.objects.filter(state=State.EXPIRED, pk__in=self.served).values_list("pk", flat=True)
        )
        if self.now >= self.performance.starts_at:
            self.line = []
        for pk in overdue:
            seats, worker = self.served.pop(pk)
            self.free += seats
            self.held -= seats
            self.taken[worker] -= seats
        self.pass_on()

    # --- What must hold after each of them --------------------------------------------------------------------

    @invariant()
    def portal_and_rule_agree(self):
        if not hasattr(self, "line"):
            return
        now = self.reread()
        assert (now.seats_left, now.seats_held) == (self.free, self.held)
        rows = WaitlistEntry.objects.filter(performance=now)
        assert set(rows.offered().values_list("pk", flat=True)) == set(self.served)
        waiting = rows.waiting().order_by("line").values_list("pk", flat=True)
        assert list(waiting) == [pk for pk, _, _ in self.line]
        assert now.parties_waiting == len(self.line)

    def teardown(self):
        if hasattr(self, "history"):
            try:
                assert audit().violations == []
            finally:
                transaction.set_rollback(True)
                self.history.__exit__(None, None, None)


@pytest.mark.drill
class TestHistories(Evening.TestCase, TestCase):
    """The histories that hypothesis invents."""


TestHistories.settings = settings(
    max_examples=1_000 if FULL else 15,
    stateful_step_count=25 if FULL else 15,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
