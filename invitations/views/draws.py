"""The pages of the fair draw of a scarce date (D7): asking, the outcome, what anybody may check, the venue's side."""

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from common.forms import attempt
from invitations.forms.draws import DrawForm
from invitations.models import Draw, DrawRequest
from invitations.services import draws
from invitations.views.booking import party_page, published_date
from offers.models import Performance, Quota
from partners.audience import BOOKERS, PUBLIC, VENUE, open_to


@open_to(*BOOKERS)
def draw_ask(request: HttpRequest, performance_id) -> HttpResponse:
    """Ask for a party's seats of a scarce date, on the form that books."""
    now = timezone.now()
    performance = published_date(request, performance_id, at=now)
    return party_page(
        request,
        performance,
        keep=draws.ask,
        obstacle=draws.obstacle_to_ask,
        template="invitations/draws/ask.html",
        at=now,
    )


@require_safe
@open_to(*BOOKERS)
def draw_requests(request: HttpRequest) -> HttpResponse:
    """What the structure asked for: those that wait first, then what came of the others."""
    mine = DrawRequest.objects.visible_to(request.user).with_outing().select_related("participant")
    rows = mine.order_by("-draw__closes_at", "requested_at", "pk")
    page = Paginator(rows, settings.LIST_PAGE).get_page(request.GET.get("page"))
    return render(request, "invitations/draws/requests.html", {"page": page, "tab": "draws"})


@open_to(*BOOKERS)
def draw_request(request: HttpRequest, request_id) -> HttpResponse:
    """One request: who would go, what came of it and why; until requests close, it can be taken back by POST."""
    now = timezone.now()
    mine = DrawRequest.objects.visible_to(request.user).with_outing()
    found = get_object_or_404(mine.select_related("participant", "requested_by", "booking"), pk=request_id)
    if request.method == "POST":
        draws.take_back(request=found, by=request.user, at=now)
        messages.success(request, "La demande est retirée.")
        return redirect("invitations:draw_requests")
    context = {
        "found": found,
        "draw": found.draw,
        "performance": found.draw.performance,
        "guests": found.guests.all(),
        "open_now": found.draw.takes_requests(at=now),
        "figures": found.draw.figures,
        "now": now,
    }
    return render(request, "invitations/draws/request.html", context)


def _shown(performance_id) -> Draw:
    found = Draw.objects.shown().select_related("performance__event__venue__commune")
    return get_object_or_404(found, performance=performance_id)


@require_safe
@open_to(PUBLIC)
def draw(request: HttpRequest, performance_id) -> HttpResponse:
    """What anybody may know of a draw: how it works and its commitment; once drawn its seed and data, without names."""
    found, now = _shown(performance_id), timezone.now()
    mine = DrawRequest.objects.visible_to(request.user).filter(draw=found).select_related("participant")
    record = found.record or {}
    limits = record.get("limits", {})
    context = {
        "draw": found,
        "performance": found.performance,
        "open_now": found.takes_requests(at=now),
        "mine": mine,
        "own": {one.public_id for one in mine},
        "figures": found.figures,
        "lines": sorted(
            record.get("requests", []), key=lambda line: (line["rank"] is None, line["rank"], line["id"])
        ),
        "structures": [(code, had, limits.get(code)) for code, had in record.get("structures", {}).items()],
        "limited": bool(limits),
        "quotas": [] if found.drawn_at else Quota.objects.open().on_performance(found.performance),
    }
    return render(request, "invitations/draws/draw.html", context)


@require_safe
@open_to(PUBLIC)
def draw_data(request: HttpRequest, performance_id) -> HttpResponse:
    """The published data of a draw that was held, to recompute it elsewhere; before that, 404."""
    held = Draw.objects.shown().filter(drawn_at__isnull=False)
    found = get_object_or_404(held, performance=performance_id)
    name = f"tirage-{str(found.pk)[:8]}.json"
    return JsonResponse(
        found.record,
        json_dumps_params={"indent": 1},
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


@open_to(VENUE)
def draw_manage(request: HttpRequest, performance_id) -> HttpResponse:
    """A venue marks a date as scarce, sees what is asked for, or gives the draw up while nobody asked."""
    now = timezone.now()
    performance = get_object_or_404(Performance.objects.of(request.user).with_place(), pk=performance_id)
    found = Draw.objects.with_totals().filter(performance=performance).first()
    form = DrawForm(request.POST if request.method == "POST" and "lift" not in request.POST else None)
    if found and "lift" in request.POST:
        draws.lift_draw(draw=found, by=request.user, at=now)
        messages.success(request, "Le tirage est abandonné : la séance se réserve comme d'habitude.")
        return redirect("offers:event_manage", performance.event_id)
    if form.is_bound and form.is_valid():
        closes_at = form.cleaned_data["closes_at"]
        if attempt(
            form, draws.open_draw, performance=performance, closes_at=closes_at, by=request.user, at=now
        ):
            messages.success(request, "Le tirage équitable est ouvert : les structures peuvent demander.")
            return redirect("invitations:draw_manage", performance.pk)
    context = {
        "performance": performance,
        "draw": found,
        "form": form,
        "obstacle": "" if found else draws.obstacle_to_open(performance, at=now),
        "open_now": found and found.takes_requests(at=now),
    }
    return render(request, "invitations/draws/manage.html", context)
