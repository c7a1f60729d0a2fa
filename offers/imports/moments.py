"""Dates and times of a file, made sure instants (C2).

A time without offset is Paris time. In the hour that summer time skips, it is read an hour later, as clocks
do; in the hour that comes twice, it is the first one, unless an end would then come before its begin.
"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from common.text import normalise
from offers.imports.records import ImportedPerformance

PARIS = ZoneInfo("Europe/Paris")
YEARS = range(2000, 2101)
LONGEST = timedelta(days=14)
ALL_DAY_END = time(23, 59)

MONTHS = {
    **{name: number for number, name in enumerate(
        "janvier fevrier mars avril mai juin juillet aout septembre octobre novembre decembre".split(), 1
    )},
    **{name: number for number, name in enumerate("janv fevr mars avr mai juin juil aout sept oct nov dec".split(), 1)},
}  # fmt: skip
CLOCK = (
    r"(?P<hour>\d{1,2})\s*(?:h|:|heures?)\s*(?P<minute>\d{2})?(?::(?P<second>\d{2})(?:\.\d+)?)?(?:\s*min)?"
)
TIME = re.compile(rf"{CLOCK}$")
NUMERIC_DAY = re.compile(r"(?P<day>\d{1,2})[/.-](?P<month>\d{1,2})[/.-](?P<year>\d{4}|\d{2})\b")
WRITTEN_DAY = re.compile(r"(?:[a-z]+\.? )?(?P<day>\d{1,2})(?:er)? (?P<month>[a-z]+)\.? (?P<year>\d{4})\b")
ISO = re.compile(r"(?P<day>\d{4}[-/]\d{2}[-/]\d{2})(?:(?: |T|, )(?P<time>.+))?$", re.IGNORECASE)


class BadMoment(ValueError):
    """A date or time that can't be read; its message is a French sentence."""


@dataclass(frozen=True, slots=True)
class Moment:
    """What a cell says: a day, perhaps a time on it, perhaps sure of its offset (then `instant` is aware)."""

    day: date
    clock: time | None = None
    instant: datetime | None = None

    @property
    def timed(self) -> bool:
        return self.clock is not None or self.instant is not None

    def local(self, clock: time | None = None) -> datetime:
        """The moment in Paris; `clock` stands in for a time that isn't given."""
        if self.instant:
            return self.instant.astimezone(PARIS)
        return datetime.combine(self.day, self.clock or clock or time(), tzinfo=PARIS)


def read_moment(text: str) -> Moment:
    """The day and time that `text` says: ISO (space or T, any offset), 31/12/2026, 31 décembre 2026, with or
    without 20:30, 20h30, « à 20h ». Raises BadMoment with a sentence."""
    spoken = normalise(text)
    written = ISO.match(spoken)
    moment = _iso(written, text) if written else _french(spoken, text)
    if moment.day.year not in YEARS:
        raise BadMoment(f"L'année {moment.day.year} n'est pas possible : elle doit être entre 2000 et 2100.")
    return moment


def read_time(text: str) -> time:
    """The time that `text` says: 20h30, 20h, 20:30, 20:30:00. Raises BadMoment with a sentence."""
    if not (found := TIME.match(normalise(text))):
        raise BadMoment(
            f"Nous ne comprenons pas l'heure « {_short(text)} ». Écrivez-la comme 20h30 ou 20:30."
        )
    return _clock(found, text)


def is_time(text: str) -> bool:
    """Whether `text` is a time without a day."""
    return TIME.match(normalise(text)) is not None


