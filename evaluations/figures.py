"""What became of the seats that venues give: the one place that counts them, and that hides what is too small (E4).

`count_seats` counts, exactly, for whichever dates it is given; `shown` is what may be shown of a count, and `total` of
several. Pages, files and mails show what `shown` and `total` give, never a count itself.

- given: seats of dates that took place;
- booked: invitations not cancelled; used: people noted as come, by the desk or by their structure (E1);
- unknown: booked seats of which nobody said anything: neither the structure, nor the desk, which noted nobody of that
  date – a list kept on paper says nothing of who came (as D8);
- lost: given seats that nobody used, as far as known. Always given = used + lost + unknown.
"""

from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeVar

from django.conf import settings
from django.db.models import Count, Q

from common.dates import local_day
from offers.models import PerformanceQuerySet

Period = TypeVar("Period", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Seats:
    """An exact count of seats. Not to be shown: `shown` says what may be."""

    given: int = 0
    booked: int = 0
    used: int = 0
    unknown: int = 0

    @property
    def absent(self) -> int:
        """Booked seats that are known to have stayed empty."""
        return self.booked - self.used - self.unknown

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


@dataclass(frozen=True, slots=True)
class Shown:
    """What may be shown of a count: None stands for a number too small to show, or that would tell one.

    `partial`: a total of numbers of which some are hidden, so “at least”.
    """

    given: int
    booked: int | None
    used: int | None
    unknown: int | None
    lost: int | None
    partial: bool = False


def count_seats(
    *, dates: PerformanceQuerySet, period: Callable[[date], Period], at: datetime
) -> dict[Period, Seats]:
    """What became of the seats of those `dates` that began by `at` and weren't cancelled, by `period` of their day.

    `period` makes a key of a day: `month_of`, `Season.of`. In the order of the dates; one query, whatever their number.
    """
    live = ~Q(invitations__status="cancelled")
    rows = (
        dates.filter(starts_at__lte=at, cancelled_at=None, capacity__gt=0)
        .order_by("starts_at", "pk")
        .annotate(
            taken=Count("invitations", filter=live),
            came=Count("invitations", filter=Q(invitations__status="attended")),
            entered=Count("invitations__admitted_at"),
            unsaid=Count("invitations", filter=Q(invitations__status="valid")),
        )
        .values_list("starts_at", "capacity", "taken", "came", "entered", "unsaid")
    )
    counts: dict[Period, Seats] = {}
    for starts_at, capacity, taken, came, entered, unsaid in rows:
        key = period(local_day(starts_at))
        one = Seats(given=capacity, booked=taken, used=came, unknown=0 if entered else unsaid)
        counts[key] = counts.get(key, Seats()) + one
    return counts


def month_of(day: date) -> date:
    """The first day of its month."""
    return day.replace(day=1)


def shown(seats: Seats) -> Shown:
    """What may be shown of a count: no number of people under FIGURES_SMALL, nor two whose difference is one."""
    hide_booked = _small(seats.booked)
    hide_used = hide_booked or any(_small(n) for n in (seats.used, seats.absent, seats.unknown))
    return Shown(
        given=seats.given,
        booked=None if hide_booked else seats.booked,
        used=None if hide_used else seats.used,
        unknown=None if hide_used else seats.unknown,
        lost=None if hide_used else seats.lost,
    )


def total(cells: Iterable[Shown]) -> Shown:
    """The sum of what is shown: what is hidden stays out, so that no difference tells it."""
    cells = list(cells)

    def add(numbers: Iterable[int | None]) -> int:
        return sum(number or 0 for number in numbers)

    return Shown(
        given=add(cell.given for cell in cells),
        booked=add(cell.booked for cell in cells),
        used=add(cell.used for cell in cells),
        unknown=add(cell.unknown for cell in cells),
        lost=add(cell.lost for cell in cells),
        partial=any(None in (cell.booked, cell.used) for cell in cells),
    )


def _small(number: int) -> bool:
    return 0 < number < settings.FIGURES_SMALL
