"""Programmes as a table: CSV with any usual separator, one row a date (C2).

Rows with the same identity are dates of one event. The identity is the identifier column; else the page's
address, unless several titles share it; else title and place.
"""

import csv
import io
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from urllib.parse import urlsplit

from common.reading import MAX_COLUMNS, UnreadableFile, separator_of
from common.text import normalise
from offers.imports.columns import LONGEST, recognised
from offers.imports.kinds import Kind, kind_named
from offers.imports.limits import Quota
from offers.imports.moments import BadMoment, Moment, is_time, read_moment, read_time, slot
from offers.imports.openagenda import read_openagenda, recognises
from offers.imports.records import (
    Findings,
    ImportedEvent,
    ImportedPerformance,
    Note,
    Parsed,
    Problem,
    Skipped,
)
from offers.imports.texts import BadText, full_postcode, one_line, paragraphs, web_address

SOURCE = "csv"
YES, NO = {"oui", "yes", "x", "1", "true", "vrai"}, {"non", "no", "0", "false", "faux"}
AIDS = {
    "wheelchair": re.compile(r"pmr|fauteuil|moteur|wheelchair|mobilite reduite"),
    "hearing_loop": re.compile(r"boucle|hearing loop"),
    "sign_language": re.compile(r"lsf|langue des signes|sign language"),
    "audio_description": re.compile(r"audio.?description"),
}
DENIAL = re.compile(r"\b(?:non|pas|sans|no|not|inaccessible)\b")
MAX_AGE, MAX_MINUTES = 120, 24 * 60
SEATS_NOTE = (
    "La colonne « {} » n'est pas reprise : chaque date arrive avec 0 place. Donnez ensuite sur le portail celles "
    "que vous offrez."
)


class BadCell(ValueError):
    """A cell that can't be taken in: (heading, French sentence)."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the table under its headings; `cell("title")` is "" where there is no such column."""

    number: int
    headings: Sequence[str]
    columns: dict[str, int]
    cells: Sequence[str]

    def cell(self, about: str) -> str:
        index = self.columns.get(about)
        return self.cells[index].strip() if index is not None and index < len(self.cells) else ""

    def heading(self, *abouts: str) -> str:
        return next((self.headings[self.columns[about]] for about in abouts if about in self.columns), "")

    def refuse(self, about: str, sentence: str) -> BadCell:
        return BadCell(self.heading(about), sentence)


def read_table(text: str, *, quota: Quota) -> Parsed:
    """Read a CSV programme.

    Raises UnreadableFile when its first row doesn't name a title and a date, or more rows follow than `quota` allows.
    """
    separator, text = separator_of(text, known=lambda headings: len(recognised(headings)))
    found = Findings()
    table = _rows(found, csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True))
    _, cells = next(table, (0, []))
    if not 0 < len(cells) <= MAX_COLUMNS:
        raise UnreadableFile("Nous n'avons pas pu lire la première ligne, qui doit nommer les colonnes.")
    headings = [" ".join(cell.replace("\ufeff", "").split()) for cell in cells]
    _refuse_endless(headings)
    columns = recognised(headings)
    of_agenda = recognises(dict.fromkeys(headings))
    if not of_agenda:
        _refuse_without_dates(headings, columns)
    rows = _aligned(
        found, (Row(number, headings, columns, cells) for number, cells in _counted(table, quota))
    )
    if of_agenda:
        _read_agenda_rows(found, rows, quota)
    else:
        _read_rows(found, rows)
    return found.parsed()


def _rows(found: Findings, reader: Iterator[list[str]]) -> Iterator[tuple[int, list[str]]]:
    """The rows that hold something, each with its number; a broken quote is an error and ends the table."""
    number = 0
    try:
        for number, cells in enumerate(reader, 1):
            if any(map(str.strip, cells)):
                yield number, cells
    except csv.Error:
        sentence = (
            "Un guillemet est mal placé ou n'est pas refermé, ou un texte est démesuré. Corrigez cette ligne."
        )
        found.errors.append(Problem(number + 1, "", sentence))


def _counted(table: Iterator[tuple[int, list[str]]], quota: Quota) -> Iterator[tuple[int, list[str]]]:
    """The rows of the table, refused as a whole at the first one that is too many."""
    for count, row in enumerate(table, 1):
        quota.check_rows(count)
        yield row


