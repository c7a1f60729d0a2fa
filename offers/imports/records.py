"""What a programme file says, once read: plain values, no database (C2).

Every reader of a form of file produces these records and nothing else; what comes after (limits, loading,
preview) never looks at the file again. `row` counts as the venue does: in a table the heading is row 1, in
an agenda the first event is 1.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime


@dataclass(frozen=True, slots=True)
class ImportedPerformance:
    """One date: aware, in UTC; `ends_at` and `seats` are None where the file doesn't say or can't be believed.

    `row` is where a table says it, 0 where the event's own row does.
    """

    starts_at: datetime
    ends_at: datetime | None = None
    seats: int | None = None
    row: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class ImportedEvent:
    """One event of the file, with its dates in order and each once.

    An empty text and a None mean "the file doesn't say": what the portal already knows then stays.
    `kind` is the file's word when `kind_stated`, else a guess from title and keywords.
    """

    row: int
    source: str
    source_uid: str
    title: str
    performances: tuple[ImportedPerformance, ...]
    kind: str = "other"
    kind_stated: bool = False
    description: str = ""
    age_min: int | None = None
    duration_minutes: int | None = None
    languages: str = ""
    wheelchair: bool | None = None
    hearing_loop: bool | None = None
    sign_language: bool | None = None
    audio_description: bool | None = None
    purchase_url: str = ""
    purchase_info: str = ""
    place_name: str = ""
    place_address: str = ""
    place_postcode: str = ""
    place_city: str = ""
    contact: str = ""
    cancelled: bool = False


@dataclass(frozen=True, slots=True)
class Problem:
    """What must be mended before anything is written; `field` is the column or key, as the file names it."""

    row: int
    field: str
    message: str


@dataclass(frozen=True, slots=True)
class Skipped:
    """An event left out on purpose, and why."""

    row: int
    reason: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of one row: `state` is new, changed or same; `text` says what changes."""

    row: int
    state: str
    title: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class Note:
    """Something taken in differently from how the file writes it; for the person, not an error."""

    row: int
    text: str


@dataclass(frozen=True, slots=True)
class Parsed:
    """A file read to its end. With any error in it, nothing of it may be written.

    `source` is its form, `origin` what tells it from the other files of that form that a venue has.
    """

    events: tuple[ImportedEvent, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    errors: tuple[Problem, ...] = ()
    notes: tuple[Note, ...] = ()
    source: str = field(default="", compare=False)
    origin: str = field(default="", compare=False)


@dataclass(slots=True)
class Findings:
    """What a reader gathers on its way through a file; `parsed()` closes it."""

    events: list[ImportedEvent] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    errors: list[Problem] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)

    def add(self, part: Parsed) -> None:
        """Take over what was read of a part of the file."""
        self.events.extend(part.events)
        self.skipped.extend(part.skipped)
        self.errors.extend(part.errors)
        self.notes.extend(part.notes)

    def parsed(self) -> Parsed:
        """The whole file, with each event and each of its dates once."""
        return Parsed(merge_events(self.events), tuple(self.skipped), tuple(self.errors), tuple(self.notes))


def merge_dates(performances: Iterable[ImportedPerformance]) -> tuple[ImportedPerformance, ...]:
    """Dates in order, each start once; of a start given twice the later end and the last seats are kept."""
    known: dict[datetime, ImportedPerformance] = {}
    for told in performances:
        if before := known.get(told.starts_at):
            later = max(filter(None, (before.ends_at, told.ends_at)), default=None)
            seats = before.seats if told.seats is None else told.seats
            told = replace(before, ends_at=later, seats=seats)
        known[told.starts_at] = told
    return tuple(known[start] for start in sorted(known))


def merge_events(events: Iterable[ImportedEvent]) -> tuple[ImportedEvent, ...]:
    """Events in the file's order, each identity once: the first one's texts, the dates of all."""
    merged: dict[str, list[ImportedEvent]] = {}
    for event in events:
        merged.setdefault(event.source_uid, []).append(event)
    return tuple(map(_merged, merged.values()))


def _merged(events: list[ImportedEvent]) -> ImportedEvent:
    if len(events) == 1:
        return events[0]
    return replace(
        events[0], performances=merge_dates(date for event in events for date in event.performances)
    )
