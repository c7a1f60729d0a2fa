"""Which reports were made; they are asked for and read in the pages of « Suivi » (E4)."""

from django.contrib import admin

from common.admin import ReadOnlyAdmin
from evaluations.models import SeasonReport


@admin.register(SeasonReport)
class SeasonReportAdmin(ReadOnlyAdmin):
    list_display = ["__str__", "asked_at", "asked_by", "made_at", "failed_at"]
    list_select_related = ["asked_by"]
    fields = ["season_year", "asked_at", "asked_by", "tries", "made_at", "failed_at"]

    def get_queryset(self, request):
        return super().get_queryset(request).light()