def slot(begin: Moment, end: Moment | None) -> tuple[ImportedPerformance, str]:
    """The performance from `begin` to `end`, and a note when it isn't what the file literally says, else "".

    An end on the same day but before its begin is the next morning's; equal to its begin, it says nothing. A
    date without time is the whole day. Longer than two weeks is a period, not a date: only its first day stays.
    An end without time on the begin's own day says nothing either. Raises BadMoment when the end lies on an
    earlier day.
    """
    whole_day = not begin.timed
    if end and begin.timed and not end.timed and end.day == begin.day:
        end = None
    starts, ends, note = begin.local(), end.local(ALL_DAY_END) if end else None, ""
    if whole_day:
        note = f"Le {starts:%d/%m/%Y} n'a pas d'heure : la date est prise pour la journée entière."
        ends = ends or datetime.combine(begin.day, ALL_DAY_END, tzinfo=PARIS)
    if ends and _utc(ends) <= _utc(starts):
        ends = _later_end(starts, ends)
    if ends and _utc(ends) - _utc(starts) > LONGEST:
        note = (
            f"Du {starts:%d/%m/%Y} au {ends:%d/%m/%Y} : c'est une période, pas une séance. "
            "Seule la première date est reprise ; ajoutez les autres dates si vous donnez des places."
        )
        ends = datetime.combine(begin.day, ALL_DAY_END, tzinfo=PARIS) if whole_day else None
    return ImportedPerformance(_utc(starts), _utc(ends) if ends else None), note


def _later_end(starts: datetime, ends: datetime) -> datetime | None:
    if ends == starts:
        return None
    if ends.date() < starts.date():
        raise BadMoment(
            f"La fin ({ends:%d/%m/%Y %H:%M}) est avant le début ({starts:%d/%m/%Y %H:%M}). Corrigez l'une des deux."
        )
    if _utc(ends.replace(fold=1)) > _utc(starts):
        return ends.replace(fold=1)
    return ends + timedelta(days=1)


def _utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC)


def _iso(written: re.Match[str], text: str) -> Moment:
    try:
        day = date.fromisoformat(written["day"].replace("/", "-"))
    except ValueError:
        raise BadMoment(f"Le jour « {_short(text)} » n'existe pas dans le calendrier.") from None
    if not written["time"]:
        return Moment(day)
    if clock := TIME.match(written["time"]):
        return Moment(day, _clock(clock, text))
    try:
        read = datetime.fromisoformat(f"{day}T{written['time'].upper()}")
    except ValueError:
        raise BadMoment(_not_understood(text)) from None
    if read.tzinfo is None:
        return Moment(day, read.time())
    if read.year not in YEARS:  # converting the first and last days of the calendar overflows
        return Moment(day)
    return Moment(day, instant=read.astimezone(UTC))


def _french(spoken: str, text: str) -> Moment:
    found = NUMERIC_DAY.match(
        spoken.split(" ", 1)[-1] if spoken[:1].isalpha() else spoken
    ) or WRITTEN_DAY.match(spoken)
    if not found:
        raise BadMoment(_not_understood(text))
    month = found["month"] if found["month"].isdigit() else MONTHS.get(found["month"], 0)
    year = found["year"] if len(found["year"]) == 4 else f"20{found['year']}"
    try:
        day = date(int(year), int(month), int(found["day"]))
    except ValueError:
        raise BadMoment(f"Le jour « {_short(text)} » n'existe pas dans le calendrier.") from None
    rest = found.string[found.end() :].strip(" ,-").removeprefix("a ").strip()
    if not rest:
        return Moment(day)
    if not (clock := TIME.match(rest)):
        raise BadMoment(_not_understood(text))
    return Moment(day, _clock(clock, text))


def _clock(found: re.Match[str], text: str) -> time:
    try:
        return time(int(found["hour"]), int(found["minute"] or 0), int(found["second"] or 0))
    except ValueError:
        raise BadMoment(f"L'heure « {_short(text)} » n'existe pas.") from None


def _not_understood(text: str) -> str:
    return f"Nous ne comprenons pas la date « {_short(text)} ». Écrivez-la comme 31/12/2026 20:30 ou 2026-12-31 20:30."


def _short(text: str) -> str:
    """As it stands in a sentence: short, and without halves of characters, which no page can show."""
    text = text.encode(errors="replace").decode()
    return text if len(text) <= 40 else f"{text[:39]}…"
