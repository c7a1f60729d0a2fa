"""A venue changes what it says of an event that is out: kept as it types, saved knowingly (C1)."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from common.errors import DomainError
from offers import services
from offers.forms.events import EventForm
from offers.forms.revisions import BasisForm, differences, resumed, said_of
from offers.forms.sheets import kept_of
from offers.models import Event, EventChange
from partners.audience import VENUE, open_to


@open_to(VENUE)
def event_edit(request: HttpRequest, event_id) -> HttpResponse:
    """A venue changes what it says of an event; what it types is kept, and structures read it once it is saved."""
    found = get_object_or_404(Event.objects.of(request.user).select_related("venue__commune"), pk=event_id)
    if request.method == "POST":
        return _sent(request, found)
    change, basis = EventChange.objects.filter(event=found).first(), services.basis_of(found)
    if change is None:
        return _page(request, found, EventForm(instance=found), basis=basis)
    there = said_of(found) if change.basis != basis else None
    form = resumed(found, change.data)
    return _page(request, found, form, basis=basis, change=change, here=change.data, there=there)


def _sent(request: HttpRequest, event: Event) -> HttpResponse:
    """Keep what was sent, then do what its button says."""
    data, silently, now = request.POST, "seul" in request.GET, timezone.now()
    if "forget" in data:
        services.forget_change(event=event, by=request.user, at=now)
        messages.success(request, "Les changements sont abandonnés : l'événement reste comme il était.")
        return redirect("offers:event_manage", event.pk)
    basis = BasisForm(data).began_from or services.basis_of(event)
    try:
        change = _keep(request, event, basis=basis)
    except DomainError as refused:
        if silently:
            return _state(request, event, refused=refused)
        kept = getattr(refused, "change", None)
        there = kept.data if kept else None
        form = resumed(event, data)
        return _page(request, event, form, basis=basis, here=data, there=there, refused=refused)
    if silently:
        return _state(request, event, change=change)
    if "insist" in data:
        return _page(request, event, resumed(event, data), basis=basis, change=change)
    return _save(request, event, basis=basis, change=change)


def _keep(request: HttpRequest, event: Event, *, basis: str) -> EventChange | None:
    """The change as it is kept now; None where nothing is changed, and nothing was."""
    data, origin = request.POST, BasisForm(request.POST)
    same = not differences(data, said_of(event))
    if same and not EventChange.objects.filter(event=event).exists():
        return None
    return services.keep_change(
        event=event,
        typed=kept_of(data),
        basis=basis,
        tab=origin.origin,
        seen=None if "insist" in data else origin.seen,
        by=request.user,
        at=timezone.now(),
    )


def _save(request: HttpRequest, event: Event, *, basis: str, change: EventChange | None) -> HttpResponse:
    """The event's page once it is saved; the form with its sentences, or with what stands now, where it can't be."""
    form = EventForm(request.POST, instance=event)
    if not form.is_valid():
        return _page(request, event, form, basis=basis, change=change)
    try:
        services.revise_event(event=form.instance, basis=basis, by=request.user, at=timezone.now())
    except services.EventChanged as refused:
        now, here = refused.event, request.POST
        form = resumed(now, here)
        there = {"here": here, "there": said_of(now), "refused": refused}
        return _page(request, now, form, basis=services.basis_of(now), change=change, **there)
    messages.success(request, "C'est enregistré.")
    return redirect("offers:event_manage", event.pk)


def _state(request: HttpRequest, event: Event, **about) -> HttpResponse:
    return render(request, "offers/partials/change_state.html", {"event": event, **about})


def _page(
    request: HttpRequest,
    event: Event,
    form: EventForm,
    *,
    basis: str,
    change: EventChange | None = None,
    here=None,
    there=None,
    refused: DomainError | None = None,
) -> HttpResponse:
    """The form; with `there`, in which fields something else was kept or saved elsewhere than `here`."""
    origin = BasisForm(request.POST)
    seen = change.version if change else origin.seen
    context = {
        "event": event,
        "form": form,
        "origin": BasisForm.beside(tab=origin.origin, seen=seen, basis=basis),
        "change": change,
        "refused": refused,
        "differences": differences(here, there) if there is not None else [],
    }
    return render(request, "offers/event_edit.html", context)
