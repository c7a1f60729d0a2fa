"""Bytes become text or a sentence; nothing makes the readers crash (C2)."""

import json
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from offers.imports import Parsed, UnreadableFile, parse_programme
from offers.imports.reading import MAX_BYTES, read_text
from offers.imports.texts import BadText, joined, one_line, paragraphs, web_address, without_city

CALENDAR = b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nSUMMARY:Bal\r\nDTSTART:20270105T200000\r\n"
TEXT = "Titre;Date\nFête de l’été – 5 €;31/12/2026 20:30\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_text_is_read_in_its_encoding(encoding):
    assert read_text(TEXT.encode(encoding)) == TEXT


def test_big_endian_text_and_a_double_mark_are_read():
    assert read_text(b"\xfe\xff" + TEXT.encode("utf-16-be")) == TEXT
    assert read_text(b"\xef\xbb\xbf\xef\xbb\xbf" + TEXT.encode()) == TEXT


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "vide"),
        (b" \r\n\t ", "vide"),
        (b"\xef\xbb\xbf", "vide"),
        (b"Titre;Date\nA\x00B;31/12/2026", "pas un texte"),
        (b"\xff\xfeA", "pas un texte"),
        (bytes(range(256)), "pas un texte"),
        (b"\x81\x8d", "pas un texte"),
        (b"PK\x03\x04....", "classeur est abîmé"),
        (b"\xd0\xcf\x11\xe0....", "XLS"),
        (b"%PDF-1.7", "PDF"),
        (b"\x1f\x8b\x08", "compressé"),
        (b"BEGIN:VCALENDAR\r\nEND:VCALENDAR", "aucun événement"),
        (b"<!doctype html><title>x</title>", "page web"),
        (b'<script type="application/ld+json">{"@type": "Event"', "page web"),
        (b'{"events": [', "abîmé"),
        (b"[" * 100_000, "abîmé"),
        (b'{"uid": ' + b"9" * 5000 + b"}", "abîmé"),
        (b'{"features": []}', "OpenAgenda"),
        (b'"titre"', "colonne"),
        (b"[1, 2]", "OpenAgenda"),
        (b'[{"@type": "Person", "name": "x"}]', "OpenAgenda"),
    ],
)
def test_a_file_of_no_known_form_is_refused_with_a_sentence(content, says):
    with pytest.raises(UnreadableFile) as refusal:
        parse_programme(content)
    assert says in refusal.value.sentence
    assert refusal.value.sentence.endswith((".", "…"))


def test_a_file_too_large_is_refused_before_it_is_read():
    with pytest.raises(UnreadableFile, match="Mo"):
        parse_programme(b"x" * (MAX_BYTES + 1))


def test_a_refusal_names_the_file():
    with pytest.raises(UnreadableFile, match=r"^saison\.csv : "):
        parse_programme(b"", filename="saison.csv")


def test_a_forced_form_is_not_guessed_again():
    with pytest.raises(UnreadableFile, match="JSON"):
        parse_programme(TEXT.encode(), format="openagenda")
    with pytest.raises(UnreadableFile, match="colonne"):
        parse_programme(b'[{"title": "x"}]', format="csv")


SLOT = {"begin": "2027-01-01T20:00:00+01:00", "end": None}
TIMETABLE = "2027-01-01T20:00 2027-01-01T21:00"


@pytest.mark.parametrize(
    "content",
    [
        "titre;date\n" + "xxxxx;1/1/2027\n" * 11,
        "titre;date\n" + "xxxxx;\n" * 11,
        "uid;title_fr;timings\n" + "1;Bal;[]\n" * 11,
        json.dumps([{"title": "Bal", "timings": []}] * 11),
        json.dumps([{"uid": 1, "title": "Bal", "timings": [SLOT] * 11}]),
        json.dumps([{"uid": uid, "title": "Bal", "timings": [SLOT] * 4} for uid in range(3)]),
        json.dumps([{"uid": 1, "title": "Bal", "timetable": ";".join([TIMETABLE] * 11)}]),
        json.dumps([{"uid": 1, "title": "Bal", "timings": json.dumps([SLOT] * 11)}]),
    ],
)
def test_more_rows_or_dates_than_told_are_refused_with_what_to_do(content):
    with pytest.raises(UnreadableFile, match="plus de 10 lignes ou dates.* en plusieurs fichiers"):
        parse_programme(content.encode(), most=10)


