"""A partner's own figures (E4)."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from common import bars
from evaluations import dashboards
from evaluations.figures import Dimension
from evaluations.models import Thanks
from partners.audience import VENUE, open_to


@require_safe
@open_to(VENUE)
def venue_figures(request: HttpRequest) -> HttpResponse:
    """A venue's seats by season and month: given, booked, used, lost; and what people say of it (E4)."""
    seasons = dashboards.seasons_counted(on=timezone.localdate())
    asked = request.GET.get("saison", "")
    season = next((one for one in seasons if str(one) == asked), seasons[0])
    board = dashboards.of_partner(season=season, dimension=Dimension.VENUE, key=request.user.venue_id)
    values = [(label, getattr(board.whole, name, None)) for name, label in board.columns.items()][:4]
    context = {
        "seasons": seasons,
        "board": board,
        "small": settings.FIGURES_SMALL,
        "bars": bars.draw([(label, value, f"{value}") for label, value in values]),
        "thanks": Thanks.objects.shown_to(request.user)[:20],
    }
    return render(request, "evaluations/venue_figures.html", context)
