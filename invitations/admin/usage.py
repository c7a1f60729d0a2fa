"""Staff's pages for the use of invitations: what stands out, and what was agreed with the structure (D8)."""

from django import forms
from django.contrib import admin
from django.utils import timezone
from django.utils.formats import date_format

from common.admin import PortalAdmin, PortalInline, ReadOnlyAdmin
from common.templatetags.ui import day_plain, percent
from invitations.models import UsageAlert, UsageNote, UsageReview
from invitations.models.usage import BY_NEED
from invitations.services.usage_alerts import close_alert, note_conversation

FIRST = (
    "Un repère, jamais un reproche : il y a presque toujours une bonne raison. Appelez la structure, puis notez ici ce "
    "que vous avez convenu."
)


class WhatFollows(admin.SimpleListFilter):
    title = "suite"
    parameter_name = "suite"

    def lookups(self, request, model_admin):
        return [
            ("rappel", "à rappeler aujourd'hui"),
            ("appel", "à appeler"),
            ("ouvertes", "en cours"),
            ("closes", "closes"),
        ]

    def queryset(self, request, queryset):
        match self.value():
            case "rappel":
                return queryset.to_call_back(on=timezone.localdate())
            case "appel":
                return queryset.to_take_up()
            case "ouvertes":
                return queryset.open()
            case "closes":
                return queryset.exclude(closed_at=None)
        return queryset


class NoteForm(forms.ModelForm):
    """A conversation that took place."""

    class Meta:
        model = UsageNote
        fields = ["spoken_on", "spoken_with", "agreed", "look_again_on"]
        widgets = {"agreed": forms.Textarea(attrs={"rows": 3, "cols": 50})}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if "spoken_on" in self.fields:  # not where it is only read
            self.fields["spoken_on"].initial = timezone.localdate


class NoteInline(PortalInline):
    """What was said stays; one more is added below it."""

    model = UsageNote
    form = NoteForm
    fields = ["spoken_on", "spoken_with", "agreed", "look_again_on", "by"]
    readonly_fields = ["by"]
    can_delete = False
    verbose_name = "échange avec la structure"
    verbose_name_plural = "échanges avec la structure, sans aucun nom de personne accompagnée"

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("by")

    def get_extra(self, request, obj=None, **kwargs):
        return 1

    def get_max_num(self, request, obj=None, **kwargs):
        return obj.notes.count() + 1

    def has_add_permission(self, request, obj=None):
        is_open = obj is not None and obj.closed_at is None
        return is_open and super().has_add_permission(request, obj)

    def has_change_permission(self, request, obj=None):
        return False


@admin.register(UsageAlert)
class UsageAlertAdmin(PortalAdmin):
    list_display = ["structure", "sentence", "follow_up", "seen_at"]
    list_filter = [WhatFollows, "kind"]
    list_select_related = ["structure"]
    search_fields = ["structure__name", "outcome"]
    search_help_text = "Structure ou suite donnée."
    inlines = [NoteInline]
    facts = ["structure", "sentence", "period", "seen_at", "follow_up"]

    def get_queryset(self, request):
        return UsageAlert.objects.with_need(on=timezone.localdate())

    def get_ordering(self, request):
        return BY_NEED

    def has_add_permission(self, request):
        return False

    def has_delete_permission(self, request, obj=None):
        return False

    def get_fieldsets(self, request, obj=None):
        closed = obj is None or obj.closed_at is not None
        return [
            (None, {"fields": self.facts, "description": "" if closed else FIRST}),
            (
                "Clore l'alerte",
                {"fields": ["closed_at", "closed_by", "outcome"] if closed else ["outcome"]},
            ),
        ]

    def get_readonly_fields(self, request, obj=None):
        closed = obj is None or obj.closed_at is not None
        return [*self.facts, "closed_at", "closed_by", *(["outcome"] if closed else [])]

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        if db_field.name == "outcome":
            kwargs["help_text"] = (
                "Quand tout est dit : en une phrase, sans aucun nom. Rempli, l'alerte est close ; vide, elle reste "
                "ouverte."
            )
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    @admin.display(description="ce qui a été vu")
    def sentence(self, alert):
        return alert.sentence

    @admin.display(description="période")
    def period(self, alert):
        return f"du {day_plain(alert.since)} au {day_plain(alert.until)}"

    @admin.display(description="suite", ordering="need")
    def follow_up(self, alert):
        if alert.closed_at:
            return f"close le {date_format(timezone.localtime(alert.closed_at), 'SHORT_DATE_FORMAT')} : {alert.outcome}"
        if day := alert.look_again_on:
            today = timezone.localdate()
            when = "aujourd'hui" if day == today else f"{'depuis ' if day < today else ''}le {day_plain(day)}"
            return f"à rappeler {when}"
        return "en conversation" if alert.spoken_of else "à appeler"

    def save_model(self, request, obj, form, change):
        """Nothing by itself: what is typed is a conversation, an outcome, or both, in that order."""

    def save_related(self, request, form, formsets, change):
        super().save_related(request, form, formsets, change)
        if form.cleaned_data.get("outcome"):
            close_alert(
                alert=form.instance,
                outcome=form.cleaned_data["outcome"],
                by=request.user,
                at=timezone.now(),
            )

    def save_formset(self, request, form, formset, change):
        formset.save(commit=False)
        for note in formset.new_objects:
            note_conversation(
                alert=form.instance,
                spoken_on=note.spoken_on,
                spoken_with=note.spoken_with,
                agreed=note.agreed,
                look_again_on=note.look_again_on,
                by=request.user,
                at=timezone.now(),
            )


@admin.register(UsageNote)
class UsageNoteAdmin(ReadOnlyAdmin):
    """Every conversation, latest first; they are written on the alert's own page."""

    list_display = ["spoken_on", "structure", "spoken_with", "agreed", "look_again_on", "by"]
    list_filter = ["spoken_with"]
    list_select_related = ["alert__structure", "by"]
    ordering = ["-spoken_on", "-written_at"]
    fields = ["alert", "spoken_on", "spoken_with", "agreed", "look_again_on", "by", "written_at"]
    search_fields = ["alert__structure__name", "agreed"]
    search_help_text = "Structure ou ce qui a été convenu."

    @admin.display(description="structure", ordering="alert__structure__name")
    def structure(self, note):
        return note.alert.structure


@admin.register(UsageReview)
class UsageReviewAdmin(ReadOnlyAdmin):
    """The medians of each night, that alerts and structures' pages compare with."""

    list_display = ["on", "first", "last", "structures", "taken", "unused"]
    date_hierarchy = "on"

    @admin.display(description="médiane de la part non utilisée", ordering="rate")
    def unused(self, review):
        return "–" if review.rate is None else percent(review.rate)
