"""XLSX: read as a stream, whatever a sheet says of itself; a bomb is a sentence (C2)."""

import io
import zipfile
from datetime import UTC, date, datetime, time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from offers.imports import Parsed, UnreadableFile, parse_programme
from offers.imports import workbook as xlsx
from offers.tests.workbooks import a_workbook, spoiled

SHEET = "xl/worksheets/sheet1.xml"
HEAD = ["Titre", "Date", "Heure", "Places offertes"]


def only(content):
    parsed = parse_programme(content)
    assert not parsed.errors, parsed.errors
    [event] = parsed.events
    return event


def test_dates_times_and_numbers_of_cells_are_read_as_they_are_shown():
    event = only(a_workbook(HEAD, ["Bal", date(2027, 1, 5), time(20, 30), 12]))
    [performance] = event.performances
    assert performance.starts_at == datetime(2027, 1, 5, 19, 30, tzinfo=UTC)
    assert (performance.seats, performance.row) == (12, 2)


def test_a_date_with_its_time_in_one_cell_and_a_date_typed_as_text_are_read():
    rows = ["Bal", datetime(2027, 1, 5, 20, 30)], ["Bal", "6 janvier 2027 à 20h30"]
    assert [
        f"{date.starts_at:%d %H:%M}" for date in only(a_workbook(["Titre", "Date"], *rows)).performances
    ] == [
        "05 19:30",
        "06 19:30",
    ]


def test_days_are_counted_from_1904_where_the_workbook_says_so():
    content = spoiled(
        a_workbook(["Titre", "Date"], ["Bal", 44930]),
        "xl/workbook.xml",
        lambda text: text.replace("<workbookPr/>", '<workbookPr date1904="1"/>'),
    )
    content = spoiled(content, SHEET, lambda text: text.replace('<c r="B2"', '<c r="B2" s="1"'))
    content = spoiled(
        content,
        "xl/styles.xml",
        lambda text: text.replace(
            "</cellXfs>", '<xf numFmtId="14" fontId="0" fillId="0" borderId="0"/></cellXfs>'
        ),
    )
    assert f"{only(content).performances[0].starts_at:%Y}" == "2027"


def test_instructions_and_merged_titles_above_the_headings_are_passed_over():
    def merge(book):
        book.active.merge_cells("A1:D1")

    rows = (
        ["Programme de la saison. Une ligne par date."],
        [],
        ["Ne pas modifier", "svp"],
        HEAD,
        ["Bal", "5/1/2027", "20h"],
    )
    event = only(a_workbook(*rows, fill=merge))
    assert (event.title, event.row) == ("Bal", 5)


def test_the_sheet_that_holds_the_programme_is_found():
    def more(book):
        sheet = book.create_sheet("Programme")
        sheet.append(["Titre", "Date"])
        sheet.append(["Bal", "5/1/2027"])
        hidden = book.create_sheet("Brouillon", 0)
        hidden.sheet_state = "hidden"
        hidden.append(["Titre", "Date"])
        hidden.append(["Secret", "5/1/2027"])

    assert only(a_workbook(["À lire d'abord"], fill=more)).title == "Bal"


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace('<dimension ref="A1:B2"', '<dimension ref="A1"'),
        lambda text: text.replace('<dimension ref="A1:B2"', '<dimension ref="A1:XFD1048576"'),
        lambda text: text.replace('<dimension ref="A1:B2" />', "").replace('<dimension ref="A1:B2"/>', ""),
        lambda text: text.replace("</row></sheetData>", '<c r="XFD2" s="0"/></row></sheetData>'),
        lambda text: text.replace("</sheetData>", '<row r="1048576"/><row r="99999999999999"/></sheetData>'),
        lambda text: text.replace(' r="A2"', "").replace(' r="B2"', "").replace(' r="2"', ""),
        lambda text: text.replace("<sheetData>", '<drawing r:id="absent" xmlns:r="x"/><sheetData>'),
    ],
)
def test_what_a_sheet_says_of_its_own_size_and_drawings_is_never_believed(change):
    content = spoiled(a_workbook(["Titre", "Date"], ["Bal", "5/1/2027"]), SHEET, change)
    assert only(content).title == "Bal"


def test_a_formula_counts_by_its_saved_value_and_is_an_error_without_one():
    made = a_workbook(["Titre", "Date"], ["Bal", "=TODAY()"], ["Jeu", "5/1/2027"], ["=A2", "=B2"])
    parsed = parse_programme(made)
    [problem] = parsed.errors  # the last row holds nothing but formulas: prepared for rows to come
    assert (problem.row, problem.field) == (2, "Date") and "formule sans résultat" in problem.message
    value = '<c r="B2" t="str"><f>TODAY()</f><v>6/1/2027</v>'
    saved = spoiled(made, SHEET, lambda text: text.replace('<c r="B2"><f>TODAY()</f><v></v>', value))
    assert [event.title for event in parse_programme(saved).events] == ["Bal", "Jeu"]


