"""XLSX: the rows of a sheet as text, one after the other (C2).

A workbook is a ZIP of XML. It is read as a stream, by expat alone: no tree is built that a bomb could unfold in
memory, what a sheet says of its own size is never asked, and a formula without a saved value is told from an
empty cell. Dates leave as "2026-12-31 20:30", truths as "oui" and "non", numbers as people write them.
"""

import io
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime, time
from posixpath import join, normpath
from xml.parsers import expat

from openpyxl.styles.numbers import BUILTIN_FORMATS, is_date_format
from openpyxl.utils.datetime import CALENDAR_MAC_1904, CALENDAR_WINDOWS_1900, from_excel

from common.reading import MAX_COLUMNS, UnreadableFile

SIGNATURE = b"PK\x03\x04"
MAX_UNFOLDED = 256 * 1024 * 1024  # of the whole archive: about a million filled cells
MAX_TEXTS = 32 * 1024 * 1024  # of the texts that cells share, which are kept in memory
MAX_SHARED = 1_000_000
MAX_RATIO, RATIO_FROM = 200, 1024 * 1024  # spreadsheets fold 5 to 60 times smaller, bombs a thousand
MAX_ENTRIES = 2_000
LAST_ROW = 1_048_576  # of any sheet
CHUNK = 64 * 1024

WITHOUT_VALUE = "#SANS-VALEUR!"  # stands for a formula whose result the file doesn't hold
BROKEN = re.compile(r"#(?:REF!|N/A|VALUE!|DIV/0!|NAME\?|NUM!|NULL!|SANS-VALEUR!)")

ABROAD = (
    "Ce fichier est une archive, mais pas un classeur Excel (XLSX). Enregistrez le tableau en XLSX ou en CSV."
)
DAMAGED = "Ce classeur est abîmé ou incomplet. Ouvrez-le dans votre tableur, puis enregistrez-le à nouveau."
TOO_LARGE = (
    "Ce classeur est démesuré une fois décompressé. Copiez le tableau du programme dans un nouveau classeur."
)
LOCKED = "Ce classeur est protégé par un mot de passe. Enregistrez-le sans mot de passe."

Attributes = Mapping[str, str]
Numbered = tuple[int, list[str]]


