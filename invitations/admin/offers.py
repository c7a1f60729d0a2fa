"""What this room adds to staff's pages of dates, quotas and structures."""

from functools import partial

from django.contrib import admin
from django.template.response import TemplateResponse
from django.utils import timezone

from common.admin import Link
from invitations.forms.changes import WordForm
from invitations.services import promotion
from invitations.services.booking import cancel_performance
from invitations.services.calling_off import cancel_event, what_stops
from invitations.services.demand import tend_all, tend_event
from offers.admin import EventAdmin, PerformanceAdmin, QuotaAdmin
from partners.admin.organisations import StructureAdmin


def serve_line(performance) -> None:
    """Seats that staff gave go to the date's waiting list at once (D5)."""
    promotion.tend(performance=performance, at=timezone.now())


def serve_lines(quota) -> None:
    """Parties that a larger quota lets in are served at once (C3, D5)."""
    tend_all(quota, at=timezone.now())


def serve_event(event) -> None:
    """Parties that still wait for a date of an event that is back on offer are served at once (D5)."""
    tend_event(event, at=timezone.now())


@admin.action(description="Annuler la séance et prévenir", permissions=["act"])
def cancel_dates(modeladmin, request, queryset):
    modeladmin.run(
        request,
        queryset,
        lambda row: cancel_performance(performance=row, by=request.user, at=timezone.now()),
        done="Séances annulées, les personnes qui ont réservé sont prévenues",
    )


@admin.action(description="Annuler l'événement et prévenir", permissions=["act"])
def cancel_events(modeladmin, request, queryset):
    form = WordForm(request.POST if "word" in request.POST else None)
    if form.is_valid():
        act = partial(cancel_event, by=request.user, at=timezone.now(), word=form.cleaned_data["word"])
        done = "Événements annulés, les personnes qui ont réservé sont prévenues"
        return modeladmin.run(request, queryset, lambda row: act(event=row), done=done)
    for row in (rows := list(queryset.select_related("venue"))):
        row.stops = what_stops(event=row, at=timezone.now())
    context = {
        **modeladmin.admin_site.each_context(request),
        "opts": modeladmin.opts,
        "title": "Annuler des événements",
        "form": form,
        "rows": rows,
        "action": "cancel_events",
    }
    return TemplateResponse(request, "admin/invitations/cancel_events.html", context)


PerformanceAdmin.extend(
    actions=[cancel_dates],
    links=[
        Link("Réservations", "invitations.booking", "performance__id__exact"),
        Link("Invitations", "invitations.invitation", "performance__id__exact"),
        Link("Tirage équitable", "invitations.draw", "performance__id__exact"),
        Link("Ouvrir un tirage équitable", "invitations.draw", "performance", "add"),
        Link("Liste d'attente", "invitations.waitlistentry", "performance__id__exact"),
    ],
    followers=[serve_line],
)


QuotaAdmin.extend(followers=[serve_lines])
EventAdmin.extend(actions=[cancel_events], followers=[serve_event])


StructureAdmin.extend(
    links=[
        Link("Réservations", "invitations.booking", "structure__id__exact"),
        Link("Demandes de tirage", "invitations.drawrequest", "structure__id__exact"),
        Link("Liste d'attente", "invitations.waitlistentry", "structure__id__exact"),
        Link("Alertes d'usage", "invitations.usagealert", "structure__id__exact"),
    ]
)
