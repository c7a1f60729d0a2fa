"""The seats that venues give and share: more for a date, quotas, the link of their mail (C3, D6)."""

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from common.forms import attempt, typed
from invitations.forms.seats import ExtraSeatsForm, PeriodQuotaForm, QuotaForm, SeatsAndQuotaForm
from invitations.services import demand
from offers.forms.dates import SeatsForm
from offers.forms.tables import DatesTable
from offers.models import Event, Performance, Quota
from partners.audience import PUBLIC, VENUE, open_to


@open_to(VENUE)
def performance_seats(request: HttpRequest, performance_id) -> HttpResponse:
    """A venue gives more seats for a date, or withdraws some that nobody has booked, and shares them (C3)."""
    found, now = (
        get_object_or_404(Performance.objects.of(request.user).with_place(), pk=performance_id),
        timezone.now(),
    )
    quota = Quota.objects.open().filter(performance=found).first()
    form = SeatsAndQuotaForm(
        request.POST if request.method == "POST" else None,
        initial={"capacity": found.capacity or None, "seats": quota and quota.seats},
    )
    if request.method == "POST" and form.is_valid():
        changed = attempt(
            form, demand.share_seats, performance=found, by=request.user, at=now, **form.cleaned_data
        )
        if changed:
            messages.success(request, "Le nombre de places est enregistré.")
            return redirect("offers:event_manage", found.event_id)
    parties = demand.parties(found)
    others = Quota.objects.open().on_performance(found).filter(performance=None)
    context = {
        "form": form,
        "performance": found,
        "quotas": others,
        "parties": parties,
        "people": sum(parties),
    }
    return render(request, "invitations/performance_seats.html", context)


@open_to(VENUE)
def event_seats(request: HttpRequest, event_id) -> HttpResponse:
    """A venue gives as many seats to each date of an event that has none yet (C3)."""
    found = get_object_or_404(Event.objects.of(request.user), pk=event_id)
    form = SeatsForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        now = timezone.now()
        given = attempt(form, demand.give_seats, event=found, by=request.user, at=now, **form.cleaned_data)
        if given:
            messages.success(request, f"Places données pour {given} date{'s' if given > 1 else ''}.")
            return redirect("offers:event_manage", found.pk)
    return render(request, "invitations/event_seats.html", {"form": form, "event": found})


@open_to(VENUE)
def event_dates(request: HttpRequest, event_id) -> HttpResponse:
    """Every date to come of an event in one table: seats, hours, deadlines; each row is saved whole or refused (C1)."""
    found, now = get_object_or_404(Event.objects.of(request.user), pk=event_id), timezone.now()
    ahead = found.performances.upcoming(at=now).select_related("event__venue").order_by("starts_at")
    page = Paginator(ahead, settings.TABLE_ROWS).get_page(request.GET.get("page"))
    filling = "fill" in request.POST
    table = DatesTable.filled(page, request.POST) if filling else DatesTable(page, typed(request))
    context = {"event": found, "page": page, "table": table, "now": now}
    if request.method == "POST" and not filling:
        saved, refused = _revise(request, table)
        if not refused:
            messages.success(request, f"Dates enregistrées : {saved}." if saved else "Rien n'a changé.")
            return redirect(f"{request.path}?page={page.number}")
        context |= {"saved": saved, "refused": refused}
    return render(request, "invitations/event_dates.html", context)


def _revise(request: HttpRequest, table: DatesTable) -> tuple[int, int]:
    """How many rows were saved, and how many refused, each with its sentence."""
    changed = [row for row in table.rows if row.changed_words]
    for row in changed:
        if row.is_valid():
            about = {"performance": row.performance_now, **row.wanted()}
            attempt(row, demand.revise_date, by=request.user, at=timezone.now(), **about)
    refused = sum(bool(row.errors) for row in changed)
    return len(changed) - refused, refused


@require_POST
@open_to(VENUE)
def event_publish(request: HttpRequest, event_id) -> HttpResponse:
    """A venue puts a draft or a withdrawn event on offer."""
    found = get_object_or_404(Event.objects.of(request.user), pk=event_id)
    demand.publish_again(event=found, by=request.user, at=timezone.now())
    messages.success(request, f"« {found.title} » est proposé : les structures peuvent le voir.")
    return redirect("offers:event_manage", found.pk)


@open_to(VENUE)
def event_quota(request: HttpRequest, event_id) -> HttpResponse:
    """A venue says how many seats of an event, all dates together, each structure may take (C3)."""
    found = get_object_or_404(Event.objects.of(request.user), pk=event_id)
    quota = Quota.objects.open().filter(event=found).first()
    form = QuotaForm(request.POST or None, initial={"seats": quota and quota.seats})
    if request.method == "POST" and form.is_valid():
        wanted = Quota(venue_id=found.venue_id, event=found, **form.cleaned_data)
        attempt(form, demand.change_quota, quota=wanted, by=request.user, at=timezone.now())
        if not form.errors:
            messages.success(request, "C'est enregistré : les structures le lisent avant de réserver.")
            return redirect("offers:event_manage", found.pk)
    return render(request, "invitations/event_quota.html", {"form": form, "event": found})


@open_to(VENUE)
def quotas(request: HttpRequest) -> HttpResponse:
    """Every quota of the venue that is in force, and one more for all its dates of a period (C3)."""
    form = PeriodQuotaForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        wanted = Quota(venue=request.user.venue, **form.cleaned_data)
        if attempt(form, demand.change_quota, quota=wanted, by=request.user, at=timezone.now()):
            messages.success(request, "Le quota est en place.")
            return redirect("invitations:quotas")
    mine = Quota.objects.of(request.user).open().select_related("event", "performance__event")
    context = {"form": form, "quotas": mine.still_ahead(at=timezone.now())}
    return render(request, "invitations/quotas.html", context)


@open_to(VENUE)
def quota_lift(request: HttpRequest, quota_id) -> HttpResponse:
    """A venue takes a quota away, after a question."""
    mine = Quota.objects.of(request.user).open().select_related("event", "performance__event")
    found = get_object_or_404(mine, pk=quota_id)
    if request.method == "POST":
        demand.lift_quota(quota=found, by=request.user, at=timezone.now())
        messages.success(request, "Le quota est retiré.")
        return redirect("invitations:quotas")
    return render(request, "invitations/quota_lift.html", {"quota": found})


@open_to(PUBLIC)
def seats_call(request: HttpRequest, signed: str) -> HttpResponse:
    """Where the venue's mail leads: how many wait, and a form that adds seats once. Reading it changes nothing (D6)."""
    call, now = demand.find_call(signed), timezone.now()
    if call is None:
        raise Http404("Cette adresse n'est pas celle d'un de nos messages.")
    people = demand.demand(call.performance)
    form = ExtraSeatsForm(
        request.POST if request.method == "POST" else None, initial={"seats": people or None}
    )
    if (
        request.method == "POST"
        and form.is_valid()
        and attempt(form, demand.add_seats, call=call, at=now, **form.cleaned_data)
    ):
        return redirect(request.path)
    context = {"call": call, "performance": call.performance, "people": people, "form": form}
    context["over"] = call.performance.cancelled_at or call.performance.closes_at <= now
    return render(request, "invitations/seats_call.html", context)
