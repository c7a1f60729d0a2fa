"""A venue moves or cancels a date, or cancels an event; whoever booked says so to people, and ticks it off (C6)."""

from datetime import timedelta

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe

from common.forms import attempt, typed
from invitations.forms.changes import MoveForm, WordForm
from invitations.models import ChangeNotice
from invitations.services import booking as bookings_service
from invitations.services import calling_off, changes
from offers.models import Event, Performance
from partners.audience import BOOKERS, VENUE, open_to

TOLD = "Réservations et demandes prévenues : "


@open_to(VENUE)
def performance_move(request: HttpRequest, performance_id) -> HttpResponse:
    """A venue gives a date another day or hour; everybody who booked is told (C6)."""
    mine = Performance.objects.of(request.user).with_place()
    performance = get_object_or_404(mine, pk=performance_id)
    form = MoveForm.of(performance, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        moved = attempt(
            form,
            changes.move_date,
            performance=performance,
            by=request.user,
            at=timezone.now(),
            **form.moments(),
        )
        if moved:
            messages.success(request, "C'est enregistré. Les structures qui avaient réservé sont prévenues.")
            return redirect("offers:event_manage", performance.event_id)
    return render(request, "invitations/performance_move.html", {"performance": performance, "form": form})


@open_to(VENUE)
def performance_cancel(request: HttpRequest, performance_id) -> HttpResponse:
    """The venue cancels a date, after a question; everybody who booked is told (C6)."""
    mine = Performance.objects.of(request.user).with_place()
    performance = get_object_or_404(mine, pk=performance_id)
    form = WordForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        told = bookings_service.cancel_performance(
            performance=performance, by=request.user, at=timezone.now(), word=form.cleaned_data["word"]
        )
        messages.success(request, f"La séance est annulée. {TOLD}{told}.")
        return redirect("offers:event_manage", performance.event_id)
    return render(request, "invitations/performance_cancel.html", {"performance": performance, "form": form})


@open_to(VENUE)
def event_cancel(request: HttpRequest, event_id) -> HttpResponse:
    """The venue cancels all dates to come of an event, after a page that says what ends; everybody is told (C6)."""
    found, now = get_object_or_404(Event.objects.of(request.user), pk=event_id), timezone.now()
    form = WordForm(typed(request))
    if request.method == "POST" and form.is_valid():
        word = form.cleaned_data["word"]
        told = attempt(form, calling_off.cancel_event, event=found, by=request.user, at=now, word=word)
        if told is not None:
            messages.success(request, f"« {found.title} » est annulé. {TOLD}{told}.")
            return redirect("offers:event_manage", found.pk)
    context = {"event": found, "form": form, "stops": calling_off.what_stops(event=found, at=now)}
    return render(request, "invitations/event_cancel.html", context)


@require_safe
@open_to(*BOOKERS)
def to_tell(request: HttpRequest) -> HttpResponse:
    """What the structure's people must be told, soonest first, then what was told lately (D12)."""
    now = timezone.now()
    mine = ChangeNotice.objects.visible_to(request.user).with_outing()
    lately = now - timedelta(days=settings.HOME_DAYS)
    told = mine.filter(told_by__isnull=False, told_at__gte=lately).ahead(at=now).concerned()
    context = {
        "notices": mine.to_tell(at=now),
        "told": told.order_by("-told_at"),
    }
    return render(request, "invitations/to_tell.html", context)


@require_POST
@open_to(*BOOKERS)
def tell(request: HttpRequest, notice_id) -> HttpResponse:
    """Note that a party was told, in one gesture; or, with `undo`, that it wasn't."""
    mine = ChangeNotice.objects.visible_to(request.user)
    notice = get_object_or_404(mine, pk=notice_id)
    verb = changes.take_back if "undo" in request.POST else changes.tell
    verb(notice=notice, by=request.user, at=timezone.now())
    back = request.POST.get("next", "")
    if url_has_allowed_host_and_scheme(back, allowed_hosts=None) and back.startswith("/"):
        return redirect(back)
    return redirect("invitations:to_tell")
