"""Staff's pages for what venues send to structures (C8)."""

from django.contrib import admin

from common.admin import ReadOnlyAdmin
from invitations.models import MaterialRequest, NoDocumentMail, VenueDocument


@admin.register(VenueDocument)
class VenueDocumentAdmin(ReadOnlyAdmin):
    list_display = ["title", "event", "media_type", "sent_by", "sent_at"]
    list_select_related = ["event", "sent_by"]
    search_fields = ["title", "event__title", "event__venue__name"]
    search_help_text = "Titre ou lieu."
    date_hierarchy = "sent_at"
    exclude = ["content"]

    def get_queryset(self, request):
        return super().get_queryset(request).defer("content")


@admin.register(MaterialRequest)
class MaterialRequestAdmin(ReadOnlyAdmin):
    list_display = ["event", "structure", "asked_by", "asked_at", "answered_at"]
    list_select_related = ["event", "structure", "asked_by"]
    search_fields = ["event__title", "event__venue__name", "structure__name"]
    search_help_text = "Titre, lieu ou structure."
    date_hierarchy = "asked_at"


@admin.register(NoDocumentMail)
class NoDocumentMailAdmin(ReadOnlyAdmin):
    list_display = ["structure", "said_by", "said_at"]
    list_select_related = ["structure", "said_by"]
    search_fields = ["structure__name"]
    search_help_text = "Structure."
