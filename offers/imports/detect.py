"""Which form a programme file has, told by its content and never by its name (C2)."""

import json
from typing import Any, Literal

from django.conf import settings

from common.reading import UnreadableFile
from offers.imports.limits import Quota, check_limits
from offers.imports.openagenda import read_openagenda, recognises
from offers.imports.reading import read_text
from offers.imports.records import Parsed
from offers.imports.tabular import read_table

Form = Literal["auto", "openagenda", "csv"]

# Of lists, objects and quotes in a JSON text: what real exports of MAX_BYTES hold, and what fits into 512 MiB.
MAX_MARKS = 4_000_000
LISTS = ("events", "results", "records")
NOT_AN_AGENDA = (
    "Ce fichier JSON n'est pas un export OpenAgenda : on n'y trouve ni titres ni dates d'événements. "
    "Dans OpenAgenda, choisissez « Exporter », puis JSON."
)
FOREIGN = (
    (
        "BEGIN:VCALENDAR",
        "Ce fichier est un calendrier (iCalendar), que le portail ne lit pas. Exportez-le en CSV.",
    ),
    ("<", "Ce fichier est une page web ou du XML. Envoyez un export OpenAgenda (JSON) ou un tableau CSV."),
)


def parse_programme(
    content: bytes, *, filename: str = "", format: Form = "auto", most: int | None = None
) -> Parsed:
    """Read a programme file to its end: its events, what is left out and why, and every error with its row.

    `filename` only serves to name the file in the sentence of a refusal; `format` forces a form instead of
    telling it from the content; `most` is how many rows and dates may be read, IMPORT_DATES_MAX unless told.
    Raises UnreadableFile when the file as a whole can't be used.
    """
    try:
        return check_limits(_read(read_text(content), format, Quota(most or settings.IMPORT_DATES_MAX)))
    except UnreadableFile as refusal:
        if not filename:
            raise
        raise UnreadableFile(f"{filename} : {refusal.sentence}") from None


def _read(text: str, form: Form, quota: Quota) -> Parsed:
    beginning = text.lstrip()[:20]
    if form == "openagenda" or (form == "auto" and beginning.startswith(("{", "["))):
        return read_openagenda(_elements(text), quota=quota)
    for sign, sentence in FOREIGN:
        if beginning.startswith(sign):
            raise UnreadableFile(sentence)
    return read_table(text, quota=quota)


def _elements(text: str) -> list[Any]:
    """The array of events in the JSON `text`, wherever its form keeps it."""
    if sum(map(text.count, '{["')) > MAX_MARKS:
        raise UnreadableFile(
            "Ce fichier JSON contient trop de valeurs pour être lu en une fois. Exportez une période plus courte."
        )
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        raise UnreadableFile(
            "Ce fichier commence comme du JSON, mais il est abîmé ou coupé. Reprenez l'export en entier."
        ) from None
    if isinstance(value, dict):
        value = next((value[key] for key in LISTS if isinstance(value.get(key), list)), [value])
    if not isinstance(value, list) or (value and not any(map(recognises, value))):
        raise UnreadableFile(NOT_AN_AGENDA)
    return value
