"""What may be said of a season: every line of every table, with the numbers that may be shown (E4).

Three kinds of numbers, each hidden where the one before is: how many were booked; of these how many were used, and
weren't; of those that weren't, how many stayed empty and of how many nobody knows.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import TextChoices

from evaluations.figures.counting import SeasonCount, Seats
from evaluations.figures.masking import Numbers, Sum, TooFew, add, hide_sums, is_small, tells


class Dimension(TextChoices):
    """Along what a season's seats are told."""

    WHOLE = "whole", "mois"
    KIND = "kind", "type d'événement"
    VENUE = "venue", "lieu"
    VENUE_COMMUNE = "venue_commune", "commune du lieu"
    STRUCTURE = "structure", "structure"
    COMMUNE = "commune", "commune de la structure"
    PRIORITY = "priority", "quartier prioritaire"
    SECTOR = "sector", "secteur"

    @property
    def is_of_structures(self) -> bool:
        """Whether its lines are told by who went: no seats are given to them, and people are counted."""
        return self in OF_STRUCTURES

    @property
    def has_months(self) -> bool:
        return self in {self.WHOLE, self.VENUE, self.STRUCTURE}


OF_STRUCTURES = frozenset({Dimension.STRUCTURE, Dimension.COMMUNE, Dimension.PRIORITY, Dimension.SECTOR})
UNKNOWN = ""  # the key of what nobody knows: a structure without a sector, a venue without a commune


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a table, as it may be shown: None stands for a number that is hidden, or that has no sense here.

    Without a `month` it is the whole season's.
    """

    dimension: Dimension
    key: str
    month: date | None
    given: int | None
    booked: int | None
    used: int | None
    absent: int | None
    unknown: int | None
    lost: int | None
    people: int | None = None


@dataclass(frozen=True, slots=True)
class Belonging:
    """To which line of each table structures and venues belong; who isn't named belongs to what nobody knows."""

    venues: Mapping[UUID, str]  # the commune
    structures: Mapping[UUID, Mapping[Dimension, str]]


LEVELS = ("booked", "used", "empty")


def _numbers(level: str, seats: Seats) -> Numbers:
    """What is hidden or shown together."""
    if level == "booked":
        return (seats.booked,)
    return (seats.used, seats.empty) if level == "used" else (seats.absent, seats.unknown)


Table = tuple[Dimension, str]  # a table's line: which, and its key
Cell = tuple[str, date]  # a row's month


class _Side:
    """Venues, or structures: the tables that are sums of them, their months, and what is hidden so far.

    Its atoms are what is counted once, each with its month and the line of each table that it belongs to.
    """

    def __init__(self, rows: Dimension, atoms: Iterable[tuple[date, Seats, Mapping[Dimension, str]]]) -> None:
        self.rows = rows
        self.atoms: list[Seats] = []
        sums: dict[Table, set[int]] = defaultdict(set)
        cells: dict[Cell, set[int]] = defaultdict(set)
        self.in_month: dict[date, set[int]] = defaultdict(set)
        for rank, (month, seats, belongs) in enumerate(atoms):
            self.atoms.append(seats)
            for table in belongs.items():
                sums[table].add(rank)
            cells[belongs[self.rows], month].add(rank)
            self.in_month[month].add(rank)
        self.sums = {table: frozenset(members) for table, members in sums.items()}
        self.cells = {cell: frozenset(members) for cell, members in cells.items()}
        self.hidden: set[Sum] = set()

    def seats(self, members: Iterable[int]) -> Seats:
        return sum((self.atoms[atom] for atom in members), Seats())

    def hide(self, level: str, months: Collection[date], *, counted: bool) -> set[date]:
        """Hide what has to be of one level, where the totals of all months are known but the hidden ones, `months`.

        Returns further months that have to be hidden first. Raises TooFew where nothing can be shown.
        """
        cells = {("month", cell): members for cell, members in self.cells.items()}
        apart = {
            ("whole", month): frozenset(self.in_month[month]) for month in months if month in self.in_month
        }
        known = [frozenset(members) for month, members in self.in_month.items() if month not in months]
        forced = {*self.hidden, *apart, *(key for key in cells if key[1][1] in months)}
        atoms = [_numbers(level, seats) for seats in self.atoms]
        sums: dict[Sum, frozenset[int]] = {**self.sums, **cells, **apart}
        try:
            self.hidden |= hide_sums(sums, atoms, forced=forced, known=known, counted=counted)
        except TooFew:
            return self._smallest_month(months)
        return set()

    def _smallest_month(self, months: Collection[date]) -> set[date]:
        """Of months that aren't hidden yet, the one with the fewest seats booked."""
        booked = {
            month: self.seats(members).booked
            for month, members in self.in_month.items()
            if month not in months
        }
        filled = [month for month, number in booked.items() if number]
        if not filled:
            raise TooFew
        return {min(filled, key=lambda month: (booked[month], month))}


def tell(count: SeasonCount, belonging: Belonging) -> Iterator[Line]:
    """Every line of every table of a season, in no order, that may be shown together with all the others."""
    venues = _Side(Dimension.VENUE, _of_venues(count, belonging))
    structures = _Side(Dimension.STRUCTURE, _of_structures(count, belonging))
    hidden: set[date] = set()
    hides: dict[str, _Hidden] = {}
    for level in LEVELS:
        try:
            hidden = _hide(level, (venues, structures), count.months, hidden)
        except TooFew:
            break
        hides[level] = _Hidden(frozenset(hidden), frozenset(venues.hidden | structures.hidden))
    people, everybody = _people(structures, count)
    whole = sum(count.months.values(), Seats())
    yield _line(Dimension.WHOLE, "", None, whole, hides.keys(), people=everybody)
    for month, seats in count.months.items():
        levels = {level for level, hidden in hides.items() if month not in hidden.months}
        yield _line(Dimension.WHOLE, "", month, seats, levels)
    for side in (venues, structures):
        yield from _lines(side, hides, people, months=count.months)


