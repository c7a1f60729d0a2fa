"""Agenda exports in JSON: OpenAgenda's own v2 (whole or list view), Opendatasoft v1 and v2.1 (C2).

The forms differ in the names of their keys and in what is JSON inside a string, hardly in what they say. One
table of names and one tolerant reader of each value therefore read them all.
"""

import json
from collections.abc import Callable, Sequence
from hashlib import sha256
from typing import Any

from offers.imports.fields import BadField, understood
from offers.imports.kinds import Kind, kind_named
from offers.imports.limits import Quota
from offers.imports.moments import read_moment, slot
from offers.imports.records import (
    Findings,
    ImportedEvent,
    ImportedPerformance,
    Note,
    Parsed,
    Problem,
    Skipped,
    merge_dates,
)
from offers.imports.texts import (
    full_postcode,
    joined,
    one_line,
    paragraphs,
    postcode_in,
    web_address,
    without_city,
)

SOURCE = "openagenda"

TITLE = ("title_fr", "title")
DATES = ("timings", "timetable", "firstTiming", "firstdate_begin")
PUBLISHED = 2
MOVED_ONLINE, CALLED_OFF = 3, (4, 6)  # 4 is postponed without a date: its dates no longer hold either
ONLINE_ONLY = 2
DISABILITIES = {"hi": "auditif", "vi": "visuel", "pi": "psychique", "ii": "intellectuel"}
MOTOR = "mi"
OLDEST_CHILD = 120


def recognises(element: Any) -> bool:
    """Whether an element of a JSON array looks like an event of an agenda."""
    fields = unwrapped(element)
    return any(key in fields for key in TITLE) and any(key in fields for key in DATES)


def unwrapped(element: Any) -> dict[str, Any]:
    """The fields of an event, out of Opendatasoft's envelopes; {} for anything else."""
    for envelope in ("record", "fields"):
        if isinstance(element, dict) and isinstance(element.get(envelope), dict):
            element = element[envelope]
    return element if isinstance(element, dict) else {}


def read_openagenda(elements: Sequence[Any], *, quota: Quota, first_row: int = 1) -> Parsed:
    """Read `elements`, the array of events of an agenda export; the first is row `first_row`.

    Raises UnreadableFile when they, or their dates, are more than `quota` allows.
    """
    quota.check_rows(len(elements))
    found = Findings()
    for row, element in enumerate(elements, first_row):
        fields = unwrapped(element)
        if reason := _reason_to_skip(fields):
            found.skipped.append(Skipped(row, reason))
            continue
        try:
            event, notes = _event(row, fields, quota)
        except BadField as problem:
            key, sentence = problem.args
            found.errors.append(Problem(row, key, sentence))
            continue
        found.notes.extend(Note(row, note) for note in notes)
        if event.performances or event.cancelled:
            found.events.append(event)
        else:
            found.skipped.append(Skipped(row, f"« {event.title} » n'a aucune date dans ce fichier."))
    return found.parsed()


def _reason_to_skip(fields: dict[str, Any]) -> str:
    if _number(fields.get("draft")) or _number(fields.get("state")) not in (None, PUBLISHED):
        return "Pas encore publié dans OpenAgenda : publiez-le là-bas, puis reprenez l'export."
    mode = _number(_first(fields, "attendanceMode", "attendancemode"))
    if mode == ONLINE_ONLY or _number(fields.get("status")) == MOVED_ONLINE:
        return "Uniquement en ligne : le portail ne propose que des sorties."
    return ""


