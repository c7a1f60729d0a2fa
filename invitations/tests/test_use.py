"""What counts as heavy or unused, beside a structure's own past and the network's median (D8)."""

from datetime import date, datetime, timedelta
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.tests.factories import paris
from invitations.use import Network, Period, Seats, Use, busiest_week, is_heavy, is_unused

NIGHT = date(2026, 11, 24)
PERIOD = Period.before(NIGHT)
LONG_AGO = PERIOD.past.first
NOBODY, NEVER = Network(), Seats()


def a_use(taken=0, known=None, unused=0, *, past=NEVER, since=LONG_AGO):
    return Use(uuid4(), PERIOD, Seats(taken, taken if known is None else known, unused), past, since)


def past(taken, unused=0):
    return Seats(taken, taken, unused)


# --- The period ----------------------------------------------------------------------------------------


def test_period_ends_where_the_desk_can_note_nobody_any_more():
    assert (PERIOD.last, PERIOD.first, PERIOD.days) == (date(2026, 11, 22), date(2026, 9, 24), 60)
    assert (PERIOD.past.last, PERIOD.past.days) == (date(2026, 9, 23), 180)


# --- The median ------------------------------------------------------------------------------------------


def test_median_lies_in_the_middle_of_structures_that_took_seats():
    uses = [a_use(taken, unused=taken // 4) for taken in (12, 20, 24, 40, 100)]
    assert Network.of([*uses, a_use(0)]) == Network(24.0, 0.25)
    assert Network.of([*uses, a_use(26)]).taken == 25


def test_network_of_few_structures_has_no_median():
    assert Network.of([]) == Network.of([a_use(30)] * 4) == NOBODY


def test_structures_with_few_known_seats_do_not_weigh_on_the_median_of_unused_ones():
    uses = [a_use(20, unused=2)] * 4
    assert Network.of([*uses, a_use(11, unused=11)]).rate is None
    assert Network.of([*uses, a_use(20, unused=2), a_use(11, unused=11)]).rate == 0.1


# --- Unused seats ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("use", "network", "stands_out"),
    [
        (a_use(32, unused=12, past=past(90, 9)), Network(20, 0.08), True),
        (a_use(32, unused=12), Network(20, 0.08), True),  # a new structure, beside the network
        (a_use(32, unused=12, past=past(90, 9)), NOBODY, True),  # a small network, beside its own past
        (a_use(32, unused=12), NOBODY, False),  # beside nothing, nothing is said
        (
            a_use(32, unused=12, past=past(90, 36)),
            Network(20, 0.08),
            True,
        ),  # as always, and much more than others
        (a_use(32, unused=12, past=past(90, 36)), Network(20, 0.35), False),  # as always, and as others
        (
            a_use(32, unused=7, past=past(90, 0)),
            Network(20, 0.0),
            False,
        ),  # under a quarter, whatever others do
        (a_use(24, unused=6, past=past(90, 9)), NOBODY, True),  # a quarter, and fifteen points above
        (a_use(24, unused=6, past=past(90, 10)), NOBODY, False),
        (
            a_use(12, unused=5),
            Network(20, 0.0),
            False,
        ),  # one family that couldn't come  # not quite fifteen points
        (a_use(11, unused=11, past=past(90, 0)), Network(20, 0.0), False),  # few are not judged
        (a_use(32, known=11, unused=11), Network(20, 0.0), False),  # few whose end is known neither
        (a_use(0), Network(20, 0.0), False),
        (a_use(32, unused=12, past=past(11, 0)), NOBODY, False),  # a past of few seats is none
    ],
)
def test_unused_seats_stand_out_beside_ones_own_past_or_the_network(use, network, stands_out):
    assert is_unused(use, network) is stands_out


# --- Heavy use -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("use", "network", "stands_out"),
    [
        (a_use(90, past=past(120)), Network(30), True),  # usually 40, here 90
        (a_use(90, past=past(150)), Network(30), False),  # usually 50: less than twice
        (a_use(89, past=past(120)), Network(30), False),  # less than three times the median
        (a_use(39, past=past(30)), Network(10), False),  # few seats, whatever others do
        (a_use(90, past=past(120)), NOBODY, True),
        (a_use(90), NOBODY, True),  # known for long, and had none
        (a_use(90, since=PERIOD.first), Network(30), True),  # new: beside the network alone
        (a_use(90, since=PERIOD.first), NOBODY, False),
    ],
)
def test_heavy_use_stands_out_beside_the_network_and_ones_own_past(use, network, stands_out):
    assert is_heavy(use, network) is stands_out


def test_usual_number_counts_the_days_that_a_structure_has_been_there():
    ago = PERIOD.first - timedelta(days=90)
    assert a_use(10, past=past(90), since=ago).usual_taken == 60
    assert a_use(10, past=past(90), since=PERIOD.first - timedelta(days=59)).usual_taken is None
    assert a_use(10, since=None).usual_taken is None


# --- Weeks -------------------------------------------------------------------------------------------------


@given(st.lists(st.integers(0, 24 * 60), max_size=12))
def test_busiest_week_counts_as_a_plain_count_would(hours):
    moments = [paris(2026, 11, 23, 20) + timedelta(hours=hour) for hour in hours]
    plain = max((sum(m <= other < m + timedelta(days=7) for other in moments) for m in moments), default=0)
    assert busiest_week(moments)[0] == plain


def test_seven_days_to_the_second_are_another_week():
    start: datetime = paris(2026, 11, 23, 20)
    week = timedelta(days=7)
    assert busiest_week([start, start + week]) == (1, start)
    assert busiest_week([start, start + week - timedelta(seconds=1)]) == (2, start)
    assert busiest_week([start, start + week], around=start + week) == (1, start + week)
