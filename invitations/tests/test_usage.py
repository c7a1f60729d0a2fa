from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.tests.factories import paris
from conventions.models import Agreement
from invitations.models import UsageAlert
from invitations.services import usage
from invitations.tests.factories import ParticipantFactory, a_booking, a_worker
from offers.tests.factories import PerformanceFactory

MONDAY = paris(2026, 11, 23, 20)
BOOKED = paris(2026, 11, 20, 10)


@pytest.fixture
def worker(db):
    worker = a_worker()
    Agreement.objects.update(
        starts_on=BOOKED.date(), ends_on=paris(2027, 9, 30).date(), signed_on=BOOKED.date()
    )
    return worker


def outings(worker, *days, person=None):
    person = person or ParticipantFactory(structure=worker.structure)
    for day in days:
        performance = PerformanceFactory(starts_at=MONDAY + timedelta(days=day))
        a_booking(by=worker, participant=person, performance=performance, at=BOOKED)
    return person


@pytest.mark.parametrize(
    ("days", "next_day", "hinted"),
    [
        ((), 0, False),
        ((0,), 1, False),
        ((0, 1), 2, True),
        ((0, 6), 3, True),
        ((0, 7), 3, False),  # seven days apart is another week
        ((0, 1), 8, False),
    ],
)
def test_third_outing_within_seven_sliding_days_is_hinted(worker, days, next_day, hinted):
    person = outings(worker, *days)
    moment = MONDAY + timedelta(days=next_day)
    sentence = usage.hint(person_ref=person.person_ref, moment=moment)
    assert bool(sentence) is hinted
    assert not hinted or "réserver quand même" in sentence


def test_hint_never_blocks(worker):
    person = outings(worker, 0, 1, 2, 3, 4)
    assert person.bookings.live().count() == 5


def test_dashboard_names_people_out_often_to_their_own_structure_only(worker):
    person = outings(worker, 0, 1, 2)
    assert usage.people_out_often(user=worker, at=BOOKED) == [(person, 3)]
    assert usage.people_out_often(user=a_worker(), at=BOOKED) == []


def test_review_notes_each_busy_week_once_however_often_it_runs(worker):
    person = outings(worker, 0, 1, 2)
    outings(worker, 0, 1)
    assert usage.review_usage(at=BOOKED) == 1
    assert usage.review_usage(at=BOOKED + timedelta(days=1)) == 0
    alert = UsageAlert.objects.get()
    assert (alert.person_ref, alert.outings, alert.structure) == (person.person_ref, 3, worker.structure)


@given(st.lists(st.integers(0, 24 * 60), max_size=12))
def test_busiest_week_counts_as_a_plain_count_would(hours):
    moments = [MONDAY + timedelta(hours=hour) for hour in hours]
    plain = max((sum(m <= other < m + timedelta(days=7) for other in moments) for m in moments), default=0)
    assert usage.busiest_week(moments)[0] == plain