def _event(row: int, fields: dict[str, Any], quota: Quota) -> tuple[ImportedEvent, list[str]]:
    cancelled = _number(fields.get("status")) in CALLED_OFF
    title = _line(fields, *TITLE)
    if not title and not cancelled:
        raise BadField(
            _key(fields, TITLE), "Le titre manque. Ajoutez-le dans votre agenda, puis reprenez l'export."
        )
    performances, notes = ((), []) if cancelled else _performances(fields, quota)
    keywords = _words(_first(fields, "keywords_fr", "keywords", "tags"))
    kind = kind_named(title, ", ".join(keywords))
    event = ImportedEvent(
        row=row,
        source=SOURCE,
        source_uid=_identity(fields),
        title=title,
        performances=performances,
        kind=kind or Kind.OTHER,
        description=_description(fields),
        age_min=_age(fields),
        wheelchair=True if MOTOR in _disabilities(fields) else None,
        purchase_info=_conditions(fields),
        cancelled=cancelled,
        **_place(fields),
        **_registration(fields),
    )
    return event, notes


def _identity(fields: dict[str, Any]) -> str:
    for key in ("uid", "slug", "canonicalurl", "link"):
        value = fields.get(key)
        if isinstance(value, str | int) and not isinstance(value, bool) and (name := str(value).strip()):
            # Anything odd, down to a NUL that no database takes, still tells one event from another.
            plain = len(name) <= 64 and name.isascii() and name.isprintable()
            return name if plain else sha256(name.encode(errors="replace")).hexdigest()
    raise BadField(
        "uid", "L'identifiant manque : sans lui, un second import ferait un double. Reprenez l'export."
    )


def _performances(fields: dict[str, Any], quota: Quota) -> tuple[tuple[ImportedPerformance, ...], list[str]]:
    dates: list[ImportedPerformance] = []
    notes: list[str] = []
    key, slots, whole = _slots(fields, quota)
    for begin, end in slots:
        if not isinstance(begin, str) or not isinstance(end, str | None):
            raise BadField(key, "Une date n'est pas lisible. Reprenez l'export.")
        first = understood(key, read_moment, begin)
        performance, note = understood(key, slot, first, understood(key, read_moment, end) if end else None)
        dates.append(performance)
        if note:
            notes.append(note)
    merged = merge_dates(dates)
    if not whole and len(merged) > 1:
        notes.append(
            "Cet export ne donne que la première et la dernière date : s'il y en a d'autres entre les deux, "
            "ajoutez-les ou importez l'export complet."
        )
    return merged, notes


def _slots(fields: dict[str, Any], quota: Quota) -> tuple[str, list[tuple[Any, Any]], bool]:
    """(key, [(begin, end)], whether these are all the dates)."""
    if timings := _json(fields, "timings"):
        quota.spend(len(_list("timings", timings)))
        return "timings", [_pair("timings", timing) for timing in timings], True
    if isinstance(timetable := fields.get("timetable"), str) and timetable.strip():
        quota.spend(timetable.strip("; ").count(";") + 1)
        spans = [span.split() for span in timetable.split(";") if span.strip()]
        if any(len(span) > 2 for span in spans):
            raise BadField("timetable", "Une date n'est pas lisible. Reprenez l'export.")
        return "timetable", [(span[0], span[1] if len(span) == 2 else None) for span in spans], True
    keys = [key for key in ("firstTiming", "nextTiming", "lastTiming") if fields.get(key)]
    if keys:
        return keys[0], [_pair(key, fields[key]) for key in keys], False
    ends = [edge for edge in ("firstdate", "lastdate") if fields.get(f"{edge}_begin")]
    return "firstdate_begin", [(fields[f"{edge}_begin"], fields.get(f"{edge}_end")) for edge in ends], False


def _pair(key: str, timing: Any) -> tuple[Any, Any]:
    if not isinstance(timing, dict):
        raise BadField(key, "Une date n'est pas lisible. Reprenez l'export.")
    return _first(timing, "begin", "start"), timing.get("end")


def _description(fields: dict[str, Any]) -> str:
    parts = [
        joined(
            _cleaned(fields, "description_fr", "description"),
            _cleaned(fields, "longdescription_fr", "longDescription", "longdescription", "free_text"),
        )
    ]
    if disabilities := [name for code, name in DISABILITIES.items() if code in _disabilities(fields)]:
        parts.append(f"Accessibilité annoncée : handicap {', '.join(disabilities)}.")
    return "\n\n".join(filter(None, parts))


