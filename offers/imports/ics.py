"""Programmes as a calendar: iCalendar, one VEVENT a row (C2).

A file is cut into its events first, and each is read by itself: one that is damaged is an error with its row, and
the rest is still checked. Repetitions are unfolded within `horizon`, in the clock of the event's own time zone.
"""

import re
import warnings
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from hashlib import sha256
from time import thread_time
from typing import Any
from zoneinfo import ZoneInfo

from dateutil.rrule import rrulestr
from icalendar import Event as VEvent
from icalendar import Timezone, vBroken
from icalendar.error import GloballyUniqueTZIDGuessed
from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

from common.reading import UnreadableFile
from common.text import normalise
from offers.imports.fields import BadField, understood
from offers.imports.kinds import Kind, kind_named
from offers.imports.limits import Quota
from offers.imports.moments import PARIS, YEARS, Moment, slot
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
from offers.imports.texts import full_postcode, one_line, paragraphs, web_address

SOURCE = "ics"
FREQUENCIES = ("YEARLY", "MONTHLY", "WEEKLY", "DAILY")  # more often than daily is no date of a programme
MAX_LINES = 400  # of one event, unfolded
MAX_LINE = 200_000  # characters
LINE = re.compile(r"([^\r\n]*)(?:\r\n?|\n|\Z)")
PATIENCE = 10.0  # seconds of a processor's unfolding, in one file: a rule that never falls due keeps a processor busy
MAX_ZONES = 200
OLDEST = 1900  # year of a first date that is still repeated
UNKNOWN_RULE = "Nous ne comprenons pas comment cet événement se répète. Écrivez ses dates une à une."
DAYS_NOTE = "Ses dates n'ont pas d'heure : chacune est prise pour la journée entière."
UNKNOWN_ZONE = "Fuseau « {} » inconnu : les heures sont prises comme celles de Paris."
HORIZON_NOTE = "Cet événement se répète au-delà du {:%d/%m/%Y} : ses dates jusque-là sont reprises."
NO_EVENT = (
    "Ce calendrier (iCalendar) ne contient aucun événement. Vérifiez dans votre agenda ce que vous exportez : "
    "les tâches et les disponibilités ne sont pas reprises."
)
TOO_LONG = "Les répétitions de ce calendrier demandent trop de calculs. Exportez seulement la saison."

Wall = datetime  # what the clocks show, without a zone


@dataclass(slots=True)
class Zones:
    """The time zones that a calendar names: by their usual name, by Outlook's, or as the file describes them."""

    described: dict[str, str] = field(default_factory=dict)
    known: dict[str, tzinfo | None] = field(default_factory=dict)

    def named(self, name: str) -> tzinfo | None:
        """The zone called `name`, None where nobody knows it."""
        if name not in self.known:
            self.known[name] = _usual(name) or self._described(name)
        return self.known[name]

    def _described(self, name: str) -> tzinfo | None:
        block = self.described.get(name.strip('"'))
        if block is None or len(self.known) > MAX_ZONES:
            return None
        if any(rule.upper() not in ("YEARLY",) for rule in re.findall(r"FREQ=(\w+)", block)):
            return None
        try:
            component = Timezone.from_ical(block)
            zone: tzinfo | None = component.to_tz() if isinstance(component, Timezone) else None
            datetime(2026, 1, 1, tzinfo=zone).astimezone(UTC)
        except Exception:  # whatever a damaged description brings about, the zone is unknown
            return None
        return zone


@dataclass(frozen=True, slots=True)
class Told:
    """A moment of a calendar: a day, or what a clock shows, in a zone that may be none."""

    wall: Wall
    timed: bool
    zone: tzinfo | None

    def moment(self) -> Moment:
        """The same as every reader says it; without a zone the clock is that of Paris."""
        if not self.timed:
            return Moment(self.wall.date())
        if self.zone is None:
            return Moment(self.wall.date(), self.wall.time())
        if self.wall.year not in YEARS:  # converting the first and last days of the calendar overflows
            return Moment(self.wall.date())
        return Moment(self.wall.date(), instant=self.wall.replace(tzinfo=self.zone).astimezone(UTC))


@dataclass(slots=True)
class Piece:
    """One VEVENT, read."""

    row: int
    fields: VEvent
    begin: Told
    uid: str
    notes: list[str] = field(default_factory=list)


