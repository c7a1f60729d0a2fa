"""The controls of every night (E5): what stands out becomes a finding, once; how evenly seats are spread is kept.

How structures use their seats is judged by `invitations.services.usage_review` (D8), and only there.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Count, Exists, F, Min, OuterRef, Q, Subquery, Sum

from common import audit
from common.dates import local_day, start_of
from conventions.models import Agreement
from evaluations.models import ControlNight, Finding, Opinion
from evaluations.spread import Spread
from invitations.models import Booking, Invitation
from offers.models import Performance
from partners.models import Structure
from partners.seasons import Season

Kind = Finding.Kind
FOLLOWS = ["since", "count", "out_of"]  # what an open finding takes over each night


@transaction.atomic
def review(*, at: datetime) -> int:
    """Look once a night at the whole season; returns the findings written, 0 where that night is already made.

    An open finding follows the figures; one of which nobody noted anything is closed by itself once it no longer
    holds. What the team closed isn't said again for CONTROL_QUIET_DAYS.
    """
    season = Season.of(local_day(at))
    night, fresh = ControlNight.objects.get_or_create(
        on=local_day(at), defaults={"made_at": at, "season_year": season.year}
    )
    if not fresh:
        return 0
    people, structures, by_size = spreads(season, at=at)
    night.people, night.structures, night.by_size = (
        one.stored if one else None for one in (people, structures, by_size)
    )
    night.save(update_fields=["people", "structures", "by_size"])
    return _note(standing_out(at=at), at=at)


def _note(found: Iterable[Finding], *, at: datetime) -> int:
    """Write what stands out now: new findings, open ones brought up to date, those that no longer hold closed."""
    made = Finding.objects.exclude(kind=Kind.WELCOME)
    known = {_key(one): one for one in made.open()}
    quiet = at - timedelta(days=settings.CONTROL_QUIET_DAYS)
    settled = {_key(one) for one in made.filter(closed_at__gt=quiet).exclude(outcomes=None)}
    fresh, changed = [], []
    for one in found:
        if before := known.pop(_key(one), None):
            for name in FOLLOWS:
                setattr(before, name, getattr(one, name))
            changed.append(before)
        elif _key(one) not in settled:
            fresh.append(one)
    Finding.objects.bulk_create(fresh, ignore_conflicts=True)
    Finding.objects.bulk_update(changed, FOLLOWS, batch_size=500)
    _close(Finding.objects.to_take_up().filter(pk__in=[one.pk for one in known.values()]), at=at)
    return len(fresh)


def _key(finding: Finding) -> tuple:
    return finding.kind, finding.structure_id or finding.venue_id


def _close(gone: Iterable[Finding], *, at: datetime) -> None:
    """Close what no longer holds, and of which nobody noted anything."""
    rows = list(gone)
    Finding.objects.filter(pk__in=[one.pk for one in rows]).update(closed_at=at)
    for one in rows:
        audit.record(at=at, actor=audit.SYSTEM, verb="constat refermé", subject=one)


# --- What stands out -----------------------------------------------------------------------------------


def standing_out(*, at: datetime) -> list[Finding]:
    """A finding, not yet written, for whatever stands out at `at`. Four queries, whatever there is."""
    return [*_dormant(at=at), *_unbooked(at=at), *_silent_doors(at=at), *_unanswered(at=at)]


def _dormant(*, at: datetime) -> list[Finding]:
    """Structures that could have booked for CONTROL_DORMANT_WEEKS, and didn't."""
    today = local_day(at)
    before = today - timedelta(weeks=settings.CONTROL_DORMANT_WEEKS)
    last = Booking.objects.filter(structure=OuterRef("pk")).order_by("-created_at").values("created_at")[:1]
    in_force = [
        Exists(Agreement.objects.in_force(on=day).filter(structure=OuterRef("pk"))) for day in (before, today)
    ]
    asleep = (
        Structure.objects.filter(*in_force, suspended_at=None)
        .annotate(booked_at=Subquery(last))
        .filter(Q(booked_at=None) | Q(booked_at__lt=start_of(before)))
        .order_by("pk")
    )
    return [
        Finding(kind=Kind.DORMANT, structure_id=pk, since=booked_at and local_day(booked_at), seen_at=at)
        for pk, booked_at in asleep.values_list("pk", "booked_at")
    ]


