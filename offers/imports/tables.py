"""Where the table stands in a file: which sheet or separator, which row names the columns (C2)."""

import csv
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import chain, islice

from common.reading import MAX_COLUMNS, SEPARATOR_LINE, SEPARATORS, UnreadableFile
from offers.imports.columns import LONGEST, NEEDED, recognised, simplified
from offers.imports.texts import one_line
from offers.imports.workbook import WITHOUT_VALUE, Numbered, Workbook

LOOKED_AT = 30  # rows among which the one that names the columns is looked for
ROW_MAX = 4_000_000  # characters: more than all texts of an event together may have
LINE = re.compile(r"[^\r\n]*(?:\r\n?|\n)|[^\r\n]+\Z")
SAMPLES = 3


class BrokenRow(Exception):
    """A row that can't be told from those after it: (number, French sentence)."""


@dataclass(frozen=True, slots=True)
class Table:
    """A table: what its columns are called, which of them are known, and the rows below them."""

    headings: list[str]
    columns: dict[str, int]
    rows: Iterator[Numbered]

    @property
    def signature(self) -> str:
        """The same for every table whose columns are called the same, in the same order."""
        return sha256("|".join(map(simplified, self.headings)).encode()).hexdigest()

    @property
    def missing(self) -> list[str]:
        """What no column is known to say, though a programme can't do without it."""
        return [name for name, abouts in NEEDED.items() if not any(about in self.columns for about in abouts)]

    def samples(self) -> list[list[str]]:
        """For each column the first things that it says; takes rows away, so a table is asked once."""
        told: list[list[str]] = [[] for _ in self.headings]
        try:
            for _, cells in islice(self.rows, LOOKED_AT):
                for said, cell in zip(told, cells, strict=False):
                    if cell.strip() and len(said) < SAMPLES:
                        said.append(one_line(cell[:60]))
        except BrokenRow:
            pass  # what is wrong with it is said once the file is read
        return told


def table_of_text(text: str) -> Table:
    """The table in a CSV. Raises UnreadableFile where its first rows name nothing."""
    declared = SEPARATOR_LINE.match(text)
    if declared:
        text = text[declared.end() :]
    separator = declared[1] if declared else max(SEPARATORS, key=lambda sign: _sense(text, sign))
    return _table(_rows_of_text(text, separator))


def table_of_workbook(workbook: Workbook) -> Table:
    """The table of the first sheet that names a title and a date, else of the first that holds something."""
    tables: list[Table] = []
    refusal = UnreadableFile("Ce classeur est vide. Vérifiez l'export, puis envoyez-le à nouveau.")
    for sheet in workbook.sheets:
        try:
            tables.append(_table(_filled(workbook.rows(sheet))))
        except UnreadableFile as problem:
            refusal = problem
    if not tables:
        raise refusal
    return next((table for table in tables if not table.missing), tables[0])


def with_columns(table: Table, columns: Mapping[str, int] | None) -> Table:
    """`table` read under the columns that somebody chose, where they chose; those beyond its last are left out."""
    if columns is None:
        return table
    chosen = {about: rank for about, rank in columns.items() if 0 <= rank < len(table.headings)}
    return Table(table.headings, chosen, table.rows)


def _sense(text: str, separator: str) -> tuple[int, int]:
    """How much sense the first rows make under `separator`: the known headings, then the cells, of the best one."""
    best = (0, 0)
    try:
        for _, cells in islice(_rows_of_text(text, separator), LOOKED_AT):
            best = max(best, (len(recognised(cells[:MAX_COLUMNS])), len(cells)))
    except BrokenRow:
        pass
    return best


class _EndlessRow(Exception):
    """A row that is longer than all that an event may say."""


class _Lines:
    """The lines of a text, one at a time: whoever reads a row of them starts counting `row` anew.

    No copy of the text is made, and a row without end is refused before it fills the memory.
    """

    def __init__(self, text: str) -> None:
        self._found, self.row = LINE.finditer(text), 0

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        line = next(self._found)
        self.row += line.end() - line.start()
        if self.row > ROW_MAX:
            raise _EndlessRow
        return line[0]


def _rows_of_text(text: str, separator: str) -> Iterator[Numbered]:
    lines = _Lines(text)
    reader = csv.reader(lines, delimiter=separator, strict=True)
    number = 0
    try:
        for number, cells in enumerate(reader, 1):
            lines.row = 0
            if any(map(str.strip, cells)):
                yield number, cells
    except (csv.Error, _EndlessRow):
        raise BrokenRow(
            number + 1,
            "Un guillemet est mal placé ou n'est pas refermé, ou un texte est démesuré. Corrigez cette ligne.",
        ) from None


def _filled(rows: Iterable[Numbered]) -> Iterator[Numbered]:
    """The rows that say something; formulas prepared for rows to come, which have no value yet, say nothing."""
    for number, cells in rows:
        if any(cell.strip() and cell != WITHOUT_VALUE for cell in cells):
            yield number, cells


def _table(rows: Iterator[Numbered]) -> Table:
    """The table below the first row that names a title and a date, else below the one that names most."""
    first: list[Numbered] = []
    broken = None
    try:
        first.extend(islice(rows, LOOKED_AT))
    except BrokenRow as problem:
        broken = problem
    ranked = [(_names(cells), -rank) for rank, (_, cells) in enumerate(first)]
    if not ranked:
        if broken:
            raise UnreadableFile("Nous n'avons pas pu lire la première ligne, qui doit nommer les colonnes.")
        raise UnreadableFile("Ce tableau est vide. Vérifiez l'export, puis envoyez-le à nouveau.")
    rank = -max(ranked)[1]
    headings = [" ".join(cell.replace("\ufeff", "").split()) for cell in first[rank][1]]
    if not 0 < len(headings) <= MAX_COLUMNS:
        raise UnreadableFile("Nous n'avons pas pu lire la première ligne, qui doit nommer les colonnes.")
    _refuse_endless(headings)
    return Table(headings, recognised(headings), chain(first[rank + 1 :], _rest(rows, broken)))


def _rest(rows: Iterator[Numbered], broken: BrokenRow | None) -> Iterator[Numbered]:
    if broken:
        raise broken
    yield from rows


def _names(cells: Sequence[str]) -> tuple[bool, int]:
    """Whether a row names what a programme needs, and how many columns it names."""
    columns = recognised(cells[:MAX_COLUMNS])
    whole = all(any(about in columns for about in abouts) for abouts in NEEDED.values())
    return whole, 0 if whole else len(columns)


def _refuse_endless(headings: Sequence[str]) -> None:
    for number, heading in enumerate(headings, 1):
        if len(heading) > LONGEST:
            raise UnreadableFile(
                f"Le titre de la colonne {number} a {len(heading)} caractères, au plus {LONGEST} sont lus. La première "
                "ligne du tableau doit nommer les colonnes en quelques mots, comme « titre » et « date »."
            )
