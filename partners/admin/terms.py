"""The conditions of use."""

from django.contrib import admin

from common.admin import PortalAdmin, ReadOnlyAdmin
from partners.models import TermsAcceptance, TermsOfUse


@admin.register(TermsOfUse)
class TermsOfUseAdmin(PortalAdmin):
    """A version that somebody accepted doesn't change any more: a new one is written, and asks everybody again."""

    list_display = ["version", "published_at"]
    search_fields = ["version", "text"]

    def get_readonly_fields(self, request, obj=None):
        accepted = obj is not None and TermsAcceptance.objects.filter(terms=obj).exists()
        return ["version", "text", "published_at"] if accepted else []


@admin.register(TermsAcceptance)
class TermsAcceptanceAdmin(ReadOnlyAdmin):
    list_display = ["user", "terms", "accepted_at"]
    list_filter = ["terms"]
    list_select_related = ["user", "terms"]
    search_fields = ["user__display_name", "user__email"]
    search_help_text = "Nom ou e-mail du compte."
