"""The review of every night: what stands out becomes an alert, once, and goes when it is over (D8)."""

from datetime import timedelta

import pytest
import time_machine

from common.models import AuditEntry
from common.tests.factories import paris
from conventions.models import Agreement
from invitations.models import Booking, UsageAlert, UsageReview
from invitations.services.booking import cancel_booking
from invitations.services.usage_alerts import close_alert, note_conversation
from invitations.services.usage_review import BACK_TO_USUAL, review_structures, review_weeks, uses
from invitations.tasks import review_usage
from invitations.tests.factories import ParticipantFactory, a_booking, a_worker, an_outing
from invitations.use import Period, Seats
from offers.tests.factories import PerformanceFactory
from partners.tests.factories import StructureFactory, UserFactory

pytestmark = pytest.mark.django_db

NIGHT = paris(2026, 11, 24, 1)
PERIOD = Period.before(NIGHT.date())
RECENT, BEFORE = paris(2026, 11, 10, 20), paris(2026, 8, 10, 20)
DAY = timedelta(days=1)


def the_network(*, structures=5, taken=20, unused=2):
    """Structures that took and missed the same number of seats."""
    for _ in range(structures):
        an_outing(StructureFactory(), at=RECENT, attended=taken - unused, no_show=unused)


def wasteful(structure=None, *, at=RECENT, unused=12):
    structure = structure or StructureFactory()
    an_outing(structure, at=at, attended=32 - unused, no_show=unused)
    return structure


def only_alert():
    return UsageAlert.objects.get()


# --- What is counted -----------------------------------------------------------------------------------------


def test_seats_given_back_or_excused_are_no_misuse_and_unmarked_ones_are_where_the_venue_noted_who_came():
    structure = StructureFactory()
    an_outing(structure, at=RECENT, attended=5, no_show=2, excused=3, valid=1, cancelled=9)
    [use] = uses(PERIOD)
    assert use.now == Seats(taken=11, known=11, unused=3)


def test_date_at_which_the_venue_noted_nobody_says_nothing_of_whom_nobody_spoke():
    structure, other = StructureFactory(), StructureFactory()
    an_outing(structure, at=RECENT, valid=7, excused=1)
    [use] = uses(PERIOD)
    assert use.now == Seats(taken=8, known=1, unused=0)
    an_outing(other, at=RECENT, attended=1, performance=Booking.objects.get().performance)
    assert {use.now for use in uses(PERIOD)} == {Seats(8, 8, 7), Seats(1, 1, 0)}


@pytest.mark.parametrize(
    ("at", "now", "past"),
    [
        (paris(2026, 11, 22, 23, 59), 1, 0),  # the last day whose desk is closed
        (paris(2026, 11, 23, 0), 0, 0),
        (paris(2026, 9, 24, 0), 1, 0),
        (paris(2026, 9, 23, 23, 59), 0, 1),
        (paris(2026, 3, 28, 0), 0, 1),  # 180 days before, on the other side of a change of hour
        (paris(2026, 3, 27, 23, 59), 0, 0),
    ],
)
def test_days_belong_to_the_period_to_its_past_or_to_neither(at, now, past):
    an_outing(StructureFactory(), at=at, attended=1)
    found = uses(PERIOD)
    assert sum(use.now.taken for use in found) == now
    assert sum(use.past.taken for use in found) == past


def test_figures_take_one_query_whatever_the_number_of_structures(django_assert_num_queries):
    the_network(structures=2)
    with django_assert_num_queries(1):
        uses(PERIOD)
    the_network(structures=6)
    with django_assert_num_queries(1):
        assert len(uses(PERIOD)) == 8


# --- What is told --------------------------------------------------------------------------------------------


def test_structure_whose_seats_go_unused_is_told_to_staff_beside_its_past_and_the_network():
    the_network()
    structure = wasteful()
    wasteful(structure, at=BEFORE, unused=3)
    assert review_structures(at=NIGHT) == 1
    alert = only_alert()
    assert (alert.structure, alert.kind, alert.since, alert.days) == (structure, "unused", PERIOD.first, 60)
    assert alert.sentence.replace("\u00a0", " ") == (
        "38 % des places non utilisées en 60 jours (12 sur 32) ; d'ordinaire 9 % ; médiane du réseau 10 %"
    )
    night = UsageReview.objects.get()
    assert (night.structures, night.taken, night.rate) == (6, 20, 0.1)


def test_structure_that_takes_far_more_than_others_and_than_usual_is_told_to_staff():
    the_network()
    structure = StructureFactory()
    an_outing(structure, at=RECENT, attended=66)
    an_outing(structure, at=paris(2026, 3, 29, 20), attended=90)
    assert review_structures(at=NIGHT) == 1
    alert = only_alert()
    assert (alert.kind, alert.count, round(alert.usual), alert.median) == ("heavy", 66, 30, 20)


def test_nothing_is_told_where_there_is_nothing_or_little_to_see():
    assert review_structures(at=NIGHT) == 0
    the_network()
    an_outing(StructureFactory(), at=RECENT, no_show=11)
    an_outing(StructureFactory(), at=RECENT, valid=32)  # nobody noted who came
    assert review_structures(at=NIGHT + DAY) == 0


def test_what_a_structure_says_is_known_of_its_own_people_alone():
    structure, other = StructureFactory(), StructureFactory()
    party = an_outing(structure, at=RECENT, said=4, no_show=2, valid=3)
    an_outing(other, at=RECENT, valid=5, performance=party.performance)
    assert {use.now for use in uses(PERIOD)} == {Seats(9, 6, 2), Seats(5, 0, 0)}


