"""Programmes as schema.org events: JSON-LD by itself, or in the script blocks of a web page (C2)."""

import re
from collections.abc import Iterator, Sequence
from datetime import timedelta
from hashlib import sha256
from typing import Any
from urllib.parse import urlsplit

from common.text import normalise
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
)
from offers.imports.texts import BadText, full_postcode, one_line, paragraphs, web_address

SOURCE = "jsonld"
KINDS = {
    "musicevent": Kind.CONCERT,
    "theaterevent": Kind.SHOW,
    "danceevent": Kind.SHOW,
    "comedyevent": Kind.SHOW,
    "screeningevent": Kind.CINEMA,
    "exhibitionevent": Kind.EXHIBITION,
    "visualartsevent": Kind.EXHIBITION,
    "sportsevent": Kind.MATCH,
    "literaryevent": Kind.TALK,
    "educationevent": Kind.WORKSHOP,
}
OTHERS = {"event", "festival", "hackathon", "courseinstance", "eventseries"}
HOLDERS = ("@graph", "itemListElement", "item", "mainEntity", "subEvent", "subEvents", "event", "events")
DEEPEST = 12
ISO_DURATION = re.compile(
    r"P(?:(\d{1,3})D)?(?:T(?:(\d{1,4})H)?(?:(\d{1,5})M)?(?:\d{1,6}(?:\.\d+)?S)?)?", re.IGNORECASE
)
MAX_AGE, MAX_MINUTES = 120, 24 * 60
CANCELLED, ONLINE = ("eventcancelled", "eventpostponed"), "eventmovedonline"
ONLINE_ONLY = "onlineeventattendancemode"


def events_in(value: Any, depth: int = 0) -> Iterator[dict[str, Any]]:
    """The events in a JSON-LD value, wherever it keeps them; of a series, its own events."""
    if depth > DEEPEST:
        return
    if isinstance(value, list):
        for element in value:
            yield from events_in(element, depth + 1)
    elif isinstance(value, dict):
        within = [event for key in HOLDERS if key in value for event in events_in(value[key], depth + 1)]
        if not within and _types(value) & (KINDS.keys() | OTHERS):
            yield value
        yield from within


def blocks_in(page: str) -> Iterator[str]:
    """The JSON-LD blocks of a web page, in order."""
    low, at = page.lower(), 0
    while (start := low.find("<script", at)) >= 0 and (opened := low.find(">", start)) >= 0:
        closed = low.find("</script", opened)
        if closed < 0:
            return
        if "ld+json" in low[start : min(opened, start + 1000)]:
            block = page[opened + 1 : closed].strip().removeprefix("<!--").removesuffix("-->")
            yield block.replace("//<![CDATA[", "").replace("//]]>", "").strip()
        at = closed


def read_events(elements: Sequence[dict[str, Any]], *, quota: Quota) -> Parsed:
    """Read `elements`, the events of a file; the first is row 1. Raises UnreadableFile beyond `quota`."""
    quota.check_rows(len(elements))
    found = Findings()
    shared = _shared_addresses(elements)
    for row, fields in enumerate(elements, 1):
        try:
            if reason := _reason_to_skip(fields):
                found.skipped.append(Skipped(row, reason))
                continue
            event, notes = _event(row, fields, shared)
        except BadField as problem:
            key, sentence = problem.args
            found.errors.append(Problem(row, key, sentence))
            continue
        found.events.append(event)
        found.notes.extend(Note(row, note) for note in notes)
        quota.tell(row, len(elements))
    return found.parsed()


def _reason_to_skip(fields: dict[str, Any]) -> str:
    if _term(fields.get("eventAttendanceMode")) == ONLINE_ONLY or ONLINE in _terms(fields.get("eventStatus")):
        return "Uniquement en ligne : le portail ne propose que des sorties."
    place = _first(fields.get("location"))
    if isinstance(place, dict) and "virtuallocation" in _types(place):
        return "Uniquement en ligne : le portail ne propose que des sorties."
    return ""


def _event(row: int, fields: dict[str, Any], shared: set[str]) -> tuple[ImportedEvent, list[str]]:
    cancelled = bool(_terms(fields.get("eventStatus")) & {*CANCELLED})
    title = _line(fields, "name")
    if not title and not cancelled:
        raise BadField("name", "Le titre manque. Ajoutez « name » à cet événement.")
    notes: list[str] = []
    dates: tuple[ImportedPerformance, ...] = ()
    if not cancelled:
        performance, note = _performance(fields)
        dates = (performance,)
        notes = [note] if note else []
    typed = next((KINDS[name] for name in sorted(_types(fields)) if name in KINDS), None)
    return ImportedEvent(
        row=row,
        source=SOURCE,
        source_uid=_identity(fields, shared),
        title=title,
        performances=dates,
        kind=typed or kind_named(title) or Kind.OTHER,
        kind_stated=typed is not None,
        description=_cleaned(fields, "description"),
        age_min=_age(fields),
        duration_minutes=_minutes(fields),
        languages=_languages(fields),
        cancelled=cancelled,
        **_offers(fields),
        **_place(fields),
    ), notes


def _identity(fields: dict[str, Any], shared: set[str]) -> str:
    name = fields.get("@id")
    if isinstance(name, str) and re.match(r"(?:https?://|urn:)", name):
        return _key("id", name)
    url = _url(fields)
    if url and url not in shared:
        return _key("page", url)
    place = _place(fields)
    return _key(
        "titre",
        normalise(_line(fields, "name")),
        normalise(place["place_name"]),
        normalise(place["place_city"]),
    )


