"""How the territory is covered (C10): what is offered, beside what is asked for. Reads only.

Offers are everybody's to read and stand here exactly. What was booked comes from the figures that may be shown
(`Tally`); people who wait are hidden where they are too few.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.conf import settings
from django.db.models import Count, Exists, OuterRef, Sum

from common.bubbles import BubbleMap, Spot, draw
from common.dates import start_of
from common.text import normalise
from conventions.directory import PREFIX
from conventions.models import Agreement
from evaluations.figures import Dimension
from evaluations.models import Tally
from invitations.models import WaitlistEntry
from offers.models import Event, Performance
from partners.models import Commune, Structure, Venue
from partners.seasons import Season

COMMUNES, KINDS, VENUES = "communes", "types", "lieux"
VIEWS = {COMMUNES: "Par commune", KINDS: "Par type", VENUES: "Par lieu"}
ASKED = {COMMUNES: Dimension.COMMUNE, KINDS: Dimension.KIND, VENUES: Dimension.VENUE}
ELSEWHERE = "Ailleurs, ou commune inconnue"
UNMET = (WaitlistEntry.State.WAITING, WaitlistEntry.State.OFFERED, WaitlistEntry.State.CLOSED)


@dataclass(frozen=True)
class Row:
    """A commune, a type or a venue: what is offered there, and what is asked for.

    `booked`, `waiting`: None where the number is hidden. `structures` is a commune's, and None elsewhere.
    """

    key: str
    label: str
    dates: int
    seats: int
    booked: int | None
    waiting: int | None
    structures: int | None = None
    commune: Commune | None = None

    @property
    def is_bare(self) -> bool:
        """Whether somebody could go and nothing is offered."""
        return not self.dates and self.structures != 0


SORTS: dict[str, Callable[[Row], Any]] = {
    "nom": lambda row: normalise(row.label),
    "seances": lambda row: row.dates,
    "places": lambda row: row.seats,
    "structures": lambda row: row.structures or 0,
    "reservees": lambda row: row.booked or 0,
    "attente": lambda row: row.waiting or 0,
}


def rows(season: Season, *, view: str, kind: str = "", on: date) -> list[Row]:
    """Every line of a view, of one `kind` of event where it is named; by name. Six queries at most.

    Of one kind alone it isn't said how many booked or wait by commune or venue: so finely, numbers tell people.
    """
    dates, seats = _offered(season, view=view, kind=kind)
    whole = not kind or view == KINDS
    waiting = _shown(_waiting(season, view=view)) if whole else {}
    booked: dict[str, int | None] = {}
    if whole:
        told = Tally.objects.current().of(season).whole_season().filter(dimension=ASKED[view])
        booked = dict(told.values_list("key", "booked"))
    lines = _lines(view, on=on, known={*dates, *booked, *waiting})
    found = [
        Row(
            key=key,
            label=label,
            dates=dates[key],
            seats=seats[key],
            booked=booked.get(key, 0),
            waiting=waiting.get(key, 0),
            structures=structures,
            commune=commune,
        )
        for key, label, structures, commune in lines
        if not (kind and view == KINDS and key != kind)
    ]
    return sorted(found, key=SORTS["nom"])


def _shown(people: Counter[str]) -> dict[str, int | None]:
    """What may be shown: no small number, nor the one line without which another view's total would tell it."""
    some = sorted((number, key) for key, number in people.items() if number)
    hidden = {key for number, key in some if number < settings.FIGURES_SMALL}
    if len(hidden) == 1:
        hidden |= {key for _, key in some[1:2]}
    return {key: None if key in hidden else number for key, number in people.items()}


def ordered(found: Iterable[Row], sort: str) -> list[Row]:
    """In the order asked for: a name of SORTS, « - » before it for the largest first; else where nothing is offered."""
    by_name = list(found)
    if key := SORTS.get(sort.removeprefix("-")):
        return sorted(by_name, key=key, reverse=sort.startswith("-"))
    return sorted(by_name, key=lambda row: (not row.is_bare, -(row.structures or 0)))


def _season(season: Season, name: str = "") -> dict[str, Any]:
    return {
        f"{name}starts_at__gte": start_of(season.starts_on),
        f"{name}starts_at__lt": start_of(season.next.starts_on),
        f"{name}cancelled_at": None,
    }