def read_calendar(text: str, *, quota: Quota, horizon: tuple[date, date]) -> Parsed:
    """Read the events of an iCalendar `text`; repetitions from the first to the last day of `horizon`.

    Raises UnreadableFile when there is none, or when they or their dates are more than `quota` allows.
    """
    found = Findings()
    zones = Zones()
    blocks = list(_blocks(text, zones, quota))
    if not blocks:
        raise UnreadableFile(NO_EVENT)
    series: dict[str, list[Piece]] = defaultdict(list)
    for row, block in enumerate(blocks, 1):
        try:
            if piece := _piece(row, block, zones, found):
                series[piece.uid].append(piece)
        except BadField as problem:
            name, sentence = problem.args
            found.errors.append(Problem(row, name, sentence))
        quota.tell(row, len(blocks))
    spent = 0.0
    for pieces in series.values():
        began = thread_time()
        _read_series(found, pieces, zones, quota, horizon)
        if any("RRULE" in piece.fields for piece in pieces):
            spent += thread_time() - began
        if spent > PATIENCE:
            raise UnreadableFile(TOO_LONG)
    found.events.sort(key=lambda event: event.row)
    return found.parsed()


def calendar_name(text: str) -> str:
    """What tells one calendar of a venue from another: its own name, else the program it comes from, hashed."""
    head = text[:20_000].replace("\r", "\n")
    named = re.search(r"^(?:X-WR-CALNAME|NAME|PRODID)[^:\n]*:(.+)$", head, re.MULTILINE | re.IGNORECASE)
    return sha256(named[1].strip().encode(errors="replace")).hexdigest() if named else ""


def _blocks(text: str, zones: Zones, quota: Quota) -> Iterator[str]:
    """The VEVENTs of a file, each as a text of its own; the time zones that it describes go to `zones`."""
    inside: list[str] = []  # the components that stand open
    lines: list[str] = []
    count = 0
    for line in _unfolded(text):
        word = line[:40].upper().strip()
        if word.startswith("BEGIN:"):
            name = word[6:]
            if name in ("VEVENT", "VTIMEZONE") and name in inside:
                if name == "VEVENT":  # never closed: its reader will say that it is damaged
                    yield "\r\n".join(lines)
                inside, lines = [], []
            inside.append(name)
            if name in ("VEVENT", "VTIMEZONE"):
                lines = []
                count += name == "VEVENT"
                quota.check_rows(count)
        if lines or (inside and inside[-1] in ("VEVENT", "VTIMEZONE")):
            lines[MAX_LINES + 2 :] = [line]  # of one without end the last is enough to refuse it
        if word.startswith("END:") and inside:
            name = inside.pop() if word[4:] == inside[-1] else word[4:]
            if name == "VTIMEZONE":
                _describe(zones, lines)
                lines = []
            elif name == "VEVENT":
                yield "\r\n".join(lines) + "\r\n"
                lines = []
    if "VEVENT" in inside:
        yield "\r\n".join(lines)


def _unfolded(text: str) -> Iterator[str]:
    """The lines of the file, those that go on in the next one joined; empty ones left out.

    One at a time, and no more of one than is read: a file of nothing but ends of lines has millions.
    """
    whole: list[str] = []
    length = 0
    for found in LINE.finditer(text):
        begin, end = found.span(1)
        goes_on = text[begin : begin + 1] in (" ", "\t") and bool(whole)
        if not goes_on:
            yield from _joined(whole)
            whole, length = [], 0
        if length <= MAX_LINE:
            whole.append(text[begin + goes_on : min(end, begin + MAX_LINE)])
        length += end - begin
    yield from _joined(whole)


def _joined(parts: list[str]) -> Iterator[str]:
    line = "".join(parts).rstrip()
    if line.upper().startswith("RRULE"):
        line = line.replace(" ", "")  # some fold a rule between its words
    if line:
        yield line[:MAX_LINE]


def _describe(zones: Zones, lines: list[str]) -> None:
    if len(lines) > MAX_LINES:
        return
    for line in lines:
        if line.upper().startswith("TZID") and len(zones.described) < MAX_ZONES:
            name = line.partition(":")[2].replace("\\", "").strip().strip('"')
            zones.described.setdefault(name, "\r\n".join(lines) + "\r\n")


