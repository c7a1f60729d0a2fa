"""What staff read of signatures: documents, links, evidence. Only services write them (B2, B3)."""

from django.contrib import admin

from common.admin import ReadOnlyAdmin
from conventions.models import (
    AgreementDocument,
    EvidenceEntry,
    EvidenceHead,
    SignatureCode,
    SignatureLink,
)


@admin.register(AgreementDocument)
class AgreementDocumentAdmin(ReadOnlyAdmin):
    list_display = ["agreement", "kind", "sha256", "made_at"]
    list_filter = ["kind"]
    list_select_related = ["agreement__structure", "agreement__venue"]
    search_fields = ["sha256", "agreement__structure__name", "agreement__venue__name"]
    search_help_text = "Structure, lieu ou début de l'empreinte."
    fields = ["agreement", "kind", "sha256", "media_type", "made_at"]


@admin.register(SignatureLink)
class SignatureLinkAdmin(ReadOnlyAdmin):
    """To whom links went, and until when they serve. The secret itself stands in the mail alone."""

    list_display = ["agreement", "sent_to", "created_at", "expires_at"]
    list_select_related = ["agreement__structure", "agreement__venue"]
    search_fields = ["sent_to", "agreement__structure__name", "agreement__venue__name"]
    search_help_text = "Structure, lieu ou adresse."
    fields = list_display


@admin.register(SignatureCode)
class SignatureCodeAdmin(ReadOnlyAdmin):
    list_display = ["agreement", "name", "created_at", "expires_at", "used_at"]
    list_select_related = ["agreement__structure", "agreement__venue"]
    search_fields = ["name", "agreement__structure__name", "agreement__venue__name"]
    search_help_text = "Structure, lieu ou nom."
    fields = ["agreement", "name", "capacity", "consent", "created_at", "expires_at", "used_at"]


class FactFilter(admin.SimpleListFilter):
    title = "fait"
    parameter_name = "fait"

    def lookups(self, request, model_admin):
        return EvidenceEntry.Kind.choices

    def queryset(self, request, queryset):
        return queryset.filter(kind=self.value()) if self.value() else queryset


@admin.register(EvidenceEntry)
class EvidenceEntryAdmin(ReadOnlyAdmin):
    list_display = ["position", "agreement", "kind_in_words", "at"]
    list_select_related = ["agreement__structure", "agreement__venue"]
    list_filter = [FactFilter]
    search_fields = ["agreement__structure__name", "agreement__venue__name"]
    search_help_text = "Structure ou lieu."
    fields = ["position", "agreement", "ordinal", "kind_in_words", "at", "content", "previous", "mac"]

    @admin.display(description="fait", ordering="kind")
    def kind_in_words(self, entry):
        return entry.label


@admin.register(EvidenceHead)
class EvidenceHeadAdmin(ReadOnlyAdmin):
    list_display = ["position", "mac"]
