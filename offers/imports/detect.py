"""Which form a programme file has, told by its content and never by its name (C2)."""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any, Literal

from django.conf import settings
from django.utils import timezone

from common.reading import UnreadableFile
from offers.imports import ics, jsonld, openagenda, tabular
from offers.imports.ics import calendar_name, read_calendar
from offers.imports.jsonld import blocks_in, events_in, read_events
from offers.imports.limits import Quota, check_limits
from offers.imports.openagenda import read_openagenda, recognises
from offers.imports.reading import WANTED, check_size, read_text
from offers.imports.records import Parsed
from offers.imports.tables import Table, table_of_text, table_of_workbook, with_columns
from offers.imports.tabular import read_table
from offers.imports.workbook import SIGNATURE, Workbook
from partners.seasons import Season

Form = Literal["auto", "openagenda", "csv", "xlsx", "ics", "jsonld"]

# Of lists, objects and quotes in a JSON text: what real exports of MAX_BYTES hold, and what fits into 512 MiB.
MAX_MARKS = 4_000_000
LISTS = ("events", "results", "records")
NOT_AN_AGENDA = (
    "Ce fichier JSON n'est ni un export OpenAgenda ni une liste d'événements schema.org : on n'y trouve ni titres ni "
    "dates d'événements. Dans OpenAgenda, choisissez « Exporter », puis JSON."
)
NO_EVENT_IN_PAGE = (
    f"Cette page web ne contient pas d'événements que le portail sache lire (schema.org, JSON-LD). {WANTED}"
)
DAMAGED_JSON = "Ce fichier commence comme du JSON, mais il est abîmé ou coupé. Reprenez l'export en entier."


def parse_programme(
    content: bytes,
    *,
    filename: str = "",
    format: Form = "auto",
    most: int | None = None,
    columns: Mapping[str, int] | None = None,
    on: date | None = None,
    told: Callable[[int, int], None] = lambda done, total: None,
) -> Parsed:
    """Read a programme file to its end: its events, what is left out and why, and every error with its row.

    `filename` only serves to name the file in the sentence of a refusal; `format` forces a form instead of
    telling it from the content; `most` is how many rows and dates may be read, IMPORT_DATES_MAX unless told;
    `columns` says which column of a table is which, where somebody chose; repetitions of a calendar are unfolded from
    the season of `on`, today unless told, to the end of the next one; `told` hears how far the reading is, in rows.
    Raises UnreadableFile when the file as a whole can't be used.
    """
    quota = Quota(most or settings.IMPORT_DATES_MAX, told=told)
    season = Season.of(on or timezone.localdate())
    try:
        return check_limits(_read(content, format, quota, columns, (season.starts_on, season.next.ends_on)))
    except UnreadableFile as refusal:
        if not filename:
            raise
        raise UnreadableFile(f"{filename} : {refusal.sentence}") from None


def table_in(content: bytes) -> Table | None:
    """The table whose columns somebody may name, None where the file is of another form.

    Raises UnreadableFile when the file as a whole can't be used.
    """
    check_size(content)
    if content.startswith(SIGNATURE):
        table = table_of_workbook(Workbook(content))
    else:
        text = read_text(content)
        if _form_of(text) != "csv":
            return None
        table = table_of_text(text)
    return None if recognises(dict.fromkeys(table.headings)) else table


def _read(
    content: bytes, form: Form, quota: Quota, columns: Mapping[str, int] | None, horizon: tuple[date, date]
) -> Parsed:
    check_size(content)
    if form == "xlsx" or (form == "auto" and content.startswith(SIGNATURE)):
        return _of_table(table_of_workbook(Workbook(content)), columns, quota)
    text = read_text(content)
    if form == "auto":
        form = _form_of(text)
    if form == "ics":
        parsed = read_calendar(text, quota=quota, horizon=horizon)
        return replace(parsed, source=ics.SOURCE, origin=calendar_name(text))
    if form in ("openagenda", "jsonld"):
        return _read_json(text, form, quota)
    return _of_table(table_of_text(text), columns, quota)


def _of_table(table: Table, columns: Mapping[str, int] | None, quota: Quota) -> Parsed:
    parsed = read_table(with_columns(table, columns), quota=quota)
    source = openagenda.SOURCE if recognises(dict.fromkeys(table.headings)) else tabular.SOURCE
    return replace(parsed, source=source, origin=table.signature)


def _form_of(text: str) -> Form:
    beginning = text.lstrip()[:20].upper()
    if beginning.startswith(("{", "[")):
        return "openagenda"
    if beginning.startswith("<"):
        return "jsonld"
    return "ics" if beginning.startswith("BEGIN:") else "csv"


def _read_json(text: str, form: Form, quota: Quota) -> Parsed:
    if text.lstrip().startswith("<"):
        values = [value for block in blocks_in(text) if (value := _unfolded(block, damaged=None)) is not None]
        if not (events := list(events_in(values))):
            raise UnreadableFile(NO_EVENT_IN_PAGE)
        return replace(read_events(events, quota=quota), source=jsonld.SOURCE)
    value = _unfolded(text, damaged=DAMAGED_JSON)
    if form == "openagenda" and (elements := _elements(value)) is not None:
        return replace(read_openagenda(elements, quota=quota), source=openagenda.SOURCE)
    if events := list(events_in(value)):
        return replace(read_events(events, quota=quota), source=jsonld.SOURCE)
    raise UnreadableFile(NOT_AN_AGENDA)


def _elements(value: Any) -> list[Any] | None:
    """The array of an agenda's events in a JSON value, wherever its form keeps it; None where it is no agenda."""
    if isinstance(value, dict):
        value = next((value[key] for key in LISTS if isinstance(value.get(key), list)), [value])
    known = isinstance(value, list) and (not value or any(map(recognises, value)))
    return value if known else None


def _unfolded(text: str, *, damaged: str | None) -> Any:
    """The value of a JSON text; where it is damaged, None or the refusal `damaged`."""
    if sum(map(text.count, '{["')) > MAX_MARKS:
        raise UnreadableFile(
            "Ce fichier JSON contient trop de valeurs pour être lu en une fois. Exportez une période plus courte."
        )
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        if damaged is None:
            return None
        raise UnreadableFile(damaged) from None