@dataclass(frozen=True, slots=True)
class _Hidden:
    """What a level hides: months, and of both sides lines and cells."""

    months: frozenset[date]
    lines: frozenset[Sum]


def _of_venues(
    count: SeasonCount, belonging: Belonging
) -> Iterator[tuple[date, Seats, Mapping[Dimension, str]]]:
    for (venue, kind, month), seats in count.venues.items():
        commune = belonging.venues.get(venue, UNKNOWN)
        yield (
            month,
            seats,
            {Dimension.VENUE: str(venue), Dimension.VENUE_COMMUNE: commune, Dimension.KIND: kind},
        )


def _of_structures(
    count: SeasonCount, belonging: Belonging
) -> Iterator[tuple[date, Seats, Mapping[Dimension, str]]]:
    for (structure, month), seats in count.structures.items():
        belongs = belonging.structures.get(structure, {})
        tables = {table: belongs.get(table, UNKNOWN) for table in OF_STRUCTURES}
        yield month, seats, {**tables, Dimension.STRUCTURE: str(structure)}


def _hide(
    level: str, sides: Collection[_Side], months: Mapping[date, Seats], hidden: Collection[date]
) -> set[date]:
    """Hide what has to be of one level, beside what the one before hides; returns the hidden months.

    Raises TooFew where nothing can be shown.
    """
    numbers = {month: _numbers(level, seats) for month, seats in months.items()}
    counted = level == "booked"
    if not numbers or is_small(add(numbers.values())):
        raise TooFew
    hidden = _hide_months(numbers, set(hidden), counted=counted)
    while True:
        before = len(hidden)
        for side in sides:
            hidden |= side.hide(level, hidden, counted=counted)
            hidden = _hide_months(numbers, hidden, counted=counted)
        if len(hidden) == before:
            return hidden


def _hide_months(numbers: Mapping[date, Numbers], hidden: set[date], *, counted: bool) -> set[date]:
    """The months to hide: those that are small, and others with them until together they tell nothing."""
    filled = sorted(
        (month for month in numbers if any(numbers[month])), key=lambda month: (sum(numbers[month]), month)
    )
    hidden = hidden | {month for month in filled if is_small(numbers[month])}
    while group := [numbers[month] for month in filled if month in hidden]:
        if len(group) > 1 and not tells(group, counted=counted):
            break
        spare = next((month for month in filled if month not in hidden), None)
        if spare is None:
            raise TooFew
        hidden.add(spare)
    return hidden


def _people(side: _Side, count: SeasonCount) -> tuple[dict[Table, int], int | None]:
    """How many different people went out, where it may be shown: by line of the structures' tables, and in all.

    Nobody is counted twice: a person is on one structure's list.
    """
    rows = sorted({row for table, row in side.sums if table == side.rows})
    ranks = {row: rank for rank, row in enumerate(rows)}
    people = {str(structure): number for structure, number in count.people.items()}
    atoms = [(people.get(row, 0),) for row in rows]
    whole = sum(number for (number,) in atoms)
    rank_of = {atom: ranks[row] for (row, _), members in side.cells.items() for atom in members}
    sums = {table: frozenset(rank_of[atom] for atom in members) for table, members in side.sums.items()}
    try:
        if is_small((whole,)):
            raise TooFew
        hidden = hide_sums(sums, atoms, counted=True)
    except TooFew:
        return {}, None
    shown = {
        table: sum(atoms[rank][0] for rank in ranks) for table, ranks in sums.items() if table not in hidden
    }
    return shown, whole


def _lines(
    side: _Side, hides: Mapping[str, _Hidden], people: Mapping[Table, int], *, months: Iterable[date]
) -> Iterator[Line]:
    for table, members in side.sums.items():
        levels = {level for level, hidden in hides.items() if table not in hidden.lines}
        yield _line(*table, None, side.seats(members), levels, people=people.get(table))
        if table[0] != side.rows:
            continue
        for month in months:
            cell = (table[1], month)
            if cell not in side.cells and side.rows is Dimension.VENUE:
                continue  # no date of the venue took place: everybody knows that
            shown = {
                level
                for level, hidden in hides.items()
                if month not in hidden.months and not hidden.lines.intersection({("month", cell), table})
            }
            yield _line(side.rows, table[1], month, side.seats(side.cells.get(cell, ())), shown)


def _line(
    dimension: Dimension,
    key: str,
    month: date | None,
    seats: Seats,
    levels: Collection[str],
    *,
    people: int | None = None,
) -> Line:
    given = None if dimension.is_of_structures else seats.given
    used, empty = "used" in levels, "empty" in levels
    return Line(
        dimension=dimension,
        key=key,
        month=month,
        given=given,
        booked=seats.booked if "booked" in levels else None,
        used=seats.used if used else None,
        absent=seats.absent if empty else None,
        unknown=seats.unknown if empty else None,
        lost=seats.lost if empty and given is not None else None,
        people=people,
    )
