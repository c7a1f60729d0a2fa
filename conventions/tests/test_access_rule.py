"""What an account of a structure is worth: the rule in words, and the same for lists (A5)."""

from datetime import date, timedelta
from itertools import product

import pytest

from common.tests.factories import paris
from conventions.models import Access, access_at, grant
from conventions.services.access import grant_of
from conventions.tests.factories import AgreementFactory
from partners.models import User
from partners.seasons import Season
from partners.tests.factories import StructureFactory, UserFactory

START = paris(2027, 10, 1)
SECOND = timedelta(seconds=1)
COVERED = date(2028, 9, 30)


LAST_SEASON = paris(2026, 11, 3)


def worth(at, *, chosen_at=LAST_SEASON, covered_until=COVERED, ended=False):
    return grant(chosen_at=chosen_at, covered_until=covered_until, ended=ended, at=at)


@pytest.mark.parametrize(
    ("at", "state"),
    [
        (START - SECOND, Access.OPEN),
        (START, Access.GRACE),
        (paris(2027, 10, 14, 23, 59, 59), Access.GRACE),
        (paris(2027, 10, 15), Access.OUT),
        (paris(2028, 9, 30, 23, 59, 59), Access.OUT),
    ],
)
def test_last_seasons_password_opens_fourteen_days_more(at, state):
    assert worth(at).state is state


@pytest.mark.parametrize("seconds", [0, 1])
def test_password_of_the_season_counts_from_its_first_second(seconds):
    chosen = START + timedelta(seconds=seconds)
    assert worth(paris(2027, 11, 1), chosen_at=chosen).state is Access.OPEN
    assert worth(paris(2027, 11, 1), chosen_at=START - SECOND).state is Access.OUT


def test_without_an_agreement_in_force_there_is_no_grace():
    assert worth(START, covered_until=None).state is Access.OUT


def test_agreement_that_ended_closes_whatever_the_password():
    closed = worth(paris(2027, 11, 1), chosen_at=START, covered_until=None, ended=True)
    assert closed.is_out and closed.ended and closed.until is None


def test_structure_that_never_signed_looks_with_this_seasons_password():
    assert worth(paris(2027, 11, 1), chosen_at=START, covered_until=None).state is Access.OPEN


def test_password_never_chosen_opens_nothing_after_the_grace():
    assert worth(paris(2027, 11, 1), chosen_at=None).state is Access.OUT


def test_access_holds_until_the_end_of_season_agreement_or_grace():
    assert worth(paris(2027, 9, 1)).until == START
    assert worth(paris(2027, 9, 1), covered_until=date(2027, 9, 5)).until == paris(2027, 9, 6)
    assert worth(START).until == paris(2027, 10, 15)
    assert worth(START, covered_until=date(2027, 10, 3)).until == paris(2027, 10, 4)


@pytest.mark.parametrize(
    ("night", "clocks"),
    [(paris(2027, 10, 31), timedelta(hours=25)), (paris(2027, 3, 28), timedelta(hours=23))],
)
def test_day_ends_at_midnight_in_paris_on_nights_when_clocks_change(night, clocks):
    held = worth(night, chosen_at=night, covered_until=night.date()).until
    assert timedelta(seconds=held.timestamp() - night.timestamp()) == clocks


def test_leap_day_is_a_day_like_another():
    assert worth(paris(2028, 2, 29), chosen_at=START, covered_until=date(2028, 2, 29)).until == paris(
        2028, 3, 1
    )


@pytest.mark.django_db
def test_lists_say_what_the_rule_says():
    terms = {
        "never": [],
        "both seasons": [(2026, "2026-09-10"), (2027, "2026-09-10")],
        "ended": [(2026, "2026-09-10")],
        "signed late": [(2026, "2026-09-10"), (2027, "2027-10-20")],
        "new": [(2027, "2027-10-05")],
        "draft": [(2027, None)],
    }
    for (name, agreements), chosen in product(
        terms.items(), (None, paris(2026, 11, 3), START, paris(2027, 10, 20))
    ):
        structure = StructureFactory(name=name)
        for year, signed_on in agreements:
            season = Season(year)
            AgreementFactory(
                structure=structure, starts_on=season.starts_on, ends_on=season.ends_on, signed_on=signed_on
            )
        UserFactory(structure=structure, password_chosen_at=chosen)
    met = set()
    for at in (
        START - SECOND,
        START,
        paris(2027, 10, 6),
        paris(2027, 10, 15),
        paris(2027, 11, 1),
        paris(2028, 10, 1),
    ):
        for user in User.objects.annotate(access=access_at(at)).select_related("structure"):
            state = grant_of(user=user, at=at).state
            assert user.access == state, (user.structure.name, user.password_chosen_at, at)
            met.add(state)
    assert met == set(Access)
