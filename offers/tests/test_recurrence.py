"""Dates that come back, proposed with what is special about each (C1)."""

from datetime import date, timedelta

import pytest
from django.http import QueryDict

from offers.days_off import public_holiday, school_holiday
from offers.forms.recurrence import RepeatForm
from offers.forms.sheets import DatesSheet


def rhythm(**typed) -> QueryDict:
    """Every Tuesday and Thursday of October 2026, at 20:30."""
    values = {"first": "2026-10-01", "last": "2026-10-31", "begins": "20:30", "capacity": "12", **typed}
    data = QueryDict(mutable=True)
    data.update({f"repeat-{name}": value for name, value in values.items()})
    data.setlist("repeat-weekdays", typed.get("weekdays", ["1", "3"]))
    return data


def proposed(**typed):
    form = RepeatForm(rhythm(**typed))
    assert form.is_valid(), form.errors
    return form.proposals()


def days(**typed):
    return [f"{one.day:%d/%m}" for one in proposed(**typed)]


def test_a_rhythm_proposes_its_days_and_marks_school_holidays():
    found = proposed()
    assert [one.day.day for one in found] == [1, 6, 8, 13, 15, 20, 22, 27, 29]
    assert [one.day.day for one in found if one.remark] == [20, 22, 27, 29]
    assert found[-1].remark == "Vacances de la Toussaint"
    assert all(one.ticked for one in found)


def test_public_holidays_are_marked_and_left_unticked_where_asked():
    november = {"first": "2026-11-01", "last": "2026-11-30", "weekdays": ["2"]}
    marked = next(one for one in proposed(**november) if one.day.day == 11)
    assert (marked.remark, marked.ticked) == ("férié : Armistice", True)
    assert [one.day.day for one in proposed(**november, without_public="on") if not one.ticked] == [11]
    assert [one.day.day for one in proposed(without_school="on") if not one.ticked] == [20, 22, 27, 29]


def test_school_holidays_are_those_of_the_territorys_zone(settings):
    assert school_holiday(date(2027, 2, 15)) == "Vacances d'hiver"
    assert school_holiday(date(2027, 3, 3)) == ""  # only elsewhere
    assert (public_holiday(date(2027, 3, 29)), public_holiday(date(2027, 3, 30))) == ("Lundi de Pâques", "")


@pytest.mark.parametrize(
    ("apart", "left"),
    [
        ("6/10", ["01/10", "08/10", "13/10", "15/10", "20/10", "22/10", "27/10", "29/10"]),
        ("6/10/2026 et 8/10", ["01/10", "13/10", "15/10", "20/10", "22/10", "27/10", "29/10"]),
        ("5/10 au 28/10", ["01/10", "29/10"]),
        ("5/10/2026 - 28/10/2026; 1/10", ["29/10"]),
        ("20/10 au 5/1", ["01/10", "06/10", "08/10", "13/10", "15/10"]),
        ("1/10/2025 au 28/10/2026", ["29/10"]),
        ("15/12 au 28/10/2026", ["29/10"]),  # begins the year before
        ("6/10/2025", ["01/10", "06/10", "08/10", "13/10", "15/10", "20/10", "22/10", "27/10", "29/10"]),
    ],
)
def test_days_are_left_out_as_people_write_them(apart, left):
    assert days(apart=apart) == left


@pytest.mark.parametrize(
    ("typed", "field", "sentence"),
    [
        ({"weekdays": []}, "weekdays", "Cochez au moins un jour"),
        ({"weekdays": ["9"]}, "weekdays", "choix valide"),
        ({"first": ""}, "first", "Choisissez une date"),
        ({"last": "2026-09-01"}, "last", "vient avant son début"),
        ({"last": "2029-09-01"}, "last", "au plus deux ans"),
        (
            {"last": "2027-12-31", "weekdays": list("0123456")},
            "last",
            "Cela ferait 457 dates, et 100 tiennent",
        ),
        ({"last": "2026-10-05", "weekdays": ["1"]}, "weekdays", "Aucune date ne tombe"),
        ({"begins": "tard"}, "begins", "Écrivez-la comme 20:30"),
        ({"capacity": ""}, "capacity", "combien de places"),
        ({"days_before": "61"}, "days_before", "entre 0 et 60"),
        ({"days_before": "deux"}, "days_before", "par exemple 2"),
        ({"apart": "Noël"}, "apart", "Nous ne comprenons pas ces jours"),
        ({"apart": "31/11"}, "apart", "Le 31/11 n'existe pas"),
        ({"apart": "6/10 au 0/10"}, "apart", "n'existe pas"),
    ],
)
def test_a_rhythm_that_cannot_be_is_refused_by_its_field(typed, field, sentence):
    form = RepeatForm(rhythm(**typed))
    assert not form.is_valid()
    assert sentence in form.errors[field][0]


