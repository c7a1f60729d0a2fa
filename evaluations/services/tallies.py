"""Counting a season: by night, or when the team asks; once it is over for good, never again (E4, F2).

What is counted stands in rows, whole or not at all: pages read the last finished counting. A counting that died
half-way is begun again.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import islice
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Min

from common import audit
from common.dates import local_day
from common.errors import DomainError
from evaluations.figures import Belonging, Dimension, Line, SeasonCount, count_season, tell
from evaluations.models import Counting, Tally
from offers.models import Event, Performance
from partners.models import Commune, Sector, Structure, User, Venue
from partners.seasons import Season

BATCH = 1000  # rows written at once: on SQLite nobody waits longer than that takes
SEVERAL = "several"  # the key of structures that work in several sectors: each counts once
UNNAMED = {
    Dimension.VENUE_COMMUNE: "Commune inconnue",
    Dimension.COMMUNE: "Commune inconnue",
    Dimension.SECTOR: "Secteur inconnu",
}
PRIORITIES = {
    Structure.Priority.YES: "En quartier prioritaire",
    Structure.Priority.NO: "Hors quartier prioritaire",
    Structure.Priority.UNKNOWN: "On ne sait pas",
}

Clock = Callable[[], datetime]


def is_over(season: Season, *, at: datetime) -> bool:
    """Whether a season is counted for the last time: what may still be noted of its dates has been."""
    return local_day(at) > season.ends_on + timedelta(days=settings.FIGURES_STAY_OPEN_DAYS)


def due(*, at: datetime) -> list[Season]:
    """The seasons to count tonight: not those that are final, nor those already counted today."""
    first = Performance.objects.aggregate(first=Min("starts_at"))["first"]
    if first is None or first > at:
        return []
    years = range(Season.of(local_day(first)).year, Season.of(local_day(at)).year + 1)
    done = {
        counting.season_year
        for counting in Counting.objects.current()
        if counting.is_final or (counting.finished_at and local_day(counting.finished_at) == local_day(at))
    }
    return [Season(year) for year in years if year not in done]


@transaction.atomic
def ask(*, season: Season, at: datetime, by: User | None = None) -> Counting:
    """Ask for a season to be counted: that counting, or the one under way. Raises DomainError for a final season."""
    if Counting.objects.of(season).filter(is_final=True).exists():
        raise DomainError(f"Les chiffres de la saison {season} sont arrêtés : ils ne changent plus.")
    under_way = Counting.objects.of(season).under_way().first()
    if under_way:
        return under_way
    try:
        with transaction.atomic():
            counting = Counting.objects.create(season_year=season.year, asked_at=at, asked_by=by)
    except IntegrityError:  # somebody asked in the same moment
        return Counting.objects.of(season).under_way().get()
    if by:
        audit.record(at=at, actor=by, verb="chiffres recomptés", subject=counting, saison=str(season))
    return counting


def count(counting: Counting, *, clock: Clock) -> bool:
    """Count a season and show it once whole, telling in its row how far that is; False where somebody else is at it.

    Safe to run twice, and after having died half-way.
    """
    mine = Counting.objects.idle(at=clock()).filter(pk=counting.pk)
    if not mine.update(worked_at=clock(), done=0, steps=0):
        return False
    season = counting.season
    rows = Counting.objects.filter(pk=counting.pk)

    def progress(done: int, steps: int) -> None:
        rows.update(worked_at=clock(), done=done, steps=steps + 1)

    at = clock()
    _forget(rows)
    write(counting, count_season(season, at=at, progress=progress), clock=clock)
    with transaction.atomic():
        Counting.objects.of(season).current().update(is_current=False)
        rows.update(finished_at=clock(), is_current=True, is_final=is_over(season, at=at))
    older = Counting.objects.of(season).exclude(pk=counting.pk).filter(finished_at__isnull=False)
    _forget(older)
    older.delete()
    return True


def write(counting: Counting, counted: SeasonCount, *, clock: Clock) -> None:
    """Write what may be shown of a count as the lines of `counting`, a few at a time."""
    names = _Names()
    tallies = (names.tally(line, counting=counting) for line in tell(counted, names.belonging))
    while batch := list(islice(tallies, BATCH)):
        Tally.objects.bulk_create(batch)
        Counting.objects.filter(pk=counting.pk).update(worked_at=clock())


def _forget(countings) -> None:
    """Delete the lines of countings, a few at a time."""
    while some := list(Tally.objects.filter(counting__in=countings).values_list("pk", flat=True)[:BATCH]):
        Tally.objects.filter(pk__in=some).delete()


class _Names:
    """To which line of each table structures and venues belong today, and how these lines are called."""

    def __init__(self) -> None:
        communes = dict(Commune.objects.values_list("code", "name"))
        sectors = {str(pk): name for pk, name in Sector.objects.values_list("pk", "name")}
        venues = list(Venue.objects.values_list("pk", "name", "commune_id"))
        structures = list(Structure.objects.values_list("pk", "name", "commune_id", "priority"))
        self.names: dict[Dimension, dict[str, str]] = {
            Dimension.KIND: dict(Event.Kind.choices),
            Dimension.VENUE: {str(pk): name for pk, name, _ in venues},
            Dimension.VENUE_COMMUNE: communes,
            Dimension.STRUCTURE: {str(pk): name for pk, name, _, _ in structures},
            Dimension.COMMUNE: communes,
            Dimension.PRIORITY: {str(key): name for key, name in PRIORITIES.items()},
            Dimension.SECTOR: {**sectors, SEVERAL: "Plusieurs secteurs"},
        }
        working: dict[UUID, str] = {}
        for structure, sector in Structure.sectors.through.objects.values_list("structure_id", "sector_id"):
            working[structure] = SEVERAL if structure in working else str(sector)
        self.belonging = Belonging(
            venues={pk: commune or "" for pk, _, commune in venues},
            structures={
                pk: {
                    Dimension.COMMUNE: commune or "",
                    Dimension.PRIORITY: priority,
                    Dimension.SECTOR: working.get(pk, ""),
                }
                for pk, _, commune, priority in structures
            },
        )

    def tally(self, line: Line, *, counting: Counting) -> Tally:
        label = self.names.get(line.dimension, {}).get(line.key) or UNNAMED.get(line.dimension, "")
        return Tally(
            counting=counting,
            dimension=line.dimension,
            key=line.key,
            label=label,
            month=line.month,
            given=line.given,
            booked=line.booked,
            used=line.used,
            absent=line.absent,
            unknown=line.unknown,
            lost=line.lost,
            people=line.people,
        )
