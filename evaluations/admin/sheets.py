"""Staff's pages of evaluation sheets: questions are built here (E2); answers are read under « Suivi »."""

from django.contrib import admin
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html

from common.admin import PortalAdmin, PortalInline, ReadOnlyAdmin, filled
from common.errors import DomainError
from evaluations.models import Questionnaire, Sheet, SheetQuestion, SheetReminder
from evaluations.services import sheets as services

FROZEN = (
    "Une structure a commencé à répondre : ces questions ne changent plus. Faites-en une nouvelle version."
)


class QuestionInline(PortalInline):
    model = SheetQuestion
    extra = 3
    fields = ["position", "label", "kind", "choices", "known"]

    def get_extra(self, request, obj=None, **kwargs):
        return 0 if obj and obj.is_frozen else self.extra

    def _may(self, request, obj) -> bool:
        return request.user.has_perm("evaluations.change_questionnaire") and not (obj and obj.is_frozen)

    def has_add_permission(self, request, obj=None):
        return self._may(request, obj)

    def has_change_permission(self, request, obj=None):
        return self._may(request, obj)

    def has_delete_permission(self, request, obj=None):
        return self._may(request, obj)

    def has_view_permission(self, request, obj=None):
        return request.user.has_perm("evaluations.view_questionnaire")

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field and db_field.name == "choices":
            field.widget.attrs.update(rows=3, cols=24)
        return field


@admin.register(Questionnaire)
class QuestionnaireAdmin(PortalAdmin):
    """Questions by season or project; once a structure began to answer they change no more."""

    list_display = ["title", "season_year", "project", "version", "sent", "begun", "opened_at", "closed_at"]
    list_filter = [
        "season_year",
        ("opened_at", filled("ouverture", yes="ouverts", no="pas encore ouverts")),
        ("closed_at", filled("clôture", yes="clos", no="pas clos")),
    ]
    search_fields = ["title", "project"]
    search_help_text = "Titre ou projet."
    inlines = [QuestionInline]
    actions = ["open", "close", "copy"]
    readonly_fields = ["version", "opened_at", "closed_at", "answers"]
    fields = [
        "title",
        "season_year",
        "project",
        "event_kind",
        "introduction",
        "version",
        "opened_at",
        "closed_at",
        "answers",
    ]

    def get_queryset(self, request):
        return super().get_queryset(request).with_counts()

    def get_readonly_fields(self, request, obj=None):
        return self.fields if obj and obj.is_frozen else self.readonly_fields

    def has_delete_permission(self, request, obj=None):
        return False

    def save_model(self, request, obj, form, change):
        if change and obj.is_frozen:
            raise DomainError(FROZEN)
        super().save_model(request, obj, form, change)

    @admin.display(description="envoyées")
    def sent(self, row):
        return row.sent

    @admin.display(description="commencées")
    def begun(self, row):
        return row.begun

    @admin.display(description="réponses")
    def answers(self, row):
        if row._state.adding:
            return ""
        page = reverse("evaluations:questionnaire", args=[row.pk])
        return format_html('<a href="{}">Qui a répondu, et quoi</a>', page)

    @admin.action(description="Ouvrir aux structures", permissions=["act"])
    def open(self, request, queryset):
        self._run(request, queryset, services.open_questionnaire, "Questionnaires ouverts")

    @admin.action(description="Clore", permissions=["act"])
    def close(self, request, queryset):
        self._run(request, queryset, services.close_questionnaire, "Questionnaires clos")

    @admin.action(description="Faire une nouvelle version", permissions=["act"])
    def copy(self, request, queryset):
        self._run(request, queryset, services.new_version, "Nouvelles versions, à relire puis à ouvrir")

    def _run(self, request, queryset, service, done):
        self.run(
            request,
            queryset,
            lambda row: service(questionnaire=row, by=request.user, at=timezone.now()),
            done=done,
        )


@admin.register(Sheet)
class SheetAdmin(ReadOnlyAdmin):
    list_display = ["questionnaire", "structure", "begun_at", "saved_at", "sent_at"]
    list_filter = ["questionnaire", ("sent_at", filled("envoi", yes="envoyées", no="commencées"))]
    list_select_related = ["questionnaire", "structure"]
    search_fields = ["structure__name"]
    search_help_text = "Structure."
    fields = ["questionnaire", "structure", "begun_at", "saved_at", "sent_at", "paper"]

    @admin.display(description="fiche")
    def paper(self, row):
        return format_html(
            '<a href="{}">Lire la fiche (PDF)</a>', reverse("evaluations:sheet_pdf", args=[row.pk])
        )


@admin.register(SheetReminder)
class SheetReminderAdmin(ReadOnlyAdmin):
    list_display = ["questionnaire", "structure", "sent_at"]
    list_select_related = ["questionnaire", "structure"]
    date_hierarchy = "sent_at"


@admin.register(SheetQuestion)
class SheetQuestionAdmin(ReadOnlyAdmin):
    """All questions, to find one that was asked; they are written on their questionnaire's page."""

    list_display = ["label", "questionnaire", "kind", "known"]
    list_filter = ["kind", "questionnaire"]
    list_select_related = ["questionnaire"]
    search_fields = ["label"]
    search_help_text = "Question."
