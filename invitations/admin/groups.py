"""Staff's pages for group outings (D10)."""

from django.contrib import admin
from django.utils import timezone

from common.admin import ReadOnlyAdmin
from invitations.models import GroupOuting
from invitations.services import groups


@admin.register(GroupOuting)
class GroupOutingAdmin(ReadOnlyAdmin):
    """Which groups go where, in figures alone: neither names nor what the structure calls its group."""

    list_display = ["__str__", "structure", "performance", "seats", "named", "unnamed", "state", "names_by"]
    list_filter = ["state"]
    list_select_related = ["structure", "performance__event"]
    search_fields = ["structure__name", "performance__event__title", "performance__event__venue__name"]
    search_help_text = "Structure, événement ou lieu."
    date_hierarchy = "booked_at"
    exclude = ["key", "label"]
    actions = ["cancel"]

    def get_queryset(self, request):
        return super().get_queryset(request).with_named()

    @admin.display(description="personnes nommées")
    def named(self, group) -> int:
        return group.named

    @admin.action(description="Annuler le groupe (la structure le demande)", permissions=["act"])
    def cancel(self, request, queryset):
        self.run(
            request,
            queryset.select_related("performance", "structure", "booked_by"),
            lambda row: groups.cancel_group(group=row, by=request.user, at=timezone.now()),
            done="Groupes annulés",
        )
