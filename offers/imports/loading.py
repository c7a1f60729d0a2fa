"""A programme that has been read, written into the portal: all of it or nothing (C2, C3)."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Model, Q
from django.utils import timezone

from common import audit
from common.errors import DomainError
from common.text import normalise
from offers.followers import dates_changed
from offers.imports.records import (
    ImportedEvent,
    ImportedPerformance,
    Note,
    Parsed,
    Problem,
    Skipped,
    Verdict,
)
from offers.models import Event, Performance, ProgrammeImport
from partners.models import User, Venue

# Written at every import where the file says something; a hand-made change of them gives way to the file.
TOLD = (
    "title",
    "description",
    "age_min",
    "duration_minutes",
    "languages",
    "wheelchair",
    "hearing_loop",
    "sign_language",
    "audio_description",
    "purchase_url",
    "purchase_info",
    "place_name",
    "place_address",
    "place_postcode",
    "place_city",
    "contact",
)
SEARCHED = ("city", "search_text")  # follow from the others
COMPARED = (
    *TOLD,
    *SEARCHED,
    "kind",
    "state",
    "source",
    "source_uid",
    "venue",
)  # all else stays in the database
BATCH = 500
QUOTED = 60  # characters of a value that are shown as it was and as it becomes
DATES_NAMED = 3  # of the dates added to one row; more are counted

Row = TypeVar("Row", bound=Model)
Known = dict[tuple[str, str], Event]
Changes = dict[str, tuple[Any, Any]]  # of each column what it said and what it says now


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an import did, or would do. `created`, `updated` and `unchanged` count events; `performances` the dates
    that the file holds for them, `added` those of them that are new; `missing` those to come that the same source
    held the last time, and no longer; `verdicts` what becomes of each row that isn't left out."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    performances: int = 0
    added: int = 0
    unseated: int = 0
    missing: tuple[UUID, ...] = ()
    verdicts: tuple[Verdict, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    errors: tuple[Problem, ...] = ()
    notes: tuple[Note, ...] = ()
    record: ProgrammeImport | None = field(default=None, compare=False)

    def as_json(self) -> dict[str, Any]:
        """The outcome as the command prints it for other programs."""
        return {
            "created": self.created,
            "updated": self.updated,
            "unchanged": self.unchanged,
            "performances": self.performances,
            "skipped": [asdict(entry) for entry in self.skipped],
            "errors": [asdict(entry) for entry in self.errors],
        }


def load_programme(
    *,
    venue: Venue,
    parsed: Parsed,
    at: datetime,
    by: User | str = audit.SYSTEM,
    seats: int = 0,
    dry_run: bool = False,
) -> Outcome:
    """Write the events of `parsed` into `venue`'s offer, or with `dry_run` only say what that would do.

    Events are known again by (venue, source, source_uid), dates by their begin. New dates carry the seats that the
    file says, else `seats`; a date that is known gets those of the file, never fewer than are taken: that is an
    error of its row. Deadlines, cancellations and withdrawals of what exists are never touched, nor is what the file
    no longer holds: `missing` is kept for the venue to decide. With any error nothing is written and the outcome
    says so. Raises DomainError when another import of the same programme was faster.
    """
    plan = prepare_programme(venue=venue, parsed=parsed, at=at, seats=seats)
    return plan.outcome() if dry_run else plan.write(by=by)


def prepare_programme(*, venue: Venue, parsed: Parsed, at: datetime, seats: int = 0) -> "Plan":
    """What loading would do, as `load_programme`: settled outside any transaction, since it takes long."""
    plan = Plan(venue=venue, parsed=parsed, at=at, errors=list(parsed.errors))
    if not plan.errors:
        plan.venue = Venue.objects.select_related("commune").get(pk=venue.pk)
        plan.settle(seats=seats)
    return plan


def _at_home(event: ImportedEvent, venue: Venue) -> ImportedEvent:
    """An event whose place bears the venue's own name takes place at home, whose way and access are known."""
    if normalise(event.place_name) != normalise(venue.name):
        return event
    return replace(event, place_name="", place_address="", place_postcode="", place_city="")


