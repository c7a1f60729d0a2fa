"""A fair draw while others ask, cancel, book or draw it too: real threads and connections (D7)."""

from datetime import timedelta

import pytest
from django.utils import timezone

from invitations.models import Booking, Draw, DrawRequest, Invitation
from invitations.services.booking import cancel_performance
from invitations.services.demand import change_quota
from invitations.services.draws import ask, lift_draw, open_draw, take_back
from invitations.services.sharing import hold_draw, verify
from invitations.tests.factories import ParticipantFactory, a_draw, a_request, a_worker
from offers.models import Performance, Quota
from offers.services import set_capacity
from offers.tests.factories import PerformanceFactory, QuotaFactory
from partners.services import suspend
from partners.tests.factories import UserFactory
from tests.racing import RACE, ROUNDS, assert_sound, booker, kinds, together

pytestmark = RACE
PARTIES = 12
SEATS = 20


@pytest.fixture
def draw():
    """A draw of twenty seats that many ask for."""
    date = PerformanceFactory(capacity=SEATS, starts_at=timezone.now() + timedelta(days=10))
    made = a_draw(performance=date)
    for number in range(PARTIES):
        a_request(made, companions=number % 4)
    return made


def drawing(draw):
    return lambda: hold_draw(
        draw=Draw.objects.select_related("performance").get(pk=draw.pk), at=draw.closes_at
    )


def asking(draw, *, worker=None, person=None, at=None):
    worker = worker or a_worker()
    person = person or ParticipantFactory(structure=worker.structure)
    key = person.pk
    date = Performance.objects.with_place().get(pk=draw.performance_id)
    at = at or draw.closes_at - timedelta(seconds=1)

    def act():
        return ask(performance=date, participant=person, confirmed=True, key=key, by=worker, at=at)

    return act


def assert_settled(draw):
    """Drawn once, whole parties within the seats, everybody answered, and the draw can be checked."""
    draw.refresh_from_db()
    assert draw.drawn_at
    assert not DrawRequest.objects.filter(outcome="waiting").exists()
    assert Invitation.objects.live().filter(performance=draw.performance_id).count() <= SEATS
    assert verify(draw=draw, record=draw.record) == []
    assert_sound()


@pytest.mark.parametrize("_", range(ROUNDS))
def test_drawing_many_times_at_once_draws_once(_, draw):
    outcomes = together([drawing(draw)] * 6)
    assert sorted(outcomes) == [False] * 5 + [True]
    assert Booking.objects.count() == DrawRequest.objects.filter(outcome="served").count()
    assert_settled(draw)


@pytest.mark.parametrize("_", range(ROUNDS))
def test_request_of_the_last_second_takes_part_or_hears_that_it_is_too_late(_, draw):
    outcomes = together([*(asking(draw) for _ in range(6)), drawing(draw)])
    assert set(kinds(outcomes)) <= {"DrawRequest", "DomainError", "bool"}
    # A structure that asked while the draw was being begun makes it wait for the sweeper's next turn.
    drawing(draw)()
    assert DrawRequest.objects.count() == PARTIES + kinds(outcomes)["DrawRequest"]
    draw.refresh_from_db()
    assert len(draw.record["requests"]) == DrawRequest.objects.count()
    assert_settled(draw)


@pytest.mark.parametrize("_", range(ROUNDS))
def test_request_is_taken_back_or_drawn_never_both(_, draw):
    requests = list(DrawRequest.objects.select_related("draw__performance", "requested_by")[:6])
    last = draw.closes_at - timedelta(seconds=1)
    backs = [lambda one=one: take_back(request=one, by=one.requested_by, at=last) for one in requests]
    outcomes = together([*backs, drawing(draw)])
    assert set(kinds(outcomes)) <= {"NoneType", "DomainError", "bool"}
    drawing(draw)()
    draw.refresh_from_db()
    gone = kinds(outcomes)["NoneType"]
    assert len(draw.record["requests"]) == DrawRequest.objects.count() == PARTIES - gone
    assert_settled(draw)


@pytest.mark.parametrize("_", range(ROUNDS))
def test_date_cancelled_during_its_draw_leaves_nobody_with_a_seat_or_without_word(_, draw):
    desk = UserFactory(venue_desk=True, venue=draw.performance.event.venue)

    def cancel():
        return cancel_performance(performance=draw.performance, by=desk, at=draw.closes_at)

    outcomes = together([cancel, drawing(draw)])
    assert set(kinds(outcomes)) <= {"int", "bool"}
    drawing(draw)()
    assert not Invitation.objects.live().exists()
    assert_settled(draw)