def _lately(*, at: datetime):
    """Dates of the last CONTROL_DAYS that took place, with seats; those of which the door can still be noted aside."""
    settled = at - timedelta(days=settings.DOOR_CLOSES_DAYS_AFTER + 1)
    return Performance.objects.published().filter(
        starts_at__gte=at - timedelta(days=settings.CONTROL_DAYS),
        starts_at__lte=settled,
        cancelled_at=None,
        capacity__gt=0,
    )


def _unbooked(*, at: datetime) -> list[Finding]:
    """Venues of which most seats stayed free, and many."""
    free = Sum(F("seats_left") + F("seats_held"))
    rows = (
        _lately(at=at)
        .values("event__venue")
        .annotate(given=Sum("capacity"), free=free, first=Min("starts_at"))
        .filter(free__gte=settings.CONTROL_UNBOOKED_SEATS)
        .order_by("event__venue")
    )
    return [
        _of_venue(Kind.UNBOOKED, row, count=row["free"], out_of=row["given"], at=at)
        for row in rows
        if row["free"] >= settings.CONTROL_UNBOOKED_MIN * row["given"]
    ]


def _silent_doors(*, at: datetime) -> list[Finding]:
    """Venues that noted nobody at the door, most of the evenings for which somebody had booked."""
    expected = Invitation.objects.live().filter(performance=OuterRef("pk"))
    noted = expected.filter(admitted_at__isnull=False)
    rows = (
        _lately(at=at)
        .filter(Exists(expected))
        .annotate(noted=Exists(noted))
        .values("event__venue")
        .annotate(dates=Count("pk"), silent=Count("pk", filter=Q(noted=False)), first=Min("starts_at"))
        .filter(silent__gte=settings.CONTROL_DOOR_DATES)
        .order_by("event__venue")
    )
    return [
        _of_venue(Kind.DOOR, row, count=row["silent"], out_of=row["dates"], at=at)
        for row in rows
        if row["silent"] >= settings.CONTROL_DOOR_MIN * row["dates"]
    ]


def _unanswered(*, at: datetime) -> list[Finding]:
    """Venues of which people who went say something, without an answer for CONTROL_ANSWER_DAYS."""
    answers = Opinion.objects.filter(answers_to=OuterRef("pk"), speaks_for=OuterRef("venue"))
    rows = (
        Opinion.objects.published()
        .opening()
        .filter(
            ~Exists(answers),
            stance=Opinion.Stance.WENT,
            venue__isnull=False,
            published_at__gte=at - timedelta(days=settings.CONTROL_DAYS),
            published_at__lte=at - timedelta(days=settings.CONTROL_ANSWER_DAYS),
        )
        .values("venue")
        .annotate(said=Count("pk"), first=Min("published_at"))
        .order_by("venue")
    )
    return [
        Finding(
            kind=Kind.OPINIONS,
            venue_id=row["venue"],
            count=row["said"],
            since=local_day(row["first"]),
            seen_at=at,
        )
        for row in rows
    ]


def _of_venue(kind: str, row: dict, *, count: int, out_of: int, at: datetime) -> Finding:
    return Finding(
        kind=kind,
        venue_id=row["event__venue"],
        since=local_day(row["first"]),
        count=count,
        out_of=out_of,
        seen_at=at,
    )


# --- How evenly seats are spread -------------------------------------------------------------------------


def spreads(season: Season, *, at: datetime) -> Sequence[Spread | None]:
    """The season's seats, booked until `at`: by person with a seat, by structure in force, and by its size.

    A person's seats are those of whoever came along, too. A structure without any seat counts, with zero.
    """
    seats = Invitation.objects.live().filter(
        performance__starts_at__gte=start_of(season.starts_on),
        performance__starts_at__lt=start_of(season.next.starts_on),
    )
    by_person = seats.order_by().values("booking__person_ref").annotate(seats=Count("pk"))
    by_structure = dict(
        seats.order_by().values_list("booking__structure").annotate(seats=Count("pk")).iterator()
    )
    members = Structure.objects.filter(
        Exists(Agreement.objects.in_force(on=local_day(at)).filter(structure=OuterRef("pk")))
    )
    sizes = dict(members.values_list("pk", "people_accompanied"))
    return (
        Spread.of(by_person.values_list("seats", flat=True).iterator()),
        Spread.of(by_structure.get(pk, 0) for pk in sizes),
        Spread.of(100 * by_structure.get(pk, 0) / size for pk, size in sizes.items() if size),
    )
