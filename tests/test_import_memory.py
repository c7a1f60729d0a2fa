"""A programme of fifty thousand rows, read, compared and written; and files made to fill the memory (C2, safety)."""

import io
import json
import sys
import zipfile
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from openpyxl import Workbook

from common.reading import UnreadableFile
from offers.imports import parse_programme, work
from offers.models import Performance, ProgrammeUpload
from offers.tests.workbooks import a_workbook, spoiled
from partners.tests.factories import UserFactory, VenueFactory
from tests.racing import FULL

pytestmark = [pytest.mark.django_db, pytest.mark.drill]

ROWS = 50_000 if FULL else 1_000
MOST = 512  # MiB, the interpreter and the whole portal included, which are…
PORTAL = 150  # …so many before a file arrives; what earlier tests of this process left isn't the file's
TEXT = "Une comédie tendre sur les portes qu'on n'ose pas pousser. " * 4


before = 0


def held(what):
    """The memory of this process in MiB: VmRSS now, VmHWM the most since `forget_peak`."""
    [line] = [line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith(what)]
    return int(line.split()[1]) // 1024


def peak():
    """The most memory that a process of its own would have held for the file, in MiB."""
    return PORTAL + held("VmHWM") - before


@pytest.fixture(autouse=True)
def forget_peak():
    global before
    before = held("VmRSS")
    Path("/proc/self/clear_refs").write_text("5")


def days():
    """One day and hour for each row, all to come."""
    begin = timezone.localtime().replace(hour=20, minute=30) + timedelta(days=1)
    return ((number, begin + timedelta(days=number % 300)) for number in range(ROWS))


def as_csv(title):
    rows = [f"{number};{title} {number};{day:%d/%m/%Y %H:%M};{TEXT};spectacle\n" for number, day in days()]
    return f"identifiant;titre;date;description;type\n{''.join(rows)}".encode()


def as_xlsx():
    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    sheet.append(["Identifiant", "Titre", "Date", "Description", "Type"])
    for number, day in days():
        sheet.append([number, f"La Dame {number}", day.replace(tzinfo=None), TEXT, "spectacle"])
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def as_ics():
    events = [
        f"BEGIN:VEVENT\r\nUID:{number}\r\nSUMMARY:La Dame {number}\r\nDTSTART;TZID=Europe/Paris:{day:%Y%m%dT%H%M00}\r\n"
        f"DESCRIPTION:{TEXT}\r\nEND:VEVENT\r\n"
        for number, day in days()
    ]
    return f"BEGIN:VCALENDAR\r\n{''.join(events)}END:VCALENDAR\r\n".encode()


def load(desk, content):
    """What happens to a file from the venue's hand to its programme."""
    upload = ProgrammeUpload.objects.create(
        venue=desk.venue, by=desk, filename="saison", content=content, created_at=timezone.now()
    )
    work.make_preview(upload=upload, clock=timezone.now)
    upload.refresh_from_db()
    assert not upload.report["counts"]["errors"]
    return work.write(upload=upload, at=timezone.now())


@pytest.mark.parametrize("form", [as_xlsx, as_ics])
def test_a_long_programme_is_read_and_written_within_its_memory(form):
    desk = UserFactory(venue_desk=True, venue=VenueFactory())
    load(desk, form())
    assert Performance.objects.count() == ROWS
    sys.stdout.write(f"{form.__name__}, {ROWS} rows: {peak()} MiB" + "\n")
    assert peak() <= MOST


def test_a_long_programme_that_changes_whole_is_compared_within_its_memory():
    desk = UserFactory(venue_desk=True, venue=VenueFactory())
    load(desk, as_csv("La Dame"))
    record = load(desk, as_csv("Le Monsieur"))
    assert (record.updated, Performance.objects.count()) == (ROWS, ROWS)
    sys.stdout.write(f"as_csv twice, {ROWS} rows: {peak()} MiB" + "\n")
    assert peak() <= MOST


def a_sheet_of(cells):
    """A workbook of rows without end, folded little enough to pass for a real one."""
    rows = "".join(
        f'<row r="{number}"><c r="A{number}"><v>{number}</v></c></row>' for number in range(3, cells)
    )
    return spoiled(
        a_workbook(["Titre", "Date"], ["Bal", "5/1/2027"]),
        "xl/worksheets/sheet1.xml",
        lambda text: text.replace("</sheetData>", f"{rows}</sheetData>"),
    )


def shared(texts):
    stream = io.BytesIO(a_workbook(["Titre", "Date"], ["Bal", "5/1/2027"]))
    with zipfile.ZipFile(stream, "a", zipfile.ZIP_DEFLATED) as archive:
        entries = "".join(f"<si><t>{number}</t></si>" for number in range(texts))
        archive.writestr("xl/sharedStrings.xml", f"<sst>{entries}</sst>")
    return stream.getvalue()


BOMBS = {
    "csv, a million rows": lambda times: b"titre;date\n" + b"Bal;5/1/2027\n" * 100_000 * times,
    "csv, one endless row": lambda times: b"titre;date\n" + b"x;" * 1_500_000 * times,
    "csv, quotes never closed": lambda times: b'titre;date\n"' + b"x" * 3_000_000 * times,
    "xlsx, rows": lambda times: a_sheet_of(100_000 * times),
    "xlsx, shared texts": lambda times: shared(100_000 * times),
    "json, lists": lambda times: b"[" + b"[]," * 1_000_000 * times + b"[]]",
    "json, depth": lambda times: b'{"events": ' * 100_000 * times,
    "json, dates": lambda times: json.dumps(
        [{"uid": 1, "title": "Bal", "timings": [{"begin": "2027-01-05T20:00"}] * 70_000 * times}]
    ).encode(),
    "ics, events": lambda times: b"BEGIN:VCALENDAR\n" + b"BEGIN:VEVENT\nEND:VEVENT\n" * 61_000 * times,
    "ics, one endless line": lambda times: (
        b"BEGIN:VEVENT\nSUMMARY:" + b"x" * 3_000_000 * times + b"\nEND:VEVENT\n"
    ),
    "ics, one endless event": lambda times: (
        b"BEGIN:VEVENT\n" + b"X-A:1\n" * 400_000 * times + b"END:VEVENT\n"
    ),
    "ics, lines folded": lambda times: (
        b"BEGIN:VEVENT\nSUMMARY:x\n" + b" x\n" * 900_000 * times + b"END:VEVENT\n"
    ),
    "html, scripts": lambda times: b"<script ld+json>" * 180_000 * times,
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_file_made_to_fill_the_memory_is_read_within_it_or_refused_with_a_sentence(name):
    try:
        parse_programme(BOMBS[name](10 if FULL else 1))
    except UnreadableFile as refusal:
        assert refusal.sentence
    sys.stdout.write(f"{name}: {peak()} MiB\n")
    assert peak() <= MOST
