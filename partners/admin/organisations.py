"""Structures and venues."""

from django.contrib import admin
from django.utils import timezone

from common.admin import CHECKBOXES, Link, PortalInline
from common.exchange import ExchangeAdmin
from partners import services
from partners.exchange import StructureResource, VenueResource
from partners.models import Structure, User, Venue

ADDRESS = ("Coordonnées", {"fields": ["address", ("postcode", "commune"), "phone", "email", "website"]})


class AccountInline(PortalInline):
    """Who signs in for a partner. Accounts are opened and changed on their own page."""

    model = User
    fields = readonly_fields = ["display_name", "email", "role", "is_active", "last_login"]
    extra = 0
    can_delete = False
    show_change_link = True
    verbose_name_plural = "comptes"

    def has_add_permission(self, request, obj=None):
        return False


class Suspended(admin.SimpleListFilter):
    title = "suspension"
    parameter_name = "suspension"

    def lookups(self, request, model_admin):
        return [("oui", "suspendu"), ("non", "non suspendu")]

    def queryset(self, request, queryset):
        return queryset.filter(suspended_at__isnull=self.value() == "non") if self.value() else queryset


PAUSE = ("Suspension", {"classes": ["collapse"], "fields": ["suspended_at", "suspension_reason"]})


@admin.register(Structure)
class StructureAdmin(ExchangeAdmin):
    resource_classes = [StructureResource]
    list_display = ["name", "type", "commune", "lead", "suspended_at"]
    list_filter = [Suspended, "type", "sectors", "priority", "commune__intercommunality"]
    list_select_related = ["commune"]
    search_fields = ["name", "commune__name", "postcode", "email", "users__display_name", "users__email"]
    search_help_text = "Nom, commune, code postal, e-mail, ou nom d'un compte."
    autocomplete_fields = ["commune", "priority_area"]
    formfield_overrides = CHECKBOXES
    fieldsets = [
        (
            None,
            {"fields": ["name", "type", "legal_status", "sectors", "people_accompanied", "weekly_outings"]},
        ),
        ADDRESS,
        ("Quartier prioritaire", {"fields": [("priority", "priority_area")]}),
        ("Annuaire", {"fields": [("in_public_directory", "public_phone"), ("latitude", "longitude")]}),
        ("Représentation légale", {"fields": ["representative_name", "representative_capacity"]}),
        PAUSE,
    ]
    readonly_fields = ["suspended_at", "suspension_reason", "weekly_outings"]
    inlines = [AccountInline]
    links = [
        Link("Comptes", "partners.user", "structure__id__exact"),
        Link("Ajouter un compte", "partners.user", "structure", "add"),
        Link("Codes visiteur", "partners.visitoraccess", "structure__id__exact"),
        Link("Suspensions", "partners.suspension", "structure__id__exact"),
    ]
    actions = ["open_codes"]

    def get_queryset(self, request):
        return super().get_queryset(request).prefetch_related("users")

    @admin.display(description="référent·e")
    def lead(self, structure):
        return next(
            (str(user) for user in structure.users.all() if user.role == user.Role.LEAD and user.is_active),
            "",
        )

    @admin.action(description="Donner un code visiteur pour cette saison", permissions=["act"])
    def open_codes(self, request, queryset):
        self.run(
            request,
            queryset,
            lambda row: services.open_visitor_access(structure=row, by=request.user, at=timezone.now()),
            done="Structures qui ont un code visiteur pour cette saison",
        )


@admin.register(Venue)
class VenueAdmin(ExchangeAdmin):
    resource_classes = [VenueResource]
    list_display = [
        *("name", "kind", "commune", "wheelchair", "hearing_loop", "companion_price", "suspended_at"),
    ]
    list_filter = [Suspended, "kind", "wheelchair", "hearing_loop", "commune__intercommunality"]
    list_select_related = ["commune"]
    search_fields = ["name", "commune__name", "postcode", "email", "users__display_name", "users__email"]
    search_help_text = "Nom, commune, code postal, e-mail, ou nom d'un compte."
    autocomplete_fields = ["commune"]
    prepopulated_fields = {"slug": ["name"]}
    fieldsets = [
        (None, {"fields": ["name", "slug", "kind", "description"]}),
        ADDRESS,
        ("Annuaire", {"fields": [("latitude", "longitude")]}),
        (
            "Venir",
            {"fields": ["transit", "on_foot", ("wheelchair", "hearing_loop"), "access_notes"]},
        ),
        ("Prix", {"fields": ["companion_price", "purchase_info"]}),
        PAUSE,
    ]
    readonly_fields = ["suspended_at", "suspension_reason"]
    inlines = [AccountInline]
    links = [
        Link("Comptes", "partners.user", "venue__id__exact"),
        Link("Ajouter un compte", "partners.user", "venue", "add"),
        Link("Suspensions", "partners.suspension", "venue__id__exact"),
    ]
