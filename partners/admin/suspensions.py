"""Suspensions."""

from django.contrib import admin

from common.admin import ReadOnlyAdmin, filled
from partners.models import Suspension


@admin.register(Suspension)
class SuspensionAdmin(ReadOnlyAdmin):
    """Who was suspended, from when to when, and why. It is done and lifted from the lists of partners."""

    list_display = ["partner", "since", "until", "reason"]
    list_filter = [("until", filled("suspension", yes="finie", no="en cours"))]
    list_select_related = ["structure", "venue"]
    search_fields = ["structure__name", "venue__name", "reason"]
    search_help_text = "Structure, lieu ou motif."
    date_hierarchy = "since"

    @admin.display(description="partenaire", ordering="structure__name")
    def partner(self, suspension):
        return suspension.structure or suspension.venue
