"""How people and structures use their seats (D8): what is much, and beside what. Pure: no database.

A seat counts as unused where its person neither came nor was excused, on a date whose venue noted who came – a list
kept on paper says nothing – or where the structure says so (E1). Seats given back before the start, and excused ones,
are never held against anybody.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from statistics import median
from uuid import UUID

from django.conf import settings


def busiest_week(
    moments: Iterable[datetime], *, around: datetime | None = None
) -> tuple[int, datetime | None]:
    """The most outings that fall into one sliding week, and the first of them; (0, None) for none.

    With `around`, only weeks that hold this moment count.
    """
    week = timedelta(days=settings.USAGE_ALERT_DAYS)
    ordered = sorted(moments)
    best, first = 0, None
    for index, start in enumerate(ordered):
        if around is not None and not start <= around < start + week:
            continue
        count = sum(1 for moment in ordered[index:] if moment < start + week)
        if count > best:
            best, first = count, start
    return best, first


@dataclass(frozen=True)
class Period:
    """Whole days, first and last included."""

    first: date
    last: date

    @classmethod
    def before(cls, on: date) -> "Period":
        """The latest period whose dates are settled on the day `on`: the desk can note nobody any more."""
        last = on - timedelta(days=settings.DOOR_CLOSES_DAYS_AFTER + 1)
        return cls(last - timedelta(days=settings.USAGE_PERIOD_DAYS - 1), last)

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1

    @property
    def past(self) -> "Period":
        """The days before it that tell what is usual."""
        return Period(
            self.first - timedelta(days=self.days * settings.USAGE_PAST_PERIODS),
            self.first - timedelta(days=1),
        )


@dataclass(frozen=True)
class Seats:
    """Seats that were kept until their date: all of them, those whose end is known, and those of these unused."""

    taken: int = 0
    known: int = 0
    unused: int = 0

    @property
    def rate(self) -> float | None:
        """The part that went unused, 0 to 1; None where too few ends are known to say."""
        return self.unused / self.known if self.known >= settings.USAGE_SEATS_MIN else None

    def __add__(self, other: "Seats") -> "Seats":
        return Seats(self.taken + other.taken, self.known + other.known, self.unused + other.unused)


@dataclass(frozen=True)
class Use:
    """One structure's seats in a period and in its past, which began with the outing of the day `since`."""

    structure_id: UUID
    period: Period
    now: Seats = Seats()
    past: Seats = Seats()
    since: date | None = None

    @property
    def usual_taken(self) -> float | None:
        """Seats that it usually takes in as many days; None for one that hasn't been there for as long."""
        if self.since is None or (known := (self.period.first - self.since).days) < self.period.days:
            return None
        return self.past.taken * self.period.days / known

    @property
    def usual_rate(self) -> float | None:
        """The part of its seats that usually goes unused; None where too few are known to say."""
        return self.past.rate


@dataclass(frozen=True)
class Network:
    """The medians of all structures that can be judged; None where there are too few of them."""

    taken: float | None = None
    rate: float | None = None

    @classmethod
    def of(cls, uses: Iterable[Use]) -> "Network":
        """What lies in the middle of `uses`; structures without any seat in the period don't count."""
        seats = [use.now for use in uses if use.now.taken]
        return cls(
            _median([one.taken for one in seats]),
            _median([rate for one in seats if (rate := one.rate) is not None]),
        )


def _median(values: list[float] | list[int]) -> float | None:
    return float(median(values)) if len(values) >= settings.USAGE_NETWORK_MIN else None


def is_heavy(use: Use, network: Network) -> bool:
    """Whether a structure took far more seats than the network, and than is usual for it where that is known."""
    usual, taken = use.usual_taken, use.now.taken
    if taken < settings.USAGE_HEAVY_MIN or (usual is None and network.taken is None):
        return False
    within_usual = usual is not None and taken < settings.USAGE_HEAVY_TIMES_USUAL * usual
    within_network = network.taken is not None and taken < settings.USAGE_HEAVY_TIMES * network.taken
    return not within_usual and not within_network


def is_unused(use: Use, network: Network) -> bool:
    """Whether far more of a structure's seats went unused than is usual for it, or than in the network."""
    rate = use.now.rate
    if rate is None or rate < settings.USAGE_UNUSED_MIN or use.now.unused < settings.USAGE_UNUSED_SEATS:
        return False
    others = [other for other in (use.usual_rate, network.rate) if other is not None]
    return any(rate - other >= settings.USAGE_UNUSED_ABOVE for other in others)
