"""Staff's pages of how it went."""

from django.contrib import admin
from django.utils import timezone

from common.admin import Link, PortalAdmin, filled
from evaluations import services
from evaluations.models import Thanks
from partners.admin.organisations import VenueAdmin


@admin.register(Thanks)
class ThanksAdmin(PortalAdmin):
    """Words to venues. A structure's is shown once somebody of the team has read it."""

    list_display = ["__str__", "venue", "text", "structure", "written_at", "shown_at", "set_aside_at"]
    list_filter = [
        ("shown_at", filled("au lieu", yes="montré", no="pas montré")),
        ("set_aside_at", filled("mis de côté", yes="oui", no="non")),
    ]
    list_select_related = ["venue", "structure"]
    search_fields = ["venue__name"]
    search_help_text = "Lieu."
    autocomplete_fields = ["venue"]
    fields = ["venue", "text"]
    actions = ["show", "put_aside"]

    def has_change_permission(self, request, obj=None):
        return obj is None and super().has_change_permission(request)

    def has_delete_permission(self, request, obj=None):
        return False

    def save_model(self, request, obj, form, change):
        word = services.thank(venue=obj.venue, text=obj.text, by=request.user, at=timezone.now())
        obj.pk = word.pk

    @admin.action(description="Montrer au lieu", permissions=["act"])
    def show(self, request, queryset):
        self.run(
            request,
            queryset,
            lambda row: services.show(thanks=row, by=request.user, at=timezone.now()),
            done="Mots montrés au lieu",
        )

    @admin.action(description="Mettre de côté", permissions=["act"])
    def put_aside(self, request, queryset):
        self.run(
            request,
            queryset,
            lambda row: services.set_aside(thanks=row, by=request.user, at=timezone.now()),
            done="Mots mis de côté",
        )


VenueAdmin.extend(
    links=[
        Link("Mots de remerciement", "evaluations.thanks", "venue__id__exact"),
        Link("Écrire un mot", "evaluations.thanks", "venue", "add"),
    ]
)
