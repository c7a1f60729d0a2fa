"""Figures of a season: the team's, a structure's, a venue's, and the same as files (E4)."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from common.background import after_commit
from common.downloads import TABLES, table_response
from common.errors import DomainError
from evaluations import dashboards
from evaluations.dashboards import Dashboard
from evaluations.figures import Dimension
from evaluations.models import Counting, Tally, Thanks
from evaluations.services import tallies
from evaluations.tasks.tallies import count_season
from partners.audience import BOOKERS, STAFF, VENUE, open_to
from partners.seasons import Season

READS = permission_required("evaluations.view_tally", raise_exception=True)
COUNTS = permission_required("evaluations.change_counting", raise_exception=True)
PARTNERS = {Dimension.VENUE, Dimension.STRUCTURE}
KEY_MAX = 40


@require_safe
@open_to(VENUE)
def venue_figures(request: HttpRequest) -> HttpResponse:
    """A venue's seats by season and month: given, booked, used, lost; and what people say of it (E4)."""
    seasons, season = _seasons(request)
    venue = request.user.venue
    board = dashboards.of_partner(season=season, dimension=Dimension.VENUE, key=venue.pk, title=venue.name)
    context = {"thanks": Thanks.objects.shown_to(request.user)[:20]}
    return _answer(request, "evaluations/venue_figures.html", board, seasons, **context)


@require_safe
@open_to(*BOOKERS)
def structure_figures(request: HttpRequest) -> HttpResponse:
    """A structure's outings by season and month (E4)."""
    seasons, season = _seasons(request)
    mine = request.user.own_structure
    board = dashboards.of_partner(season=season, dimension=Dimension.STRUCTURE, key=mine.pk, title=mine.name)
    return _answer(request, "evaluations/structure_figures.html", board, seasons)


@require_safe
@open_to(STAFF)
@READS
def figures(request: HttpRequest) -> HttpResponse:
    """A season along any table, and one structure or venue month by month (E4)."""
    seasons, season = _seasons(request)
    asked = request.GET.get("par", "")
    dimension = Dimension(asked) if asked in Dimension.values else Dimension.WHOLE
    if dimension in PARTNERS and (key := request.GET.get("ligne")):
        named = Tally.objects.current().about(dimension, key[:KEY_MAX].replace("\x00", ""))
        line = named.order_by("-counting__season_year").first()
        if line is None:
            raise Http404("Ce lieu ou cette structure n'a pas de chiffres.")
        board = dashboards.of_partner(season=season, dimension=dimension, key=line.key, title=line.label)
    elif request.GET.get("fichier") in TABLES:
        board = dashboards.of_season(season=season, dimension=dimension)
    else:
        board = dashboards.of_season(
            season=season, dimension=dimension, page=request.GET.get("page"), size=settings.LIST_PAGE
        )
    context = {
        "dimensions": list(Dimension),
        "dimension": dimension,
        "under_way": Counting.objects.of(season).under_way().first(),
        "may_count": request.user.has_perm("evaluations.change_counting")
        and not (board.counting and board.counting.is_final),
        "links": dimension in PARTNERS and not board.by_month,
    }
    return _answer(request, "evaluations/figures.html", board, seasons, **context)


@require_POST
@open_to(STAFF)
@COUNTS
def count_figures(request: HttpRequest) -> HttpResponse:
    """Staff have a season counted again now, in the background."""
    seasons, season = _seasons(request)
    try:
        counting = tallies.ask(season=season, at=timezone.now(), by=request.user)
        after_commit(count_season, str(counting.pk))
    except DomainError as refusal:
        messages.error(request, refusal.sentence)
    return redirect(f"{reverse('evaluations:figures')}?saison={season}")


def _seasons(request: HttpRequest) -> tuple[list[Season], Season]:
    """The seasons to choose from, and the chosen one."""
    seasons = dashboards.seasons_counted(on=timezone.localdate())
    asked = request.GET.get("saison") or request.POST.get("saison")
    return seasons, next((one for one in seasons if str(one) == asked), seasons[0])


def _answer(
    request: HttpRequest, template: str, board: Dashboard, seasons: list[Season], **context
) -> HttpResponse:
    """The page, or the file that was asked for."""
    ending = request.GET.get("fichier", "")
    if ending in TABLES:
        return table_response(board.file_headings, board.file_rows, name=board.file_name, ending=ending)
    context |= {"board": board, "seasons": seasons, "small": settings.FIGURES_SMALL}
    return render(request, template, context)
