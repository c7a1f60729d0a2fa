"""Programmes as a table, CSV or XLSX: one row a date (C2).

Rows with the same identity are dates of one event. The identity is the identifier column; else the page's
address, unless several titles share it; else title and place.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings

from common.reading import UnreadableFile
from common.text import normalise
from offers.imports.fields import BadField, understood
from offers.imports.kinds import Kind, kind_named
from offers.imports.limits import Quota
from offers.imports.moments import Moment, is_time, read_moment, read_time, slot
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
from offers.imports.tables import BrokenRow, Table
from offers.imports.texts import BadText, full_postcode, one_line, paragraphs, web_address
from offers.imports.workbook import BROKEN, Numbered

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
    "La colonne « {} » n'est pas reprise : ce sont sans doute toutes les places de la salle. Pour reprendre celles que "
    "vous offrez, nommez une colonne « places offertes »."
)


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

    def refuse(self, about: str, sentence: str) -> BadField:
        return BadField(self.heading(about), sentence)


def read_table(table: Table, *, quota: Quota) -> Parsed:
    """Read a programme from `table`, one row a date.

    Raises UnreadableFile when no column says a title or a date, or more rows follow than `quota` allows.
    """
    found = Findings()
    of_agenda = recognises(dict.fromkeys(table.headings))
    if not of_agenda:
        refuse_without_dates(table)
    rows = _aligned(
        found,
        (
            Row(number, table.headings, table.columns, cells)
            for number, cells in _counted(found, table.rows, quota)
        ),
    )
    if of_agenda:
        _read_agenda_rows(found, rows, quota)
    else:
        _read_rows(found, rows, quota)
    return found.parsed()


def _counted(found: Findings, rows: Iterator[Numbered], quota: Quota) -> Iterator[Numbered]:
    """The rows of the table, refused as a whole at the first one that is too many; a broken one is an error and
    ends the table."""
    try:
        for count, row in enumerate(rows, 1):
            quota.check_rows(count)
            yield row
    except BrokenRow as problem:
        number, sentence = problem.args
        found.errors.append(Problem(number, "", sentence))


def refuse_without_dates(table: Table) -> None:
    """Raises UnreadableFile where no column of `table` is known to say a title, or a date."""
    if missing := table.missing:
        shown = ", ".join(f"« {one_line(heading[:60])} »" for heading in table.headings[:8] if heading)
        raise UnreadableFile(
            f"Ce tableau n'a pas de colonne {' ni '.join(missing)}. Sa première ligne doit nommer les colonnes, "
            f"au moins « titre » et « date ». Colonnes lues : {shown}{'…' if len(table.headings) > 8 else ''}."
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
            aligned.append(replace(row, cells=row.cells[: len(row.headings)]))  # empty ones may be many
    return aligned


def _read_agenda_rows(found: Findings, rows: Sequence[Row], quota: Quota) -> None:
    """The columns of an agenda's JSON export as a table: each row is read as one element of that export."""
    for done, row in enumerate(rows, 1):
        fields = {heading: cell for heading, cell in zip(row.headings, row.cells, strict=False) if cell}
        found.add(read_openagenda([fields], quota=quota, first_row=row.number))
        quota.tell(done, len(rows))


def _read_rows(found: Findings, rows: Sequence[Row], quota: Quota) -> None:
    if rows and "seats" not in rows[0].columns and (hall := rows[0].heading("hall")):
        found.notes.append(Note(1, SEATS_NOTE.format(hall)))
    shared = _shared_addresses(rows)
    for done, row in enumerate(rows, 1):
        _read_row(found, row, shared)
        quota.tell(done, len(rows))


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
        _refuse_broken(row)
        performance, note = _performance(row)
        found.events.append(_event(row, performance, shared))
    except BadField as problem:
        heading, sentence = problem.args
        found.errors.append(Problem(row.number, heading, sentence))
        return
    if note:
        found.notes.append(Note(row.number, note))


def _refuse_broken(row: Row) -> None:
    """Raises BadField for a formula that says nothing where something is read."""
    for about in row.columns:
        if (text := row.cell(about))[:1] == "#" and BROKEN.match(text):
            raise row.refuse(
                about,
                "Cette cellule contient une formule sans résultat. Ouvrez le fichier dans votre tableur, corrigez-la "
                "ou remplacez-la par sa valeur, puis enregistrez.",
            )


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
    performance, note = _understood(row, "ends" if row.cell("ends") else "end_time", slot, begin, end)
    return replace(performance, row=row.number, seats=_seats(row)), note


def _begin(row: Row) -> Moment:
    """The begin: "starts" or "day", with the time that stands in the same cell or in the time column."""
    about = (
        "starts" if row.cell("starts") and not (is_time(row.cell("starts")) and row.cell("day")) else "day"
    )
    if not (text := row.cell(about)):
        raise BadField(row.heading("starts", "day"), "La date manque. Écrivez-la comme 31/12/2026 20:30.")
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
    return understood(row.heading(about), read, *values)


def _address(row: Row) -> str:
    address: str = _understood(row, "url", web_address, row.cell("url"))
    if row.cell("url") and not address:
        raise row.refuse(
            "url", "Cette adresse n'est pas complète. Écrivez-la comme https://www.exemple.fr/spectacle."
        )
    return address


def _seats(row: Row) -> int | None:
    """The seats given for this date: « 12 » or « 12 places »."""
    text = normalise(row.cell("seats"))
    found = re.fullmatch(r"(\d{1,5})(?: ?places?)?", text)
    if text and not (found and int(found[1]) <= settings.SEATS_MAX):
        raise row.refuse(
            "seats", f"Écrivez ici un nombre de places, entre 0 et {settings.SEATS_MAX}, comme 12."
        )
    return int(found[1]) if found else None


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
