"""Staff's page for what happened at the doors: when, by which phone, and no name (F1)."""

from django.contrib import admin

from common.admin import ReadOnlyAdmin, filled
from invitations.models import Admission


@admin.register(Admission)
class AdmissionAdmin(ReadOnlyAdmin):
    list_display = ["__str__", "invitation", "at", "phone", "received_at", "undone_at"]
    list_filter = [("undone_at", filled("entrée", yes="reprise", no="gardée"))]
    list_select_related = ["invitation"]
    search_fields = [
        "invitation__performance__event__title",
        "invitation__performance__event__venue__name",
        "phone",
    ]
    search_help_text = "Événement, lieu ou téléphone."
    date_hierarchy = "at"
    fields = ["invitation", "at", "phone", "by", "received_at", "undone_at"]
