"""Staff's pages for news: who is to pass them on, who has (C11)."""

from django.contrib import admin
from django.utils import timezone

from common.admin import PortalAdmin, ReadOnlyAdmin
from invitations.models import News, NewsRelay
from invitations.services import news as service


class NewsRelayInline(admin.TabularInline):
    model = NewsRelay
    fields = readonly_fields = ["structure", "passed_by", "passed_at"]
    extra = 0
    can_delete = False

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("structure", "passed_by", "news")

    def has_add_permission(self, request, obj=None):
        return False

    def has_change_permission(self, request, obj=None):
        return False


@admin.register(News)
class NewsAdmin(PortalAdmin):
    """Written once: what structures may have passed on doesn't change under them. Another one corrects it."""

    list_display = ["title", "written_at", "expires_on", "relays"]
    list_filter = ["expires_on"]
    search_fields = ["title", "text"]
    search_help_text = "Titre ou texte."
    autocomplete_fields = ["commune", "venue", "event"]
    fieldsets = [
        (None, {"fields": ["title", "text", "link", "expires_on"]}),
        (
            "Pour quelles structures",
            {
                "fields": ["structure_type", "commune", "priority_areas", "venue", "event"],
                "description": "Rien de rempli : toutes. Chaque choix réduit encore.",
            },
        ),
    ]
    inlines = [NewsRelayInline]

    def get_queryset(self, request):
        return super().get_queryset(request).with_relays()

    def get_fieldsets(self, request, obj=None):
        sets = super().get_fieldsets(request, obj)
        return [*sets, ("Où elle en est", {"fields": ["written_by", "written_at", "reach"]})] if obj else sets

    def get_readonly_fields(self, request, obj=None):
        return ["written_by", "written_at", "reach"] if obj else []

    def get_inlines(self, request, obj):
        return self.inlines if obj else []

    def has_change_permission(self, request, obj=None):
        return obj is None and super().has_change_permission(request)

    def save_model(self, request, obj, form, change):
        service.publish(news=obj, by=request.user, at=timezone.now())

    @admin.display(description="transmise par", ordering="relays")
    def relays(self, news):
        return news.relays

    @admin.display(description="structures")
    def reach(self, news):
        meant = service.addressees(news)
        passed = NewsRelay.objects.filter(news=news).values("structure")
        waiting = list(meant.exclude(pk__in=passed).order_by("name").values_list("name", flat=True)[:50])
        return f"{len(passed)} ont transmis, sur {meant.count()}. Pas encore : {', '.join(waiting) or '–'}"


@admin.register(NewsRelay)
class NewsRelayAdmin(ReadOnlyAdmin):
    """Which structure passed what on, who said so, when."""

    list_display = ["news", "structure", "passed_by", "passed_at"]
    list_select_related = ["news", "structure", "passed_by"]
    search_fields = ["news__title", "structure__name"]
    search_help_text = "Titre ou structure."
    date_hierarchy = "passed_at"
