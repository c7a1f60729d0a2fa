"""The forms of agenda exports in JSON, each on an invented file (C2)."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from offers.imports import parse_programme
from offers.imports.records import ImportedPerformance

DATA = Path(__file__).parent / "data"
ENDLESS = "a" * 50_001
NO_CHARACTER = f"Bal &#{'1' * 4_301};"


def read(name):
    return parse_programme((DATA / name).read_bytes())


def parse(*events):
    return parse_programme(json.dumps({"events": events}).encode())


def event(**changed):
    slot = {"begin": "2027-01-08T20:00:00+01:00", "end": "2027-01-08T21:00:00+01:00"}
    return {"uid": 1, "title": {"fr": "Grand bal"}, "timings": [slot], **changed}


def utc(*parts):
    return datetime(*parts, tzinfo=UTC)


def test_native_v2_is_read_whole():
    parsed = read("agenda_v2.json")
    night, ball = parsed.events
    assert (night.row, night.source, night.source_uid, night.title) == (
        1,
        "openagenda",
        "1001",
        "La Nuit des lanternes",
    )
    assert night.kind == "show" and not night.kind_stated
    assert night.description == (
        "Un conte lumineux.\n\n**Sans paroles**, dès 6 ans.\n\nAccessibilité annoncée : handicap auditif."
    )
    assert (night.age_min, night.wheelchair, night.hearing_loop) == (6, True, None)
    assert (night.purchase_url, night.purchase_info) == (
        "https://saules.example/lanternes",
        "8 €, 5 € réduit",
    )
    assert night.contact == "04 65 71 00 12"
    assert (night.place_name, night.place_address) == ("Salle des Saules", "12 quai des Saules")
    assert (night.place_postcode, night.place_city) == ("69100", "Villeurbanne")
    assert night.performances == (
        ImportedPerformance(utc(2027, 3, 27, 19, 30), utc(2027, 3, 27, 21)),
        ImportedPerformance(utc(2027, 3, 28, 18, 30), utc(2027, 3, 28, 20)),
    )
    assert ball.performances[0].ends_at == utc(2027, 6, 19, 22)  # midnight written on the same day
    assert [(skipped.row, "publié" in skipped.reason) for skipped in parsed.skipped] == [(3, True)]
    assert parsed.errors == ()


def test_list_view_gives_the_dates_it_has_and_says_what_it_lacks():
    single, exhibition = (parsed := read("agenda_v2_list.json")).events
    assert len(single.performances) == 1
    assert (single.place_postcode, single.place_address) == ("69005", "3 rue Basse")
    assert [date.starts_at.day for date in exhibition.performances] == [8, 12]
    assert [note.row for note in parsed.notes] == [2]


def test_opendatasoft_v21_is_read_with_json_inside_strings():
    parsed = read("ods_v21.json")
    trio, called_off, moved, undated = parsed.events
    assert trio.title == "Trio à cordes"
    assert trio.kind == "concert"
    assert trio.description == (
        "Un aperçu de la soirée qui vient.\n\n- entrée libre\n- bar & goûter\n\n"
        "Accessibilité annoncée : handicap auditif."
    )
    assert [date.starts_at for date in trio.performances] == [utc(2027, 10, 30, 18), utc(2027, 10, 31, 19)]
    assert (trio.purchase_url, trio.contact) == (
        "https://www.saules.example/billets",
        "accueil@saules.example",
    )
    assert (trio.purchase_info, trio.place_address) == ("", "12 quai des Saules")
    assert called_off.cancelled and not moved.cancelled
    assert undated.performances == (ImportedPerformance(utc(2027, 1, 4, 19), utc(2027, 1, 4, 20)),)
    assert [(skipped.row, "en ligne" in skipped.reason) for skipped in parsed.skipped] == [(2, True)]
    assert parsed.errors == ()


def test_opendatasoft_v1_says_the_same_as_v21():
    assert read("ods_v1.json").events[0] == read("ods_v21.json").events[0]


def test_opendatasoft_timetable_is_local_time_merged_and_past_midnight():
    (night,) = read("ods_v1_timetable.json").events
    assert night.performances == (
        ImportedPerformance(utc(2018, 2, 2, 21), utc(2018, 2, 3, 4, 30)),
        ImportedPerformance(utc(2018, 2, 3, 13), utc(2018, 2, 3, 14)),
    )
    assert night.description == "Des contes.\n\nToute la nuit."
    assert (night.place_name, night.place_postcode, night.purchase_info) == (
        "Le Grenier",
        "69004",
        "Entrée libre",
    )


def test_a_bare_array_of_flat_records_is_read():
    rows = json.loads((DATA / "ods_v21.json").read_text())["results"]
    assert parse_programme(json.dumps(rows).encode()) == read("ods_v21.json")


def test_a_single_event_is_read():
    assert parse_programme(json.dumps(event()).encode()).events[0].title == "Grand bal"


def test_the_same_event_twice_is_one_with_the_dates_of_both():
    later = [{"begin": "2027-01-09T20:00:00+01:00", "end": None}]
    (ball,) = parse(event(), event(timings=later)).events
    assert [date.starts_at.day for date in ball.performances] == [8, 9]


def test_a_title_in_another_language_is_better_than_none():
    assert parse(event(title={"fr": "", "en": "Great ball"})).events[0].title == "Great ball"


def test_an_event_without_dates_is_left_out_and_said():
    parsed = parse(event(timings=[]))
    assert parsed.events == () and "aucune date" in parsed.skipped[0].reason


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"title": None}, "title"),
        ({"title": {"fr": "<p> </p>"}}, "title"),
        ({"uid": None}, "uid"),
        ({"timings": "[{"}, "timings"),
        ({"timings": {"begin": "x"}}, "timings"),
        ({"timings": [{"begin": "bientôt", "end": None}]}, "timings"),
        ({"timings": [{"begin": 1798743600, "end": None}]}, "timings"),
        (
            {"timings": [{"begin": "2027-01-08T20:00:00+01:00", "end": "2027-01-07T20:00:00+01:00"}]},
            "timings",
        ),
        ({"timings": None, "timetable": "2027-01-08T20:00:00 a b"}, "timetable"),
        ({"description": {"fr": ENDLESS}}, "description"),
        ({"registration": "[{"}, "registration"),
        ({"title": ENDLESS}, "title"),
        ({"title": NO_CHARACTER}, "title"),
        ({"conditions": NO_CHARACTER}, "conditions"),
        ({"location": {"name": ENDLESS}}, "name"),
        ({"location": {"name": "Salle", "address": ENDLESS}}, "address"),
        ({"location": {"name": "Salle", "city": ENDLESS}}, "city"),
        ({"location": {"name": "Salle", "postalCode": ENDLESS}}, "postalCode"),
        ({"registration": [{"type": "link", "value": f"https://bal.example/{ENDLESS}"}]}, "registration"),
        ({"registration": [{"type": "link", "value": NO_CHARACTER}]}, "registration"),
        ({"registration": [{"type": "phone", "value": ENDLESS}]}, "registration"),
        ({"timings": [{"begin": "\ud800", "end": None}]}, "timings"),
    ],
)
def test_a_damaged_event_is_an_error_with_its_row_and_field(changed, field):
    parsed = parse(event(), event(**changed))
    assert [(error.row, error.field) for error in parsed.errors] == [(2, field)]
    assert parsed.errors[0].message.encode().endswith(b".")


def test_a_text_too_long_for_the_portal_is_an_error_and_not_cut():
    (error,) = parse(event(title="a" * 201)).errors
    assert (error.row, error.field) == (1, "titre")
    assert "201" in error.message and "200" in error.message


def test_what_was_postponed_counts_as_called_off_and_moved_online_is_skipped():
    parsed = parse(event(status=4), event(uid=2, status=3), event(uid=3, status=5))
    assert [(entry.source_uid, entry.cancelled) for entry in parsed.events] == [("1", True), ("3", False)]
    assert [entry.row for entry in parsed.skipped] == [2]
