"""Staff's pages for fair draws (D7)."""

from django.contrib import admin
from django.utils import timezone

from common.admin import PortalAdmin, PortalInline, ReadOnlyAdmin
from invitations.admin.bookings import NAMES
from invitations.models import (
    Draw,
    DrawGuest,
    DrawRequest,
)
from invitations.services.draws import lift_draw, open_draw


class DrawRequestInline(PortalInline):
    """What was asked for, and what came of it; no name."""

    model = DrawRequest
    fields = readonly_fields = ["public_id", "structure", "seats", "outcome", "rank", "reason"]
    ordering = ["rank", "requested_at"]
    extra = 0
    can_delete = False
    show_change_link = True

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("structure")

    def has_add_permission(self, request, obj=None):
        return False


@admin.register(Draw)
class DrawAdmin(PortalAdmin):
    """Fair draws (D7): staff open one for a venue, and give it up while nobody asked; drawing is the portal's."""

    list_display = [
        "performance",
        "opened_at",
        "closes_at",
        "drawn_at",
        "asked",
        "seats_asked",
        "seats_given",
    ]
    list_filter = [("drawn_at", admin.EmptyFieldListFilter)]
    list_select_related = ["performance__event"]
    search_fields = ["performance__event__title", "performance__event__venue__name"]
    search_help_text = "Titre ou lieu."
    date_hierarchy = "closes_at"
    autocomplete_fields = ["performance"]
    exclude = ["record"]
    actions = ["lift"]

    def get_queryset(self, request):
        return super().get_queryset(request).with_totals()

    def get_inlines(self, request, obj):
        return [DrawRequestInline] if obj else []

    def get_fields(self, request, obj=None):
        told = ["asked", "seats_asked", "served", "seats_given"]
        kept = ["performance", "opened_at", "closes_at", "drawn_at", "commitment", "algorithm", *told]
        return kept if obj else ["performance", "closes_at"]

    def get_readonly_fields(self, request, obj=None):
        return self.get_fields(request, obj) if obj else []

    def has_delete_permission(self, request, obj=None):
        return False

    @admin.display(description="demandes", ordering="asked")
    def asked(self, draw):
        return draw.asked

    @admin.display(description="places demandées", ordering="seats_asked")
    def seats_asked(self, draw):
        return draw.seats_asked

    @admin.display(description="demandes servies", ordering="served")
    def served(self, draw):
        return draw.served

    @admin.display(description="places tirées", ordering="seats_given")
    def seats_given(self, draw):
        return draw.seats_given

    def save_model(self, request, obj, form, change):
        if not change:
            made = open_draw(
                performance=obj.performance, closes_at=obj.closes_at, by=request.user, at=timezone.now()
            )
            obj.pk, obj._state.adding = made.pk, False

    @admin.action(description="Abandonner le tirage (sans aucune demande)", permissions=["act"])
    def lift(self, request, queryset):
        self.run(
            request,
            queryset.select_related("performance"),
            lambda row: lift_draw(draw=row, by=request.user, at=timezone.now()),
            done="Tirages abandonnés",
        )


@admin.register(DrawRequest)
class DrawRequestAdmin(ReadOnlyAdmin):
    list_display = ["public_id", "structure", "draw", "seats", "outcome", "rank"]
    list_filter = ["outcome"]
    list_select_related = ["structure", "draw__performance__event"]
    search_fields = ["public_id", "structure__name", "draw__performance__event__title"]
    search_help_text = "Repère publié, structure ou événement."
    date_hierarchy = "requested_at"
    exclude = ["key", "person_ref"]


@admin.register(DrawGuest)
class DrawGuestAdmin(ReadOnlyAdmin):
    """That somebody comes along with a request, and nothing that says who."""

    list_display = ["__str__", "request", "companion_reason"]
    list_select_related = ["request"]
    exclude = NAMES
