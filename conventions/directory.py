"""The directory of partners (A7): who stands in it, how it is searched, and its map. Reads only.

Partners are the structures and venues with an agreement in force that aren't suspended; the public doesn't see a
structure that asked to be left out. Words are compared here and not in the database: there are some hundred partners,
and databases disagree on accents. So everybody is read once, in few columns, and the page's alone in full.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import Prefetch
from django.db.models.functions import Coalesce

from common.bubbles import BubbleMap, Spot, draw
from common.text import normalise
from conventions.models import Agreement
from partners.models import Commune, Structure, User, Venue

STRUCTURES, VENUES = "structures", "lieux"
KINDS = [(STRUCTURES, "Structures"), (VENUES, "Lieux")]
# « CC de la Dombes » is « Dombes » on a map
PREFIX = re.compile(r"^(?:CC|CA|CU)\s+(?:de la |de l['’]|des |du |de |d['’])?")


@dataclass(frozen=True, slots=True)
class Listed:
    """A partner as the directory searches it; `type` is a structure's, `latitude` its own or its commune's."""

    pk: UUID
    kind: str
    name: str
    type: str
    commune: str | None
    town: str
    postcode: str
    intercommunality: str
    latitude: float | None
    longitude: float | None

    @property
    def words(self) -> str:
        return normalise(f"{self.name} {self.postcode} {self.town}")


def listed(*, on: date, public: bool) -> list[Listed]:
    """Every partner of the directory on `on`, in order of name; the public one where `public`. Two queries."""
    terms = Agreement.objects.in_force(on=on)
    structures = Structure.objects.filter(pk__in=terms.values("structure"), suspended_at=None)
    venues = Venue.objects.filter(pk__in=terms.values("venue"), suspended_at=None)
    if public:
        structures = structures.filter(in_public_directory=True)
    found = [*_read(structures, STRUCTURES), *_read(venues, VENUES)]
    return sorted(found, key=lambda one: (normalise(one.name), one.pk))


def _read(partners, kind: str) -> list[Listed]:
    rows = partners.order_by().values_list(
        "pk",
        "name",
        "type" if kind == STRUCTURES else "kind",
        "commune",
        "commune__name",
        "postcode",
        "commune__intercommunality",
        Coalesce("latitude", "commune__latitude"),
        Coalesce("longitude", "commune__longitude"),
    )
    return [
        Listed(
            pk,
            kind,
            name,
            type_ if kind == STRUCTURES else "",
            commune,
            town or "",
            postcode,
            group or "",
            *at,
        )
        for pk, name, type_, commune, town, postcode, group, *at in rows
    ]


def find(partners: Iterable[Listed], asked: Mapping[str, Any]) -> list[Listed]:
    """Those of `partners` that answer what was `asked` for: q, genre, intercommunalite, commune, type."""
    wanted = normalise(asked.get("q") or "").split()
    exact = {
        field: asked[name]
        for name, field in (
            ("genre", "kind"),
            ("intercommunalite", "intercommunality"),
            ("commune", "commune"),
            ("type", "type"),
        )
        if asked.get(name)
    }
    return [
        one
        for one in partners
        if all(getattr(one, field) == value for field, value in exact.items())
        and (not wanted or all(word in one.words for word in wanted))
    ]


def in_full(page: Sequence[Listed]) -> list[Structure | Venue]:
    """The partners of one page, in its order, with what the directory says of them. Four queries at most."""
    lead = Prefetch("users", User.objects.leads().order_by("pk"), to_attr="leads")
    ids = {kind: [one.pk for one in page if one.kind == kind] for kind, _ in KINDS}
    structures = Structure.objects.select_related("commune").prefetch_related("sectors", lead)
    partners: dict[UUID, Structure | Venue] = {
        **structures.in_bulk(ids[STRUCTURES]),
        **Venue.objects.select_related("commune").in_bulk(ids[VENUES]),
    }
    return [partners[one.pk] for one in page]


def map_of(
    found: Sequence[Listed], asked: Mapping[str, Any], *, link: Callable[..., str]
) -> tuple[BubbleMap | None, int]:
    """The map of what was found, and how many of it have no place there.

    A circle for each intercommunality; once one is asked for, or a commune, a circle for each commune. `link(…)` is the
    directory's address with other answers to what is asked. One query.
    """
    located = [one for one in found if one.latitude is not None and one.longitude is not None]
    near = bool(asked.get("commune") or asked.get("intercommunalite"))
    groups: dict[str, list[Listed]] = defaultdict(list)
    for one in located:
        groups[(one.commune or "") if near else (one.intercommunality or one.town)].append(one)
    spots = [_spot(members, asked, near=near, link=link) for members in groups.values()]
    ground = Commune.objects.filter(latitude__isnull=False, longitude__isnull=False)
    if near:
        ground = ground.filter(intercommunality__in={one.intercommunality for one in located} - {""})
    points = [
        (latitude or 0, longitude or 0) for latitude, longitude in ground.values_list("latitude", "longitude")
    ]
    return draw(spots, ground=points), len(found) - len(located)


def _spot(
    members: Sequence[Listed], asked: Mapping[str, Any], *, near: bool, link: Callable[..., str]
) -> Spot:
    first = members[0]
    whole = not near and bool(first.intercommunality)
    answer = {"intercommunalite": first.intercommunality} if whole else {"commune": first.commune or ""}
    return Spot(
        name=PREFIX.sub("", first.intercommunality) if whole else first.town,
        latitude=sum(one.latitude or 0 for one in members) / len(members),
        longitude=sum(one.longitude or 0 for one in members) / len(members),
        count=len(members),
        url=link(**answer),
        current=asked.get("commune") == first.commune,
    )