@pytest.mark.parametrize("_", range(ROUNDS))
def test_bookings_come_after_the_winners_or_not_at_all(_, draw):
    now = timezone.now()
    Performance.objects.filter(pk=draw.performance_id).update(draw_until=now)
    Draw.objects.update(opened_at=now - timedelta(days=3), closes_at=now)

    def draw_now():
        return hold_draw(draw=Draw.objects.select_related("performance").get(pk=draw.pk), at=now)

    date = Performance.objects.with_place().get(pk=draw.performance_id)
    date.drawn_at = now  # as a page read a moment too late would show it
    outcomes = together([*(booker(date, seats=2) for _ in range(8)), draw_now])
    assert set(kinds(outcomes)) <= {"Booking", "DomainError", "bool"}
    served = DrawRequest.objects.filter(outcome="served").count()
    assert Booking.objects.count() == served + kinds(outcomes)["Booking"]
    assert_settled(draw)


@pytest.mark.parametrize("_", range(ROUNDS))
def test_date_is_booked_or_marked_as_scarce_never_both(_):
    date = PerformanceFactory(starts_at=timezone.now() + timedelta(days=10))
    desk = UserFactory(venue_desk=True, venue=date.event.venue)

    def mark():
        now = timezone.now()
        return open_draw(performance=date, closes_at=now + timedelta(days=3), by=desk, at=now)

    outcomes = together([*(booker(date) for _ in range(6)), mark])
    assert set(kinds(outcomes)) <= {"Booking", "DomainError", "Draw"}
    assert bool(kinds(outcomes)["Booking"]) != Draw.objects.exists()
    assert_sound()


@pytest.mark.parametrize("_", range(ROUNDS))
def test_draw_is_lifted_or_asked_for_never_both(_):
    draw = a_draw()
    desk = UserFactory(venue_desk=True, venue=draw.performance.event.venue)

    def lift():
        return lift_draw(draw=draw, by=desk, at=timezone.now())

    outcomes = together([*(asking(draw) for _ in range(4)), lift])
    assert set(kinds(outcomes)) <= {"DrawRequest", "DomainError", "NoneType"}
    assert DrawRequest.objects.exists() == Draw.objects.exists()
    assert_sound()


@pytest.mark.parametrize("_", range(ROUNDS))
def test_same_person_asked_for_at_once_by_colleagues_is_asked_for_once(_):
    draw, worker = a_draw(), a_worker()
    person = ParticipantFactory(structure=worker.structure)
    colleagues = [worker, *(UserFactory(structure=worker.structure) for _ in range(3))]
    date = Performance.objects.with_place().get(pk=draw.performance_id)

    def act(by):
        return lambda: ask(
            performance=date, participant=person, confirmed=True, key=by.pk, by=by, at=timezone.now()
        )

    outcomes = together(act(by) for by in colleagues)
    assert kinds(outcomes) == {"DrawRequest": 1, "DomainError": 3}
    outcomes = together([asking(draw, worker=worker, at=timezone.now())] * 4)
    assert kinds(outcomes) == {"DrawRequest": 4}
    assert DrawRequest.objects.count() == 2
    assert_sound()


@pytest.mark.parametrize("_", range(ROUNDS))
def test_structure_suspended_during_the_draw_got_its_seats_before_or_none(_, draw):
    structure, staff = DrawRequest.objects.first().structure, UserFactory(staff=True)
    booked = Booking.objects.filter(structure=structure)

    def stop():
        suspend(partner=structure, reason="Des invitations revendues.", by=staff, at=timezone.now())
        return booked.count()

    outcomes = together([drawing(draw), stop])
    assert set(kinds(outcomes)) <= {"bool", "int"}
    assert outcomes[-1] == booked.count()
    draw.refresh_from_db()
    assert draw.drawn_at


@pytest.mark.parametrize("_", range(ROUNDS))
def test_seats_changed_during_the_draw_are_shared_or_left(_, draw):
    desk = UserFactory(venue_desk=True, venue=draw.performance.event.venue)

    def give(capacity):
        return lambda: set_capacity(
            performance=draw.performance, capacity=capacity, by=desk, at=timezone.now()
        )

    outcomes = together([give(5), give(8), drawing(draw), give(12)])
    assert set(kinds(outcomes)) <= {"bool", "Performance", "DomainError"}
    assert_settled(draw)


@pytest.mark.parametrize("_", range(ROUNDS))
def test_quota_changed_during_the_draw_holds_for_all_of_it(_, draw):
    """Whichever number stood there when it was drawn, it is published, and no structure got more."""
    now, event = timezone.now(), draw.performance.event
    Performance.objects.filter(pk=draw.performance_id).update(draw_until=now)
    Draw.objects.update(opened_at=now - timedelta(days=3), closes_at=now)
    QuotaFactory(event=event, seats=2)

    def share(seats):
        quota = Quota(venue=event.venue, event=event, seats=seats)
        return lambda: change_quota(quota=quota, by="essai", at=timezone.now())

    def draw_now():
        return hold_draw(draw=Draw.objects.select_related("performance").get(pk=draw.pk), at=now)

    outcomes = together([share(1), draw_now, share(3)])
    assert set(kinds(outcomes)) <= {"Quota", "DomainError", "bool"}
    draw.refresh_from_db()
    (limit,) = set(draw.record["limits"].values())
    served = [line["seats"] for line in draw.record["requests"] if line["served"]]
    assert limit in (1, 2, 3) and served and max(served) <= limit
    assert_settled(draw)
