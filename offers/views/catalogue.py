"""What is offered, for whoever may see it (C1, C4, C5)."""

from django.db.models import Exists
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from common.kept import kept_for_onlookers
from offers.catalogue import Look, search_catalogue
from offers.models import Event, Performance, Quota
from partners.audience import ACCOUNTS, VISITOR, open_to


@require_safe
@open_to(*ACCOUNTS, VISITOR, public_when="PUBLIC_CATALOGUE", translated=True)
@kept_for_onlookers
def catalogue(request: HttpRequest) -> HttpResponse:
    """What can be booked, soonest first, searched and filtered (C4)."""
    now = timezone.now()
    offered = Performance.objects.visible_to(request.user).open_for_booking(at=now)
    scope = str(request.user.venue_id) if request.user.is_authenticated and request.user.venue_id else ""
    found = search_catalogue(request.GET, queryset=offered, scope=scope, at=now)
    return render(request, "offers/catalogue.html", {**found, "looks": Look, "now": now})


@require_safe
@open_to(*ACCOUNTS, VISITOR, public_when="PUBLIC_CATALOGUE", translated=True)
@kept_for_onlookers
def event(request: HttpRequest, event_id) -> HttpResponse:
    """One event: what it is, its dates, how to get there, how to buy (C1, C5)."""
    now = timezone.now()
    visible = Event.objects.visible_to(request.user).select_related("venue__commune")
    counted = Exists(Quota.objects.open().on_outer_event())
    found = get_object_or_404(visible.annotate(has_quota=counted), pk=event_id)
    dates = list(found.performances.filter(starts_at__gt=now))
    return render(request, "offers/event.html", {"event": found, "dates": dates, "now": now})
