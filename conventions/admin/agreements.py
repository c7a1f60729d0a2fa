"""Staff's pages for agreements, and what they add to the pages of structures and venues (B2, B4)."""

from django.contrib import admin
from django.db.models import Max, OuterRef, Q, Subquery
from django.utils import timezone

from common.admin import Link, PortalAdmin
from conventions.models import Agreement
from conventions.services import agreements as services
from partners.admin import StructureAdmin, VenueAdmin
from partners.seasons import Season


class AgreementState(admin.SimpleListFilter):
    title = "état"
    parameter_name = "etat"

    def lookups(self, request, model_admin):
        return [("vigueur", "en vigueur aujourd'hui"), ("a-signer", "à signer"), ("passee", "passée")]

    def queryset(self, request, queryset):
        today = timezone.localdate()
        match self.value():
            case "vigueur":
                return queryset.in_force(on=today)
            case "a-signer":
                return queryset.filter(signed_on=None)
            case "passee":
                return queryset.filter(ends_on__lt=today)
        return queryset


@admin.register(Agreement)
class AgreementAdmin(PortalAdmin):
    list_display = ["partner", "starts_on", "ends_on", "signed_on", "in_force"]
    list_filter = [AgreementState, "starts_on"]
    list_select_related = ["structure", "venue"]
    search_fields = ["structure__name", "venue__name", "signatory_name"]
    search_help_text = "Nom de la structure, du lieu ou de qui a signé."
    autocomplete_fields = ["structure", "venue"]
    date_hierarchy = "ends_on"
    fields = [("structure", "venue"), ("starts_on", "ends_on"), "signed_on", "signatory_name"]

    @admin.display(description="partenaire", ordering="structure__name")
    def partner(self, agreement):
        return agreement.partner

    @admin.display(description="en vigueur", boolean=True)
    def in_force(self, agreement):
        today = timezone.localdate()
        signed = agreement.signed_on is not None and agreement.signed_on <= today
        ended = agreement.terminated_on is not None and agreement.terminated_on <= today
        return signed and not ended and agreement.starts_on <= today <= agreement.ends_on

    def get_changeform_initial_data(self, request):
        # An agreement that enters during the year runs from its signature to the season's end.
        today = timezone.localdate()
        season = {"starts_on": today, "ends_on": Season.of(today).ends_on}
        return {**season, **super().get_changeform_initial_data(request)}

    def save_model(self, request, obj, form, change):
        services.keep_agreement(agreement=obj, by=request.user, at=timezone.now())

    def has_delete_permission(self, request, obj=None):
        signed = obj is not None and obj.signed_on is not None
        return super().has_delete_permission(request, obj) and not signed

    def get_actions(self, request):
        # Deleting several at once would pass over the signed ones.
        return {
            name: action for name, action in super().get_actions(request).items() if name != "delete_selected"
        }


class AgreementInline(admin.TabularInline):
    """A partner's agreements. They are written and changed on their own page."""

    model = Agreement
    fields = readonly_fields = ["starts_on", "ends_on", "signed_on", "signatory_name"]
    extra = 0
    can_delete = False
    show_change_link = True

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("structure", "venue")

    def has_add_permission(self, request, obj=None):
        return False


class StructuresByAgreement(admin.SimpleListFilter):
    title = "convention"
    parameter_name = "convention"

    def lookups(self, request, model_admin):
        return [("absente", "aucune en vigueur"), ("finit", "finit bientôt, sans suite signée")]

    def queryset(self, request, queryset):
        today = timezone.localdate()
        match self.value():
            case "absente":
                return queryset.filter(pk__in=services.structures_without_agreement(on=today))
            case "finit":
                return queryset.filter(pk__in=services.structures_running_out(on=today))
        return queryset


@admin.display(description="convention jusqu'au", ordering="covered_until")
def covered_until(partner):
    return partner.covered_until


def _last_signed_day(partner: str) -> Subquery:
    """The last day that a signed agreement of the partner covers."""
    signed = Agreement.objects.filter(Q(signed_on__isnull=False), **{partner: OuterRef("pk")})
    return Subquery(signed.order_by().values(partner).annotate(last=Max("ends_on")).values("last"))


StructureAdmin.extend(
    columns=[covered_until],
    annotations={"covered_until": _last_signed_day("structure")},
    filters=[StructuresByAgreement],
    inlines=[AgreementInline],
    links=[
        Link("Conventions", "conventions.agreement", "structure__id__exact"),
        Link("Ajouter une convention", "conventions.agreement", "structure", "add"),
    ],
)
VenueAdmin.extend(
    columns=[covered_until],
    annotations={"covered_until": _last_signed_day("venue")},
    inlines=[AgreementInline],
    links=[
        Link("Conventions", "conventions.agreement", "venue__id__exact"),
        Link("Ajouter une convention", "conventions.agreement", "venue", "add"),
    ],
)
