"""Staff's pages for memberships, donations and receipts (B6). They name payers: staff write receipts to them."""

import re

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone

from common.admin import Link, PortalAdmin, ReadOnlyAdmin, filled
from common.dates import local_day
from common.errors import DomainError
from common.forms import attach
from common.money import euros
from common.spreadsheets import write_csv
from conventions.forms.membership import DonationForm, MembershipForm, PaymentForm, VoidForm, VotersForm
from conventions.models import Donation, Membership, Receipt, ReceiptYear
from conventions.services import membership as services
from conventions.services.receipts import replace_receipt, void_receipt
from partners.admin.organisations import StructureAdmin, VenueAdmin
from partners.seasons import Season

YEAR = "[0-9]{4}"
REFERENCE = f"({YEAR})-([0-9]{{1,9}})"  # « 2026-0012 »
PAYER = ["structure", "venue", "payer_name", "payer_address"]


class MembershipState(admin.SimpleListFilter):
    title = "état"
    parameter_name = "etat"

    def lookups(self, request, model_admin):
        return [("demandee", "souhaitée, à payer"), ("a-payer", "à payer"), ("payee", "payée")]

    def queryset(self, request, queryset):
        match self.value():
            case "demandee":
                return queryset.waiting().exclude(asked_at=None)
            case "a-payer":
                return queryset.waiting()
            case "payee":
                return queryset.exclude(paid_on=None)
        return queryset


class SeasonFilter(admin.SimpleListFilter):
    title = "saison"
    parameter_name = "saison"

    def lookups(self, request, model_admin):
        years = Membership.objects.order_by("-season_year").values_list("season_year", flat=True).distinct()
        return [(year, str(Season(year))) for year in years]

    def queryset(self, request, queryset):
        known = re.fullmatch(YEAR, self.value() or "")
        return queryset.filter(season_year=int(known[0])) if known else queryset


class PaymentAdmin(PortalAdmin):
    """What memberships and donations have in common: who, how much, and the receipt."""

    list_select_related = ["structure", "venue"]
    autocomplete_fields = ["structure", "venue"]
    search_fields = ["structure__name", "venue__name"]
    search_help_text = (
        "Nom de la structure ou du lieu ; les autres noms sont chiffrés et ne se cherchent pas."
    )

    def get_queryset(self, request):
        return super().get_queryset(request).prefetch_related("receipts")

    @admin.display(description="de", ordering="structure__name")
    def who(self, payment):
        return payment.name

    @admin.display(description="montant", ordering="amount_cents")
    def amount(self, payment):
        return euros(payment.amount_cents)

    @admin.display(description="reçu")
    def receipt(self, payment):
        live = [receipt.reference for receipt in payment.receipts.all() if receipt.voided_at is None]
        return live[0] if live else ""

    def get_actions(self, request):
        # Deleting several at once would pass over those with a receipt.
        return {
            name: action for name, action in super().get_actions(request).items() if name != "delete_selected"
        }