def test_the_last_known_school_holidays_are_told_beyond_them():
    form = RepeatForm(rhythm(first="2028-08-01", last="2028-10-31"))
    assert form.is_valid() and form.unknown_after == date(2028, 8, 31)
    assert form.proposals()[-1].remark == ""
    near = RepeatForm(rhythm())
    assert near.is_valid() and near.unknown_after is None


def typed_line(data: QueryDict, **line) -> QueryDict:
    data.update({"dates-TOTAL_FORMS": "1", "dates-INITIAL_FORMS": "0"})
    data.update({f"dates-0-{name}": value for name, value in line.items()})
    return data


def test_ticked_days_become_lines_with_the_same_hour_seats_and_deadline():
    data = rhythm(days_before="2", ends="22:00")
    data.setlist("repeat-day", ["2026-10-29", "2026-10-27", "2026-10-28"])  # no rhythm gives the 28th
    data["add_days"] = "1"
    lines = DatesSheet.helped(typed_line(data, day="2026-10-28", begins="18:00", capacity="5")).lines
    shown = [
        [form[name].value() for name in ("day", "begins", "ends", "capacity", "last_day")] for form in lines
    ]
    assert shown == [
        ["2026-10-27", "20:30", "22:00", "12", "2026-10-25"],
        ["2026-10-28", "18:00", "", "5", ""],
        ["2026-10-29", "20:30", "22:00", "12", "2026-10-27"],
    ]


def test_a_date_keeps_its_hour_across_the_change_of_clocks():
    data = rhythm()
    data.setlist("repeat-day", ["2026-10-22", "2026-10-27"])
    data["add_days"] = "1"
    sheet = DatesSheet.helped(typed_line(data))
    sent = typed_line(QueryDict(mutable=True))
    sent["dates-TOTAL_FORMS"] = "2"
    for rank, form in enumerate(sheet.lines):
        sent.update({f"dates-{rank}-{name}": form[name].value() for name in form.fields})
    lines = DatesSheet.sent(sent).lines
    assert lines.is_valid()
    before, after = (performance.starts_at for performance in lines.performances())
    assert after - before == timedelta(days=5, hours=1)


def test_days_that_are_there_already_are_not_ticked():
    data = typed_line(rhythm(), day="2026-10-06")
    data["propose"] = "1"
    proposals = DatesSheet.helped(data, known=[date(2026, 10, 1)]).proposals
    assert [(one.day.day, one.remark) for one in proposals if not one.ticked] == [
        (1, "déjà dans la liste"),
        (6, "déjà dans la liste"),
    ]


def test_too_many_lines_or_none_are_refused_and_what_was_typed_stays():
    data = typed_line(rhythm(), day="2026-10-28")
    data["add_days"] = "1"
    sheet = DatesSheet.helped(data)
    assert "Cochez au moins une" in sheet.repeat.non_field_errors()[0]
    assert sheet.lines.forms[0]["day"].value() == "2026-10-28" and len(sheet.proposals) == 9
    data["dates-TOTAL_FORMS"] = "100"
    data.update({f"dates-{rank}-day": "2026-12-01" for rank in range(100)})
    data.setlist("repeat-day", ["2026-10-27"])
    sheet = DatesSheet.helped(data)
    assert "Cela ferait 101 dates" in sheet.repeat.non_field_errors()[0]
    assert len(sheet.lines.forms) == 100