def _piece(row: int, block: str, zones: Zones, found: Findings) -> Piece | None:
    """One event read from its text; None, with the reason in `found`, where it is left out on purpose."""
    if block.count("\r\n") > MAX_LINES:
        raise BadField("", "Cet événement est démesuré. Reprenez l'export.")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", GloballyUniqueTZIDGuessed)  # `_usual` says which zone it is
            fields = VEvent.from_ical(block)
    except (ValueError, IndexError, KeyError, TypeError, AttributeError, OverflowError):
        raise BadField(
            "", "Cet événement est abîmé. Corrigez-le dans votre agenda, puis reprenez l'export."
        ) from None
    if not isinstance(fields, VEvent):
        raise BadField("", "Cet événement est abîmé. Corrigez-le dans votre agenda, puis reprenez l'export.")
    if _word(fields, "CLASS") in ("PRIVATE", "CONFIDENTIAL"):
        found.skipped.append(Skipped(row, "Privé dans votre agenda : rien n'en est repris."))
        return None
    notes: list[str] = []
    begin = _told(fields, "DTSTART", zones, notes)
    if begin is None:
        raise BadField(
            "DTSTART", "La date de début manque ou n'est pas lisible. Corrigez-la dans votre agenda."
        )
    if begin.wall.year not in YEARS and "RRULE" not in fields:
        found.skipped.append(
            Skipped(row, f"Daté de {begin.wall.year} : le portail garde les années 2000 à 2100.")
        )
        return None
    return Piece(row, fields, begin, _identity(fields), notes)


def _identity(fields: VEvent) -> str:
    if uid := _text(fields, "UID"):
        return _key("uid", uid)
    if url := _text(fields, "URL"):
        return _key("page", url)
    return _key("titre", normalise(_text(fields, "SUMMARY")), normalise(_text(fields, "LOCATION")))


def _key(way: str, *parts: str) -> str:
    return f"{way}:{sha256('|'.join(parts).encode(errors='replace')).hexdigest()}"


def _read_series(
    found: Findings, pieces: list[Piece], zones: Zones, quota: Quota, horizon: tuple[date, date]
) -> None:
    """The events of one identity: those that stand for themselves, and those that replace a date of them."""
    replacing = [piece for piece in pieces if "RECURRENCE-ID" in piece.fields]
    latest = max((_sequence(piece) for piece in pieces if "RECURRENCE-ID" not in piece.fields), default=0)
    masters = [
        piece for piece in pieces if "RECURRENCE-ID" not in piece.fields and _sequence(piece) == latest
    ]
    replaced: set[datetime | date] = set()
    for piece in replacing:
        if told := _told(piece.fields, "RECURRENCE-ID", zones, []):
            replaced.add(_instant(told))
            replaced.add(told.wall.date() if not masters or not masters[0].begin.timed else _instant(told))
    events = []
    for piece in (*masters, *replacing):
        if piece in replacing and _word(piece.fields, "STATUS") == "CANCELLED":
            continue  # that date no longer takes place: it is left out of those of its event
        try:
            event = _event(
                piece, _performances(piece, zones, quota, horizon, set() if piece in replacing else replaced)
            )
        except BadField as problem:
            name, sentence = problem.args
            found.errors.append(Problem(piece.row, name, sentence))
            continue
        events.append(event)
        found.notes.extend(Note(piece.row, note) for note in dict.fromkeys(piece.notes))
    if any(event.performances or event.cancelled for event in events):
        found.events.extend(events)
    elif events:
        first, last = (f"{day:%d/%m/%Y}" for day in horizon)
        reason = f"« {events[0].title} » n'a aucune date entre le {first} et le {last}."
        found.skipped.append(Skipped(events[0].row, reason))


def _event(piece: Piece, dates: tuple[ImportedPerformance, ...]) -> ImportedEvent:
    fields, status = piece.fields, _word(piece.fields, "STATUS")
    title = _line(fields, "SUMMARY")
    if not title and status != "CANCELLED":
        raise BadField("SUMMARY", "Le titre manque. Ajoutez-le dans votre agenda, puis reprenez l'export.")
    if status == "TENTATIVE":
        piece.notes.append("Marqué comme provisoire dans votre agenda : repris quand même.")
    keywords = _categories(fields)
    stated = kind_named(keywords)
    return ImportedEvent(
        row=piece.row,
        source=SOURCE,
        source_uid=piece.uid,
        title=title,
        performances=dates,
        kind=stated or kind_named(title) or Kind.OTHER,
        kind_stated=stated is not None,
        description=_cleaned(fields, "DESCRIPTION"),
        purchase_url=_address(fields),
        cancelled=status == "CANCELLED",
        **_place(_line(fields, "LOCATION")),
    )


