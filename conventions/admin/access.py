"""Staff's pages for the season's access: who has renewed, who is late, whose list isn't confirmed (A5)."""

from typing import NamedTuple

from django.contrib import admin
from django.db.models import Count
from django.utils import timezone
from django.utils.formats import localize

from common.admin import Link, PortalInline, ReadOnlyAdmin, filled
from common.dates import local_day
from conventions.models import (
    Access,
    AccessReminder,
    AccessRenewal,
    SeasonAccess,
    access_at,
)
from conventions.services import access as services
from conventions.services.access import Standing
from conventions.services.agreements import structures_under_agreement
from partners.admin.accounts import SeasonYears, UserAdmin
from partners.models import User
from partners.seasons import Season

WIDTH = 600  # of the picture, in its own units


class Bar(NamedTuple):
    """One part of the picture, and its line of the table beside it."""

    standing: str
    label: str
    count: int
    left: int
    width: int


class StandingFilter(admin.SimpleListFilter):
    title = "accès"
    parameter_name = "acces"

    def lookups(self, request, model_admin):
        return [("a-renouveler", "à renouveler, convention en vigueur"), *Standing.choices]

    def queryset(self, request, queryset):
        if self.value() == "a-renouveler":
            return queryset.filter(pk__in=services.structures_to_renew(at=timezone.now()))
        return queryset.filter(standing=self.value()) if self.value() in Standing.values else queryset


class ConfirmedFilter(admin.SimpleListFilter):
    title = "liste des personnes"
    parameter_name = "liste"

    def lookups(self, request, model_admin):
        return [("confirmee", "confirmée"), ("a-confirmer", "à confirmer")]

    def queryset(self, request, queryset):
        if self.value() in {"confirmee", "a-confirmer"}:
            return queryset.filter(confirmed_at__isnull=self.value() == "a-confirmer")
        return queryset


class AgreementFilter(admin.SimpleListFilter):
    title = "convention"
    parameter_name = "convention"

    def lookups(self, request, model_admin):
        return [("vigueur", "en vigueur"), ("absente", "aucune en vigueur")]

    def queryset(self, request, queryset):
        covered = structures_under_agreement(on=timezone.localdate()).values("pk")
        match self.value():
            case "vigueur":
                return queryset.filter(pk__in=covered)
            case "absente":
                return queryset.exclude(pk__in=covered)
        return queryset


@admin.register(SeasonAccess)
class SeasonAccessAdmin(ReadOnlyAdmin):
    """How far each structure is with its yearly renewal."""

    change_list_template = "admin/conventions/seasonaccess/change_list.html"
    list_display = ["name", "access", "accounts", "renewed_on", "confirmed_on"]
    list_filter = [StandingFilter, ConfirmedFilter, AgreementFilter]
    search_fields = ["name", "users__display_name", "users__email"]
    search_help_text = "Nom de la structure, nom ou e-mail d'un compte."
    fields = ["name", "access", "accounts", "renewed_on", "confirmed_on"]
    readonly_fields = fields
    links = [
        Link("Comptes", "partners.user", "structure__id__exact"),
        Link("Liens d'accès", "partners.accesslink", "user__structure__id__exact"),
        Link("Renouvellements", "conventions.accessrenewal", "structure__id__exact"),
    ]
    actions = ["resend"]

    def get_queryset(self, request):
        return services.with_standing(super().get_queryset(request), at=timezone.now())

    def changelist_view(self, request, extra_context=None):
        on = timezone.localdate()
        context = {
            "bars": bars(at=timezone.now()),
            "season": Season.of(on),
            "season_to_confirm": services.season_to_confirm(on=on),
            "width": WIDTH,
        }
        return super().changelist_view(request, {**context, **(extra_context or {})})

    @admin.display(description="accès", ordering="standing")
    def access(self, structure):
        return Standing(structure.standing).label

    @admin.display(description="comptes à jour")
    def accounts(self, structure):
        grace = f", {structure.in_grace} en délai" if structure.in_grace else ""
        return f"{structure.renewed} sur {structure.people}{grace}"

    @admin.display(description="liens et code envoyés", ordering="opened_at")
    def renewed_on(self, structure):
        return structure.opened_at and localize(local_day(structure.opened_at))

    @admin.display(description="liste confirmée", ordering="confirmed_at")
    def confirmed_on(self, structure):
        return structure.confirmed_at and localize(local_day(structure.confirmed_at))

    @admin.action(description="Renvoyer un lien à qui n'a pas renouvelé", permissions=["act"])
    def resend(self, request, queryset):
        self.run(
            request,
            queryset,
            lambda row: services.resend_links(structure=row, by=request.user, at=timezone.now()),
            done="Structures dont les personnes en retard ont reçu un lien",
        )


def bars(*, at) -> list[Bar]:
    """How many structures under an agreement in force stand where: parts of one line, and a table."""
    covered = structures_under_agreement(on=timezone.localdate(at))
    structures = services.with_standing(covered, at=at).order_by()
    counted = dict(structures.values_list("standing").annotate(number=Count("pk")))
    total, left, found = sum(counted.values()), 0, []
    for standing in Standing:
        count = counted.get(standing.value, 0)
        width = round(WIDTH * count / total) if total else 0
        found.append(Bar(standing.value, standing.label, count, left, width))
        left += width
    return found


class ReminderInline(PortalInline):
    model = AccessReminder
    fields = readonly_fields = ["days_before", "sent_at"]
    extra = 0
    can_delete = False

    def has_add_permission(self, request, obj=None):
        return False


@admin.register(AccessRenewal)
class AccessRenewalAdmin(ReadOnlyAdmin):
    """What was renewed when, season after season."""

    list_display = ["structure", "season", "opened_at", "confirmed_at", "confirmed_by"]
    list_filter = [
        ("season_year", SeasonYears),
        ("opened_at", filled("liens et code", yes="envoyés", no="pas encore")),
        ("confirmed_at", filled("liste des personnes", yes="confirmée", no="à confirmer")),
    ]
    list_select_related = ["structure", "confirmed_by"]
    search_fields = ["structure__name"]
    search_help_text = "Nom de la structure."
    inlines = [ReminderInline]

    @admin.display(description="saison", ordering="season_year")
    def season(self, renewal):
        return renewal.season


@admin.register(AccessReminder)
class AccessReminderAdmin(ReadOnlyAdmin):
    list_display = ["structure", "season", "days_before", "sent_at"]
    list_filter = ["days_before", ("renewal__season_year", SeasonYears)]
    list_select_related = ["renewal__structure"]
    search_fields = ["renewal__structure__name"]
    search_help_text = "Nom de la structure."
    date_hierarchy = "sent_at"

    @admin.display(description="structure", ordering="renewal__structure__name")
    def structure(self, reminder):
        return reminder.renewal.structure

    @admin.display(description="saison", ordering="renewal__season_year")
    def season(self, reminder):
        return reminder.renewal.season


class AccessFilter(admin.SimpleListFilter):
    """Accounts of structures by what they are worth today."""

    title = "accès de la saison"
    parameter_name = "acces"

    def lookups(self, request, model_admin):
        return Access.choices

    def queryset(self, request, queryset):
        if self.value() not in Access.values:
            return queryset
        worth = User.objects.filter(structure__isnull=False).annotate(access=access_at(timezone.now()))
        return queryset.filter(pk__in=worth.filter(access=self.value()).values("pk"))


UserAdmin.extend(filters=[AccessFilter])
