"""Deadlines of scarce seats in the nights when clocks change, and on a leap day (C3, D5, D6, D7, D10).

Of each deadline, what a mail or page says is what the clocks of Paris show at that moment; until the second before
it is in time, from it on it is too late; and the sweepers do their part once, at their first turn after it.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
import time_machine

from common.errors import DomainError
from common.models import OutboxMessage
from common.templatetags.ui import hour
from invitations.models import Draw, GroupOuting, WaitlistEntry
from invitations.services import groups, waitlist
from invitations.services.booking import cancel_booking
from invitations.tasks import call_venues, sweep_lines
from invitations.tasks_draws import sweep_draws
from invitations.tasks_groups import sweep_groups
from invitations.tests.factories import (
    ParticipantFactory,
    a_booking,
    a_draw,
    a_group,
    a_request,
    a_waiting_party,
    a_worker,
)
from offers.models import Performance
from offers.tests.factories import PerformanceFactory
from partners.tests.factories import UserFactory
from tests.racing import FULL, assert_sound

pytestmark = [pytest.mark.django_db, pytest.mark.drill]
SECOND = timedelta(seconds=1)
TURN = timedelta(minutes=1 if FULL else 120)  # between two turns of the sweepers; deadlines fall on one
# The deadline, and what the clocks of Paris show then.
NIGHTS = {
    "before clocks go forward": (datetime(2027, 3, 28, 0, 30, tzinfo=UTC), "1 h 30"),
    "after clocks went forward": (datetime(2027, 3, 28, 1, 30, tzinfo=UTC), "3 h 30"),
    "before clocks go back": (datetime(2027, 10, 31, 0, 30, tzinfo=UTC), "2 h 30"),
    "after clocks went back": (datetime(2027, 10, 31, 1, 30, tzinfo=UTC), "2 h 30"),
    "as a leap day begins": (datetime(2028, 2, 28, 23, 0, tzinfo=UTC), "0 h"),
    "in a leap day": (datetime(2028, 2, 29, 1, 30, tzinfo=UTC), "2 h 30"),
}


@dataclass
class Evening:
    """What is due at the same moment."""

    worker: object
    unanswered: WaitlistEntry  # seats held until then
    answered: WaitlistEntry
    group: GroupOuting  # names given until then
    draw: Draw  # requests made until then
    closing: Performance  # booked until then, and somebody waits for it


def an_offer(worker, *, until: datetime) -> WaitlistEntry:
    """Two seats held until `until`, offered two hours before it, as the date is half a day ahead."""
    at = until - timedelta(hours=2)
    date = PerformanceFactory(capacity=2, starts_at=at + timedelta(hours=12))
    booking = a_booking(by=worker, performance=date, guests=1, at=at - timedelta(days=3))
    entry = a_waiting_party(by=worker, performance=date, guests=1, at=at - timedelta(days=2))
    cancel_booking(booking=booking, by=worker, at=at)
    entry.refresh_from_db()
    return entry


def everything_due(until: datetime) -> Evening:
    worker, days = a_worker(), timedelta(days=1)
    closing = PerformanceFactory(capacity=2, starts_at=until + 2 * days, booking_deadline=until)
    a_booking(by=worker, performance=closing, at=until - 5 * days)
    a_waiting_party(by=worker, performance=closing, guests=1, at=until - 4 * days)
    UserFactory(venue_desk=True, venue=closing.event.venue)
    group_date = PerformanceFactory(capacity=6, starts_at=until + timedelta(hours=2))
    lots = a_draw(
        performance=PerformanceFactory(capacity=1, starts_at=until + 8 * days), at=until - 5 * days,
        closes_in=5 * days,
    )  # fmt: skip
    a_request(lots, at=until - SECOND)
    return Evening(
        worker=worker,
        unanswered=an_offer(worker, until=until),
        answered=an_offer(worker, until=until),
        group=a_group(by=worker, performance=group_date, seats=4, at=until - timedelta(hours=10)),
        draw=lots,
        closing=closing,
    )


def told(kind: str) -> OutboxMessage:
    """The only mail of its kind."""
    return OutboxMessage.objects.get(effect__startswith=kind)


def refused(act, *, at: datetime) -> bool:
    try:
        act(at=at)
    except DomainError:
        return True
    return False


@pytest.mark.parametrize("night", NIGHTS)
def test_deadlines_are_kept_to_the_second_told_rightly_and_swept_once(night):
    until, shown = NIGHTS[night]
    with time_machine.travel(until - timedelta(days=6), tick=False) as clock:
        due = everything_due(until)
        moments = [
            due.unanswered.answer_by, due.group.names_by, due.draw.closes_at, due.closing.closes_at,
        ]  # fmt: skip
        assert moments == [until] * 4
        assert {hour(moment).replace("\xa0", " ") for moment in moments} == {shown}
        offer = OutboxMessage.objects.filter(effect__startswith="seats-offered").first()
        assert f"à {hour(until)}" in offer.text and f"à {hour(until)}" in told("group-booked").text

        in_time, too_late = until - SECOND, until
        name = {"people": [ParticipantFactory(structure=due.worker.structure)], "confirmed": True}
        acts = [
            lambda at: waitlist.confirm(entry=due.answered, by=due.worker, at=at),
            lambda at: groups.name_people(group=due.group, **name, key=uuid4(), by=due.worker, at=at),
            lambda at: a_request(due.draw, at=at),
            lambda at: a_booking(by=due.worker, performance=due.closing, at=at),
        ]
        assert [refused(act, at=in_time) for act in acts] == [False] * 4
        late = WaitlistEntry.objects.get(pk=due.unanswered.pk)
        acts[0] = lambda at: waitlist.confirm(entry=late, by=due.worker, at=at)
        name["people"] = [ParticipantFactory(structure=due.worker.structure)]
        assert [refused(act, at=too_late) for act in acts] == [True] * 4

        done = {}
        now = until - timedelta(hours=12)
        while now <= until + timedelta(hours=30):
            clock.move_to(now)
            for sweep in (sweep_lines, sweep_groups, sweep_draws, call_venues):
                sweep()
            for what, is_done in {
                "offer": WaitlistEntry.objects.filter(pk=due.unanswered.pk, state="expired").exists(),
                "line": not WaitlistEntry.objects.waiting().filter(performance=due.closing).exists(),
                "group": GroupOuting.objects.filter(pk=due.group.pk, state="closed").exists(),
                "draw": Draw.objects.filter(pk=due.draw.pk).exclude(drawn_at=None).exists(),
                "reminder": OutboxMessage.objects.filter(effect__startswith="group-names-due").exists(),
            }.items():
                if is_done:
                    done.setdefault(what, now)
            now += TURN
    assert done == {
        "offer": until, "line": until, "group": until, "draw": until, "reminder": done["reminder"],
    }  # fmt: skip
    assert timedelta(0) <= done["reminder"] - due.group.remind_at < TURN
    for once in ("people-wait", "group-names-due", "group-names-ended", "offer-expired", "line-closed"):
        assert told(once)
    assert f"à {hour(until)}" in told("group-names-due").text
    with time_machine.travel(now):
        assert_sound()