@dataclass(slots=True)
class Plan:
    """What is to be written for a file, settled before the first write."""

    venue: Venue
    parsed: Parsed
    at: datetime
    errors: list[Problem]
    created: list[Event] = field(default_factory=list)
    changed: list[Event] = field(default_factory=list)
    columns: set[str] = field(default_factory=set)
    added: list[Performance] = field(default_factory=list)
    moved: list[Performance] = field(default_factory=list)
    seats: dict[UUID, tuple[int, int]] = field(default_factory=dict)  # of a date, with the row that says so
    updated: set[UUID] = field(default_factory=set)
    held: list[UUID] = field(default_factory=list)  # every date of the file
    missing: list[UUID] = field(default_factory=list)
    previous: list[UUID] = field(default_factory=list)  # earlier imports that this one takes the place of
    unseated: int = 0
    events: int = 0
    verdicts: list[Verdict] = field(default_factory=list)
    called_off: list[Skipped] = field(default_factory=list)

    def settle(self, *, seats: int) -> None:
        """Compare the file with what the venue offers."""
        known, dates = _known_events(self.venue, self.parsed), _known_dates(self.venue, self.parsed)
        for entry in self.parsed.events:
            if entry.cancelled:
                self.called_off.append(_called_off(entry, known))
                continue
            self.events += 1
            entry = _at_home(entry, self.venue)
            event = known.get(_key(entry))
            told = _Told(entry, new=event is None)
            if event is None:
                event = Event(
                    venue=self.venue, source=entry.source, source_uid=entry.source_uid, kind=entry.kind
                )
                _tell(event, entry)
                self.created.append(event)
            elif changes := _tell(event, entry):
                self.changed.append(event)
                self.columns |= changes.keys()
                self.updated.add(event.pk)
                told.of_event(event, changes)
            _plan_dates(self, event, told, dates.get(event.pk, {}), seats=seats)
            self.verdicts.extend(told.verdicts())
        withdrawn = {event.pk for event in known.values() if event.is_withdrawn}
        _plan_missing(self, (kept for pk, kept in dates.items() if pk not in withdrawn))
        self.errors.extend(self._cut(self._reseated()))

    def outcome(self, record: ProgrammeImport | None = None) -> Outcome:
        """What is done, or would be."""
        skipped = tuple(sorted((*self.parsed.skipped, *self.called_off), key=lambda entry: entry.row))
        if self.errors:
            errors = tuple(sorted(self.errors, key=lambda problem: problem.row))
            return Outcome(skipped=skipped, errors=errors, notes=self.parsed.notes)
        return Outcome(
            created=len(self.created),
            updated=len(self.updated),
            unchanged=self.events - len(self.created) - len(self.updated),
            performances=len(self.held),
            added=len(self.added),
            unseated=self.unseated,
            missing=tuple(self.missing),
            verdicts=tuple(sorted(self.verdicts, key=lambda verdict: verdict.row)),
            skipped=skipped,
            notes=self.parsed.notes,
            record=record,
        )

    def write(self, *, by: User | str, record_id: UUID | None = None) -> Outcome:
        """Write it all, or with an error nothing. The record of the import gets `record_id`, where it is given."""
        try:
            with transaction.atomic():
                return self._write(by, record_id)
        except IntegrityError:  # two at once: the other one wrote the same events
            raise DomainError(
                "Un autre import de ce programme vient de se terminer. Déposez à nouveau le fichier pour voir ce "
                "qu'il reste à faire."
            ) from None

    def _write(self, by: User | str, record_id: UUID | None) -> Outcome:
        reseated = self._reseated(hold=True)
        self.errors = [*self.parsed.errors, *self._cut(reseated)]
        if self.errors:
            return self.outcome()
        Event.objects.bulk_create(self.created, batch_size=BATCH)
        Performance.objects.bulk_create(self.added, batch_size=BATCH)
        _update(Event, self.changed, sorted(self.columns))
        _update(Performance, self.moved, ["ends_at"])
        for performance in reseated:
            performance.seats_left += self.seats[performance.pk][0] - performance.capacity
            performance.capacity = self.seats[performance.pk][0]
        _update(Performance, reseated, ["capacity", "seats_left"])
        record = self._remember(record_id)
        audit.record(
            at=self.at,
            actor=by,
            verb="programme importé",
            subject=self.venue,
            créés=len(self.created),
            modifiés=len(self.updated),
            dates=len(self.added),
        )
        if self.updated:
            dates_changed(dates=Q(event__venue=self.venue), by=by, at=self.at)
        return self.outcome(record)

    def _reseated(self, *, hold: bool = False) -> list[Performance]:
        """The dates whose seats change, with `hold` held until the end of the transaction.

        Parties that wait for more seats are served by the next look at their line; nobody passes them until then.
        """
        if not self.seats:
            return []
        rows = Performance.objects.filter(pk__in=self.seats).order_by("pk")
        return list(rows.select_for_update(no_key=True) if hold else rows)

    def _cut(self, dates: Iterable[Performance]) -> Iterable[Problem]:
        """The errors of those that would be cut below what is taken."""
        for performance in dates:
            capacity, row = self.seats[performance.pk]
            if capacity < (taken := performance.seats_taken):
                sentence = (
                    f"Places déjà réservées pour le {_spoken(performance.starts_at)} : {taken}. Le fichier en donne "
                    f"{capacity} : écrivez au moins {taken}, ou annulez la séance sur le portail."
                )
                yield Problem(row, "places", sentence)

    def _remember(self, record_id: UUID | None) -> ProgrammeImport:
        ProgrammeImport.objects.filter(pk__in=self.previous).delete()
        record = ProgrammeImport(
            venue=self.venue,
            source=self.parsed.source,
            origin=self.parsed.origin,
            done_at=self.at,
            created=len(self.created),
            updated=len(self.updated),
            dates=[pk.hex for pk in self.held],
            missing=[pk.hex for pk in self.missing],
        )
        record.pk = record_id or record.pk
        record.save(force_insert=True)
        return record


