"""Staff's pages for the use of invitations (D8)."""

from django.contrib import admin
from django.utils import timezone

from common.admin import PortalAdmin, filled
from invitations.models import (
    UsageAlert,
)
from invitations.services.usage import close_alert


@admin.register(UsageAlert)
class UsageAlertAdmin(PortalAdmin):
    list_display = ["structure", "week_from", "outings", "seen_at", "closed_at", "outcome"]
    list_filter = [("closed_at", filled("suite", yes="traitée", no="à traiter"))]
    list_select_related = ["structure"]
    search_fields = ["structure__name", "outcome"]
    search_help_text = "Structure ou suite donnée."
    date_hierarchy = "week_from"
    fields = ["structure", "week_from", "outings", "seen_at", "closed_at", "outcome"]

    def has_add_permission(self, request):
        return False

    def has_delete_permission(self, request, obj=None):
        return False

    def get_readonly_fields(self, request, obj=None):
        closed = obj is not None and obj.closed_at is not None
        return self.fields if closed else [field for field in self.fields if field != "outcome"]

    def get_form(self, request, obj=None, change=False, **kwargs):
        form = super().get_form(request, obj, change, **kwargs)
        if "outcome" in form.base_fields:
            form.base_fields["outcome"].required = True
            form.base_fields[
                "outcome"
            ].help_text = "Ce que vous avez convenu avec la structure, sans aucun nom."
        return form

    def save_model(self, request, obj, form, change):
        if form.changed_data:
            close_alert(alert=obj, outcome=obj.outcome, by=request.user, at=timezone.now())