def _refuse_endless(headings: Sequence[str]) -> None:
    for number, heading in enumerate(headings, 1):
        if len(heading) > LONGEST:
            raise UnreadableFile(
                f"Le titre de la colonne {number} a {len(heading)} caractères, au plus {LONGEST} sont lus. La première "
                "ligne du tableau doit nommer les colonnes en quelques mots, comme « titre » et « date »."
            )


def _refuse_without_dates(headings: Sequence[str], columns: dict[str, int]) -> None:
    missing = [
        name
        for name, abouts in (("de titre", ("title",)), ("de date", ("starts", "day")))
        if not any(about in columns for about in abouts)
    ]
    if missing:
        shown = ", ".join(f"« {one_line(heading[:60])} »" for heading in headings[:8] if heading)
        raise UnreadableFile(
            f"Ce tableau n'a pas de colonne {' ni '.join(missing)}. Sa première ligne doit nommer les colonnes, "
            f"au moins « titre » et « date ». Colonnes lues : {shown}{'…' if len(headings) > 8 else ''}."
        )


def _aligned(found: Findings, rows: Iterable[Row]) -> list[Row]:
    """The rows whose cells stand under their headings; the others are errors."""
    aligned = []
    for row in rows:
        if any(map(str.strip, row.cells[len(row.headings) :])):
            sentence = (
                f"Cette ligne a {len(row.cells)} cellules pour {len(row.headings)} colonnes : un séparateur est en "
                "trop, ou un texte qui en contient n'est pas entre guillemets."
            )
            found.errors.append(Problem(row.number, "", sentence))
        else:
            aligned.append(row)
    return aligned


def _read_agenda_rows(found: Findings, rows: Iterable[Row], quota: Quota) -> None:
    """The columns of an agenda's JSON export as a table: each row is read as one element of that export."""
    for row in rows:
        fields = {heading: cell for heading, cell in zip(row.headings, row.cells, strict=False) if cell}
        found.add(read_openagenda([fields], quota=quota, first_row=row.number))


def _read_rows(found: Findings, rows: Sequence[Row]) -> None:
    if rows and (seats := rows[0].heading("seats")):
        found.notes.append(Note(1, SEATS_NOTE.format(seats)))
    shared = _shared_addresses(rows)
    for row in rows:
        _read_row(found, row, shared)


def _shared_addresses(rows: Sequence[Row]) -> set[str]:
    """The addresses that don't tell one event from another: a home page, or one page for several titles."""
    titles = defaultdict(set)
    for row in rows:
        titles[row.cell("url")].add(normalise(row.cell("title")))
    return {url for url, names in titles.items() if len(names) > 1 or _page_of(url) in ("", "/")}


def _page_of(url: str) -> str:
    """The path of an address with its query; "" for what isn't one."""
    try:
        parts = urlsplit(web_address(url))
    except BadText:
        return ""
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def _read_row(found: Findings, row: Row, shared: set[str]) -> None:
    if normalise(row.cell("status")).startswith(("annul", "cancel", "report", "postpon")):
        found.skipped.append(
            Skipped(
                row.number,
                "Annulé ou reporté dans votre fichier. Si cette date est déjà sur le portail, annulez-la là-bas : "
                "les personnes qui ont réservé seront prévenues.",
            )
        )
        return
    try:
        performance, note = _performance(row)
        found.events.append(_event(row, performance, shared))
    except BadCell as problem:
        heading, sentence = problem.args
        found.errors.append(Problem(row.number, heading, sentence))
        return
    if note:
        found.notes.append(Note(row.number, note))


def _event(row: Row, performance: ImportedPerformance, shared: set[str]) -> ImportedEvent:
    title = _line(row, "title")
    if not title:
        raise row.refuse("title", "Le titre manque. Écrivez le nom de l'événement dans cette cellule.")
    stated = kind_named(row.cell("kind"))
    return ImportedEvent(
        row=row.number,
        source=SOURCE,
        source_uid=_identity(row, title, shared),
        title=title,
        performances=(performance,),
        kind=stated or kind_named(title) or Kind.OTHER,
        kind_stated=stated is not None,
        description=_cleaned(row, "description"),
        age_min=_age(row),
        duration_minutes=_minutes(row),
        languages=_line(row, "languages"),
        purchase_url=_address(row),
        purchase_info=_line(row, "conditions"),
        place_name=_line(row, "place"),
        place_address=_line(row, "address"),
        place_postcode=full_postcode(_line(row, "postcode")),
        place_city=_line(row, "city"),
        contact=_line(row, "contact"),
        **_aids(row),
    )