def _update(model: type[Row], rows: Sequence[Row], columns: list[str]) -> None:
    """Write these columns of rows, a batch at a time: Django prepares all batches of one call before the first."""
    for start in range(0, len(rows), BATCH):
        model._default_manager.bulk_update(rows[start : start + BATCH], columns)


def _tell(event: Event, entry: ImportedEvent) -> Changes:
    """Take over what the file says into `event`, unsaved; what changed, by column."""
    told = {name: getattr(entry, name) for name in TOLD if getattr(entry, name) not in ("", None)}
    if entry.kind_stated:
        told["kind"] = entry.kind
    before = {name: getattr(event, name) for name in (*told, *SEARCHED)}
    for name, value in told.items():
        setattr(event, name, value)
    event.prepare_search()
    return {name: (value, now) for name, value in before.items() if (now := getattr(event, name)) != value}


@dataclass(slots=True)
class _Told:
    """What the rows of one event change, gathered for their verdicts."""

    entry: ImportedEvent
    new: bool
    changes: dict[int, list[str]] = field(default_factory=lambda: defaultdict(list))
    added: dict[int, list[datetime]] = field(default_factory=lambda: defaultdict(list))

    def row_of(self, told: ImportedPerformance) -> int:
        return told.row or self.entry.row

    def of_event(self, event: Event, changes: Changes) -> None:
        for name, (before, after) in changes.items():
            if name not in SEARCHED:
                self.changes[self.entry.row].append(_change(event, name, before, after))

    def verdicts(self) -> Iterable[Verdict]:
        """One for each row that says something of the event."""
        title = self.entry.title
        for row in dict.fromkeys((self.entry.row, *map(self.row_of, self.entry.performances))):
            added = self.added.get(row, [])
            if self.new:
                yield Verdict(row, "new", title, _dates_told(added))
            elif said := [
                *self.changes.get(row, []),
                *([f"en plus : {_dates_told(added)}"] if added else []),
            ]:
                yield Verdict(row, "changed", title, " ; ".join(said))
            else:
                yield Verdict(row, "same", title)


def _change(event: Event, name: str, before: Any, after: Any) -> str:
    column = Event._meta.get_field(name)
    label = str(getattr(column, "verbose_name", name))
    shown = [_shown(event, name, value) for value in (before, after)]
    if max(map(len, shown)) > QUOTED:
        return label
    return f"{label} : {shown[0] or 'rien'} → {shown[1]}"


def _shown(event: Event, name: str, value: Any) -> str:
    if isinstance(value, bool):
        return "oui" if value else "non"
    return str(dict(Event.Kind.choices).get(value, value)) if name == "kind" else str(value or "")


