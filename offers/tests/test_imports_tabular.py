"""Programmes as CSV: separators, headings, styles, errors with row and column (C2)."""

from datetime import UTC, datetime
from pathlib import Path
from time import process_time

import pytest

from offers.imports import UnreadableFile, parse_programme
from offers.imports.records import ImportedPerformance

DATA = Path(__file__).parent / "data"


def parse(text):
    return parse_programme(text.encode())


def only(text):
    parsed = parse(text)
    assert parsed.errors == ()
    (event,) = parsed.events
    return event


def utc(*parts):
    return datetime(*parts, tzinfo=UTC)


def test_a_venues_table_is_read_with_several_dates_in_one_event():
    parsed = parse_programme((DATA / "programme.csv").read_bytes())
    night, visit = parsed.events
    assert (night.row, night.title, night.kind, night.kind_stated) == (
        2,
        "La Nuit des lanternes",
        "show",
        True,
    )
    assert night.description == "Un conte lumineux,\nsans paroles"
    assert (night.age_min, night.duration_minutes, night.purchase_info) == (6, 90, "8 €")
    assert (night.wheelchair, night.hearing_loop, night.sign_language) == (True, True, None)
    assert (night.place_name, night.place_postcode, night.place_city) == (
        "Salle des Saules",
        "01000",
        "Bourg",
    )
    assert night.performances == (
        ImportedPerformance(utc(2027, 3, 27, 19, 30), utc(2027, 3, 27, 21)),
        ImportedPerformance(utc(2027, 3, 28, 18, 30), utc(2027, 3, 28, 20)),
    )
    assert (visit.row, visit.kind, visit.kind_stated, visit.age_min) == (5, "visit", False, None)
    assert visit.performances == (ImportedPerformance(utc(2026, 12, 31, 13, 30)),)
    assert [(note.row, "« Places »" in note.text) for note in parsed.notes] == [(1, True)]
    assert parsed.errors == ()


def test_a_flat_agenda_table_uses_its_dates_and_not_its_prose():
    parsed = parse_programme((DATA / "agenda_flat.csv").read_bytes())
    assert [event.performances[0] for event in parsed.events] == [
        ImportedPerformance(utc(2026, 9, 11, 9, 40), utc(2026, 9, 11, 10, 40)),
        ImportedPerformance(utc(2026, 9, 12, 9, 40), utc(2026, 9, 12, 10, 40)),
    ]


def test_an_agendas_own_columns_as_a_table_are_read_like_its_json():
    parsed = parse(
        "uid;title_fr;timings;location_city;attendancemode\n"
        '7;Bal;"[{""begin"": ""2027-01-08T20:00:00+01:00"", ""end"": ""2027-01-08T21:00:00+01:00""}]";Lyon;\n'
        "8;;;;\n"
    )
    assert (parsed.events[0].source, parsed.events[0].source_uid, parsed.events[0].row) == (
        "openagenda",
        "7",
        2,
    )
    assert [(error.row, error.field) for error in parsed.errors] == [(3, "title")]


@pytest.mark.parametrize("separator", [";", ",", "\t", "|"])
def test_every_usual_separator_is_found(separator):
    text = f"titre{separator}date{separator}lieu\nBal{separator}2027-01-08 20:00{separator}Halle\n"
    assert only(text).place_name == "Halle"


def test_the_separator_line_of_spreadsheets_is_no_row():
    parsed = parse("sep=;\r\nTitre;Date\r\n;2027-01-08 20:00\r\n")
    assert [(error.row, error.field) for error in parsed.errors] == [(2, "Titre")]


@pytest.mark.parametrize(
    ("headings", "cells"),
    [
        ("Nom du spectacle;Date de début;Date de fin", "Bal;08/01/2027 20:00;08/01/2027 22:00"),
        ("TITRE;Date (jj/mm/aaaa);Heure;Fin", "Bal;08/01/2027;20h;22h"),
        ("title;date_start;date_end", "Bal;2027-01-08 20:00;2027-01-08T22:00"),
        ("Événement;Jour;Début;Fin", "Bal;8 janvier 2027;20h00;22h00"),
        ("title;start date;start time;end date;end time", "Bal;2027-01-08;20:00;2027-01-08;22:00"),
        ("Intitulé ;Date et heure;Heure de fin", "Bal;8 janvier 2027 à 20h;22:00"),
    ],
)
def test_headings_are_known_in_french_and_english(headings, cells):
    assert only(f"{headings}\n{cells}\n").performances == (
        ImportedPerformance(utc(2027, 1, 8, 19), utc(2027, 1, 8, 21)),
    )


@pytest.mark.parametrize(
    ("headings", "says"),
    [
        ("a,b,c", "titre ni de date"),
        ("first,last,address,city,zip", "titre ni de date"),
        ("Nom du festival;Période principale de déroulement", "pas de colonne de date."),
        ("date;lieu", "pas de colonne de titre."),
        (";" * 1000, "première ligne"),
        ('"titre', "première ligne"),
    ],
)
def test_a_table_without_title_or_date_is_refused_as_a_whole(headings, says):
    with pytest.raises(UnreadableFile) as refusal:
        parse(f"{headings}\n1,2,3\n")
    assert says in refusal.value.sentence


HEADINGS = "titre;date;heure;fin;url;âge;durée;pmr\n"


