"""Lists that partners are described by: sectors, communes, priority areas."""

from django.contrib import admin
from django.db import models

from common.admin import PortalAdmin, ReadOnlyAdmin
from common.exchange import ExchangeAdmin
from partners.exchange import PriorityAreaResource
from partners.models import Commune, PriorityArea, Sector


@admin.register(Sector)
class SectorAdmin(PortalAdmin):
    search_fields = ["name"]


@admin.register(Commune)
class CommuneAdmin(ReadOnlyAdmin):
    """The official list; another territory is loaded by a command (docs/territory.md)."""

    list_display = ["name", "postcode", "code", "department", "intercommunality"]
    list_filter = ["department", "intercommunality"]
    search_fields = ["name", "postcode", "=code"]
    search_help_text = "Nom, code postal ou code INSEE."


@admin.register(PriorityArea)
class PriorityAreaAdmin(ExchangeAdmin):
    """The official list of *quartiers prioritaires*: import its file, or type the few that matter (A12)."""

    resource_classes = [PriorityAreaResource]
    list_display = ["name", "communes", "code", "structures"]
    search_fields = ["name", "communes", "=code"]
    search_help_text = "Nom, commune ou code."

    def get_queryset(self, request):
        return super().get_queryset(request).annotate(structures=models.Count("structure"))

    @admin.display(description="structures", ordering="structures")
    def structures(self, area):
        return area.structures
