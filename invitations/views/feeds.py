"""What calendars and news readers follow, at secret addresses (C9)."""

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from conventions.services.access import find_feed
from invitations.calendars import outings_calendar
from partners.audience import BOOKERS, PUBLIC, open_to
from partners.models import Feed
from partners.services import close_feed, open_feed

ADDRESSES = {Feed.Kind.OUTINGS: "invitations:outings_feed", Feed.Kind.PROGRAMME: "offers:programme_feed"}


@open_to(*BOOKERS)
def feeds(request: HttpRequest) -> HttpResponse:
    """The structure's secret addresses: made, replaced and closed by POST."""
    structure, now = request.user.own_structure, timezone.now()
    found = {feed.kind: feed for feed in structure.feeds.open()}
    kind = request.POST.get("kind")
    if kind in Feed.Kind.values:
        if request.POST.get("action") != "close":
            open_feed(structure=structure, kind=Feed.Kind(kind), by=request.user, at=now)
            messages.success(request, "Voici la nouvelle adresse. S'il y en avait une, elle ne répond plus.")
        elif kind in found:
            close_feed(feed=found[kind], by=request.user, at=now)
            messages.success(request, "C'est fermé : cette adresse ne répond plus.")
        return redirect("invitations:feeds")
    context = {"feeds": [(kind, _address(found.get(kind))) for kind in ADDRESSES]}
    return render(request, "invitations/feeds.html", context)


def _address(feed: Feed | None) -> str:
    return settings.BASE_URL + reverse(ADDRESSES[Feed.Kind(feed.kind)], args=[feed.token]) if feed else ""


@require_safe
@open_to(PUBLIC)
def outings_feed(request: HttpRequest, token: str) -> HttpResponse:
    """A structure's outings as iCalendar."""
    now = timezone.now()
    feed = find_feed(token=token, kind=Feed.Kind.OUTINGS, at=now)
    if feed is None:
        raise Http404
    return HttpResponse(outings_calendar(feed.structure, at=now), content_type="text/calendar; charset=utf-8")
