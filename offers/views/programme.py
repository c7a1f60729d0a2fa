"""A venue's own programme: its events, their dates, what can be done with them (C1, C3)."""

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from common.errors import DomainError
from common.forms import attach, attempt, typed
from offers import services
from offers.forms.dates import DateForm, DateFormSet, SeatsForm
from offers.forms.events import EventForm
from offers.models import Event, Performance, Quota
from partners.audience import VENUE, open_to


@require_safe
@open_to(VENUE)
def programme(request: HttpRequest) -> HttpResponse:
    """A venue's own events: the next dates, the seats given, what waits to be filled (C1, C3)."""
    now, words = timezone.now(), request.GET.get("q", "").replace("\x00", "")[:100]
    mine = Event.objects.of(request.user).searching(words).with_figures(at=now)
    past = request.GET.get("quand") == "passe"
    page = Paginator(mine.over() if past else mine.on_show(), settings.LIST_PAGE).get_page(
        request.GET.get("page")
    )
    waiting = Performance.objects.of(request.user).waiting_for_seats(at=now).count()
    context = {"page": page, "past": past, "words": words, "waiting": waiting, "now": now}
    return render(request, "offers/programme.html", context)


@open_to(VENUE)
def event_create(request: HttpRequest) -> HttpResponse:
    """A venue posts an event with its dates (C1); lines of dates come and go without losing what was typed."""
    if "add_date" in request.POST or "remove_date" in request.POST:
        form, dates = EventForm(initial=request.POST.dict()), DateFormSet.retyped(request.POST)
    else:
        form, dates = EventForm(typed(request)), DateFormSet(typed(request))
        if request.method == "POST" and form.is_valid() & dates.is_valid() and _publish(request, form, dates):
            messages.success(request, "C'est publié : les structures peuvent réserver.")
            return redirect("offers:event_manage", form.instance.pk)
    return render(request, "offers/event_create.html", {"form": form, "dates": dates})


def _publish(request: HttpRequest, form: EventForm, dates: DateFormSet) -> Event | None:
    """The event, saved with its dates; None with the sentences in their lines where some can't be."""
    try:
        return services.publish_event(
            event=form.instance, performances=dates.performances(), by=request.user, at=timezone.now()
        )
    except services.RefusedDates as refused:
        dates.attach(refused)
    except DomainError as refused:  # the venue is suspended
        attach(form, refused)
    return None


@require_safe
@open_to(VENUE)
def event_manage(request: HttpRequest, event_id) -> HttpResponse:
    """One event as its venue sees it: every date with its seats, and what can be done."""
    now = timezone.now()
    found = get_object_or_404(Event.objects.of(request.user).select_related("venue__commune"), pk=event_id)
    seatless = 0 if found.is_withdrawn else found.performances.upcoming(at=now).seatless().count()
    with_quotas = Prefetch("quotas", Quota.objects.open(), to_attr="open_quotas")
    dates = sorted(
        found.performances.prefetch_related(with_quotas),
        key=lambda date: (date.starts_at <= now, abs(date.starts_at - now)),
    )
    shared = Quota.objects.open().on_event(found).still_ahead(at=now).filter(performance=None)
    context = {
        "event": found,
        "dates": dates,
        "quotas": shared,
        "seatless": seatless,
        "form": SeatsForm(),
        "now": now,
    }
    return render(request, "offers/event_manage.html", context)


@open_to(VENUE)
def event_edit(request: HttpRequest, event_id) -> HttpResponse:
    """A venue changes what it says of an event."""
    found = get_object_or_404(Event.objects.of(request.user).select_related("venue__commune"), pk=event_id)
    form = EventForm(typed(request), instance=found)
    if request.method == "POST" and form.is_valid():
        services.update_event(event=form.instance, by=request.user, at=timezone.now())
        messages.success(request, "C'est enregistré.")
        return redirect("offers:event_manage", found.pk)
    return render(request, "offers/event_edit.html", {"form": form, "event": found})


@open_to(VENUE)
def performance_add(request: HttpRequest, event_id) -> HttpResponse:
    """A venue adds a date to an event."""
    found = get_object_or_404(Event.objects.of(request.user), pk=event_id)
    form = DateForm(typed(request))
    if request.method == "POST" and form.is_valid():
        made = attempt(
            form,
            services.add_performance,
            performance=form.performance(found),
            by=request.user,
            at=timezone.now(),
        )
        if made:
            messages.success(request, "La date est ajoutée.")
            return redirect("offers:event_manage", found.pk)
    return render(request, "offers/performance_add.html", {"form": form, "event": found})


@open_to(VENUE)
def event_withdraw(request: HttpRequest, event_id) -> HttpResponse:
    """A venue takes an event out of the catalogue, once nobody holds seats for it."""
    found = get_object_or_404(Event.objects.of(request.user), pk=event_id)
    now = timezone.now()
    held = [date for date in found.performances.upcoming(at=now) if date.seats_taken]
    if request.method == "POST" and not held:
        services.withdraw_event(event=found, by=request.user, at=now)
        messages.success(request, f"« {found.title} » n'est plus proposé.")
        return redirect("offers:programme")
    return render(request, "offers/event_withdraw.html", {"event": found, "held": held})