def test_an_error_of_the_spreadsheet_is_told_with_its_cell():
    content = spoiled(
        a_workbook(["Titre", "Date"], ["Bal", 0]),
        SHEET,
        lambda text: text.replace('<c r="B2" t="n"><v>0</v>', '<c r="B2" t="e"><v>#REF!</v>'),
    )
    [problem] = parse_programme(content).errors
    assert (problem.row, problem.field) == (2, "Date") and "formule" in problem.message


RUNS = '<r><t>Le </t></r><r><t>Bal</t></r><rPh sb="0" eb="1"><t>baru</t></rPh>'


def test_texts_in_runs_are_read_without_how_they_are_pronounced():
    cell = f'<c r="A2" t="inlineStr"><is>{RUNS}</is></c><c r="B2"'
    content = a_workbook(["Titre", "Date"], [None, "5/1/2027"])
    assert only(spoiled(content, SHEET, lambda text: text.replace('<c r="B2"', cell, 1))).title == "Le Bal"


def with_shared_texts(*texts):
    """A workbook whose event is called by the first of the texts that its cells share."""
    made = a_workbook(["Titre", "Date"], [0, "5/1/2027"])
    made = spoiled(made, SHEET, lambda text: text.replace('<c r="A2" t="n">', '<c r="A2" t="s">'))
    stream = io.BytesIO(made)
    with zipfile.ZipFile(stream, "a") as archive:
        archive.writestr(
            "xl/sharedStrings.xml", f"<sst>{''.join(f'<si>{text}</si>' for text in texts)}</sst>"
        )
    return stream.getvalue()


def test_texts_that_cells_share_are_found_again():
    assert only(with_shared_texts(RUNS, "<t>Jeu</t>")).title == "Le Bal"


# --- What is refused as a whole -----------------------------------------------------------------------------------


def refusal_of(content):
    with pytest.raises(UnreadableFile) as refusal:
        parse_programme(content)
    return refusal.value.sentence


def an_archive(**entries):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in entries.items():
            archive.writestr(name.replace("__", "/"), text)
    return stream.getvalue()


def test_another_archive_a_damaged_one_and_an_empty_sheet_are_told_apart():
    assert "pas un classeur" in refusal_of(an_archive(mot="x"))
    whole = a_workbook(["Titre", "Date"], ["Bal", "5/1/2027"])
    assert "abîmé" in refusal_of(whole[: len(whole) // 2])
    assert "abîmé" in refusal_of(spoiled(whole, SHEET, lambda text: text[: len(text) // 2]))
    assert "vide" in refusal_of(a_workbook())
    assert "colonne de date" in refusal_of(a_workbook(["Titre", "Lieu"], ["Bal", "ici"]))


def test_a_bomb_is_refused_by_what_the_archive_declares_before_anything_unfolds():
    sheet = spoiled(
        a_workbook(["Titre", "Date"]),
        SHEET,
        lambda text: text.replace("<sheetData>", " " * 40_000_000 + "<sheetData>"),
    )
    assert len(sheet) < 100_000
    assert "démesuré" in refusal_of(sheet)


def test_a_sheet_of_entities_that_unfold_is_refused():
    declared = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]>'
    content = spoiled(a_workbook(["Titre", "Date"]), SHEET, lambda text: declared + text)
    assert "abîmé" in refusal_of(content)


def test_too_many_rows_shared_texts_or_entries_are_refused(monkeypatch):
    rows = a_workbook(["Titre", "Date"], *(["Bal", f"{day}/1/2027"] for day in range(1, 12)))
    with pytest.raises(UnreadableFile, match="plus de 10 lignes"):
        parse_programme(rows, most=10)
    with monkeypatch.context() as small:
        small.setattr(xlsx, "MAX_SHARED", 3)
        assert "démesuré" in refusal_of(with_shared_texts(*["<t>Bal</t>"] * 9))
    with monkeypatch.context() as small:
        small.setattr(xlsx, "MAX_TEXTS", 30)
        assert "démesuré" in refusal_of(with_shared_texts(RUNS))
    monkeypatch.setattr(xlsx, "MAX_ENTRIES", 2)
    assert "démesuré" in refusal_of(rows)


def test_a_workbook_under_a_password_says_so():
    content = bytearray(a_workbook(["Titre", "Date"]))
    at = content.rindex(b"PK\x01\x02")
    content[at + 8] |= 1
    assert "mot de passe" in refusal_of(bytes(content))


CELLS = (
    st.none()
    | st.booleans()
    | st.integers(-(10**18), 10**18)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.dates()
    | st.times()
)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.lists(CELLS, max_size=5), max_size=4))
def test_no_cells_make_the_reader_crash(rows):
    parsed = parse_programme(a_workbook(["Titre", "Date", "Heure", "Fin"], *rows))
    assert all(error.message and error.row for error in parsed.errors)


WHOLE = a_workbook(["Titre", "Date"], ["Bal", "5/1/2027"])


@settings(max_examples=80, deadline=None)
@given(st.data())
def test_no_changed_bytes_make_the_reader_crash(data):
    content = bytearray(WHOLE)
    for _ in range(data.draw(st.integers(1, 5))):
        content[data.draw(st.integers(4, len(content) - 1))] = data.draw(st.integers(0, 255))
    try:
        assert isinstance(parse_programme(bytes(content)), Parsed)
    except UnreadableFile as refusal:
        assert refusal.sentence
