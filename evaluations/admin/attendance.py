"""Staff's pages of what structures say of their outings (E1)."""

from django.contrib import admin
from django.utils import timezone

from common.admin import ReadOnlyAdmin
from evaluations.models import NoAttendanceReminder, OutingComment
from evaluations.services.attendance import erase_comment


@admin.register(OutingComment)
class OutingCommentAdmin(ReadOnlyAdmin):
    """Words on an outing. They name nobody: staff erase those that do."""

    list_display = ["performance", "structure", "text", "written_at"]
    list_select_related = ["performance__event", "structure"]
    search_fields = ["structure__name", "performance__event__title"]
    search_help_text = "Structure ou événement. Les mots sont chiffrés : ils ne se cherchent pas."
    date_hierarchy = "written_at"
    actions = ["erase"]

    @admin.action(description="Effacer ces mots (ils nomment quelqu'un)", permissions=["act"])
    def erase(self, request, queryset):
        self.run(
            request,
            queryset,
            lambda row: erase_comment(comment=row, by=request.user, at=timezone.now()),
            done="Mots effacés",
        )


@admin.register(NoAttendanceReminder)
class NoAttendanceReminderAdmin(ReadOnlyAdmin):
    list_display = ["structure", "said_by", "said_at"]
    list_select_related = ["structure", "said_by"]
    search_fields = ["structure__name"]
    search_help_text = "Structure."
