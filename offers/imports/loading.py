"""A programme that has been read, written into the portal: all of it or nothing (C2, C3)."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from common import audit
from common.text import normalise
from offers.followers import dates_changed
from offers.imports.records import ImportedEvent, Note, Parsed, Problem, Skipped
from offers.models import Event, Performance
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
BATCH = 500

Known = dict[tuple[str, str], Event]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an import did, or would do. `created`, `updated` and `unchanged` count events; `performances` the dates
    that the file holds for them; `missing` those to come that the portal has and the file no longer."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    performances: int = 0
    missing: int = 0
    skipped: tuple[Skipped, ...] = ()
    errors: tuple[Problem, ...] = ()
    notes: tuple[Note, ...] = ()

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


@transaction.atomic
def load_programme(
    *, venue: Venue, parsed: Parsed, at: datetime, by: User | str = audit.SYSTEM, dry_run: bool = False
) -> Outcome:
    """Write the events of `parsed` into `venue`'s offer, or with `dry_run` only say what that would do.

    Events are known again by (venue, source, source_uid), dates by their begin. New dates carry 0 seats; seats,
    deadlines, cancellations and withdrawals of what exists are never touched, nor is what the file no longer
    holds. With any error in `parsed` nothing is written and the outcome says so.
    """
    if parsed.errors:
        return Outcome(skipped=parsed.skipped, errors=parsed.errors, notes=parsed.notes)
    # Two imports for one venue at once would both create the same events: the second waits here.
    venue = (
        Venue.objects.select_for_update(of=("self",), no_key=True).select_related("commune").get(pk=venue.pk)
    )
    known = _known_events(venue, parsed.events)
    programme = [_at_home(event, venue) for event in parsed.events if not event.cancelled]
    called_off = (_called_off(event, known) for event in parsed.events if event.cancelled)
    plan = _plan(venue, programme, known, at=at)
    if not dry_run:
        plan.carry_out()
        audit.record(
            at=at,
            actor=by,
            verb="programme importé",
            subject=venue,
            créés=len(plan.created),
            modifiés=len(plan.updated),
            dates=len(plan.added),
        )
        dates_changed(dates=Q(event__venue=venue), by=by, at=at)
    return Outcome(
        created=len(plan.created),
        updated=len(plan.updated),
        unchanged=len(programme) - len(plan.created) - len(plan.updated),
        performances=sum(len(event.performances) for event in programme),
        missing=plan.missing,
        skipped=tuple(sorted((*parsed.skipped, *called_off), key=lambda entry: entry.row)),
        notes=parsed.notes,
    )


def _at_home(event: ImportedEvent, venue: Venue) -> ImportedEvent:
    """An event whose place bears the venue's own name takes place at home, whose way and access are known."""
    if normalise(event.place_name) != normalise(venue.name):
        return event
    return replace(event, place_name="", place_address="", place_postcode="", place_city="")


@dataclass(slots=True)
class _Plan:
    """What is to be written, settled before the first write."""

    created: list[Event] = field(default_factory=list)
    changed: list[Event] = field(default_factory=list)
    columns: set[str] = field(default_factory=set)
    added: list[Performance] = field(default_factory=list)
    moved: list[Performance] = field(default_factory=list)
    updated: set[UUID] = field(default_factory=set)
    missing: int = 0

    def carry_out(self) -> None:
        Event.objects.bulk_create(self.created, batch_size=BATCH)
        if self.changed:
            Event.objects.bulk_update(self.changed, sorted(self.columns), batch_size=BATCH)
        Performance.objects.bulk_create(self.added, batch_size=BATCH)
        if self.moved:
            Performance.objects.bulk_update(self.moved, ["ends_at"], batch_size=BATCH)


def _plan(venue: Venue, programme: Sequence[ImportedEvent], known: Known, *, at: datetime) -> _Plan:
    plan = _Plan()
    dates = _known_dates(venue, programme)
    for entry in programme:
        event = known.get(_key(entry))
        if event is None:
            event = Event(venue=venue, source=entry.source, source_uid=entry.source_uid, kind=entry.kind)
            _tell(event, entry)
            plan.created.append(event)
        elif columns := _tell(event, entry):
            plan.changed.append(event)
            plan.columns |= columns
            plan.updated.add(event.pk)
        _plan_dates(plan, event, entry, dates[event.pk], at=at)
    return plan


def _tell(event: Event, entry: ImportedEvent) -> set[str]:
    """Take over what the file says into `event`, unsaved; the names of the columns that changed."""
    told = {name: getattr(entry, name) for name in TOLD if getattr(entry, name) not in ("", None)}
    if entry.kind_stated:
        told["kind"] = entry.kind
    before = {name: getattr(event, name) for name in (*told, *SEARCHED)}
    for name, value in told.items():
        setattr(event, name, value)
    event.prepare_search()
    return {name for name, value in before.items() if getattr(event, name) != value}


def _plan_dates(
    plan: _Plan, event: Event, entry: ImportedEvent, dates: dict[datetime, Performance], *, at: datetime
) -> None:
    for told in entry.performances:
        performance = dates.pop(told.starts_at, None)
        if performance is None:
            seats = told.seats or 0
            plan.added.append(
                Performance(
                    event=event,
                    starts_at=told.starts_at,
                    ends_at=told.ends_at,
                    capacity=seats,
                    seats_left=seats,
                )
            )
        elif told.ends_at and told.ends_at != performance.ends_at and not performance.cancelled_at:
            performance.ends_at = told.ends_at
            plan.moved.append(performance)
        else:
            continue
        if not event._state.adding:
            plan.updated.add(event.pk)
    plan.missing += sum(1 for left in dates.values() if left.starts_at > at and not left.cancelled_at)


def _key(entry: ImportedEvent | Event) -> tuple[str, str]:
    return entry.source, entry.source_uid


def _known_events(venue: Venue, entries: Iterable[ImportedEvent]) -> Known:
    """The events that earlier imports brought to `venue`, each with that very venue, so that none is read again."""
    events = venue.events.filter(source__in={entry.source for entry in entries})
    known = {}
    for event in events:
        event.venue = venue
        known[_key(event)] = event
    return known


def _known_dates(venue: Venue, entries: Iterable[ImportedEvent]) -> dict[UUID, dict[datetime, Performance]]:
    """The dates of those events, by event and by begin."""
    dates: dict[UUID, dict[datetime, Performance]] = defaultdict(dict)
    sources = {entry.source for entry in entries}
    for performance in Performance.objects.filter(event__venue=venue, event__source__in=sources):
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
