"""Dates and times of a file, across daylight saving and every style that venues write (C2)."""

from datetime import UTC, datetime, time

import pytest

from offers.imports.moments import BadMoment, read_moment, read_time, slot


def utc(year, month, day, hour=0, minute=0):
    return datetime(year, month, day, hour, minute, tzinfo=UTC)


def dates(begin, end=None):
    performance, _ = slot(read_moment(begin), read_moment(end) if end else None)
    return performance.starts_at, performance.ends_at


@pytest.mark.parametrize(
    "text",
    [
        "2026-12-31 20:30",
        "2026-12-31T20:30",
        "2026-12-31T20:30:00",
        "2026-12-31 20h30",
        "2026/12/31 20:30",
        "2026-12-31T20:30:00+01:00",
        "2026-12-31T20:30:00+0100",
        "2026-12-31 19:30:00Z",
        "2026-12-31T14:30:00-05:00",
        "31/12/2026 20:30",
        "31/12/26 20:30",
        "31-12-2026 20h30",
        "31.12.2026 à 20h30",
        "jeudi 31/12/2026 20h30",
        "31 décembre 2026 à 20h30",
        "Jeudi 31 DÉCEMBRE 2026, 20 h 30",
        "  31 déc. 2026   20:30:00 ",
    ],
)
def test_a_date_with_time_is_read_in_every_usual_style(text):
    assert dates(text)[0] == utc(2026, 12, 31, 19, 30)


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("20h30", time(20, 30)),
        ("20h", time(20)),
        ("9:05", time(9, 5)),
        ("20 heures", time(20)),
        ("20h30min", time(20, 30)),
    ],
)
def test_a_time_is_read_in_every_usual_style(text, read):
    assert read_time(text) == read


@pytest.mark.parametrize(
    "text",
    ["", "demain", "31/02/2027", "2027-13-01", "31/12/2026 25h00", "31/12/2026 le soir", "12 brumaire 2026",
     "1999-12-31", "2026-12-31T20:30:00+99:00", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00", "99/99/9999"],
)  # fmt: skip
def test_an_unreadable_date_is_refused_with_a_sentence(text):
    with pytest.raises(BadMoment, match=r"\.$"):
        read_moment(text)


@pytest.mark.parametrize("text", ["", "soir", "24h00", "20h75", "20"])
def test_an_unreadable_time_is_refused_with_a_sentence(text):
    with pytest.raises(BadMoment, match=r"\.$"):
        read_time(text)


def test_a_local_time_follows_daylight_saving():
    assert dates("2027-03-27 20:30")[0] == utc(2027, 3, 27, 19, 30)
    assert dates("2027-03-28 20:30")[0] == utc(2027, 3, 28, 18, 30)
    assert dates("2027-10-31 20:30")[0] == utc(2027, 10, 31, 19, 30)


def test_a_time_in_the_skipped_hour_is_an_hour_later():
    assert dates("2027-03-28 02:30")[0] == utc(2027, 3, 28, 1, 30)  # 03:30 in Paris


def test_a_time_in_the_repeated_hour_is_the_first_one():
    assert dates("2027-10-31 02:30")[0] == utc(2027, 10, 31, 0, 30)


def test_an_end_in_the_repeated_hour_comes_after_its_begin():
    assert dates("2027-10-31 02:45", "2027-10-31 02:15") == (
        utc(2027, 10, 31, 0, 45),
        utc(2027, 10, 31, 1, 15),
    )


def test_slots_on_either_side_of_the_change_keep_their_offsets():
    assert dates("2027-10-31T01:00:00+02:00", "2027-10-31T04:00:00+01:00") == (
        utc(2027, 10, 30, 23),
        utc(2027, 10, 31, 3),
    )


def test_an_end_before_its_begin_on_the_same_day_is_the_next_morning():
    assert dates("2027-02-02T22:00:00", "2027-02-02T05:30:00") == (
        utc(2027, 2, 2, 21),
        utc(2027, 2, 3, 4, 30),
    )


def test_the_next_morning_after_the_change_is_told_in_its_own_time():
    assert dates("2027-10-30T22:00:00+02:00", "2027-10-30T05:00:00+02:00")[1] == utc(2027, 10, 31, 4)


def test_an_end_equal_to_its_begin_says_nothing():
    assert dates("2027-02-02 22:00", "2027-02-02 22:00")[1] is None


def test_an_end_on_an_earlier_day_is_refused():
    with pytest.raises(BadMoment, match="avant le début"):
        dates("2027-02-02 22:00", "2027-02-01 23:00")


def test_a_date_of_several_days_keeps_its_end():
    assert dates("2027-02-01 10:00", "2027-02-05 18:00")[1] == utc(2027, 2, 5, 17)


def test_a_period_of_months_keeps_only_its_first_day_and_says_so():
    performance, note = slot(read_moment("01/03/2027"), read_moment("30/06/2027"))
    assert (performance.starts_at, performance.ends_at) == (utc(2027, 2, 28, 23), utc(2027, 3, 1, 22, 59))
    assert "période" in note
    performance, note = slot(read_moment("01/03/2027 10:00"), read_moment("30/06/2027 18:00"))
    assert (performance.ends_at, "période" in note) == (None, True)


def test_a_date_without_time_is_the_whole_day_and_says_so():
    performance, note = slot(read_moment("01/03/2027"), None)
    assert (performance.starts_at, performance.ends_at) == (utc(2027, 2, 28, 23), utc(2027, 3, 1, 22, 59))
    assert "journée entière" in note


def test_an_end_that_only_repeats_the_day_says_nothing():
    assert dates("01/03/2027 20:00", "01/03/2027")[1] is None