def _performances(
    piece: Piece, zones: Zones, quota: Quota, horizon: tuple[date, date], replaced: set[Any]
) -> tuple[ImportedPerformance, ...]:
    if _word(piece.fields, "STATUS") == "CANCELLED":
        return ()
    lasting, ends = _lasting(piece, zones)
    walls = _walls(piece, zones, horizon, quota)
    excepted = replaced | _excepted(piece, zones)
    dates: list[ImportedPerformance] = []
    notes: list[str] = []
    quota.spend(len(walls))
    for wall in walls:
        told = replace(piece.begin, wall=wall)
        if _instant(told) in excepted or wall.date() in excepted:
            continue
        end = replace(ends or told, wall=wall + lasting) if lasting is not None else None
        if ends is not None and wall == piece.begin.wall:
            end = ends
        performance, note = understood("DTEND", slot, told.moment(), end.moment() if end else None)
        dates.append(performance)
        if note:
            notes.append(note)
    piece.notes.extend(notes if len(walls) == 1 or piece.begin.timed else [DAYS_NOTE])
    return merge_dates(dates)


def _lasting(piece: Piece, zones: Zones) -> tuple[timedelta | None, Told | None]:
    """How long each date lasts, and the end as the file tells it for the first one."""
    begin = piece.begin
    if "DTEND" in piece.fields:
        end = _told(piece.fields, "DTEND", zones, piece.notes)
        if end is None:
            raise BadField("DTEND", "La date de fin n'est pas lisible. Corrigez-la dans votre agenda.")
        if not begin.timed and not end.timed:  # the day after the last one; some write the last one itself
            last = max(begin.wall, end.wall - timedelta(days=1))
            return last - begin.wall, None
        if begin.timed != end.timed:
            return None, None
        return end.wall - begin.wall, end
    if "DURATION" in piece.fields:
        lasting = next((getattr(entry, "dt", None) for entry in _all(piece.fields, "DURATION")), None)
        if not isinstance(lasting, timedelta) or not timedelta() <= lasting <= timedelta(days=3660):
            raise BadField("DURATION", "La durée n'est pas lisible. Corrigez-la dans votre agenda.")
        if not begin.timed:
            return max(timedelta(days=lasting.days - 1), timedelta()), None
        return lasting, None
    return None, None


def _walls(piece: Piece, zones: Zones, horizon: tuple[date, date], quota: Quota) -> list[Wall]:
    """The begins of all its dates, as clocks show them in its own zone."""
    first = piece.begin.wall
    walls = set(_dates_of(piece, "RDATE", zones))
    rules = _all(piece.fields, "RRULE")
    if "RRULE" in piece.fields and (not rules or first.year < OLDEST):
        raise BadField("RRULE", UNKNOWN_RULE)
    if not rules:
        return sorted({first, *walls})
    begin = datetime.combine(horizon[0], time())
    last = datetime.combine(horizon[1], time(23, 59, 59))
    for rule in rules:
        for wall in _unfold(piece, rule, zones):
            if wall > last:
                piece.notes.append(HORIZON_NOTE.format(horizon[1]))
                break
            if wall >= begin:
                walls.add(wall)
            quota.check_rows(len(walls))
    return sorted(wall for wall in walls if begin <= wall <= last)


def _unfold(piece: Piece, rule: Any, zones: Zones) -> Iterator[Wall]:
    """The begins that a rule tells, from the first one on, perhaps without end."""
    refusal = BadField("RRULE", UNKNOWN_RULE)
    try:
        parts = {str(key).upper(): value for key, value in rule.items()}
        frequency = str(parts.get("FREQ", [""])[0]).upper()
        if frequency not in FREQUENCIES:
            raise refusal
        until = parts.pop("UNTIL", [None])[0]
        parts.pop("X-UNKNOWN", None)
        text = ";".join(
            f"{key}={','.join(str(value).strip() for value in values)}" for key, values in parts.items()
        )
        limit = _until(piece.begin, until)
        for wall in rrulestr(text, dtstart=piece.begin.wall):
            if limit is not None and wall > limit:
                return
            yield wall
    except (ValueError, TypeError, AttributeError, IndexError, KeyError, OverflowError):
        raise refusal from None


def _until(begin: Told, until: Any) -> Wall | None:
    """The last moment of a rule, as clocks show it where the event takes place."""
    if until is None:
        return None
    if not isinstance(until, datetime):
        return datetime.combine(until, time(23, 59, 59))
    if until.tzinfo is None:
        return until
    if not begin.timed:  # the day meant, whose midnight some write in UTC
        return until.astimezone(PARIS).replace(tzinfo=None)
    return until.astimezone(begin.zone or PARIS).replace(tzinfo=None)


def _excepted(piece: Piece, zones: Zones) -> set[Any]:
    """What EXDATE takes away: moments, or whole days."""
    taken: set[Any] = set()
    for told in _tolds(piece, "EXDATE", zones):
        taken.add(_instant(told) if told.timed and piece.begin.timed else told.wall.date())
    return taken


