"""The control of the race tests: without the guard of `take_seats` the same threads oversell, and the audit sees it."""

import itertools
import threading

import pytest
from django.db import connection
from django.db.models import F
from django.utils import timezone

from conventions.models import Receipt, ReceiptYear
from conventions.services import receipts
from conventions.tests.factories import DonationFactory
from invitations.invariants import audit
from invitations.models import Booking
from invitations.services import booking, quotas
from invitations.tests.factories import a_worker
from offers import services
from offers.models import Performance
from offers.tests.factories import PerformanceFactory, QuotaFactory
from partners.models import Structure
from partners.services import suspend
from partners.tests.factories import StructureFactory, UserFactory
from tests.racing import CROWD, RACE, assert_sound, booker, giver, kinds, together

pytestmark = [*RACE, pytest.mark.postgres]
NET = next(one for one in Performance._meta.constraints if one.name == "performance_never_oversold")


@pytest.fixture
def without_net(transactional_db):
    """The table of dates without its check constraint, in this test's own database."""
    with connection.schema_editor() as editor:
        editor.remove_constraint(Performance, NET)
    yield
    with connection.schema_editor() as editor:
        editor.add_constraint(Performance, NET)


def check_then_write(fewer):
    """What `take_seats` must never become: by the time it writes, what it read is old."""
    readers, second_has_read = itertools.count(1), threading.Event()

    def take_seats(*, performance, seats, at, past_queue=False):
        left = Performance.objects.get(pk=performance.pk).seats_left
        if left < seats:
            return False
        if next(readers) > 1:
            second_has_read.set()
        second_has_read.wait(timeout=10)  # so that the race doesn't depend on luck
        Performance.objects.filter(pk=performance.pk).update(seats_left=fewer(left, seats))
        return True

    return take_seats


def test_check_then_write_oversells_the_last_seat(without_net, monkeypatch):
    monkeypatch.setattr(services, "take_seats", check_then_write(lambda left, seats: left - seats))
    performance = PerformanceFactory(capacity=1)
    outcomes = together(booker(performance) for _ in range(CROWD))
    assert set(kinds(outcomes)) <= {"Booking", "DomainError"}
    assert Booking.objects.live().filter(performance=performance).count() > 1
    assert audit().violations


def test_net_alone_refuses_to_count_below_zero(monkeypatch):
    monkeypatch.setattr(services, "take_seats", check_then_write(lambda left, seats: F("seats_left") - seats))
    performance = PerformanceFactory(capacity=1)
    outcomes = together(booker(performance) for _ in range(CROWD))
    assert set(kinds(outcomes)) <= {"Booking", "DomainError", "IntegrityError"}
    assert kinds(outcomes)["Booking"] == 1
    assert_sound()


def test_reading_the_structure_without_holding_it_books_beyond_its_suspension(monkeypatch):
    worker, staff = a_worker(), UserFactory(staff=True)
    structure = Structure.objects.get(pk=worker.structure_id)
    has_read, is_suspended = threading.Event(), threading.Event()

    def only_read(partner, *, short):
        """What `hold` must never become for a booking: by the time it writes, what it read is old."""
        row = type(partner)._default_manager.get(pk=partner.pk)
        has_read.set()
        is_suspended.wait(timeout=10)  # so that the race doesn't depend on luck
        return row

    def suspend_meanwhile():
        has_read.wait(timeout=10)
        try:
            suspend(partner=structure, reason="Essai.", by=staff, at=timezone.now())
            return Booking.objects.count()
        finally:
            is_suspended.set()

    monkeypatch.setattr(booking, "hold", only_read)
    made, seen = together([booker(PerformanceFactory(), worker=worker), suspend_meanwhile])
    assert isinstance(made, Booking) and seen == 0
    assert Booking.objects.count() == 1  # what tests/test_races_suspension.py looks for


def test_quota_judged_without_holding_the_structure_is_passed(monkeypatch):
    """The control of the quota races in tests/test_races_waitlist.py."""
    worker, performance = a_worker(), PerformanceFactory(capacity=10)
    colleague = UserFactory(structure=worker.structure)
    QuotaFactory(event=performance.event, seats=1)
    judge, both_have_judged = quotas.obstacle, threading.Barrier(2, timeout=10)

    def judge_together(**asked):
        found = judge(**asked)
        both_have_judged.wait()  # so that the race doesn't depend on luck
        return found

    def only_read(partner, *, short):
        return type(partner)._default_manager.get(pk=partner.pk)

    monkeypatch.setattr(booking, "hold", only_read)
    monkeypatch.setattr(quotas, "obstacle", judge_together)
    outcomes = together(booker(performance, worker=one) for one in (worker, colleague))
    assert kinds(outcomes) == {"Booking": 2}
    assert {one.code for one in audit().violations} == {"no_booking_beyond_an_events_quota"}


def test_number_read_without_the_lock_comes_twice(transactional_db, monkeypatch):
    """The control of tests/test_races_receipts.py: without the year's lock, the net alone stands."""
    readers, second_has_read = itertools.count(1), threading.Event()

    def next_number(year):
        ReceiptYear.objects.get_or_create(year=year)
        last = ReceiptYear.objects.get(year=year).last
        if next(readers) > 1:
            second_has_read.set()
        second_has_read.wait(timeout=10)  # so that the race doesn't depend on luck
        ReceiptYear.objects.filter(year=year).update(last=last + 1)
        return last + 1

    monkeypatch.setattr(receipts, "_next_number", next_number)
    staff, structure = UserFactory(staff=True), StructureFactory()
    ReceiptYear.objects.create(year=DonationFactory.build(structure=structure).paid_on.year)
    outcomes = together(giver(staff, structure) for _ in range(10))
    assert kinds(outcomes)["IntegrityError"] > 0
    assert Receipt.objects.count() < 10
