"""Staff's pages of figures: what is shown, and counting it again (E4)."""

from django.contrib import admin

from common.admin import ReadOnlyAdmin
from evaluations.models import Counting, Tally


@admin.register(Counting)
class CountingAdmin(ReadOnlyAdmin):
    list_display = ["__str__", "asked_at", "asked_by", "finished_at", "is_current", "is_final"]
    list_select_related = ["asked_by"]


@admin.register(Tally)
class TallyAdmin(ReadOnlyAdmin):
    """The lines of all tables, as pages show them."""

    list_display = ["label", "dimension", "month", "given", "booked", "used", "lost", "unknown", "people"]
    list_filter = ["dimension"]
    search_fields = ["label"]
    search_help_text = "Nom d'un lieu, d'une structure, d'une commune."