def _dates_of(piece: Piece, name: str, zones: Zones) -> Iterator[Wall]:
    for told in _tolds(piece, name, zones):
        if told.timed and piece.begin.timed:
            zone = piece.begin.zone or PARIS
            moment = told.wall.replace(tzinfo=told.zone or PARIS)
            yield moment.astimezone(zone).replace(tzinfo=None)
        else:
            yield datetime.combine(told.wall.date(), piece.begin.wall.time())


def _tolds(piece: Piece, name: str, zones: Zones) -> Iterator[Told]:
    for listed in _all(piece.fields, name):
        zone_name = str(getattr(listed, "params", {}).get("TZID", ""))
        for entry in getattr(listed, "dts", ()):
            value = entry.dt[0] if isinstance(entry.dt, tuple) else entry.dt
            if told := _as_told(value, zone_name, zones, piece.notes):
                yield told


def _told(fields: VEvent, name: str, zones: Zones, notes: list[str]) -> Told | None:
    listed = _all(fields, name)
    value = getattr(listed[0], "dt", None) if listed else None
    if value is None:
        return None
    return _as_told(value, str(getattr(listed[0], "params", {}).get("TZID", "")), zones, notes)


def _as_told(value: Any, zone_name: str, zones: Zones, notes: list[str]) -> Told | None:
    if isinstance(value, datetime):
        zone: tzinfo | None = None
        if zone_name:
            zone = zones.named(zone_name)
            if zone is None:
                notes.append(
                    f"Fuseau « {one_line(zone_name[:60])} » inconnu : les heures sont prises comme celles de Paris."
                )
        elif value.tzinfo is not None:
            zone = value.tzinfo
        return Told(value.replace(tzinfo=None), True, zone)
    if isinstance(value, date):
        return Told(datetime.combine(value, time()), False, None)
    return None


def _instant(told: Told) -> datetime | date:
    """What tells one begin from another, whatever the zone it is told in."""
    if not told.timed:
        return told.wall.date()
    if told.wall.year not in YEARS:
        return told.wall.date()
    return told.wall.replace(tzinfo=told.zone or PARIS).astimezone(UTC)


def _usual(name: str) -> tzinfo | None:
    """A zone by its usual name, as calendars decorate it: quotes, a path before it, or Outlook's own name."""
    bare = name.strip().strip('"')
    parts = bare.split("/")
    tails = ["/".join(parts[-size:]) for size in (3, 2)] if bare.startswith("/") else []
    for candidate in (bare, WINDOWS_TO_OLSON.get(bare, ""), *tails):
        if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_+-]*(?:/[A-Za-z0-9_+-]+){0,2}", candidate):
            continue
        try:
            return ZoneInfo(candidate)
        except (KeyError, ValueError, OSError):  # no such zone
            continue
    return None


def _all(fields: VEvent, name: str) -> list[Any]:
    """What a property says, as often as it stands there; what can't be read is left out."""
    value = fields.get(name)
    listed = value if isinstance(value, list) else [] if value is None else [value]
    return [entry for entry in listed if not isinstance(entry, vBroken)]


def _sequence(piece: Piece) -> int:
    value = _all(piece.fields, "SEQUENCE")
    return value[0] if value and isinstance(value[0], int) else 0


def _text(fields: VEvent, name: str) -> str:
    values = _all(fields, name)
    return str(values[0]).strip() if values else ""


def _word(fields: VEvent, name: str) -> str:
    return _text(fields, name).upper()


def _line(fields: VEvent, name: str) -> str:
    return understood(name, one_line, _text(fields, name))


def _cleaned(fields: VEvent, name: str) -> str:
    return understood(name, paragraphs, _text(fields, name))


def _address(fields: VEvent) -> str:
    return understood("URL", web_address, _text(fields, "URL"))


def _categories(fields: VEvent) -> str:
    words: Iterable[Any] = (
        word for listed in _all(fields, "CATEGORIES") for word in getattr(listed, "cats", ())
    )
    return ", ".join(str(word) for word in words)


def _place(text: str) -> dict[str, Any]:
    """« Salle des fêtes, 3 rue des Lilas, 69001 Lyon, France » in its parts, as far as they can be told."""
    name, _, rest = text.partition(",")
    town = re.search(r"\b(\d{5}),? ([^,]+)", rest)
    address = rest[: town.start()] if town else rest
    return {
        "place_name": name.strip(),
        "place_address": address.strip(" ,"),
        "place_postcode": full_postcode(town[1]) if town else "",
        "place_city": town[2].strip() if town else "",
    }
