"""iCalendar: repetitions, exceptions, time zones, days; each event by itself (C2)."""

from datetime import UTC, date, datetime

import pytest

from offers.imports import UnreadableFile, parse_programme

ON = date(2026, 11, 22)  # unfolds from 1 October 2026 to 30 September 2028
NEW_YORK = """BEGIN:VTIMEZONE
TZID:Notre heure
BEGIN:STANDARD
DTSTART:16010101T000000
TZOFFSETFROM:-0500
TZOFFSETTO:-0500
END:STANDARD
END:VTIMEZONE
"""


def calendar(*events, zones=""):
    blocks = "".join(f"BEGIN:VEVENT\n{event.strip()}\nEND:VEVENT\n" for event in events)
    return f"BEGIN:VCALENDAR\nVERSION:2.0\n{zones}{blocks}END:VCALENDAR\n".encode()


def read(*events, zones=""):
    return parse_programme(calendar(*events, zones=zones), on=ON)


def begins(*events, zones=""):
    parsed = read(*events, zones=zones)
    assert not parsed.errors, parsed.errors
    return [f"{date.starts_at:%Y-%m-%d %H:%M}" for event in parsed.events for date in event.performances]


def test_an_event_arrives_with_its_texts_its_place_and_its_identity():
    told = """UID:bal-1
DTSTART;TZID=Europe/Paris:20270105T203000
DTEND;TZID=Europe/Paris:20270105T220000
SUMMARY:Bal\\, le grand
DESCRIPTION:On danse.\\nBeaucoup.
LOCATION:Salle des fêtes\\, 3 rue des Lilas\\, 69001 Lyon\\, France
CATEGORIES:Concert,Danse
URL:https://saules.example/bal"""
    [event] = read(told).events
    assert (event.title, event.description, event.kind, event.kind_stated) == (
        "Bal, le grand",
        "On danse.\nBeaucoup.",
        "concert",
        True,
    )
    assert (event.place_name, event.place_address, event.place_postcode, event.place_city) == (
        "Salle des fêtes",
        "3 rue des Lilas",
        "69001",
        "Lyon",
    )
    assert (event.source, event.purchase_url) == ("ics", "https://saules.example/bal")
    [performance] = event.performances
    assert performance.starts_at == datetime(2027, 1, 5, 19, 30, tzinfo=UTC)
    assert performance.ends_at == datetime(2027, 1, 5, 21, tzinfo=UTC)


@pytest.mark.parametrize(
    ("told", "instant"),
    [
        ("DTSTART:20270105T203000Z", "2027-01-05 20:30"),
        ("DTSTART:20270105T203000", "2027-01-05 19:30"),  # floating: the clock of Paris
        ("DTSTART:20270705T203000", "2027-07-05 18:30"),
        ("DTSTART;TZID=America/New_York:20270105T203000", "2027-01-06 01:30"),
        ('DTSTART;TZID="Romance Standard Time":20270705T203000', "2027-07-05 18:30"),
        ("DTSTART;TZID=/mozilla.org/20070129_1/Europe/Lisbon:20270105T203000", "2027-01-05 20:30"),
        ("DTSTART;TZID=Notre heure:20270105T203000", "2027-01-06 01:30"),
        ("DTSTART;TZID=Ailleurs:20270105T203000", "2027-01-05 19:30"),
        ("DTSTART;VALUE=DATE:20270105", "2027-01-04 23:00"),
        ("DTSTART:20270105", "2027-01-04 23:00"),
    ],
)
def test_the_hour_is_read_in_its_zone(told, instant):
    assert begins(f"SUMMARY:Bal\n{told}", zones=NEW_YORK) == [instant]


def test_an_unknown_zone_is_told():
    [note] = read("SUMMARY:Bal\nDTSTART;TZID=Ailleurs:20270105T203000").notes
    assert "« Ailleurs » inconnu" in note.text


def test_a_zone_that_never_stops_unfolding_is_unknown():
    mad = NEW_YORK.replace("TZOFFSETFROM", "RRULE:FREQ=SECONDLY\nTZOFFSETFROM")
    assert begins("SUMMARY:Bal\nDTSTART;TZID=Notre heure:20270105T203000", zones=mad) == ["2027-01-05 19:30"]


