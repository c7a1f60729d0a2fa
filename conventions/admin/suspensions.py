"""Suspending structures and venues, against a reason, and lifting it (A13)."""

from django import forms
from django.contrib import admin
from django.template.response import TemplateResponse
from django.utils import timezone

from conventions.services import breaches
from partners import services
from partners.admin.organisations import StructureAdmin, VenueAdmin


class ReasonForm(forms.Form):
    """Why a partner's account is suspended."""

    reason = forms.CharField(
        label="Motif",
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3, "class": "vLargeTextField"}),
        help_text="Le partenaire le lit sur sa page : des faits, sans reproche, et aucun nom de personne accompagnée.",
        error_messages={"required": "Écrivez le motif : le partenaire le lira."},
    )


@admin.action(description="Suspendre le compte, tout de suite", permissions=["act"])
def suspend(modeladmin, request, queryset):
    """Ask for the reason on a page of its own, then suspend."""
    form = ReasonForm(request.POST if "confirmed" in request.POST else None)
    if form.is_valid():
        modeladmin.run(
            request,
            queryset,
            lambda row: services.suspend(
                partner=row, by=request.user, at=timezone.now(), **form.cleaned_data
            ),
            done="Comptes suspendus",
        )
        return None
    context = {
        **modeladmin.admin_site.each_context(request),
        "title": "Suspendre le compte",
        "opts": modeladmin.opts,
        "rows": queryset,
        "action": "suspend",
        "form": form,
    }
    return TemplateResponse(request, "admin/conventions/suspend.html", context)


@admin.action(description="Lever la suspension", permissions=["act"])
def lift(modeladmin, request, queryset):
    modeladmin.run(
        request,
        queryset,
        lambda row: breaches.lift(partner=row, by=request.user, at=timezone.now()),
        done="Suspensions levées",
    )


for pages in (StructureAdmin, VenueAdmin):
    pages.extend(actions=[suspend, lift])
