"""Staff's tables of controls: they are worked at in the pages of « Suivi » (E5)."""

from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html

from common.admin import Link, ReadOnlyAdmin, filled
from evaluations.models import ControlNight, Finding, Outcome
from partners.admin.organisations import StructureAdmin, VenueAdmin


@admin.register(Finding)
class FindingAdmin(ReadOnlyAdmin):
    """What stood out, season after season."""

    list_display = ["__str__", "sentence", "look_again_on", "seen_at", "closed_at"]
    list_filter = ["kind", ("closed_at", filled("suite", yes="traités", no="ouverts"))]
    list_select_related = ["structure", "venue"]
    search_fields = ["structure__name", "venue__name"]
    search_help_text = "Structure ou lieu."
    date_hierarchy = "seen_at"
    fields = [
        "kind",
        "structure",
        "venue",
        "sentence",
        "told_by",
        "seen_at",
        "look_again_on",
        "closed_at",
        "page",
    ]
    readonly_fields = ["sentence", "page"]

    @admin.display(description="ce qui a été vu")
    def sentence(self, finding):
        return finding.sentence

    @admin.display(description="suites")
    def page(self, finding):
        return format_html(
            '<a href="{}">Les lire, en noter une</a>', reverse("evaluations:finding", args=[finding.pk])
        )


@admin.register(Outcome)
class OutcomeAdmin(ReadOnlyAdmin):
    """What the team did, latest first."""

    list_display = ["on", "finding", "kind", "words", "look_again_on", "by"]
    list_filter = ["kind"]
    list_select_related = ["finding__structure", "finding__venue", "by"]
    ordering = ["-on", "-written_at"]
    search_fields = ["finding__structure__name", "finding__venue__name", "words"]
    search_help_text = "Structure, lieu ou mots notés."


@admin.register(ControlNight)
class ControlNightAdmin(ReadOnlyAdmin):
    """Which nights were made; what they counted is read in the page of fairness."""

    list_display = ["on", "made_at", "season_year"]
    date_hierarchy = "on"


StructureAdmin.extend(links=[Link("Contrôles", "evaluations.finding", "structure__id__exact")])
VenueAdmin.extend(links=[Link("Contrôles", "evaluations.finding", "venue__id__exact")])