def test_as_many_rows_and_dates_as_told_are_read():
    table = "titre;date\n" + "".join(f"Bal;{day}/1/2027\n" for day in range(1, 11))
    assert len(parse_programme(table.encode(), most=10).events[0].performances) == 10
    timetable = f"{';'.join(f'2027-01-{day:02}T20:00' for day in range(1, 11))};"
    agenda = json.dumps([{"uid": 1, "title": "Bal", "timetable": timetable}])
    assert len(parse_programme(agenda.encode(), most=10).events[0].performances) == 10


def test_a_json_that_would_fill_the_memory_is_refused_unread():
    with pytest.raises(UnreadableFile, match="trop de valeurs"):
        parse_programme(b"[" + b"[]," * 4_000_000 + b"[]]")


def test_nobody_hands_in_a_file_of_endless_tiny_rows():
    with pytest.raises(UnreadableFile, match="60\u00a0000"):
        parse_programme(b"titre;date\n" + b"xxxxx;1/1/2027\n" * 60_001)


def test_an_empty_programme_is_no_error():
    assert parse_programme(b'{"results": []}') == Parsed()
    assert parse_programme(b"titre;date\n") == Parsed()


@settings(max_examples=80, deadline=None)
@given(st.binary() | st.text().map(lambda text: text.encode("utf-8", "replace")))
def test_no_bytes_make_the_readers_crash(content):
    heads = (
        b"",
        b"titre;date;fin;duree;age;url\n",
        b"uid,title_fr,timings\n",
        b"[",
        b"PK\x03\x04",
        CALENDAR,
        b"<script ld+json>",
    )
    for head in heads:
        try:
            assert isinstance(parse_programme(head + content), Parsed)
        except UnreadableFile as refusal:
            assert refusal.sentence


NAMES = (
    "SUMMARY DTSTART DTEND DURATION RRULE RDATE EXDATE RECURRENCE-ID UID STATUS CLASS URL LOCATION".split()
)
TOLD = st.sampled_from(
    [
        "20270105T200000", "20270105T200000Z", "20270105", "FREQ=WEEKLY;COUNT=3", "PT1H", "-P1D",
        "FREQ=YEARLY;BYMONTHDAY=31", "20270105T200000Z/PT1H", "FREQ=SECONDLY", "99999999T999999", "1", "CANCELLED",
    ]
)  # fmt: skip
PARAMETERS = st.sampled_from(
    ["", ";VALUE=DATE", ";TZID=Europe/Paris", ';TZID="Romance Standard Time"', ";TZID=Ailleurs", ";X="]
)
LINES = st.tuples(st.sampled_from(NAMES), PARAMETERS, TOLD | st.text(max_size=20)).map(
    lambda parts: f"{parts[0]}{parts[1]}:{parts[2]}"
)


@settings(max_examples=80, deadline=None)
@given(st.lists(st.lists(LINES, max_size=6), max_size=3))
def test_no_lines_make_the_calendar_reader_crash(events):
    blocks = [["BEGIN:VEVENT", *lines, "END:VEVENT"] for lines in events]
    text = "\r\n".join(["BEGIN:VCALENDAR", *(line for block in blocks for line in block), "END:VCALENDAR"])
    try:
        parsed = parse_programme(text.encode("utf-8", "replace"), on=date(2026, 11, 22))
    except UnreadableFile as refusal:
        assert refusal.sentence
        return
    assert all(error.message and error.row for error in parsed.errors)


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.sampled_from(["2027-01-01T20:00:00+01:00", "6"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["fr", "begin", "end", "id", "type", "value", "name", "mi"]), inner, max_size=4
        )
    ),
    max_leaves=8,
)
KEYS = (
    "uid title title_fr description longDescription timings timetable firstTiming lastTiming firstdate_begin status "
    "state attendanceMode accessibility age age_min registration location location_address keywords conditions"
).split()