def _identity(row: Row, title: str, shared: set[str]) -> str:
    if uid := row.cell("uid"):
        return _key("id", uid)
    if (url := row.cell("url")) and url not in shared:
        return _key("page", url)
    return _key("titre", normalise(title), normalise(row.cell("place")), normalise(row.cell("city")))


def _key(way: str, *parts: str) -> str:
    return f"{way}:{sha256('|'.join(parts).encode(errors='replace')).hexdigest()}"


def _performance(row: Row) -> tuple[ImportedPerformance, str]:
    begin = _begin(row)
    end = _end(row, begin)
    return _understood(row, "ends" if row.cell("ends") else "end_time", slot, begin, end)


def _begin(row: Row) -> Moment:
    """The begin: "starts" or "day", with the time that stands in the same cell or in the time column."""
    about = (
        "starts" if row.cell("starts") and not (is_time(row.cell("starts")) and row.cell("day")) else "day"
    )
    if not (text := row.cell(about)):
        raise BadCell(row.heading("starts", "day"), "La date manque. Écrivez-la comme 31/12/2026 20:30.")
    day: Moment = _understood(row, about, read_moment, text)
    clock = next((a for a in ("time", "starts") if row.cell(a) and a != about), None)
    if day.timed or clock is None:
        return day
    return Moment(day.day, _understood(row, clock, read_time, row.cell(clock)))


def _end(row: Row, begin: Moment) -> Moment | None:
    """The end, whose day or whose time alone may be given; the day is then the begin's."""
    text, clock = row.cell("ends"), row.cell("end_time")
    if is_time(text):
        text, clock = "", text
    end: Moment | None = _understood(row, "ends", read_moment, text) if text else None
    if not clock or (end and end.timed):
        return end
    about = "end_time" if row.cell("end_time") else "ends"
    return Moment(end.day if end else begin.day, _understood(row, about, read_time, clock))


def _line(row: Row, about: str) -> str:
    return _understood(row, about, one_line, row.cell(about))


def _cleaned(row: Row, about: str) -> str:
    return _understood(row, about, paragraphs, row.cell(about))


def _understood(row: Row, about: str, read: Callable[..., Any], *values: Any) -> Any:
    try:
        return read(*values)
    except (BadMoment, BadText) as problem:
        raise row.refuse(about, str(problem)) from None


def _address(row: Row) -> str:
    address: str = _understood(row, "url", web_address, row.cell("url"))
    if row.cell("url") and not address:
        raise row.refuse(
            "url", "Cette adresse n'est pas complète. Écrivez-la comme https://www.exemple.fr/spectacle."
        )
    return address


def _age(row: Row) -> int | None:
    """« dès 6 ans », « 6-10 ans » and « 6 » are 6; « tout public » says nothing."""
    found = re.search(r"\d+", row.cell("age"))
    age = int(found[0][:4]) if found else 0
    if age > MAX_AGE:
        raise row.refuse("age", f"Un âge de {age} ans n'est pas possible. Écrivez l'âge minimum, comme 6.")
    return age or None


def _minutes(row: Row) -> int | None:
    """« 1h30 », « 1:30 », « 2 heures », « 90 min » and « 90 », in minutes; « variable » says nothing."""
    text = normalise(row.cell("duration"))
    hours = re.search(r"(\d{1,3})\s*(?:h[a-z]*|:)\s*(\d{2})?", text)
    plain = re.search(r"\d{1,5}", text)
    minutes = int(plain[0]) if plain else 0
    if hours:
        minutes = int(hours[1]) * 60 + int(hours[2] or 0)
    if minutes > MAX_MINUTES:
        raise row.refuse(
            "duration", "Une durée de plus de 24 heures n'est pas possible. Écrivez-la comme 1h30."
        )
    return minutes or None


def _aids(row: Row) -> dict[str, Any]:
    """What the table says of accessibility: yes or no in a column of its own, or named in a text without "non"."""
    text = normalise(row.cell("accessibility"))
    aids = {} if DENIAL.search(text) else {aid: True for aid, words in AIDS.items() if words.search(text)}
    for aid in AIDS:
        word = normalise(row.cell(aid))
        if word and word not in YES | NO:
            raise row.refuse(
                aid, f"« {one_line(row.cell(aid)[:40])} » n'est pas clair ici. Écrivez oui ou non."
            )
        if word:
            aids[aid] = word in YES
    return aids