@pytest.mark.parametrize(
    ("told", "ends"),
    [
        ("DTSTART:20270105T200000Z\nDURATION:PT1H30M", "2027-01-05 21:30"),
        ("DTSTART;VALUE=DATE:20270105\nDTEND;VALUE=DATE:20270106", "2027-01-05 22:59"),
        ("DTSTART;VALUE=DATE:20270105\nDTEND;VALUE=DATE:20270105", "2027-01-05 22:59"),
        ("DTSTART;VALUE=DATE:20270105\nDTEND;VALUE=DATE:20270108", "2027-01-07 22:59"),
        ("DTSTART;VALUE=DATE:20270105\nDURATION:P2D", "2027-01-06 22:59"),
        ("DTSTART:20270105T200000Z\nDTEND:20270106T020000Z", "2027-01-06 02:00"),
        ("DTSTART:20270105T200000Z\nDTEND:20270105T200000Z", None),
    ],
)
def test_an_end_is_told_in_several_ways(told, ends):
    [performance] = read(f"SUMMARY:Bal\n{told}").events[0].performances
    assert performance.ends_at == (datetime.fromisoformat(f"{ends}+00:00") if ends else None)


WEEKLY = "UID:w\nSUMMARY:Atelier\nDTSTART;TZID=Europe/Paris:20270323T180000\nDTEND;TZID=Europe/Paris:20270323T190000\n"


def test_a_repetition_keeps_its_hour_across_summer_time():
    assert begins(WEEKLY + "RRULE:FREQ=WEEKLY;COUNT=2") == ["2027-03-23 17:00", "2027-03-30 16:00"]


def test_exceptions_additions_and_moved_dates_count():
    moved = WEEKLY.replace("20270323T", "20270401T") + "RECURRENCE-ID;TZID=Europe/Paris:20270330T180000"
    series = WEEKLY + (
        "RRULE:FREQ=WEEKLY;UNTIL=20270413T160000Z\nEXDATE:20270406T160000Z\nRDATE;TZID=Europe/Paris:20270415T180000"
    )
    assert begins(series, moved) == [
        "2027-03-23 17:00",
        "2027-04-01 16:00",
        "2027-04-13 16:00",
        "2027-04-15 16:00",
    ] or sorted(begins(series, moved)) == [
        "2027-03-23 17:00",
        "2027-04-01 16:00",
        "2027-04-13 16:00",
        "2027-04-15 16:00",
    ]
    [event] = read(series, moved).events
    assert len(event.performances) == 4


def test_a_date_cancelled_within_a_series_is_left_out():
    gone = WEEKLY + "RECURRENCE-ID;TZID=Europe/Paris:20270330T180000\nSTATUS:CANCELLED"
    assert begins(WEEKLY + "RRULE:FREQ=WEEKLY;COUNT=2", gone) == ["2027-03-23 17:00"]


def test_an_excluded_day_counts_whatever_its_hour():
    assert begins(WEEKLY + "RRULE:FREQ=WEEKLY;COUNT=2\nEXDATE;VALUE=DATE:20270323") == ["2027-03-30 16:00"]


def test_a_repetition_without_end_stops_with_the_next_season_and_says_so():
    parsed = read("SUMMARY:Visite\nDTSTART;TZID=Europe/Paris:20100102T150000\nRRULE:FREQ=MONTHLY;BYDAY=1SA")
    days = [date.starts_at.date() for date in parsed.events[0].performances]
    assert (days[0], days[-1], len(days)) == (date(2026, 10, 3), date(2028, 9, 2), 24)
    assert "au-delà du 30/09/2028" in parsed.notes[0].text


def test_a_repetition_that_is_over_is_left_aside_with_its_reason():
    parsed = read("SUMMARY:Visite\nDTSTART:20200102T150000\nRRULE:FREQ=WEEKLY;COUNT=3")
    assert not parsed.events and "aucune date entre le 01/10/2026" in parsed.skipped[0].reason


def test_the_latest_version_of_an_event_counts():
    parsed = read(*(f"UID:a\nSEQUENCE:{n}\nSUMMARY:Bal {n}\nDTSTART:2027010{n}T200000" for n in (2, 3, 1)))
    [event] = parsed.events
    assert event.title == "Bal 3" and len(event.performances) == 1


def test_events_of_one_identity_are_dates_of_one_event():
    assert (
        len(read(*(f"UID:a\nSUMMARY:Bal\nDTSTART:2027010{n}T200000" for n in (2, 3))).events[0].performances)
        == 2
    )
    without = [f"SUMMARY:Bal\nLOCATION:Ici\nDTSTART:2027010{n}T200000" for n in (2, 3)]
    assert len(read(*without).events[0].performances) == 2