def _disabilities(fields: dict[str, Any]) -> set[str]:
    value = fields.get("accessibility")
    if isinstance(value, dict):
        return {code for code, stated in value.items() if stated is True}
    return set(_words(value))


def _conditions(fields: dict[str, Any]) -> str:
    text = _cleaned(fields, "conditions_fr", "conditions", "pricing_info")
    return text if any(char.isalnum() for char in text) else ""


def _age(fields: dict[str, Any]) -> int | None:
    nested = fields.get("age")
    age = _number(nested.get("min") if isinstance(nested, dict) else fields.get("age_min"))
    return age if age and 0 < age <= OLDEST_CHILD else None


def _place(fields: dict[str, Any]) -> dict[str, Any]:
    place = fields["location"] if isinstance(fields.get("location"), dict) else fields
    name = _line(place, "location_name", "placename", *(("name",) if place is not fields else ()))
    address = _line(place, "location_address", "address")
    city = _line(place, "location_city", "city")
    postcode = full_postcode(_line(place, "location_postalcode", "postalCode")) or postcode_in(address)
    return {
        "place_name": name,
        "place_address": without_city(address, postcode=postcode, city=city),
        "place_postcode": postcode,
        "place_city": city,
    }


def _registration(fields: dict[str, Any]) -> dict[str, Any]:
    ways = [
        way for way in _list("registration", _json(fields, "registration") or []) if isinstance(way, dict)
    ]

    def values(read: Callable[[str], str], *types: str) -> list[str]:
        told = (_text(way, "value") for way in ways if way.get("type") in types)
        return [value for text in told if (value := understood("registration", read, text))]

    return {
        "purchase_url": next(iter(values(web_address, "link")), ""),
        "contact": ", ".join(dict.fromkeys(values(one_line, "email", "phone"))),
    }


def _first(fields: dict[str, Any], *keys: str) -> Any:
    return next((fields[key] for key in keys if fields.get(key) is not None), None)


def _key(fields: dict[str, Any], keys: Sequence[str]) -> str:
    return next((key for key in keys if key in fields), keys[-1])


def _text(fields: dict[str, Any], *keys: str) -> str:
    """The text under the first key that has one; of several languages French, else the first."""
    value = _first(fields, *keys)
    if isinstance(value, dict):
        value = value.get("fr") or next((text for text in value.values() if text), "")
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    return value if isinstance(value, str) else ""


def _cleaned(fields: dict[str, Any], *keys: str) -> str:
    return understood(_key(fields, keys), paragraphs, _text(fields, *keys))


def _line(fields: dict[str, Any], *keys: str) -> str:
    return understood(_key(fields, keys), one_line, _text(fields, *keys))


def _words(value: Any) -> list[str]:
    """Keywords or codes, given as a list, a text with ";" or ",", or by language."""
    if isinstance(value, dict):
        value = value.get("fr") or next(iter(value.values()), None)
    if isinstance(value, str):
        value = value.replace(";", ",").split(",")
    return [word.strip() for word in value if isinstance(word, str)] if isinstance(value, list) else []


def _json(fields: dict[str, Any], key: str) -> Any:
    """The value of `key`, read once more where it is JSON inside a string."""
    value = fields.get(key)
    if not isinstance(value, str) or not value.strip():
        return value or None
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        raise BadField(key, "Cette valeur est abîmée. Reprenez l'export.") from None


def _list(key: str, value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise BadField(key, "Cette valeur est abîmée : une liste était attendue. Reprenez l'export.")
    return value


def _number(value: Any) -> int | None:
    """A code or an age, given as a number, as text, or as JSON {"id": …} inside a string; None when it is neither."""
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            return None
    if isinstance(value, dict):
        value = value.get("id")
    return int(value) if isinstance(value, int) else None