def test_night_is_reviewed_once_however_often_the_task_runs():
    the_network()
    wasteful()
    with time_machine.travel(NIGHT, tick=False):
        review_usage()
        wasteful()
        review_usage()
    assert UsageReview.objects.count() == UsageAlert.objects.count() == 1


def test_missed_nights_are_caught_up_by_the_next_turn():
    the_network()
    wasteful(at=paris(2026, 11, 20, 20))
    assert review_structures(at=NIGHT - 20 * DAY) == 0
    assert review_structures(at=NIGHT + 2 * DAY) == 1


def test_open_alert_follows_the_figures_and_is_never_doubled():
    the_network()
    structure = wasteful()
    review_structures(at=NIGHT)
    an_outing(structure, at=RECENT, no_show=8)
    assert review_structures(at=NIGHT + DAY) == 0
    alert = only_alert()
    assert (alert.count, alert.seats, alert.since, alert.seen_at) == (20, 40, PERIOD.first + DAY, NIGHT)


def test_alert_that_is_over_goes_by_itself_unless_somebody_spoke_of_it():
    the_network()
    quiet, spoken_of = wasteful(), wasteful()
    review_structures(at=NIGHT)
    for use in (quiet, spoken_of):
        an_outing(use, at=RECENT, attended=100)
    note_conversation(
        alert=UsageAlert.objects.get(structure=spoken_of, kind="unused"),
        spoken_on=NIGHT.date(),
        spoken_with="lead",
        agreed="On en reparle.",
        look_again_on=None,
        by=UserFactory(staff=True),
        at=NIGHT,
    )
    review_structures(at=NIGHT + DAY)
    unused = UsageAlert.objects.filter(kind="unused")
    assert unused.get(structure=quiet).outcome == BACK_TO_USUAL
    assert unused.get(structure=quiet).closed_by is None
    assert unused.get(structure=spoken_of).closed_at is None
    assert AuditEntry.objects.filter(verb="alerte d'usage refermée", actor="portail").count() == 1


def test_what_staff_closed_is_not_said_again_until_a_whole_period_has_passed():
    the_network(taken=2000, unused=200)
    structure = wasteful()
    review_structures(at=NIGHT)
    close_alert(alert=only_alert(), outcome="Vu ensemble.", by=UserFactory(staff=True), at=NIGHT)
    assert review_structures(at=NIGHT + DAY) == 0
    wasteful(structure, at=NIGHT + 20 * DAY)
    an_outing(structure, at=NIGHT + 20 * DAY, no_show=40)
    assert review_structures(at=NIGHT + 61 * DAY) == 0
    assert review_structures(at=NIGHT + 62 * DAY) == 1


def test_review_of_a_night_takes_the_same_queries_at_2_and_20_structures(django_assert_max_num_queries):
    the_network(structures=30)
    for structures in (2, 20):
        for _ in range(structures):
            wasteful()
        with django_assert_max_num_queries(16):
            assert review_structures(at=NIGHT + structures * DAY) == structures


# --- People's weeks --------------------------------------------------------------------------------------------

MONDAY = paris(2026, 11, 23, 20)
BOOKED = paris(2026, 11, 20, 10)


@pytest.fixture
def worker():
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


def test_each_busy_week_is_noted_once_however_often_the_review_runs(worker):
    person = outings(worker, 0, 1, 2)
    outings(worker, 0, 1, 7)  # a week apart to the hour
    assert review_weeks(at=BOOKED) == 1
    assert review_weeks(at=BOOKED + DAY) == 0
    alert = only_alert()
    assert (alert.person_ref, alert.count, alert.structure) == (person.person_ref, 3, worker.structure)


def test_alert_of_a_week_follows_what_is_booked_more(worker):
    person = outings(worker, 1, 2, 3)
    review_weeks(at=BOOKED)
    outings(worker, 0, person=person)
    assert review_weeks(at=BOOKED) == 0
    assert (only_alert().count, only_alert().since) == (4, MONDAY.date())


def test_two_weeks_of_a_person_that_share_no_day_are_two_alerts(worker):
    person = outings(worker, 20, 21, 22)
    assert review_weeks(at=BOOKED) == 1
    outings(worker, 0, 1, 2, person=person)
    assert [review_weeks(at=BOOKED), review_weeks(at=BOOKED)] == [1, 0]


def test_alert_of_a_week_goes_once_its_outings_are_cancelled(worker):
    person = outings(worker, 0, 1, 2)
    review_weeks(at=BOOKED)
    cancel_booking(booking=person.bookings.first(), by=worker, at=BOOKED)
    review_weeks(at=BOOKED + DAY)
    assert only_alert().outcome == BACK_TO_USUAL


def test_alert_of_a_week_stays_for_staff_once_that_week_is_over(worker):
    outings(worker, 0, 1, 2)
    review_weeks(at=BOOKED)
    review_weeks(at=MONDAY + 30 * DAY)
    assert only_alert().closed_at is None


def test_week_that_staff_closed_is_not_noted_again(worker):
    person = outings(worker, 0, 1, 2)
    review_weeks(at=BOOKED)
    close_alert(alert=only_alert(), outcome="Une fête.", by=UserFactory(staff=True), at=BOOKED)
    outings(worker, 3, person=person)
    assert review_weeks(at=BOOKED + DAY) == 0


def test_review_of_weeks_takes_the_same_queries_for_1_and_12_people(worker, django_assert_max_num_queries):
    for people in (1, 11):
        for _ in range(people):
            outings(worker, 0, 1, 2)
        with django_assert_max_num_queries(8):
            assert review_weeks(at=BOOKED) == people
