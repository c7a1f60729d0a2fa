"""Staff's page for the erasure of names: what each night erased, what falls due, whether a night is missing (F2)."""

from datetime import timedelta

from django.conf import settings
from django.contrib import admin
from django.utils import timezone

from common.admin import ReadOnlyAdmin, filled
from invitations.models import ErasureNight
from invitations.services import erasure


@admin.register(ErasureNight)
class ErasureNightAdmin(ReadOnlyAdmin):
    list_display = ["__str__", "dates", "invitations", "others", "people", "ended_at"]
    list_filter = [("ended_at", filled("nuit", yes="finie", no="pas finie"))]
    date_hierarchy = "on"
    change_list_template = "admin/invitations/erasurenight/change_list.html"

    def changelist_view(self, request, extra_context=None):
        now = timezone.now()
        today = timezone.localdate(now)
        context = {
            "late": erasure.is_late(at=now),
            "due": erasure.forecast(on=today),
            "soon": erasure.forecast(on=today + timedelta(days=1)),
            "kept_days": settings.NAMES_KEPT_DAYS,
            "kept_months": settings.PERSON_KEPT_MONTHS,
        }
        return super().changelist_view(request, {**context, **(extra_context or {})})
