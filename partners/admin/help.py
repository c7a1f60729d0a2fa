"""Pages of help, and questions to the team."""

from django.contrib import admin
from django.utils import timezone
from django.utils.html import format_html

from common.admin import PortalAdmin, ReadOnlyAdmin, filled
from partners import services
from partners.models import HelpPage, Question


@admin.register(HelpPage)
class HelpPageAdmin(PortalAdmin):
    """Questions and answers, and the notice on people's data: written here, read under /aide/ (C12)."""

    list_display = ["title", "readers", "position", "changed_at"]
    list_filter = ["readers"]
    prepopulated_fields = {"slug": ["title"]}
    fields = ["title", "slug", "readers", "position", "body"]

    def save_model(self, request, obj, form, change):
        obj.changed_at = timezone.now()
        super().save_model(request, obj, form, change)


@admin.register(Question)
class QuestionAdmin(ReadOnlyAdmin):
    """What people ask the team: read, answered by mail or telephone, then noted as answered (C12)."""

    list_display = ["__str__", "partner", "page", "asked_at", "answered_at", "answered_by"]
    list_filter = [("answered_at", filled("réponse", yes="répondu", no="sans réponse"))]
    list_select_related = ["account__structure", "account__venue", "answered_by"]
    date_hierarchy = "asked_at"
    fields = ["asked_at", "partner", "page", "name", "answer", "text", "answered_at", "answered_by"]
    actions = ["close"]

    @admin.display(description="partenaire")
    def partner(self, question):
        return question.account.partner if question.account else ""

    @admin.display(description="répondre à")
    def answer(self, question):
        return format_html('<a href="mailto:{0}">{0}</a>', question.email)

    @admin.action(description="C'est répondu", permissions=["act"])
    def close(self, request, queryset):
        self.run(
            request,
            queryset,
            lambda row: services.close_question(question=row, by=request.user, at=timezone.now()),
            done="Questions traitées",
        )
