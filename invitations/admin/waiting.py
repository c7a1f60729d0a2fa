"""Staff's pages for waiting lists (D5, D6)."""

from django.contrib import admin
from django.utils import timezone

from common.admin import ReadOnlyAdmin
from invitations.admin.bookings import NAMES
from invitations.models import (
    SeatsCall,
    WaitlistEntry,
    WaitlistGuest,
)
from invitations.services import waitlist


@admin.register(WaitlistEntry)
class WaitlistEntryAdmin(ReadOnlyAdmin):
    """Who waits for which date, without a name."""

    list_display = ["performance", "structure", "seats", "state", "answer_by", "line", "joined_at"]
    list_filter = ["state"]
    list_select_related = ["structure", "performance__event"]
    search_fields = ["structure__name", "performance__event__title", "performance__event__venue__name"]
    search_help_text = "Structure, événement ou lieu."
    date_hierarchy = "joined_at"
    exclude = ["key", "person_ref"]
    actions = ["leave"]

    @admin.action(description="Retirer de la liste d'attente (la structure le demande)", permissions=["act"])
    def leave(self, request, queryset):
        self.run(
            request,
            queryset.select_related("performance"),
            lambda row: waitlist.leave(entry=row, by=request.user, at=timezone.now()),
            done="Groupes retirés de la liste d'attente",
        )


@admin.register(WaitlistGuest)
class WaitlistGuestAdmin(ReadOnlyAdmin):
    """That somebody would come along, and nothing that says who."""

    list_display = ["__str__", "entry", "kind"]
    list_filter = ["kind"]
    list_select_related = ["entry"]
    exclude = NAMES


@admin.register(SeatsCall)
class SeatsCallAdmin(ReadOnlyAdmin):
    """Which venues were told that people wait, and what they gave."""

    list_display = ["performance", "sent_on", "people", "used_at", "added"]
    list_filter = [("used_at", admin.EmptyFieldListFilter)]
    list_select_related = ["performance__event"]
    search_fields = ["performance__event__title", "performance__event__venue__name"]
    search_help_text = "Événement ou lieu."
    date_hierarchy = "sent_on"