def _offered(season: Season, *, view: str, kind: str) -> tuple[Counter[str], Counter[str]]:
    """Dates with seats, and these seats, by line: those that took place and those to come."""
    about = {COMMUNES: "event__venue__commune", KINDS: "event__kind", VENUES: "event__venue"}[view]
    places = ["event__place_city", "event__place_postcode"] if view == COMMUNES else []
    found = (
        Performance.objects.offered()
        .filter(**_season(season), capacity__gt=0, **({"event__kind": kind} if kind else {}))
        .order_by()
        .values_list(about, *places)
        .annotate(Count("pk"), Sum("capacity"))
    )
    where = _Places() if view == COMMUNES else None
    dates, seats = Counter[str](), Counter[str]()
    for key, *place, number, given in found:
        if where and place[0]:
            key = where.code(*place)
        dates[str(key or "")] += number
        seats[str(key or "")] += given
    return dates, seats


class _Places:
    """Communes by what programmes write of an event that takes place elsewhere than at its venue."""

    def __init__(self) -> None:
        self.codes: dict[str, list[tuple[str, str]]] = {}
        for code, name, department in Commune.objects.values_list("code", "name", "department"):
            self.codes.setdefault(normalise(name), []).append((department, code))

    def code(self, city: str, postcode: str) -> str:
        """Its code; empty where the list doesn't hold it, or holds it twice."""
        found = self.codes.get(normalise(city), [])
        near = [code for department, code in found if not postcode or postcode.startswith(department)]
        return near[0] if len(near) == 1 else ""


def _waiting(season: Season, *, view: str) -> Counter[str]:
    """People who waited for a date of the season and got no seat, by line."""
    about = {
        COMMUNES: "structure__commune",
        KINDS: "performance__event__kind",
        VENUES: "performance__event__venue",
    }[view]
    parties = WaitlistEntry.objects.filter(state__in=UNMET, **_season(season, "performance__"))
    found = parties.order_by().values_list(about).annotate(Sum("seats"))
    return Counter({str(key or ""): people for key, people in found})


def _lines(view: str, *, on: date, known: set[str]) -> list[tuple[str, str, int | None, Commune | None]]:
    """Which lines a view has: their keys and labels, a commune's structures, and the commune itself."""
    if view == KINDS:
        return [(key, label, None, None) for key, label in Event.Kind.choices]
    if view == VENUES:
        terms = Agreement.objects.in_force(on=on).filter(venue=OuterRef("pk"))
        venues = Venue.objects.annotate(partner=Exists(terms)).values_list("pk", "name", "partner")
        return [(str(pk), name, None, None) for pk, name, partner in venues if partner or str(pk) in known]
    members = Structure.objects.filter(
        Exists(Agreement.objects.in_force(on=on).filter(structure=OuterRef("pk")))
    )
    structures = Counter(
        {key or "": number for key, number in members.order_by().values_list("commune").annotate(Count("pk"))}
    )
    communes = Commune.objects.in_bulk([*{*known, *structures} - {""}])
    lines: list[tuple[str, str, int | None, Commune | None]] = [
        (code, str(commune), structures[code], commune) for code, commune in communes.items()
    ]
    return lines + ([("", ELSEWHERE, structures[""], None)] if "" in known or structures[""] else [])


# --- The map ---------------------------------------------------------------------------------------------


def map_of(
    found: Sequence[Row], *, near: str = "", link: Callable[[str], str] = lambda group: ""
) -> BubbleMap | None:
    """Communes' dates as circles, where somebody could go and nothing is offered as empty ones. One query.

    A circle for each intercommunality, `link` leads from it to its communes; those of one where `near` names it.
    """
    groups: dict[str, list[Row]] = {}
    for row in found:
        if row.commune and row.commune.is_located and (row.dates or row.structures):
            inside = row.commune.intercommunality
            if near and inside != near:
                continue
            groups.setdefault(row.commune.name if near else inside or row.commune.name, []).append(row)
    ground = Commune.objects.filter(latitude__isnull=False, longitude__isnull=False)
    if near:
        ground = ground.filter(intercommunality=near)
    points = [(north or 0, east or 0) for north, east in ground.values_list("latitude", "longitude")]
    return draw(
        [_spot(name, members, near=near, link=link) for name, members in groups.items()], ground=points
    )


def _spot(name: str, members: Sequence[Row], *, near: str, link: Callable[[str], str]) -> Spot:
    communes = [row.commune for row in members if row.commune]
    group = communes[0].intercommunality
    return Spot(
        name=name if near else PREFIX.sub("", name),
        latitude=sum(one.latitude or 0 for one in communes) / len(communes),
        longitude=sum(one.longitude or 0 for one in communes) / len(communes),
        count=sum(row.dates for row in members),
        url=link(group),
    )