@pytest.mark.parametrize(
    ("told", "field", "says"),
    [
        ("SUMMARY:Bal", "DTSTART", "date de début"),
        ("SUMMARY:Bal\nDTSTART:bientôt", "DTSTART", "date de début"),
        ("SUMMARY:Bal\nDTSTART:20270105T200000\nDTEND:hier", "DTEND", "date de fin"),
        ("SUMMARY:Bal\nDTSTART:20270105T200000\nDTEND:20270103T200000", "DTEND", "avant le début"),
        ("SUMMARY:Bal\nDTSTART:20270105T200000\nDURATION:-PT1H", "DURATION", "durée"),
        ("SUMMARY:Bal\nDTSTART:20270105T200000\nDURATION:longtemps", "DURATION", "durée"),
        ("DTSTART:20270105T200000", "SUMMARY", "titre"),
        ("SUMMARY:Bal\nDTSTART:20270105T200000\nRRULE:FREQ=SECONDLY", "RRULE", "se répète"),
        ("SUMMARY:Bal\nDTSTART:20270105T200000\nRRULE:FREQ=PARFOIS", "RRULE", "se répète"),
        ("SUMMARY:Bal\nDTSTART:20270105T200000\nDESCRIPTION:" + "x" * 60_000, "DESCRIPTION", "Raccourcissez"),
    ],
)
def test_an_event_that_cannot_be_read_is_an_error_with_its_row_and_field(told, field, says):
    parsed = read("SUMMARY:Jeu\nDTSTART:20270105T200000", told)
    [problem] = parsed.errors
    assert (problem.row, problem.field) == (2, field) and says in problem.message
    assert [event.title for event in parsed.events] == ["Jeu"]


def test_what_is_private_or_before_our_time_is_left_aside():
    parsed = read(
        "SUMMARY:Docteur\nCLASS:PRIVATE\nDTSTART:20270105T200000", "SUMMARY:Bal\nDTSTART:19970105T200000"
    )
    assert [entry.row for entry in parsed.skipped] == [1, 2]
    assert "Docteur" not in parsed.skipped[0].reason and "1997" in parsed.skipped[1].reason


def test_what_is_cancelled_is_known_as_such_and_what_is_tentative_is_taken_with_a_word():
    parsed = read(
        "UID:a\nSUMMARY:Bal\nSTATUS:CANCELLED\nDTSTART:20270105T200000",
        "SUMMARY:Jeu\nSTATUS:TENTATIVE\nDTSTART:20270105",
    )
    assert parsed.events[0].cancelled and not parsed.events[0].performances
    assert any("provisoire" in note.text for note in parsed.notes)


def test_folded_lines_odd_line_ends_and_an_event_never_closed_are_read():
    folded = calendar("SUMMARY:Le gra\n nd bal\nDTSTART:20270105T200000").replace(b"\n", b"\r")
    assert parse_programme(folded, on=ON).events[0].title == "Le grand bal"
    begun = b"BEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY:A\nDTSTART:20270105\n"
    parsed = parse_programme(begun + calendar("SUMMARY:B\nDTSTART:20270105") + begun, on=ON)
    assert [event.title for event in parsed.events] == ["B"]
    assert [(problem.row, "abîmé" in problem.message) for problem in parsed.errors] == [(1, True), (3, True)]


def test_a_calendar_without_events_is_refused_with_what_to_look_at():
    for content in (
        b"BEGIN:VCALENDAR\nEND:VCALENDAR",
        b"BEGIN:VCALENDAR\nBEGIN:VTODO\nSUMMARY:x\nEND:VTODO\nEND:VCALENDAR",
    ):
        with pytest.raises(UnreadableFile, match="aucun événement"):
            parse_programme(content)


def test_a_calendar_of_too_many_events_or_dates_is_refused():
    for content in (
        calendar(*["SUMMARY:Bal\nDTSTART:20270105"] * 11),
        calendar("SUMMARY:Bal\nDTSTART:20270105\nRRULE:FREQ=DAILY"),
        calendar("SUMMARY:Bal\nDTSTART:20270105\nRDATE:" + ",".join(f"202702{day}" for day in range(10, 28))),
    ):
        with pytest.raises(UnreadableFile, match="plus de 10 lignes"):
            parse_programme(content, most=10, on=ON)


def test_rules_that_keep_a_processor_busy_are_refused_in_the_end(monkeypatch):
    monkeypatch.setattr("offers.imports.ics.PATIENCE", 0.0)
    with pytest.raises(UnreadableFile, match="trop de calculs"):
        read("SUMMARY:Bal\nDTSTART:20270105\nRRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30")