def _shared_addresses(elements: Sequence[dict[str, Any]]) -> set[str]:
    """The addresses that don't tell one event from another: a home page, or one page for several titles."""
    titles: dict[str, str] = {}
    shared = set()
    for fields in elements:
        url, title = _url(fields), normalise(_text(fields, "name")[:1000])
        if url and (titles.setdefault(url, title) != title or urlsplit(url).path in ("", "/")):
            shared.add(url)
    return shared


def _url(fields: dict[str, Any]) -> str:
    try:
        return web_address(_text(fields, "url"))
    except BadText:
        return ""


def _key(way: str, *parts: str) -> str:
    return f"{way}:{sha256('|'.join(parts).encode(errors='replace')).hexdigest()}"


def _performance(fields: dict[str, Any]) -> tuple[ImportedPerformance, str]:
    begin = _text(fields, "startDate")
    if not begin:
        raise BadField("startDate", "La date manque. Ajoutez « startDate », comme 2026-12-31T20:30:00+01:00.")
    start = understood("startDate", read_moment, begin)
    end = understood("endDate", read_moment, text) if (text := _text(fields, "endDate")) else None
    return understood("endDate", slot, start, end)


def _minutes(fields: dict[str, Any]) -> int | None:
    found = ISO_DURATION.fullmatch(_text(fields, "duration").strip())
    if not found:
        return None
    days, hours, minutes = (int(part or 0) for part in found.groups())
    lasting = timedelta(days=days, hours=hours, minutes=minutes)
    whole = int(lasting.total_seconds() // 60)
    return whole if 0 < whole <= MAX_MINUTES else None


def _age(fields: dict[str, Any]) -> int | None:
    found = re.match(r"\d{1,3}", _text(fields, "typicalAgeRange").strip())
    return int(found[0]) if found and 0 < int(found[0]) <= MAX_AGE else None


def _languages(fields: dict[str, Any]) -> str:
    value = fields.get("inLanguage")
    words = [_named(entry) for entry in (value if isinstance(value, list) else [value])]
    return understood("inLanguage", one_line, ", ".join(filter(None, words)))


def _offers(fields: dict[str, Any]) -> dict[str, Any]:
    offers = fields.get("offers")
    listed = [
        offer for offer in (offers if isinstance(offers, list) else [offers]) if isinstance(offer, dict)
    ]
    address = next((url for offer in listed if (url := _url(offer))), "") or _url(fields)
    prices = list(dict.fromkeys(price for offer in listed if (price := _price(offer))))
    return {"purchase_url": address, "purchase_info": understood("offers", one_line, ", ".join(prices[:8]))}


def _price(offer: dict[str, Any]) -> str:
    low = offer.get("price", offer.get("lowPrice"))
    if isinstance(low, bool) or not isinstance(low, int | float | str) or not str(low).strip():
        return ""
    currency = offer.get("priceCurrency")
    sign = "€" if currency == "EUR" else currency if isinstance(currency, str) else ""
    return f"{str(low)[:20]} {sign[:5]}".strip()


def _place(fields: dict[str, Any]) -> dict[str, Any]:
    place = _first(fields.get("location"))
    if isinstance(place, str):
        return _told_place(one_line_of("location", place), "", "", "")
    if not isinstance(place, dict):
        return _told_place("", "", "", "")
    name = one_line_of("location", _named(place))
    address = _first(place.get("address"))
    if isinstance(address, str):
        return _told_place(name, one_line_of("address", address), "", "")
    if not isinstance(address, dict):
        return _told_place(name, "", "", "")
    return _told_place(
        name,
        one_line_of("streetAddress", _text(address, "streetAddress")),
        one_line_of("postalCode", _text(address, "postalCode")),
        one_line_of("addressLocality", _text(address, "addressLocality")),
    )


def _told_place(name: str, address: str, postcode: str, city: str) -> dict[str, Any]:
    return {
        "place_name": name,
        "place_address": address,
        "place_postcode": full_postcode(postcode),
        "place_city": city,
    }


def one_line_of(key: str, text: str) -> str:
    return understood(key, one_line, text)


def _types(fields: dict[str, Any]) -> set[str]:
    return _terms(fields.get("@type"))


def _terms(value: Any) -> set[str]:
    return {_term(entry) for entry in (value if isinstance(value, list) else [value])} - {""}


def _term(value: Any) -> str:
    """« https://schema.org/EventCancelled » and « EventCancelled » alike, in small letters."""
    return re.split(r"[/#:]", value)[-1].strip().lower() if isinstance(value, str) else ""


def _first(value: Any) -> Any:
    return value[0] if isinstance(value, list) and value else value


def _named(value: Any) -> str:
    """A text, or the name of what stands in its place."""
    if isinstance(value, dict):
        value = value.get("name") or value.get("@value")
    value = _first(value)
    return value if isinstance(value, str) else ""


def _text(fields: dict[str, Any], key: str) -> str:
    value = _first(fields.get(key))
    if isinstance(value, dict):
        value = value.get("@value")
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    return value if isinstance(value, str) else ""


def _line(fields: dict[str, Any], key: str) -> str:
    return understood(key, one_line, _text(fields, key))


def _cleaned(fields: dict[str, Any], key: str) -> str:
    return understood(key, paragraphs, _text(fields, key))
