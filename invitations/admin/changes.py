"""Staff's pages for what changed of dates and who knows (C6). They show figures and states, and no name."""

from django.contrib import admin
from django.utils import timezone

from common.admin import Link, ReadOnlyAdmin, filled
from invitations.models import ChangeNotice, DateChange
from offers.admin import PerformanceAdmin


@admin.register(DateChange)
class DateChangeAdmin(ReadOnlyAdmin):
    """A change of a date that somebody had booked, with how many people know of it."""

    list_display = ["performance", "at", "cancelled", "people", "know"]
    list_filter = ["cancelled"]
    list_select_related = ["performance__event"]
    search_fields = ["performance__event__title", "performance__event__venue__name"]
    search_help_text = "Titre ou lieu."
    date_hierarchy = "at"
    links = [Link("À dire, par structure", "invitations.changenotice", "change__id__exact")]

    def get_queryset(self, request):
        return super().get_queryset(request).with_figures()

    @admin.display(description="personnes concernées")
    def people(self, change):
        return change.people

    @admin.display(description="prévenues")
    def know(self, change):
        return change.know


class ToTell(admin.SimpleListFilter):
    title = "à dire"
    parameter_name = "a-dire"

    def lookups(self, request, model_admin):
        return [("proche", "séance proche"), ("tout", "toutes les séances à venir")]

    def queryset(self, request, queryset):
        match self.value():
            case "proche":
                return queryset.near(at=timezone.now())
            case "tout":
                return queryset.to_tell(at=timezone.now())
        return queryset


@admin.register(ChangeNotice)
class ChangeNoticeAdmin(ReadOnlyAdmin):
    """What a structure has to say to one party, and whether that is done: whom staff call when it is near."""

    list_display = ["performance", "structure", "seats", "cancelled", "told_at", "reminded_at"]
    list_filter = [ToTell, ("told_at", filled("état", yes="dit", no="pas encore dit"))]
    list_select_related = ["change__performance__event", "structure"]
    search_fields = ["structure__name", "change__performance__event__title"]
    search_help_text = "Structure ou titre."
    fields = [
        *("change", "structure", "booker", "seats", "what"),
        *("told_at", "told_by", "reminded_at"),
    ]
    readonly_fields = ["what"]

    @admin.display(description="séance", ordering="change__performance__starts_at")
    def performance(self, notice):
        return notice.change.performance

    @admin.display(description="annulée", boolean=True, ordering="change__cancelled")
    def cancelled(self, notice):
        return notice.change.cancelled

    @admin.display(description="ce qui change")
    def what(self, notice):
        return " · ".join(f"{one.label} : {one.before} → {one.after}" for one in notice.differences) or "–"


PerformanceAdmin.extend(links=[Link("Changements", "invitations.datechange", "performance__id__exact")])
