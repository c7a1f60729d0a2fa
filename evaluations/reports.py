"""What the season's report and the reviews of partners say (E4). Reads only, and only what may be shown.

Numbers are those of the figures (`Tally`), as they stand; offers, partners and published words are everybody's to read.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from common.bubbles import BubbleMap
from common.dates import start_of
from conventions.models import Agreement
from evaluations import coverage
from evaluations.figures import Dimension
from evaluations.models import ControlNight, Opinion, Tally
from evaluations.spread import Spread
from offers.models import Performance
from partners.models import Structure, Venue
from partners.seasons import Season

VOICES = 6  # in the season's report
VOICES_OF_ONE = 2  # in the review of a venue
VOICE_MAX = 420  # characters: longer words stay where they are whole, in la Criée
BARE_SHOWN = 24
COMMUNES_SHOWN = 30

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Voice:
    """Somebody's published words: in which language, of what, and how they call themselves."""

    text: str
    language: str
    direction: str
    about: str
    name: str


@dataclass(frozen=True)
class Report:
    """Everything that the report of a season says. `counted_at`: None where the season isn't counted yet."""

    season: Season
    on: date
    counted_at: datetime | None
    whole: Tally | None
    months: Sequence[Tally]
    kinds: Sequence[Tally]
    communes: Sequence[Tally]
    communes_more: int
    priorities: Sequence[Tally]
    sectors: Sequence[Tally]
    structures: int
    venues: int
    events: int
    dates: int
    map: BubbleMap | None
    bare: Sequence[str]
    bare_more: int
    people: Spread | None
    shares: Spread | None
    voices: Sequence[Voice]


@dataclass(frozen=True)
class Review:
    """One partner's season on one page. `gives`: whether it is a venue, which gives seats."""

    partner: Structure | Venue
    season: Season
    on: date
    counted_at: datetime | None
    whole: Tally | None
    months: Sequence[Tally]
    voices: Sequence[Voice]

    @property
    def gives(self) -> bool:
        return isinstance(self.partner, Venue)


def report_of(season: Season, *, on: date, progress: Progress = lambda done, of: None) -> Report:
    """The whole of a season, as far as it is counted; `progress` hears how many parts are done of how many."""
    steps = 4
    progress(0, steps)
    told: dict[str, list[Tally]] = {}
    rows = Tally.objects.current().of(season).exclude(dimension__in=[Dimension.VENUE, Dimension.STRUCTURE])
    for row in rows.select_related("counting").order_by("month", "label"):
        told.setdefault(row.dimension, []).append(row)
    whole = next((row for row in told.get(Dimension.WHOLE, []) if row.month is None), None)
    progress(1, steps)
    found = coverage.rows(season, view=coverage.COMMUNES, on=on)
    bare = [row.commune.name for row in found if row.is_bare and row.commune]
    progress(2, steps)
    communes = _largest(told.get(Dimension.COMMUNE, []))
    night = ControlNight.objects.filter(season_year=season.year).first()
    terms = Agreement.objects.filter(
        signed_on__isnull=False, starts_on__lte=season.ends_on, ends_on__gte=season.starts_on
    )
    dates = Performance.objects.offered().filter(
        starts_at__gte=start_of(season.starts_on),
        starts_at__lt=start_of(season.next.starts_on),
        cancelled_at=None,
        capacity__gt=0,
    )
    report = Report(
        season=season,
        on=on,
        counted_at=whole.counting.finished_at if whole else None,
        whole=whole,
        months=[row for row in told.get(Dimension.WHOLE, []) if row.month and (row.given or row.booked)],
        kinds=_largest(told.get(Dimension.KIND, [])),
        communes=communes[:COMMUNES_SHOWN],
        communes_more=max(0, len(communes) - COMMUNES_SHOWN),
        priorities=_largest(told.get(Dimension.PRIORITY, [])),
        sectors=_largest(told.get(Dimension.SECTOR, [])),
        structures=terms.exclude(structure=None).values("structure").distinct().count(),
        venues=terms.exclude(venue=None).values("venue").distinct().count(),
        events=dates.values("event").distinct().count(),
        dates=dates.count(),
        map=coverage.map_of(found),
        bare=bare[:BARE_SHOWN],
        bare_more=max(0, len(bare) - BARE_SHOWN),
        people=Spread.read(night.people) if night else None,
        shares=Spread.read(night.structures) if night else None,
        voices=_voices(season, most=VOICES),
    )
    progress(3, steps)
    return report


def _largest(rows: Sequence[Tally]) -> list[Tally]:
    """The season's lines of a table that say something, the largest first; hidden ones last."""
    said = [row for row in rows if row.month is None and (row.given or row.booked != 0)]
    return sorted(said, key=lambda row: (-(row.booked or 0), -(row.given or 0), row.label))


def review_of(partner: Structure | Venue, season: Season, *, on: date) -> Review:
    """A partner's own season, as far as it is counted. Two queries."""
    dimension = Dimension.VENUE if isinstance(partner, Venue) else Dimension.STRUCTURE
    rows = list(
        Tally.objects.current()
        .of(season)
        .about(dimension, partner.pk)
        .select_related("counting")
        .order_by("month")
    )
    whole = next((row for row in rows if row.month is None), None)
    return Review(
        partner=partner,
        season=season,
        on=on,
        counted_at=whole.counting.finished_at if whole else None,
        whole=whole,
        months=[row for row in rows if row.month and (row.given or row.booked)],
        voices=_voices(season, most=VOICES_OF_ONE, venue=partner) if isinstance(partner, Venue) else [],
    )


def _voices(season: Season, *, most: int, venue: Venue | None = None) -> list[Voice]:
    """Published words of a season that nobody reported: those in French first, then the latest."""
    said = (
        Opinion.objects.published()
        .opening()
        .exclude(reports__settled_at=None, reports__isnull=False)
        .filter(
            published_at__gte=start_of(season.starts_on), published_at__lt=start_of(season.next.starts_on)
        )
        .select_related("event", "venue")
        .order_by("-published_at", "pk")
    )
    if venue:
        said = said.filter(venue=venue)
    short = [one for one in said[: 20 * most] if len(one.text) <= VOICE_MAX]
    short.sort(key=lambda one: one.language != "fr")
    return [
        Voice(
            text=one.text,
            language=one.spoken.code,
            direction=one.spoken.direction,
            about=one.event.title if one.event else "",
            name=one.pseudonym,
        )
        for one in short[:most]
    ]