def _dates_told(dates: Sequence[datetime]) -> str:
    if len(dates) > DATES_NAMED:
        return f"{len(dates)} dates"
    return ", ".join(map(_spoken, dates))


def _spoken(moment: datetime) -> str:
    return f"{timezone.localtime(moment):%d/%m/%Y à %Hh%M}"


def _plan_dates(
    plan: Plan, event: Event, told: _Told, dates: dict[datetime, Performance], *, seats: int
) -> None:
    for date in told.entry.performances:
        performance = dates.pop(date.starts_at, None)
        if performance is None:
            given = seats if date.seats is None else date.seats
            performance = Performance(
                event=event,
                starts_at=date.starts_at,
                ends_at=date.ends_at,
                capacity=given,
                seats_left=given,
            )
            plan.added.append(performance)
            plan.unseated += date.seats is None
            told.added[told.row_of(date)].append(date.starts_at)
            if not told.new:
                plan.updated.add(event.pk)
        elif said := _date_changes(plan, performance, date, told.row_of(date)):
            told.changes[told.row_of(date)].extend(said)
            plan.updated.add(event.pk)
        plan.held.append(performance.pk)


def _date_changes(plan: Plan, performance: Performance, date: ImportedPerformance, row: int) -> list[str]:
    said: list[str] = []
    if performance.cancelled_at:
        return said
    if date.ends_at and date.ends_at != performance.ends_at:
        before = _spoken(performance.ends_at) if performance.ends_at else "rien"
        said.append(f"fin : {before} → {_spoken(date.ends_at)}")
        performance.ends_at = date.ends_at
        plan.moved.append(performance)
    if date.seats is not None and date.seats != performance.capacity:
        said.append(f"places : {performance.capacity} → {date.seats}")
        plan.seats[performance.pk] = (date.seats, row)
    return said


def _plan_missing(plan: Plan, left: Iterable[dict[datetime, Performance]]) -> None:
    """Of the dates that the file doesn't hold, those to come that the same source held the last time, or that nobody
    has decided about since."""
    before: set[UUID] = set()
    parsed = plan.parsed
    for known in ProgrammeImport.objects.like(venue=plan.venue, source=parsed.source, origin=parsed.origin):
        before.update(map(UUID, (*known.dates, *known.missing)))
        plan.previous.append(known.pk)
    gone = [date for dates in left for date in dates.values() if date.pk in before]
    gone = [date for date in gone if date.starts_at > plan.at and not date.cancelled_at]
    plan.missing = [date.pk for date in sorted(gone, key=lambda date: (date.starts_at, date.pk))]


def _key(entry: ImportedEvent | Event) -> tuple[str, str]:
    return entry.source, entry.source_uid


def _sources(parsed: Parsed) -> set[str]:
    return {parsed.source, *(entry.source for entry in parsed.events)} - {""}


def _known_events(venue: Venue, parsed: Parsed) -> Known:
    """The events that earlier imports brought to `venue`, each with that very venue, so that none is read again."""
    known = {}
    rows = venue.events.filter(source__in=_sources(parsed)).only(*COMPARED)
    for event in rows.iterator(chunk_size=BATCH):
        event.venue = venue
        known[_key(event)] = event
    return known


def _known_dates(venue: Venue, parsed: Parsed) -> dict[UUID, dict[datetime, Performance]]:
    """The dates of those events, by event and by begin."""
    dates: dict[UUID, dict[datetime, Performance]] = defaultdict(dict)
    rows = Performance.objects.filter(event__venue=venue, event__source__in=_sources(parsed))
    compared = rows.only("event", "starts_at", "ends_at", "capacity", "cancelled_at")
    for performance in compared.iterator(chunk_size=BATCH):
        dates[performance.event_id][performance.starts_at] = performance
    return dates


def _called_off(entry: ImportedEvent, known: Known) -> Skipped:
    """Cancelled or postponed where it comes from. What people may have booked is never cancelled silently."""
    if event := known.get(_key(entry)):
        return Skipped(
            entry.row,
            f"« {event.title} » est annulé ou reporté dans votre fichier, mais toujours sur le portail : annulez-y "
            "ses dates, pour que les personnes qui ont réservé soient prévenues.",
        )
    return Skipped(entry.row, "Annulé ou reporté dans votre fichier : rien n'a été ajouté.")
