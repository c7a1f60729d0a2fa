"""Group outings when many act at once: real threads and connections (D10)."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from invitations.models import Booking, GroupOuting, Invitation
from invitations.services import groups
from invitations.services.booking import cancel_booking, cancel_performance
from invitations.tests.factories import ParticipantFactory, a_group, a_worker
from offers.models import Performance
from offers.tests.factories import PerformanceFactory, QuotaFactory
from partners.tests.factories import UserFactory
from tests.racing import RACE, ROUNDS, assert_sound, booker, kinds, together

pytestmark = RACE
TEAM = 8


def namer(group, worker, *, key=None):
    """Somebody of the team who names one more person."""
    person = ParticipantFactory(structure=worker.structure)

    def act():
        return groups.name_people(
            group=group, people=[person], confirmed=True, key=key or uuid4(), by=worker, at=timezone.now()
        )

    return act


def grouper(performance, *, seats, worker=None, key=None):
    """Somebody who books for a group."""
    worker = worker or a_worker()

    def act():
        return groups.book_group(
            performance=performance,
            label="Essai",
            seats=seats,
            key=key or uuid4(),
            by=worker,
            at=timezone.now(),
        )

    return act


def ten_days_ahead(**fields):
    return PerformanceFactory(starts_at=timezone.now() + timedelta(days=10), **fields)


def now_of(row):
    return type(row).objects.get(pk=row.pk)


@pytest.mark.parametrize("_", range(ROUNDS))
def test_last_seat_of_a_group_is_named_once(_):
    worker = a_worker()
    group = a_group(by=worker, seats=3, named=2)
    outcomes = together(namer(group, worker) for _ in range(TEAM))
    assert kinds(outcomes) == {"list": 1, "DomainError": TEAM - 1}
    assert now_of(group).unnamed == 0
    assert_sound()


@pytest.mark.parametrize("_", range(ROUNDS))
def test_naming_against_the_deadline_names_or_frees_each_seat_once(_):
    worker = a_worker()
    group = a_group(by=worker, seats=TEAM)
    GroupOuting.objects.update(
        names_by=timezone.now() + timedelta(milliseconds=150), remind_at=group.booked_at
    )
    sweeps = [lambda: groups.end_names(group=group, at=timezone.now() + timedelta(seconds=1))] * 3
    together([*(namer(group, worker) for _ in range(TEAM)), *sweeps])
    groups.end_names(group=group, at=timezone.now() + timedelta(seconds=1))
    named = Invitation.objects.live().count()
    performance = Performance.objects.get()
    assert (performance.seats_held, performance.seats_left) == (0, performance.capacity - named)
    assert_sound()


@pytest.mark.parametrize("_", range(ROUNDS))
def test_cancelling_a_group_while_it_is_named_leaves_nobody_behind(_):
    worker = a_worker()
    group = a_group(by=worker, seats=TEAM, named=2)
    cancels = [lambda: groups.cancel_group(group=group, by="essai", at=timezone.now())] * 3
    outcomes = together([*(namer(group, worker) for _ in range(4)), *cancels])
    assert kinds(outcomes)["int"] == 1
    assert not Booking.objects.live().exists()
    assert Performance.objects.get().seats_left == 20
    assert_sound()


@pytest.mark.parametrize("_", range(ROUNDS))
def test_groups_and_parties_never_take_more_than_the_seats(_):
    performance = ten_days_ahead(capacity=20)
    acts = [
        *(grouper(performance, seats=6) for _ in range(TEAM)),
        *(booker(performance, seats=2) for _ in range(TEAM)),
    ]
    outcomes = together(acts)
    assert set(kinds(outcomes)) <= {"GroupOuting", "Booking", "DomainError"}
    now = now_of(performance)
    assert now.seats_held == 6 * kinds(outcomes)["GroupOuting"]
    assert now.seats_left < 6
    assert_sound()


@pytest.mark.parametrize("_", range(ROUNDS))
def test_groups_of_one_structure_stay_within_its_quota(_):
    worker, performance = a_worker(), ten_days_ahead(capacity=60)
    QuotaFactory(of_date=True, performance=performance, seats=8)
    acts = [grouper(performance, seats=3, worker=worker) for _ in range(4)]
    outcomes = together([*acts, *(booker(performance, seats=1, worker=worker) for _ in range(4))])
    assert set(kinds(outcomes)) <= {"GroupOuting", "Booking", "DomainError"}
    assert 60 - now_of(performance).seats_left <= 8
    assert_sound()


@pytest.mark.parametrize("_", range(ROUNDS))
def test_same_form_at_once_books_one_group_and_names_once(_):
    worker, performance, key = a_worker(), ten_days_ahead(capacity=20), uuid4()
    made = together(grouper(performance, seats=5, worker=worker, key=key) for _ in range(TEAM))
    assert set(made) == {GroupOuting.objects.get()}
    form = uuid4()
    act = namer(made[0], worker, key=form)
    together([act] * TEAM)
    assert Booking.objects.count() == 1
    assert_sound()


@pytest.mark.parametrize("_", range(ROUNDS))
def test_people_of_a_group_cancel_while_the_venue_cancels_the_date(_):
    worker = a_worker()
    group = a_group(by=worker, seats=TEAM, named=4, companions=1)
    desk = UserFactory(venue_desk=True, venue=group.performance.event.venue)
    leave = [
        (lambda booking=booking: cancel_booking(booking=booking, by="essai", at=timezone.now()))
        for booking in Booking.objects.all()
    ]
    give = lambda: groups.give_back(group=group, seats=2, by=worker, at=timezone.now())  # noqa: E731
    off = lambda: cancel_performance(performance=group.performance, by=desk, at=timezone.now())  # noqa: E731
    outcomes = together([*leave, give, off, namer(group, worker)])
    assert set(kinds(outcomes)) <= {"int", "NoneType", "list", "DomainError"}
    assert Performance.objects.get().seats_left == 20
    assert_sound()
