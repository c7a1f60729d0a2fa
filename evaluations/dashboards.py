"""What a page or a file of figures shows: the lines of one table of a season, and how its columns are called (E4)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from django.core.paginator import Page, Paginator
from django.utils.text import capfirst, slugify

from common import bars
from common.bars import SharedBars
from common.spreadsheets import Cell
from common.templatetags.ui import month_of_year
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
    "used": "Utilisées",
    "absent": "Non venues",
    "unknown": "Sans réponse",
    "people": "Personnes différentes",
}
HIDDEN = "non montré"  # in files too: an empty cell would be read as nothing
DRAWN = 12  # lines of a chart: a year's months; what comes after stands in the table alone

Number = int | None


@dataclass(frozen=True, slots=True)
class Dashboard:
    """A season's table: its lines, the line that sums them up, and the counting that they come from."""

    season: Season
    dimension: Dimension
    rows: Sequence[Tally]
    whole: Tally | None
    counting: Counting | None
    by_month: bool
    page: Page | None = None
    title: str = ""

    @property
    def columns(self) -> dict[str, str]:
        """The numbers that it tells, and how they are called."""
        columns = WENT if self.dimension.is_of_structures else GIVEN
        if self.by_month:
            return {name: label for name, label in columns.items() if name != "people"}
        return columns

    @property
    def heading(self) -> str:
        """What its lines are."""
        return "Mois" if self.by_month else capfirst(self.dimension.label)

    def name(self, row: Tally) -> str:
        return capfirst(month_of_year(row.month)) if row.month else row.label

    def cells(self, row: Tally) -> list[tuple[str, Number]]:
        """A line's numbers, each with its column; None for one that is hidden."""
        return [(label, getattr(row, name)) for name, label in self.columns.items()]

    @property
    def table(self) -> list[tuple[Tally, str, list[tuple[str, Number]]]]:
        return [(row, self.name(row), self.cells(row)) for row in self.rows]

    @property
    def footer(self) -> list[tuple[str, Number]]:
        return self.cells(self.whole) if self.whole else []

    @property
    def is_masked(self) -> bool:
        """Whether a number is hidden."""
        return any(
            number is None
            for row in [*self.rows, *filter(None, [self.whole])]
            for _, number in self.cells(row)
        )

    @property
    def bars(self) -> SharedBars | None:
        """Its lines drawn: months in their order, else those with most seats first."""
        names = [name for name in ("given", "booked", "used") if name in self.columns]
        rows = list(self.rows)
        if not self.by_month:
            rows = sorted(
                (row for row in rows if getattr(row, names[0])), key=lambda row: -getattr(row, names[0])
            )
        return bars.draw_shares(
            [(self.name(row), [getattr(row, name) for name in names]) for row in rows[:DRAWN]],
            legend=[self.columns[name] for name in names],
            hidden="le reste n’est pas montré",
        )

    @property
    def file_name(self) -> str:
        return slugify(f"chiffres {self.season} {self.title or self.dimension.label}")[:80]

    @property
    def file_headings(self) -> list[str]:
        return ["Saison", self.heading, *self.columns.values()]

    @property
    def file_rows(self) -> Iterable[list[Cell]]:
        """The table's lines and the season's, as a file holds them: what is hidden says so."""
        lines = [*self.table, *([(self.whole, "Toute la saison", self.footer)] if self.whole else [])]
        for _, name, cells in lines:
            yield [str(self.season), name, *(HIDDEN if number is None else number for _, number in cells)]


def seasons_counted(*, on: date) -> list[Season]:
    """The seasons that have figures, and the one of today; the latest first."""
    years = set(Counting.objects.current().values_list("season_year", flat=True)) | {Season.of(on).year}
    return [Season(year) for year in sorted(years, reverse=True)]


def of_partner(*, season: Season, dimension: Dimension, key: object, title: str) -> Dashboard:
    """A structure's or a venue's season, month by month; `title` is its name."""
    lines = Tally.objects.current().of(season).about(dimension, key).select_related("counting")
    told = list(lines.order_by("month"))
    return Dashboard(
        season=season,
        dimension=dimension,
        rows=[line for line in told if line.month],
        whole=next((line for line in told if line.month is None), None),
        counting=told[0].counting if told else None,
        by_month=True,
        title=title,
    )


def of_season(
    *, season: Season, dimension: Dimension, page: str | None = None, size: int | None = None
) -> Dashboard:
    """A season along one table, all its lines or one page of `size` of them."""
    lines = Tally.objects.current().of(season)
    by_month = dimension == Dimension.WHOLE
    about = lines.filter(dimension=dimension)
    rows = about.by_month() if by_month else about.whole_season().order_by("label", "key")
    paged = Paginator(rows, size).get_page(page) if size else None
    whole = lines.about(Dimension.WHOLE).whole_season().select_related("counting").first()
    return Dashboard(
        season=season,
        dimension=dimension,
        rows=list(paged if paged is not None else rows),
        whole=whole,
        counting=whole.counting if whole else None,
        by_month=by_month,
        page=paged,
    )
