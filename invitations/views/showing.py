"""From a visitor's screen to the form that books: a square to scan, a number to type (A6)."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from common.pdf import qr_picture
from offers.models import Event
from partners.audience import ACCOUNTS, VISITOR, open_to

DATES_SHOWN = 3


@require_safe
@open_to(*ACCOUNTS, VISITOR, translated=True)
def show(request: HttpRequest, event_id) -> HttpResponse:
    """What a visitor holds out to the person who books: the event, without anybody's name."""
    visible = Event.objects.visible_to(request.user).select_related("venue__commune")
    found = get_object_or_404(visible, pk=event_id)
    address = settings.BASE_URL + reverse("invitations:choose", args=[found.number])
    dates = found.performances.upcoming(at=timezone.now()).order_by("starts_at")[:DATES_SHOWN]
    context = {"event": found, "dates": dates, "qr": qr_picture(address, error="h")}
    return render(request, "invitations/show.html", context)


@require_safe
@open_to(*ACCOUNTS, VISITOR)
def choose(request: HttpRequest, number: int) -> HttpResponse:
    """Where that square leads: who books comes to the form, or to the event where there are several dates."""
    found = list(Event.objects.visible_to(request.user).numbered(number)[:2])
    if not found:
        raise Http404
    if len(found) > 1:
        return redirect(reverse("offers:catalogue", query={"q": found[0].number}))
    if getattr(request.user, "books", False):
        dates = list(found[0].performances.open_for_booking(at=timezone.now())[:2])
        if len(dates) == 1:
            return redirect("invitations:book", dates[0].pk)
    return redirect("offers:event", found[0].pk)
