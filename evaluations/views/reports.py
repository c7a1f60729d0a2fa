"""The season's report for whoever pays for it, and the reviews of partners (E4)."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from common.downloads import pdf_response
from common.errors import DomainError
from common.text import normalise
from evaluations.dashboards import seasons_counted
from evaluations.documents import review_pdf
from evaluations.models import SeasonReport
from evaluations.reports import review_of
from evaluations.services import reports as services
from evaluations.views.controls import seasons_until
from partners.audience import BOOKERS, STAFF, VENUE, open_to
from partners.models import Structure, Venue
from partners.seasons import Season

READS = permission_required("evaluations.view_seasonreport", raise_exception=True)
ASKS = permission_required("evaluations.add_seasonreport", raise_exception=True)
FIRST_YEAR, LAST_YEAR = 2000, 2099  # of a season that somebody can mean
PARTNERS: dict[str, type[Structure] | type[Venue]] = {"structures": Structure, "lieux": Venue}


@require_safe
@open_to(STAFF)
@READS
def reports(request: HttpRequest) -> HttpResponse:
    """The report of each season: asked for, under way, to download; and partners, for their reviews."""
    made: dict[int, SeasonReport] = {}
    under_way: dict[int, SeasonReport] = {}
    for report in SeasonReport.objects.light().order_by("asked_at"):
        (made if report.made_at else under_way)[report.season_year] = report
    current = Season.of(timezone.localdate())
    seasons = seasons_counted(on=timezone.localdate())
    words = request.GET.get("q", "").replace("\x00", "").strip()
    context = {
        "seasons": [(season, made.get(season.year), under_way.get(season.year)) for season in seasons],
        "busy": any(report.is_under_way for report in under_way.values()),
        "words": words,
        "found": _partners(words) if words else [],
        "year": current.year,
        "last": current.previous.year,
    }
    return render(request, "evaluations/reports.html", context)


def _partners(words: str) -> list[tuple[str, Structure | Venue]]:
    """Partners whose name holds every word, accents and case aside; as many as a page takes.

    Compared here and not in the database, as `VenueQuerySet.search` does.
    """
    wanted = normalise(words).split()
    found: list[tuple[str, Structure | Venue]] = []
    for kind, model in PARTNERS.items():
        for partner in model.objects.only("name").order_by("name"):
            if all(word in normalise(partner.name) for word in wanted):
                found.append((kind, partner))
    return found[: settings.LIST_PAGE]


@require_POST
@open_to(STAFF)
@ASKS
def report_ask(request: HttpRequest, year: int) -> HttpResponse:
    """Have the report of a season made, anew where there is one."""
    try:
        services.ask(season=_season(year), by=request.user, at=timezone.now())
    except DomainError as refusal:
        messages.warning(request, refusal.sentence)
    return redirect("evaluations:reports")


@require_safe
@open_to(STAFF)
@READS
def report_document(request: HttpRequest, report_id) -> HttpResponse:
    """The report of a season, as it was drawn."""
    report = get_object_or_404(SeasonReport.objects.exclude(made_at=None), pk=report_id)
    return pdf_response(report.content, name=f"rapport-activite-{report.season}")


@require_safe
@open_to(STAFF)
@READS
def review(request: HttpRequest, kind: str, partner_id, year: int) -> HttpResponse:
    """One partner's season on one page, for the team."""
    if kind not in PARTNERS:
        raise Http404
    partner = get_object_or_404(PARTNERS[kind].objects.select_related("commune"), pk=partner_id)
    return _review(partner, year)


@require_safe
@open_to(*BOOKERS, VENUE)
def own_review(request: HttpRequest) -> HttpResponse:
    """The account's own structure's or venue's season on one page: this one, or another that it asks for."""
    current = Season.of(timezone.localdate())
    asked = request.GET.get("saison", "")
    season = next((one for one in seasons_until(current) if str(one) == asked), current)
    return _review(request.user.partner, season.year)


def _review(partner: Structure | Venue, year: int) -> HttpResponse:
    season = _season(year)
    content = review_pdf(review_of(partner, season, on=timezone.localdate()))
    return pdf_response(content, name=f"bilan-{season}")


def _season(year: int) -> Season:
    """The season that begins in `year`; none that nobody can mean (404)."""
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise Http404
    return Season(year)
