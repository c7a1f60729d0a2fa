"""What is offered, for whoever may see it (C1, C4, C5)."""

from uuid import UUID

from django.db.models import DateTimeField, Exists
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_safe

from common.compiled import compiled
from common.kept import kept_for_onlookers
from offers.catalogue import Look, search_catalogue
from offers.models import Event, Performance, PerformanceQuerySet, Quota
from offers.models.events import EventQuerySet
from partners.audience import ACCOUNTS, VISITOR, open_to


@require_safe
@open_to(*ACCOUNTS, VISITOR, public_when="PUBLIC_CATALOGUE", translated=True)
@gzip_page
@kept_for_onlookers
def catalogue(request: HttpRequest) -> HttpResponse:
    """What can be booked, soonest first, searched and filtered (C4)."""
    now = timezone.now()
    offered = Performance.objects.visible_to(request.user).open_for_booking(at=now)
    scope = str(request.user.venue_id) if request.user.is_authenticated and request.user.venue_id else ""
    found = search_catalogue(request.GET, queryset=offered, scope=scope, at=now)
    return render(request, "offers/catalogue.html", {**found, "looks": Look, "now": now})


def _whole(events: EventQuerySet) -> EventQuerySet:
    """Events with their place, and whether some quota counts their seats."""
    return events.select_related("venue__commune").annotate(
        has_quota=Exists(Quota.objects.open().on_outer_event())
    )


@compiled(pk=Event._meta.pk)
def _offered(*, pk) -> EventQuerySet:
    return _whole(Event.objects.offered()).filter(pk=pk)


@compiled(event=Event._meta.pk, at=DateTimeField())
def _dates_ahead(*, event, at) -> PerformanceQuerySet:
    return Performance.objects.filter(event=event, starts_at__gt=at)


def _event_for(user, pk: UUID) -> Event:
    """The event as `visible_to` shows it, whole; else 404."""
    if Event.objects.sees_offers(user):
        found = _offered.first(pk=pk)
    else:
        found = _whole(Event.objects.visible_to(user)).filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


@require_safe
@open_to(*ACCOUNTS, VISITOR, public_when="PUBLIC_CATALOGUE", translated=True)
@gzip_page
@kept_for_onlookers
def event(request: HttpRequest, event_id) -> HttpResponse:
    """One event: what it is, its dates, how to get there, how to buy (C1, C5)."""
    now = timezone.now()
    found = _event_for(request.user, event_id)
    dates = _dates_ahead(event=found.pk, at=now)
    for date in dates:
        date.event = found
    return render(request, "offers/event.html", {"event": found, "dates": dates, "now": now})
