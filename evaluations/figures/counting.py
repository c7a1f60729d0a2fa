"""Exact counts of what became of seats. Not to be shown: `telling` says what may be.

- given: seats of dates that took place;
- booked: invitations not cancelled; used: people noted as come, by the desk or by their structure (E1);
- unknown: booked seats of which nobody said anything: neither the structure, nor the desk, which noted nobody of that
  date – a list kept on paper says nothing of who came (as D8);
- absent: booked seats that are known to have stayed empty. Always booked = used + absent + unknown;
- lost: given seats that nobody used, as far as known. Always given = used + lost + unknown.
"""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import groupby
from operator import itemgetter
from uuid import UUID

from django.db.models import Count, Q

from common.dates import months_before, start_of
from invitations.models import Booking, Invitation
from offers.models import Performance
from partners.seasons import Season


@dataclass(frozen=True, slots=True)
class Seats:
    """An exact count of seats."""

    given: int = 0
    booked: int = 0
    used: int = 0
    unknown: int = 0

    @property
    def empty(self) -> int:
        """Booked seats that aren't known to have been used."""
        return self.booked - self.used

    @property
    def absent(self) -> int:
        return self.empty - self.unknown

    @property
    def lost(self) -> int:
        return self.given - self.used - self.unknown

    def __add__(self, other: "Seats") -> "Seats":
        return Seats(
            self.given + other.given,
            self.booked + other.booked,
            self.used + other.used,
            self.unknown + other.unknown,
        )


def _nothing() -> defaultdict:
    return defaultdict(Seats)


@dataclass(slots=True)
class SeasonCount:
    """A season's seats, counted along what they may be told by; of structures nothing is ever `given`.

    By month (its first day); by venue, kind of event and month; by structure and month. `people` counts the different
    people in whose name a structure went out.
    """

    months: dict[date, Seats] = field(default_factory=_nothing)
    venues: dict[tuple[UUID, str, date], Seats] = field(default_factory=_nothing)
    structures: dict[tuple[UUID, date], Seats] = field(default_factory=_nothing)
    people: dict[UUID, int] = field(default_factory=dict)

    def add(
        self, month: date, venue: UUID, kind: str, seats: Seats, *, structure: UUID | None = None
    ) -> None:
        """Count seats that a venue gave, or that a structure booked of it."""
        self.months[month] += seats
        self.venues[venue, kind, month] += seats
        if structure is not None:
            self.structures[structure, month] += seats


def month_of(day: date) -> date:
    """The first day of its month."""
    return day.replace(day=1)


def months_of(season: Season) -> list[date]:
    """The first days of a season's months, in order."""
    months = []
    month = month_of(season.starts_on)
    while month <= season.ends_on:
        months.append(month)
        month = months_before(month, -1)
    return months


def count_season(
    season: Season, *, at: datetime, progress: Callable[[int, int], None] = lambda done, of: None
) -> SeasonCount:
    """Everything that is counted of the dates of a season that began by `at` and weren't cancelled.

    Month by month, two queries each, so that memory holds one month's dates whatever the season's size; `progress`
    hears how many months are done of how many.
    """
    count = SeasonCount()
    months = months_of(season)
    for done, month in enumerate(months):
        progress(done, len(months))
        _count_month(count, month, season=season, at=at)
    progress(len(months), len(months))
    people = (
        Booking.objects.live()
        .filter(
            performance__starts_at__gte=start_of(season.starts_on),
            performance__starts_at__lt=start_of(season.next.starts_on),
            performance__starts_at__lte=at,
            performance__cancelled_at=None,
        )
        .order_by()
        .values_list("structure_id")
        .annotate(Count("person_ref", distinct=True))
    )
    count.people = dict(people)
    return count


def _count_month(count: SeasonCount, month: date, *, season: Season, at: datetime) -> None:
    first = max(month, season.starts_on)
    after = min(months_before(month, -1), season.next.starts_on)
    held = {
        "starts_at__gte": start_of(first),
        "starts_at__lt": start_of(after),
        "starts_at__lte": at,
        "cancelled_at": None,
        "capacity__gt": 0,
    }
    dates = Performance.objects.filter(**held).order_by()
    about = {}
    for pk, venue, kind, capacity in dates.values_list("pk", "event__venue_id", "event__kind", "capacity"):
        about[pk] = venue, kind
        count.add(month, venue, kind, Seats(given=capacity))
    parties = (
        Invitation.objects.live()
        .filter(**{f"performance__{name}": value for name, value in held.items()})
        .order_by("performance_id")
        .values_list("performance_id", "booking__structure_id")
        .annotate(
            booked=Count("pk"),
            came=Count("pk", filter=Q(status=Invitation.Status.ATTENDED)),
            entered=Count("admitted_at"),
            unsaid=Count("pk", filter=Q(status=Invitation.Status.VALID)),
        )
    )
    for performance, same in groupby(parties.iterator(chunk_size=2000), key=itemgetter(0)):
        if performance in about:  # not one that the venue gave seats for between the two queries
            _add_date(count, month, about[performance], [party[1:] for party in same])


def _add_date(count: SeasonCount, month: date, about: tuple[UUID, str], parties: list[tuple]) -> None:
    """Count one date's parties, a row for each structure; whether the desk noted anybody is the date's."""
    noted = any(entered for _, _, _, entered, _ in parties)
    for structure, booked, came, _, unsaid in parties:
        seats = Seats(booked=booked, used=came, unknown=0 if noted else unsaid)
        count.add(month, *about, seats, structure=structure)
