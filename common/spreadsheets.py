"""Tables that people open in a spreadsheet: read from CSV or XLSX as they write them, written so that no cell acts.

Nothing of a workbook is ever computed or run: formulas count by the value that the spreadsheet kept, macros and
links stay unread (safety: formulas in exports, uploads).
"""

import csv
import io
import re
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import chain, islice
from typing import Any

from openpyxl import Workbook, load_workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font

from common.reading import MAX_COLUMNS, UnreadableFile, read_text, separator_of

Cell = str | int | None

MAX_UNPACKED = 40 * 1024 * 1024  # bytes of a workbook once unzipped; a table of 2 000 partners has 5
MAX_PARTS = 500
MAX_SHEET_ROWS = 1_048_576  # of a spreadsheet, blank ones included
WANTED = "Envoyez un tableau XLSX ou CSV."
BROKEN = "Ce classeur est abîmé, ou n'est pas un XLSX. Ouvrez-le et enregistrez-le au format XLSX ou CSV."
BROKEN_ROW = (
    "Un guillemet est mal placé ou n'est pas refermé à la ligne {}, ou un texte y est démesuré. Corrigez-la."
)
# A spreadsheet computes a text that begins like this; an apostrophe before it says that it is a text.
ACTS = re.compile("'*(?:[\t\r\n]|\\s*[=+\\-@＝＋－＠])")
MARKED = re.compile(f"'(?={ACTS.pattern})")
# Control characters, and marks that turn the direction of writing around.
UNPRINTABLE = re.compile(
    "[\x00-\x08\x0b-\x0c\x0e-\x1f\x7f-\x9f\u200b\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]"
)


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table: its headings, then its rows from row 2 on, blank ones kept so that rows count as people see them."""

    headings: Sequence[str]
    rows: Sequence[Sequence[str]]


def read_sheet(content: bytes, *, known: Callable[[Sequence[str]], int], max_rows: int) -> Sheet:
    """The first sheet of an XLSX, or a CSV with any usual encoding and separator, told by its content.

    `known` counts the headings that make sense. Every row has as many cells as there are headings. Raises
    UnreadableFile with a sentence for a file that is neither, too large once unzipped, or of more than `max_rows`.
    """
    rows = _workbook_rows(content) if content.startswith(b"PK\x03\x04") else _text_rows(content, known)
    headings = [" ".join(cell.split()) for cell in next(rows, [])]
    while headings and not headings[-1]:
        headings.pop()
    if not 0 < len(headings) <= MAX_COLUMNS:
        raise UnreadableFile("Nous n'avons pas pu lire la première ligne, qui doit nommer les colonnes.")
    kept = list(_aligned(rows, width=len(headings), max_rows=max_rows))
    while kept and not any(kept[-1]):
        kept.pop()
    if not kept:
        raise UnreadableFile(
            "Ce tableau n'a aucune ligne sous ses titres de colonnes. Remplissez-en au moins une."
        )
    return Sheet(headings, kept)


def _aligned(rows: Iterator[Sequence[str]], *, width: int, max_rows: int) -> Iterator[list[str]]:
    blank: list[str] = [""] * width
    filled = 0
    for number, cells in enumerate(rows, 2):
        if any(cells[width:]):
            raise UnreadableFile(
                f"La ligne {number} a plus de cases que la première ligne n'a de titres. Nommez chaque colonne, ou "
                "mettez entre guillemets les textes qui contiennent le séparateur."
            )
        filled += any(cells)
        if filled > max_rows:
            raise UnreadableFile(f"Ce tableau a plus de {max_rows} lignes. Coupez-le en deux.")
        yield [*cells[:width], *blank[len(cells) :]]


def _text_rows(content: bytes, known: Callable[[Sequence[str]], int]) -> Iterator[list[str]]:
    separator, text = separator_of(read_text(content, wanted=WANTED), known=known)
    number = 0
    try:
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
        for cells in reader:
            number += 1
            yield [plain(cell) for cell in cells]
    except csv.Error:
        raise UnreadableFile(BROKEN_ROW.format(number + 1)) from None


def _workbook_rows(content: bytes) -> Iterator[list[str]]:
    _refuse_bomb(content)
    try:
        workbook = load_workbook(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
        sheet = workbook.worksheets[0]
        sheet.reset_dimensions()  # what a file says of its own size may be anything
        rows = sheet.iter_rows(max_col=MAX_COLUMNS + 1, values_only=True)
        for cells in islice(rows, MAX_SHEET_ROWS):
            yield [plain(_written(cell)) for cell in cells]
    # Whatever a broken or hostile workbook makes its reader stumble on, the answer is the same.
    except Exception as error:
        raise UnreadableFile(BROKEN) from error


def _refuse_bomb(content: bytes) -> None:
    """Refuse a workbook that unzips to more than it may: no part unzips to more than it says here."""
    try:
        parts = zipfile.ZipFile(io.BytesIO(content)).infolist()
    except (zipfile.BadZipFile, ValueError, OverflowError, NotImplementedError) as error:
        raise UnreadableFile(BROKEN) from error
    if len(parts) > MAX_PARTS or sum(part.file_size for part in parts) > MAX_UNPACKED:
        raise UnreadableFile(
            "Ce classeur contient beaucoup plus que son tableau. Copiez le tableau dans un nouveau classeur, ou "
            "enregistrez-le en CSV."
        )


def _written(value: Any) -> str:
    """A cell of a workbook as somebody would type it: 69100 and not 69100.0, oui and not True."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "oui" if value else "non"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime | date):
        return value.isoformat()
    return str(value)


def plain(text: str) -> str:
    """A cell without what can't be printed, spaces around it, or the mark that `marked` puts before it."""
    return MARKED.sub(
        "", UNPRINTABLE.sub("", text.strip()).replace("\r\n", "\n").replace("\r", "\n"), count=1
    ).strip()


def marked(text: str) -> str:
    """`text` with an apostrophe before it where a spreadsheet would compute it; `plain` takes it off again."""
    return f"'{text}" if ACTS.match(text) else text


def write_csv(headings: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    """A CSV that a French Excel opens by a double click: semicolons, UTF-8 with its mark; no cell acts."""
    lines = io.StringIO(newline="")
    writer = csv.writer(lines, delimiter=";", quoting=csv.QUOTE_MINIMAL)
    for row in chain([headings], rows):
        writer.writerow([marked(UNPRINTABLE.sub("", "" if cell is None else str(cell))) for cell in row])
    return b"\xef\xbb\xbf" + lines.getvalue().encode()


def write_xlsx(headings: Sequence[str], rows: Iterable[Sequence[Cell]], *, title: str) -> bytes:
    """A workbook of one sheet, its headings in bold and in sight; every text is stored as a text, whatever it says."""
    workbook = Workbook(write_only=True)
    sheet = workbook.create_sheet(title[:31])
    sheet.freeze_panes = "A2"
    sheet.append([_cell(sheet, heading, bold=True) for heading in headings])
    for row in rows:
        sheet.append([_cell(sheet, cell) for cell in row])
    file = io.BytesIO()
    workbook.save(file)
    return file.getvalue()


def _cell(sheet: Any, value: Cell, *, bold: bool = False) -> WriteOnlyCell:
    if not isinstance(value, str):
        return WriteOnlyCell(sheet, value)
    text = UNPRINTABLE.sub("", value)
    cell = WriteOnlyCell(sheet, marked(text) if text.startswith("'") else text)
    cell.data_type = "s"
    cell.quotePrefix = bool(ACTS.match(text))  # stays a text when somebody edits it
    if bold:
        cell.font = Font(bold=True)
    return cell
