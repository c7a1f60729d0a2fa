"""The team looks at how the territory is covered (C10)."""

from django.conf import settings
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from evaluations import coverage as territory
from evaluations.views.controls import READS, seasons_until
from offers.models import Event
from partners.audience import STAFF, open_to
from partners.seasons import Season

COLUMNS = [
    ("nom", "Nom"),
    ("structures", "Structures"),
    ("seances", "Séances"),
    ("places", "Places données"),
    ("reservees", "Réservées"),
    ("attente", "Restées en attente"),
]
SORTS = [
    ("nom", "nom"),
    ("-structures", "le plus de structures"),
    ("-seances", "le plus de séances"),
    ("-places", "le plus de places"),
    ("-reservees", "le plus de réservations"),
    ("-attente", "le plus d'attente"),
]


@require_safe
@open_to(STAFF)
@READS
def coverage(request: HttpRequest) -> HttpResponse:
    """What is offered by commune, type or venue of a season, beside what is asked for; a map of the communes."""
    today = timezone.localdate()
    seasons = seasons_until(Season.of(today))
    season = next((one for one in seasons if str(one) == request.GET.get("saison")), seasons[0])
    view = request.GET.get("vue") if request.GET.get("vue") in territory.VIEWS else territory.COMMUNES
    kind = request.GET.get("type") if request.GET.get("type") in Event.Kind.values else ""
    near = request.GET.get("autour", "").replace("\x00", "")  # PostgreSQL looks no NUL up
    bare = request.GET.get("sans") == "1"
    found = territory.rows(season, view=view, kind=kind, on=today)
    map_ = None
    if view == territory.COMMUNES:
        map_ = territory.map_of(found, near=near, link=lambda group: _link(request, autour=group))
        found = [row for row in found if not near or (row.commune and row.commune.intercommunality == near)]
    missing = sum(row.is_bare for row in found)
    found = [row for row in found if row.is_bare] if bare else found
    sort = request.GET.get("tri", "")
    context = {
        "season": season,
        "seasons": seasons,
        "view": view,
        "views": territory.VIEWS,
        "kind": kind,
        "kinds": Event.Kind.choices,
        "near": near,
        "bare": bare,
        "missing": missing,
        "map": map_,
        "page": Paginator(territory.ordered(found, sort), settings.LIST_PAGE).get_page(
            request.GET.get("page")
        ),
        "sort": sort,
        "sorts": [
            (one, label)
            for one, label in SORTS
            if one.removeprefix("-") in {name for name, _ in _columns(view, kind)}
        ],
        "columns": [_column(request, *column, sort=sort) for column in _columns(view, kind)],
        "wider": _link(request, autour=""),
    }
    return render(request, "evaluations/coverage.html", context)


def _columns(view: str, kind: str) -> list[tuple[str, str]]:
    left_out = {"structures"} if view != territory.COMMUNES else set()
    if kind and view != territory.KINDS:
        left_out |= {"reservees", "attente"}
    return [(name, label) for name, label in COLUMNS if name not in left_out]


def _column(request: HttpRequest, name: str, label: str, *, sort: str) -> dict[str, str]:
    """A heading: how its column stands in order now, and the address that puts it in order, or the other way round."""
    first = name if name == "nom" else f"-{name}"
    other = name if first.startswith("-") else f"-{name}"
    stands = {name: "ascending", f"-{name}": "descending"}.get(sort, "")
    return {
        "name": name,
        "label": label,
        "stands": stands,
        "url": _link(request, tri=other if sort == first else first),
    }


def _link(request: HttpRequest, **answers: str) -> str:
    """This page's address with other answers, from its first page on."""
    asked = {**request.GET.dict(), "page": "", **answers}
    query = QueryDict(mutable=True)
    query.update({name: str(value) for name, value in asked.items() if value})
    return f"?{query.urlencode()}"
