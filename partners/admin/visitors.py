"""The codes of visitors."""

from django.contrib import admin
from django.utils import timezone

from common.admin import ReadOnlyAdmin, filled
from partners import services
from partners.admin.accounts import SeasonYears
from partners.models import VisitorAccess
from partners.seasons import Season


@admin.register(VisitorAccess)
class VisitorAccessAdmin(ReadOnlyAdmin):
    """Codes are drawn from the list of structures; here they are read, withdrawn, replaced."""

    list_display = ["structure", "season", "spoken_code", "created_at", "revoked_at"]
    list_filter = [("season_year", SeasonYears), ("revoked_at", filled("code", yes="retiré", no="valable"))]
    list_select_related = ["structure"]
    search_fields = ["structure__name"]
    search_help_text = "Nom de la structure."
    fields = ["structure", "season", "spoken_code", "created_at", "revoked_at"]
    actions = ["revoke", "replace"]

    @admin.display(description="saison", ordering="season_year")
    def season(self, access):
        return Season(access.season_year)

    @admin.display(description="code")
    def spoken_code(self, access):
        return access.spoken_code

    @admin.action(description="Retirer le code, tout de suite", permissions=["act"])
    def revoke(self, request, queryset):
        self.run(
            request,
            queryset,
            lambda row: services.revoke_visitor_access(access=row, by=request.user, at=timezone.now()),
            done="Codes retirés",
        )

    @admin.action(description="Retirer le code et en donner un autre", permissions=["act"])
    def replace(self, request, queryset):
        self.run(
            request,
            queryset.select_related("structure"),
            lambda row: services.replace_visitor_access(access=row, by=request.user, at=timezone.now()),
            done="Codes remplacés",
        )
