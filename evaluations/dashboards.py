"""What a page or a file of figures shows: the lines of one table of a season, and how its columns are called (E4)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.utils.text import capfirst

from evaluations.figures import Dimension
from evaluations.models import Counting, Tally
from partners.seasons import Season

GIVEN = {
    "given": "Données",
    "booked": "Réservées",
    "used": "Utilisées",
    "lost": "Perdues",
    "unknown": "Sans réponse",
}
WENT = {
    "booked": "Réservées",
    "used": "Venues",
    "absent": "Non venues",
    "unknown": "Sans réponse",
    "people": "Personnes différentes",
}


@dataclass(frozen=True, slots=True)
class Dashboard:
    """A season's table: its lines, the line that sums them up, and when they were counted."""

    season: Season
    dimension: Dimension
    rows: Sequence[Tally]
    whole: Tally | None
    counted_at: datetime | None
    is_final: bool
    by_month: bool

    @property
    def columns(self) -> dict[str, str]:
        """The names of the numbers shown, and how they are called; those of nobody's seats are left out."""
        columns = WENT if self.dimension.is_of_structures else GIVEN
        if self.by_month:
            return {name: label for name, label in columns.items() if name != "people"}
        return columns

    @property
    def heading(self) -> str:
        """What its lines are."""
        return "Mois" if self.by_month else capfirst(self.dimension.label)

    def cells(self, row: Tally) -> list[tuple[str, int | None]]:
        """A line's numbers, each with its column; None for one that is hidden."""
        return [(label, getattr(row, name)) for name, label in self.columns.items()]

    @property
    def table(self) -> list[tuple[Tally, list[tuple[str, int | None]]]]:
        return [(row, self.cells(row)) for row in self.rows]

    @property
    def footer(self) -> list[tuple[str, int | None]]:
        return self.cells(self.whole) if self.whole else []

    @property
    def is_masked(self) -> bool:
        """Whether a number is hidden."""
        return any(getattr(row, name) is None for row in self.rows for name in self.columns)


def seasons_counted(*, on: date) -> list[Season]:
    """The seasons that have figures, and the one of today; the latest first."""
    years = set(Counting.objects.current().values_list("season_year", flat=True)) | {Season.of(on).year}
    return [Season(year) for year in sorted(years, reverse=True)]


def of_partner(*, season: Season, dimension: Dimension, key: object) -> Dashboard:
    """A structure's or a venue's season, month by month."""
    lines = Tally.objects.current().of(season).about(dimension, key).select_related("counting")
    return _dashboard(season, dimension, list(lines.order_by("month")), by_month=True)


def _dashboard(season: Season, dimension: Dimension, lines: Sequence[Tally], *, by_month: bool) -> Dashboard:
    counting = lines[0].counting if lines else None
    return Dashboard(
        season=season,
        dimension=dimension,
        rows=[line for line in lines if (line.month is not None) == by_month],
        whole=next((line for line in lines if line.month is None), None),
        counted_at=counting.finished_at if counting else None,
        is_final=bool(counting and counting.is_final),
        by_month=by_month,
    )
