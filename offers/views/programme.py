"""A venue's own programme: its events, their dates, what can be done with them (C1, C3)."""

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from common.forms import typed
from offers import services
from offers.forms.dates import SeatsForm
from offers.forms.sheets import HELPERS, DatesSheet
from offers.models import Event, EventChange, EventDraft, Performance, ProgrammeImport, Quota
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
    context = {
        "page": page,
        "past": past,
        "words": words,
        "waiting": waiting,
        "undecided": ProgrammeImport.objects.of(request.user).unanswered().defer("dates").first(),
        "now": now,
    }
    context["drafts"] = [] if past or words else EventDraft.objects.of(request.user)
    return render(request, "offers/programme.html", context)


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
        "engaged": any(date.engaged for date in dates if date.standing(at=now).is_ahead),
        "free": sum(date.seats_left for date in dates if date.standing(at=now).is_open),
        "form": SeatsForm(),
        "change": EventChange.objects.filter(event=found).first(),
        "now": now,
    }
    return render(request, "offers/event_manage.html", context)


@open_to(VENUE)
def performance_add(request: HttpRequest, event_id) -> HttpResponse:
    """A venue adds dates to an event, typed line by line or by their rhythm."""
    found = get_object_or_404(Event.objects.of(request.user), pk=event_id)
    if set(HELPERS).intersection(request.POST):
        known = {date.day for date in found.performances.all()}
        return _dates_page(request, found, DatesSheet.helped(request.POST, known=known))
    sheet = DatesSheet.sent(typed(request))
    if request.method == "POST" and sheet.lines.is_valid():
        dates = sheet.lines.performances()
        try:
            services.add_performances(event=found, performances=dates, by=request.user, at=timezone.now())
        except services.RefusedDates as refused:
            sheet.lines.attach(refused)
        else:
            messages.success(
                request, "La date est ajoutée." if len(dates) == 1 else f"{len(dates)} dates sont ajoutées."
            )
            return redirect("offers:event_manage", found.pk)
    return _dates_page(request, found, sheet)


def _dates_page(request: HttpRequest, event: Event, sheet: DatesSheet) -> HttpResponse:
    context = {"event": event, "sheet": sheet, "dates": sheet.lines}
    return render(request, "offers/performance_add.html", context)


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


@require_POST
@open_to(VENUE)
def performance_free_seats(request: HttpRequest, performance_id) -> HttpResponse:
    """A venue takes back the seats of a date that nobody holds, in one gesture (C1)."""
    found = get_object_or_404(Performance.objects.of(request.user), pk=performance_id)
    free = services.withdraw_free_seats(performance=found, by=request.user, at=timezone.now())
    return _taken_back(request, free, found.event_id)


@require_POST
@open_to(VENUE)
def event_free_seats(request: HttpRequest, event_id) -> HttpResponse:
    """The same for all dates to come of an event."""
    found = get_object_or_404(Event.objects.of(request.user), pk=event_id)
    free = services.withdraw_all_free_seats(event=found, by=request.user, at=timezone.now())
    return _taken_back(request, free, found.pk)


def _taken_back(request: HttpRequest, free: int, event_id) -> HttpResponse:
    taken = "1 place libre est reprise" if free == 1 else f"{free} places libres sont reprises"
    messages.success(request, f"{taken}. Ce qui est réservé le reste.")
    return redirect("offers:event_manage", event_id)
