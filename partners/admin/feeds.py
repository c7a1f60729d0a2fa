"""Secret addresses of feeds."""

from django.contrib import admin
from django.utils import timezone

from common.admin import ReadOnlyAdmin, filled
from partners import services
from partners.models import Feed


@admin.register(Feed)
class FeedAdmin(ReadOnlyAdmin):
    """Addresses that calendars follow. What opens one stands on its structure's page alone (C9)."""

    list_display = ["structure", "kind", "created_at", "revoked_at"]
    list_filter = ["kind", ("revoked_at", filled("adresse", yes="fermée", no="ouverte"))]
    list_select_related = ["structure"]
    search_fields = ["structure__name"]
    search_help_text = "Nom de la structure."
    fields = ["structure", "kind", "created_at", "revoked_at"]
    actions = ["close"]

    @admin.action(description="Fermer l'adresse, tout de suite", permissions=["act"])
    def close(self, request, queryset):
        self.run(
            request,
            queryset.select_related("structure"),
            lambda row: services.close_feed(feed=row, by=request.user, at=timezone.now()),
            done="Adresses fermées",
        )