@pytest.mark.parametrize(
    ("row", "field"),
    [
        (";08/01/2027;20h;;;;;", "titre"),
        ("Bal;;20h;;;;;", "date"),
        ("Bal;bientôt;20h;;;;;", "date"),
        ("Bal;31/02/2027;20h;;;;;", "date"),
        ("Bal;08/01/2027;le soir;;;;;", "heure"),
        ("Bal;08/01/2027;20h;07/01/2027;;;;", "fin"),
        ("Bal;08/01/2027;20h;tard;;;;", "fin"),
        ("Bal;08/01/2027;20h;;voir le site;;;", "url"),
        ("Bal;08/01/2027;20h;;javascript:alert(1);;;", "url"),
        ("Bal;08/01/2027;20h;;;900;;", "âge"),
        ("Bal;08/01/2027;20h;;;;99h;", "durée"),
        ("Bal;08/01/2027;20h;;;;;peut-être", "pmr"),
        (f"{'a' * 50_001};08/01/2027;20h;;;;;", "titre"),
        (f"Bal &#{'1' * 4_301};08/01/2027;20h;;;;;", "titre"),
        (f"Bal;08/01/2027;20h;;https://bal.example/{'a' * 50_001};;;", "url"),
        (f"Bal;08/01/2027;20h;;https://bal.example/&#{'1' * 4_301};;;", "url"),
        ("Bal;08/01/2027;20h;;;;;;;de trop", ""),
        ('Bal;"08/01/2027;20h;;;;;', ""),
    ],
)
def test_a_wrong_cell_is_an_error_with_its_row_and_column(row, field):
    parsed = parse(f"{HEADINGS}Visite;01/01/2027;10h;;;;;\n{row}\n")
    assert [(error.row, error.field) for error in parsed.errors] == [(3, field)]
    assert parsed.errors[0].message.endswith(".")


def test_a_broken_quote_is_an_error_in_an_agendas_table_too():
    parsed = parse('uid;title_fr;timings\n\n7;"Bal;\n8;Bal;\n')
    assert [(error.row, error.field) for error in parsed.errors] == [(3, "")]


def test_headings_made_of_brackets_cost_no_time_and_are_refused():
    endless = ";".join(["(" * 32_000] * 38)
    began = process_time()
    with pytest.raises(UnreadableFile, match="colonne 3 a 32000 caractères"):
        parse(f"titre;date;{endless}\nBal;31/12/2026 20:30\n")
    assert process_time() - began < 2


def test_rows_are_counted_as_a_spreadsheet_does():
    parsed = parse('titre;date;description\n"Bal";2027-01-08;"deux\nlignes"\n\n;2027-01-09;\n')
    assert [error.row for error in parsed.errors] == [4]


def test_rows_of_one_identifier_are_one_event_whatever_their_titles():
    event = only("id;titre;date\n7;Bal;2027-01-08 20:00\n7;Bal (reprise);2027-01-09 20:00\n")
    assert (event.title, len(event.performances)) == ("Bal", 2)


def test_the_same_title_under_two_identifiers_or_places_is_two_events():
    assert len(parse("id;titre;date\n7;Bal;2027-01-08\n8;Bal;2027-01-09\n").events) == 2
    assert len(parse("titre;date;lieu\nBal;2027-01-08;Halle\nBal;2027-01-09;Parc\n").events) == 2


def test_a_page_of_its_own_is_an_identity_that_outlives_the_title():
    page = "https://saules.example/bal"
    first, second = (only(f"titre;date;url\n{title};2027-01-08;{page}\n") for title in ("Bal", "Grand bal"))
    assert first.source_uid == second.source_uid


@pytest.mark.parametrize(
    "page", ["https://saules.example", "https://saules.example/", "https://saules.example/agenda"]
)
def test_a_page_shared_by_several_titles_is_no_identity(page):
    parsed = parse(
        f"titre;date;url\nBal;2027-01-08;{page}\nVisite;2027-01-08;{page}\nBal;2027-01-09;{page}\n"
    )
    assert [len(event.performances) for event in parsed.events] == [2, 1]


def test_a_cancelled_row_is_left_out_and_said():
    parsed = parse("titre;date;statut\nBal;2027-01-08 20:00;Annulé\nBal;2027-01-09 20:00;confirmé\n")
    assert [len(event.performances) for event in parsed.events] == [1]
    assert [entry.row for entry in parsed.skipped] == [2]


def test_denied_accessibility_is_not_taken_for_granted():
    event = only("titre;date;accessibilité;lsf\nBal;2027-01-08;non accessible PMR;oui\n")
    assert (event.wheelchair, event.sign_language) == (None, True)
    assert only("titre;date;pmr\nBal;2027-01-08;non\n").wheelchair is False


@pytest.mark.parametrize(
    ("said", "minutes"),
    [("1h30", 90), ("1:30", 90), ("2 heures", 120), ("90 min", 90), ("45", 45), ("variable", None)],
)
def test_a_duration_is_read_in_every_usual_style(said, minutes):
    assert only(f"titre;date;durée\nBal;2027-01-08;{said}\n").duration_minutes == minutes


def test_a_row_without_end_is_an_error_and_the_rows_before_it_are_read():
    parsed = parse("titre;date\nBal;31/12/2026 20:30\n" + "x;" * 2_000_001 + "\nBal;1/1/2027 20:30\n")
    assert [event.title for event in parsed.events] == ["Bal"]
    assert [(error.row, error.field) for error in parsed.errors] == [(3, "")]


def test_empty_cells_beyond_the_headings_are_nothing():
    parsed = parse("titre;date\nBal;31/12/2026 20:30" + ";" * 1000 + "\n")
    assert len(parsed.events) == 1 and not parsed.errors
