from datetime import date

import pytest

from partners.seasons import Season


@pytest.mark.parametrize(
    ("day", "year"),
    [
        (date(2026, 9, 30), 2025),
        (date(2026, 10, 1), 2026),
        (date(2026, 12, 31), 2026),
        (date(2027, 1, 1), 2026),
        (date(2028, 2, 29), 2027),
    ],
)
def test_season_of_a_day_starts_in_october(day, year):
    assert Season.of(day) == Season(year)
    assert day in Season(year)


def test_season_ends_the_day_before_the_next_one():
    season = Season(2026)
    assert (season.starts_on, season.ends_on) == (date(2026, 10, 1), date(2027, 9, 30))
    assert season.next.starts_on not in season
    assert season.previous.ends_on == date(2026, 9, 30)
    assert str(season) == "2026-2027"
