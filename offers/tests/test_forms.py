"""What a venue types, understood or refused by its field."""

from datetime import UTC, date, datetime, timedelta

import pytest

from common.tests.factories import paris
from offers.forms.dates import DateForm, DateFormSet, SeatsForm
from offers.forms.events import EventForm


def typed(**changes):
    return {"day": "2027-05-10", "begins": "20:30", "capacity": "10", **changes}


def performance(**changes):
    form = DateForm(typed(**changes))
    assert form.is_valid(), form.errors
    return form.performance()


def test_date_form_reads_the_clocks_of_paris_summer_and_winter():
    assert performance().starts_at.hour == 18  # in UTC
    assert performance(day="2027-12-10").starts_at.hour == 19


@pytest.mark.parametrize("begins", ["20:30", "20h30", "20 h 30", "20:30:00"])
def test_date_form_reads_hours_as_people_write_them(begins):
    assert performance(begins=begins).starts_at == paris(2027, 5, 10, 20, 30)


def test_date_form_reads_days_as_people_write_them():
    assert performance(day="10/05/2027").day == date(2027, 5, 10)


@pytest.mark.parametrize(("begins", "ends"), [("02:30", ""), ("01:00", "02:15")])
def test_date_form_refuses_the_hour_that_summer_time_skips(begins, ends):
    form = DateForm(typed(day="2026-03-29", begins=begins, ends=ends))
    assert not form.is_valid()
    assert "n'existe pas" in form.errors["ends" if ends else "begins"][0]


def test_date_form_takes_the_first_of_the_hour_that_comes_twice():
    assert performance(day="2026-10-25", begins="02:30").starts_at == datetime(
        2026, 10, 25, 0, 30, tzinfo=UTC
    )


def test_date_form_counts_hours_across_the_change_of_clocks():
    night = performance(day="2026-10-24", begins="23:00", ends="04:00")
    assert night.ends_at - night.starts_at == timedelta(hours=6)


@pytest.mark.parametrize(
    ("last_day", "closes"),
    [("", None), ("2027-05-10", None), ("2027-05-09", paris(2027, 5, 10)), ("2027-05-01", paris(2027, 5, 2))],
)
def test_date_form_lets_people_book_to_the_end_of_the_last_day(last_day, closes):
    assert performance(last_day=last_day).booking_deadline == closes


def test_date_form_has_a_sentence_for_everything_missing():
    form = DateForm({})
    assert not form.is_valid()
    assert form.errors == {
        "day": ["Choisissez une date."],
        "begins": ["Écrivez l'heure, par exemple 20:30."],
        "capacity": ["Écrivez combien de places vous donnez."],
    }


@pytest.mark.parametrize("seats", ["-1", "10001", "1000000000", "9" * 300])
def test_seats_form_refuses_impossible_numbers(seats):
    form = SeatsForm({"capacity": seats})
    assert form.errors["capacity"] == ["Donnez entre 0 et 10000 places."]


def test_event_form_opens_its_second_half_when_something_stands_there():
    assert not EventForm().more_is_filled()
    assert EventForm({"title": "Bal", "kind": "show", "contact": "Accueil"}).more_is_filled()
    assert EventForm({"title": "Bal", "kind": "show", "place_name": "x" * 201}).more_is_filled()


def test_event_form_shows_every_field_once():
    form = EventForm()
    shown = [
        field.name
        for _, fields in form.essentials() + form.sections() + form.more_sections()
        for field in fields
    ]
    assert sorted(shown) == sorted(form.fields)


def test_date_lines_left_empty_do_not_count():
    lines = typed(), dict.fromkeys(typed(), ""), typed(day="2027-05-11")
    data = {"dates-TOTAL_FORMS": "3", "dates-INITIAL_FORMS": "0"}
    data |= {f"dates-{rank}-{name}": value for rank, line in enumerate(lines) for name, value in line.items()}
    dates = DateFormSet(data)
    assert dates.is_valid(), dates.errors
    assert [made.day.day for made in dates.performances()] == [10, 11]


def test_date_lines_beyond_the_limit_are_refused_with_a_sentence():
    data = {"dates-TOTAL_FORMS": "1000", "dates-INITIAL_FORMS": "0"}
    data |= {f"dates-{rank}-{name}": value for rank in range(110) for name, value in typed().items()}
    dates = DateFormSet(data)
    assert not dates.is_valid()
    assert "Au plus 100 dates" in dates.non_form_errors()[0]


def test_date_lines_without_their_count_are_refused_with_a_sentence():
    dates = DateFormSet(typed())
    assert not dates.is_valid()
    assert "Rechargez-la" in dates.non_form_errors()[0]