@admin.register(Membership)
class MembershipAdmin(PaymentAdmin):
    form = MembershipForm
    list_display = ["who", "season", "amount", "asked_on", "paid_on", "means", "receipt"]
    list_filter = [MembershipState, SeasonFilter, "means"]
    fields = [
        ("structure", "venue"),
        "payer_name",
        "payer_address",
        "season_year",
        "amount_cents",
        ("paid_on", "means"),
    ]
    actions = ["pay", "dismiss"]
    links = [Link("Reçus", "conventions.receipt", "membership__id__exact")]
    change_list_template = "admin/conventions/membership/change_list.html"

    @admin.display(description="saison", ordering="season_year")
    def season(self, membership):
        return membership.season

    @admin.display(description="souhaitée le", ordering="asked_at")
    def asked_on(self, membership):
        return local_day(membership.asked_at) if membership.asked_at else ""

    def get_changeform_initial_data(self, request):
        given = super().get_changeform_initial_data(request)
        kind = next((name for name in ("structure", "venue") if given.get(name)), "person")
        season = Season.of(timezone.localdate())
        due = Membership.due(season=season, **({f"{kind}_id": given[kind]} if kind != "person" else {}))
        return {"season_year": season.year, "amount_cents": due.amount_cents, **given}

    def get_readonly_fields(self, request, obj=None):
        if obj is None:
            return []
        return [*PAYER, "season_year"]

    def has_change_permission(self, request, obj=None):
        return super().has_change_permission(request, obj) and (obj is None or obj.paid_on is None)

    def has_delete_permission(self, request, obj=None):
        used = obj is not None and obj.receipts.exists()
        return super().has_delete_permission(request, obj) and not used

    def save_model(self, request, obj, form, change):
        now = timezone.now()
        if not change:
            services.record_membership(membership=obj, by=request.user, at=now)
        elif obj.paid_on:
            services.pay_membership(
                membership=obj,
                amount_cents=obj.amount_cents,
                paid_on=obj.paid_on,
                means=obj.means,
                by=request.user,
                at=now,
            )
        else:
            super().save_model(request, obj, form, change)

    @admin.action(description="Noter payées, et faire les reçus", permissions=["act"])
    def pay(self, request, queryset):
        form = PaymentForm(
            request.POST if "paid_on" in request.POST else None,
            initial={"paid_on": timezone.localdate()},
        )
        if form.is_bound and form.is_valid():
            self.run(
                request,
                queryset.select_related("structure", "venue"),
                lambda row: services.pay_membership(
                    membership=row,
                    amount_cents=row.amount_cents,
                    **form.cleaned_data,
                    by=request.user,
                    at=timezone.now(),
                ),
                done="Adhésions payées, avec leur reçu",
            )
            return None
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": "Noter des adhésions payées",
            "form": form,
            "rows": queryset.select_related("structure", "venue"),
            "action": "pay",
        }
        return TemplateResponse(request, "admin/conventions/membership/pay.html", context)

    @admin.action(description="Classer le souhait : finalement, pas cette saison", permissions=["act"])
    def dismiss(self, request, queryset):
        self.run(
            request,
            queryset,
            lambda row: services.dismiss_wish(membership=row, by=request.user, at=timezone.now()),
            done="Souhaits classés",
        )

    def get_urls(self):
        voters = self.admin_site.admin_view(self.voters_view)
        return [path("electeurs/", voters, name="conventions_membership_voters"), *super().get_urls()]

    def voters_view(self, request):
        """Who has a voice at an assembly: on the screen, on paper, as a CSV."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        form = VotersForm({"on": request.GET.get("on") or timezone.localdate().isoformat()})
        on = form.cleaned_data["on"] if form.is_valid() else None
        voters = sorted(Membership.objects.entitled(on=on), key=lambda one: one.name.casefold()) if on else []
        if on and "csv" in request.GET:
            rows = [[one.name, one.address, f"{one.paid_on:%d/%m/%Y}"] for one in voters]
            answer = HttpResponse(
                write_csv(["nom", "adresse", "payée le"], rows), content_type="text/csv; charset=utf-8"
            )
            answer["Content-Disposition"] = f'attachment; filename="voix-{on:%Y-%m-%d}.csv"'
            return answer
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": "Qui a une voix à l'assemblée",
            "form": form,
            "on": on,
            "season": Season.of(on) if on else "",
            "voters": voters,
        }
        return TemplateResponse(request, "admin/conventions/membership/voters.html", context)


@admin.register(Donation)
class DonationAdmin(PaymentAdmin):
    form = DonationForm
    list_display = ["who", "amount", "paid_on", "means", "receipt", "withdrawn_at"]
    list_filter = ["means", ("withdrawn_at", filled("retrait", yes="retiré", no="compté"))]
    date_hierarchy = "paid_on"
    fields = [("structure", "venue"), "payer_name", "payer_address", "amount_cents", ("paid_on", "means")]
    links = [Link("Reçus", "conventions.receipt", "donation__id__exact")]

    def get_changeform_initial_data(self, request):
        return {"paid_on": timezone.localdate(), **super().get_changeform_initial_data(request)}

    def has_change_permission(self, request, obj=None):
        return super().has_change_permission(request, obj) and obj is None

    def has_delete_permission(self, request, obj=None):
        return False

    def save_model(self, request, obj, form, change):
        services.record_donation(donation=obj, by=request.user, at=timezone.now())


@admin.register(Receipt)
class ReceiptAdmin(ReadOnlyAdmin):
    """Receipts are issued with the payment; here they are read, voided, replaced."""

    list_display = ["reference", "who", "what", "amount", "issued_at", "voided_at", "replacement"]
    list_filter = [
        "year",
        ("voided_at", filled("validité", yes="annulé", no="valable")),
        ("donation", filled("objet", yes="don", no="adhésion")),
    ]
    list_select_related = [
        "membership__structure",
        "membership__venue",
        "donation__structure",
        "donation__venue",
        "replaced_by",
        "replaces",
    ]
    search_fields = [
        "membership__structure__name",
        "membership__venue__name",
        "donation__structure__name",
        "donation__venue__name",
    ]
    search_help_text = "Numéro (2026-0012), structure ou lieu."
    fields = [
        *("reference", "who", "what", "amount", "issued_at", "sha256", "drawn_at"),
        *("voided_at", "void_reason", "replaces", "replacement"),
    ]
    change_form_template = "admin/conventions/receipt/change_form.html"

    def get_queryset(self, request):
        # Neither the paper nor what it says is read for a list.
        return (
            super().get_queryset(request).defer("content", "facts").select_related(*self.list_select_related)
        )

    def get_search_results(self, request, queryset, search_term):
        reference = re.fullmatch(REFERENCE, search_term.strip())
        if reference:
            return queryset.filter(year=int(reference[1]), number=int(reference[2])), False
        return super().get_search_results(request, queryset, search_term)

    @admin.display(description="numéro", ordering="number")
    def reference(self, receipt):
        return receipt.reference

    @admin.display(description="de")
    def who(self, receipt):
        return receipt.payment.name

    @admin.display(description="pour")
    def what(self, receipt):
        return "adhésion" if receipt.membership_id else "don"

    @admin.display(description="montant aujourd'hui")
    def amount(self, receipt):
        return euros(receipt.payment.amount_cents)

    @admin.display(description="remplacé par")
    def replacement(self, receipt):
        return getattr(receipt, "replaced_by", "")

    def get_urls(self):
        void = self.admin_site.admin_view(self.void_view)
        return [
            path("<uuid:receipt_id>/annuler/", void, name="conventions_receipt_void"),
            *super().get_urls(),
        ]

    def void_view(self, request, receipt_id):
        """Void a receipt with a reason, and issue the right one."""
        if not self.has_act_permission(request):
            raise PermissionDenied
        receipt = self.get_object(request, str(receipt_id))
        if receipt is None:
            raise Http404("Ce reçu n'existe pas.")
        form = VoidForm(request.POST or None, payment=receipt.payment)
        if request.method == "POST" and form.is_valid():
            about = {
                "receipt": receipt,
                "reason": form.cleaned_data["reason"],
                "by": request.user,
                "at": timezone.now(),
            }
            try:
                if form.cleaned_data["replace"]:
                    fresh = replace_receipt(corrected=form.corrected(), **about)
                    messages.success(request, f"Le reçu {receipt} est annulé, et remplacé par le {fresh}.")
                else:
                    void_receipt(**about)
                    messages.success(request, f"Le reçu {receipt} est annulé.")
                return HttpResponseRedirect(reverse("admin:conventions_receipt_changelist"))
            except DomainError as refusal:
                attach(form, refusal)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": f"Annuler le reçu {receipt}",
            "form": form,
            "original": receipt,
        }
        return TemplateResponse(request, "admin/conventions/receipt/void.html", context)


@admin.register(ReceiptYear)
class ReceiptYearAdmin(ReadOnlyAdmin):
    list_display = ["year", "last"]


for partner, of in ((StructureAdmin, "structure"), (VenueAdmin, "venue")):
    partner.extend(
        links=[
            Link("Adhésions", "conventions.membership", f"{of}__id__exact"),
            Link("Ajouter une adhésion", "conventions.membership", of, "add"),
            Link("Ajouter un don", "conventions.donation", of, "add"),
        ]
    )