class Workbook:
    """The visible sheets of an XLSX. Raises UnreadableFile for what is none, is damaged, or unfolds too large."""

    def __init__(self, content: bytes) -> None:
        self._archive = _opened(content)
        self._names = set(self._archive.namelist())
        if "xl/workbook.xml" not in self._names:
            raise UnreadableFile(ABROAD)
        self.sheets, epoch_1904 = self._visible_sheets()
        self._epoch = CALENDAR_MAC_1904 if epoch_1904 else CALENDAR_WINDOWS_1900
        self._dated = self._dated_styles()
        self._shared = self._shared_texts()

    def rows(self, sheet: str) -> Iterator[Numbered]:
        """The rows of `sheet` that stand in the file, each with its number and its cells as text."""
        reading = _Rows(self._shared, self._dated, self._epoch)
        for _ in self._read(sheet, reading.start, reading.end, reading.text):
            yield from reading.take()

    def _visible_sheets(self) -> tuple[list[str], bool]:
        """The paths of the sheets that people see, in their order; and whether days count from 1904."""
        targets: dict[str, str] = {}
        shown: list[str] = []
        since_1904 = False

        def relation(name: str, about: Attributes) -> None:
            if name == "Relationship" and about.get("TargetMode") != "External":
                targets[about.get("Id", "")] = about.get("Target", "")

        def sheet(name: str, about: Attributes) -> None:
            nonlocal since_1904
            if name == "workbookPr":
                since_1904 = about.get("date1904") in ("1", "true")
            elif name == "sheet" and about.get("state", "visible") == "visible":
                shown.append(next((value for key, value in about.items() if key.endswith(":id")), ""))

        self._walk("xl/_rels/workbook.xml.rels", relation)
        self._walk("xl/workbook.xml", sheet)
        paths = [
            normpath(join("xl", targets[key])) if targets[key][:1] != "/" else targets[key][1:]
            for key in shown
            if key in targets
        ]
        sheets = [path for path in paths if path in self._names and "worksheets/" in path]
        if not sheets:
            raise UnreadableFile(DAMAGED)
        return sheets, since_1904

    def _dated_styles(self) -> set[int]:
        """The numbers of the cell styles that show a number as a date or a time."""
        formats: dict[str, str] = {}
        styles: list[str] = []
        inside = False

        def start(name: str, about: Attributes) -> None:
            nonlocal inside
            if name == "numFmt":
                formats[about.get("numFmtId", "")] = about.get("formatCode", "")[:200]
            elif name == "xf" and inside and len(styles) < MAX_SHARED:
                styles.append(about.get("numFmtId", "0"))
            inside = inside or name == "cellXfs"

        def end(name: str) -> None:
            nonlocal inside
            inside = inside and name != "cellXfs"

        self._walk("xl/styles.xml", start, end)

        def spelled(number: str) -> str:
            known = BUILTIN_FORMATS.get(int(number)) if number.isdecimal() and len(number) < 6 else None
            return formats.get(number) or known or "General"

        return {rank for rank, number in enumerate(styles) if is_date_format(spelled(number))}

    def _shared_texts(self) -> list[str]:
        path = "xl/sharedStrings.xml"
        if path in self._names and self._archive.getinfo(path).file_size > MAX_TEXTS:
            raise UnreadableFile(TOO_LARGE)
        texts: list[str] = []
        words = _Words()

        def start(name: str, about: Attributes) -> None:
            if len(texts) > MAX_SHARED:
                raise UnreadableFile(TOO_LARGE)
            words.start(name)

        def end(name: str) -> None:
            words.end(name)
            if name == "si":
                texts.append(words.take())

        self._walk(path, start, end, words.text)
        return texts

    def _walk(
        self,
        path: str,
        start: Callable[[str, Attributes], None],
        end: Callable[[str], None] = lambda name: None,
        text: Callable[[str], None] = lambda text: None,
    ) -> None:
        """Read an entry of the archive to its end, where there is one."""
        if path in self._names:
            for _ in self._read(path, start, end, text):
                pass

    def _read(
        self,
        path: str,
        start: Callable[[str, Attributes], None],
        end: Callable[[str], None],
        text: Callable[[str], None],
    ) -> Iterator[None]:
        """Hand the tags and texts of an entry over, pausing after each piece of the file."""
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartElementHandler = lambda name, about: start(name.rpartition(":")[2], about)
        parser.EndElementHandler = lambda name: end(name.rpartition(":")[2])
        parser.CharacterDataHandler = text
        parser.StartDoctypeDeclHandler = _refuse_declarations
        try:
            with self._archive.open(path) as stream:
                while piece := stream.read(CHUNK):
                    parser.Parse(piece, False)
                    yield
                parser.Parse(b"", True)
                yield
        except (expat.ExpatError, zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError) as problem:
            raise UnreadableFile(DAMAGED) from problem
        except (NotImplementedError, RuntimeError) as problem:  # a way of folding that Python doesn't know
            raise UnreadableFile(LOCKED) from problem