@settings(max_examples=80, deadline=None)
@given(st.lists(st.dictionaries(st.sampled_from(KEYS), VALUES), max_size=3))
def test_no_values_under_known_keys_make_the_agenda_reader_crash(elements):
    elements.append({"uid": 1, "title": "Bal", "timings": [], **(elements[0] if elements else {})})
    try:
        parsed = parse_programme(json.dumps({"events": elements}).encode())
    except UnreadableFile:
        return
    assert all(event.title or event.cancelled for event in parsed.events)
    assert all(error.message and error.row for error in parsed.errors)


@settings(max_examples=80, deadline=None)
@given(st.lists(st.tuples(st.text(), st.text(), st.text(), st.text()), max_size=4))
def test_no_cells_make_the_table_reader_crash(rows):
    quoted = [";".join('"' + cell.replace('"', '""') + '"' for cell in row) for row in rows]
    content = "\n".join(["titre;date;heure;duree", *quoted]).encode("utf-8", "replace")
    try:
        parsed = parse_programme(content)
    except UnreadableFile:
        return
    assert all(error.message and error.row for error in parsed.errors)


SCHEMA = (
    "@id @graph name url startDate endDate eventStatus eventAttendanceMode location address offers price "
    "description duration typicalAgeRange inLanguage subEvent itemListElement"
).split()


@settings(max_examples=80, deadline=None)
@given(st.lists(st.dictionaries(st.sampled_from(SCHEMA), VALUES, max_size=6), max_size=3))
def test_no_values_make_the_reader_of_schema_org_crash(elements):
    events = [{"@type": "Event", "name": "Bal", **element} for element in elements]
    events.append({"@type": "Event", "name": "Bal", "startDate": "2027-01-05T20:00:00+0100"})
    parsed = parse_programme(json.dumps(events).encode())
    assert all(event.title or event.cancelled for event in parsed.events)
    assert all(error.message and error.row for error in parsed.errors)


def test_html_becomes_plain_paragraphs():
    html = "<p>Un&nbsp;conte &amp;\n danse</p><ul><li>un</li><li>deux<br>trois</li></ul>"
    html += "<script>alert(1)</script><style>p{}</style>"
    assert paragraphs(html) == "Un conte & danse\n\n- un\n- deux\ntrois"


def test_broken_html_leaves_no_tag():
    assert "<" not in paragraphs(
        "<![CDATA[x]]> <p <b>a</b> <img src=x onerror=alert(1)> <a href='javascript:x'>b"
    )


def test_markdown_keeps_its_marks_and_loses_its_escapes():
    assert paragraphs("## Au programme\n**Sans paroles**, dès 6 ans\\.\n\n\n\nFin") == (
        "## Au programme\n**Sans paroles**, dès 6 ans.\n\nFin"
    )


def test_text_loses_what_cannot_be_printed():
    assert one_line("Bal\x07 \u202eirréel\u2028\ud800 suite") == "Bal irréel suite"


def test_an_endless_text_is_refused_rather_than_cut():
    with pytest.raises(BadText, match="Raccourcissez"):
        paragraphs("a" * 60_000)


def test_a_summary_that_only_begins_the_text_is_not_repeated():
    assert joined("Un conte lum…", "Un conte lumineux.") == "Un conte lumineux."
    assert joined("Résumé.", "Texte.") == "Résumé.\n\nTexte."
    assert joined("Résumé.", "") == "Résumé."


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("https://saules.example/a?b=1", "https://saules.example/a?b=1"),
        ("www.saules.example", "https://www.saules.example"),
        ("javascript:alert(1)", ""),
        ("https://", ""),
        ("http://[", ""),
        ("saules", ""),
        ("voir https://saules.example", ""),
    ],
)
def test_only_web_addresses_are_kept(text, address):
    assert web_address(text) == address


def test_the_town_is_cut_from_the_end_of_an_address():
    assert without_city(
        "12 quai des Saules, 69100 Villeurbanne, France", postcode="69100", city="Villeurbanne"
    ) == ("12 quai des Saules")
    assert without_city("69001 Lyon", postcode="69001", city="Lyon") == "69001 Lyon"