class _Words:
    """The text of a cell, in one piece or in runs; how it is to be pronounced is left out."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._reading = False
        self._aside = False

    def start(self, name: str) -> None:
        self._aside = self._aside or name == "rPh"
        self._reading = name == "t" and not self._aside

    def end(self, name: str) -> None:
        self._aside = self._aside and name != "rPh"
        self._reading = False

    def text(self, text: str) -> None:
        if self._reading:
            self._parts.append(text)

    def take(self) -> str:
        words = "".join(self._parts)
        self._parts.clear()
        return words


class _Rows:
    """Rows of a sheet, gathered cell by cell; `take` hands over those that are whole."""

    def __init__(self, shared: list[str], dated: set[int], epoch: datetime) -> None:
        self._shared, self._dated, self._epoch = shared, dated, epoch
        self._ready: list[Numbered] = []
        self._cells: list[str] = []
        self._words = _Words()
        self._number = self._column = 0
        self._about: Attributes = {}
        self._value: list[str] | None = None
        self._formula = False

    def take(self) -> list[Numbered]:
        ready, self._ready = self._ready, []
        return ready

    def start(self, name: str, about: Attributes) -> None:
        self._words.start(name)
        if name == "row":
            self._number = _within(about.get("r"), LAST_ROW) or self._number + 1
            self._cells, self._column = [], 0
        elif name == "c":
            self._about, self._formula = about, False
            self._column = _column_of(about.get("r", "")) or self._column + 1
        elif name == "v":
            self._value = []
        elif name == "f":
            self._formula = True

    def text(self, text: str) -> None:
        if self._value is not None:
            self._value.append(text)
        else:
            self._words.text(text)

    def end(self, name: str) -> None:
        self._words.end(name)
        if name == "c":
            self._put(self._read_cell())
            self._value = None
        elif name == "v" and self._value is not None:
            self._value = ["".join(self._value)]
        elif name == "row" and self._cells:
            self._ready.append((self._number, self._cells))

    def _read_cell(self) -> str:
        written = self._words.take()
        value = "".join(self._value or ()).strip()
        kind = self._about.get("t", "n")
        if kind == "inlineStr":
            return written
        if not value:
            return WITHOUT_VALUE if self._formula and kind != "str" else ""
        if kind == "s":
            rank = _within(value, len(self._shared) - 1)
            return self._shared[rank] if rank is not None else ""
        if kind == "b":
            return "oui" if value == "1" else "non"
        if kind in ("str", "e", "d"):
            return "".join(self._value or ())
        return self._number_told(value)

    def _number_told(self, value: str) -> str:
        try:
            number = float(value)
            if self._about.get("s") and _within(self._about["s"], MAX_SHARED) in self._dated:
                return _moment_told(from_excel(number, self._epoch))
            return f"{number:.15g}" if abs(number) < 1e15 else value
        except (ValueError, OverflowError):
            return value

    def _put(self, text: str) -> None:
        """Columns that are too many count as one, the last: there only matters that something stands there."""
        if not text:
            return
        rank = min(self._column - 1, MAX_COLUMNS)
        self._cells.extend([""] * (rank + 1 - len(self._cells)))
        self._cells[rank] = text


def _moment_told(moment: object) -> str:
    if isinstance(moment, datetime):
        return f"{moment:%Y-%m-%d}" if moment.time() == time() else f"{moment:%Y-%m-%d %H:%M}"
    if isinstance(moment, date):
        return moment.isoformat()
    if isinstance(moment, time):
        return f"{moment:%H:%M}"
    return str(moment or "")


def _column_of(reference: str) -> int:
    """The column of "AB12", the first one is 1; 0 for anything else."""
    letters = reference.rstrip("0123456789")
    if not (0 < len(letters) <= 3 and letters.isascii() and letters.isalpha()):
        return 0
    column = 0
    for letter in letters.upper():
        column = column * 26 + ord(letter) - 64
    return column


def _within(text: str | None, most: int) -> int | None:
    """The number that `text` writes, if it lies between 0 and `most`."""
    if not text or len(text) > 9 or not (text.isascii() and text.isdecimal()):
        return None
    return int(text) if int(text) <= most else None


def _refuse_declarations(*_: object) -> None:
    raise ValueError("no workbook declares a document type: entities could unfold without end")


def _opened(content: bytes) -> zipfile.ZipFile:
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as problem:
        raise UnreadableFile(DAMAGED) from problem
    entries = archive.infolist()
    if any(entry.flag_bits & 1 for entry in entries):
        raise UnreadableFile(LOCKED)
    folded = any(
        entry.file_size > RATIO_FROM and entry.file_size > MAX_RATIO * max(entry.compress_size, 1)
        for entry in entries
    )
    if folded or len(entries) > MAX_ENTRIES or sum(entry.file_size for entry in entries) > MAX_UNFOLDED:
        raise UnreadableFile(TOO_LARGE)
    return archive
