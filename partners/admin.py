"""Staff's pages for partners: structures, venues, their accounts and codes, the territory."""

from allauth.account.admin import EmailAddressAdmin  # noqa: F401 (registers what is taken off below)
from allauth.account.models import EmailAddress
from allauth.mfa.admin import AuthenticatorAdmin  # noqa: F401 (the same)
from allauth.mfa.models import Authenticator
from django import forms
from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models
from django.http import Http404, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html

from common.admin import Link, PortalAdmin, PortalInline, ReadOnlyAdmin, filled
from common.errors import DomainError
from common.exchange import ExchangeAdmin
from partners import second_factor, services
from partners.exchange import PriorityAreaResource, StructureResource, VenueResource
from partners.models import (
    AccessLink,
    Commune,
    Feed,
    HelpPage,
    PriorityArea,
    Question,
    Sector,
    Structure,
    Suspension,
    TermsAcceptance,
    TermsOfUse,
    User,
    Venue,
    VisitorAccess,
)
from partners.seasons import Season

# An account's address stands in its own page; the groups have only their names translated by Django.
admin.site.unregister(EmailAddress)
admin.site.unregister(Authenticator)
ADDRESS = ("Coordonnées", {"fields": ["address", ("postcode", "commune"), "phone", "email", "website"]})


WHO = ["display_name", "email", "role", "structure", "venue"]
TEAM = ("Pour l'équipe", {"fields": ["is_staff", "is_superuser", "groups"]})
CHECKBOXES = {
    **PortalAdmin.formfield_overrides,
    models.ManyToManyField: {"widget": forms.CheckboxSelectMultiple},
}


class AccountInline(PortalInline):
    """Who signs in for a partner. Accounts are opened and changed on their own page."""

    model = User
    fields = readonly_fields = ["display_name", "email", "role", "is_active", "last_login"]
    extra = 0
    can_delete = False
    show_change_link = True
    verbose_name_plural = "comptes"

    def has_add_permission(self, request, obj=None):
        return False


class Suspended(admin.SimpleListFilter):
    title = "suspension"
    parameter_name = "suspension"

    def lookups(self, request, model_admin):
        return [("oui", "suspendu"), ("non", "non suspendu")]

    def queryset(self, request, queryset):
        return queryset.filter(suspended_at__isnull=self.value() == "non") if self.value() else queryset


PAUSE = ("Suspension", {"classes": ["collapse"], "fields": ["suspended_at", "suspension_reason"]})


@admin.register(Structure)
class StructureAdmin(ExchangeAdmin):
    resource_classes = [StructureResource]
    list_display = ["name", "type", "commune", "lead", "suspended_at"]
    list_filter = [Suspended, "type", "sectors", "priority", "commune__intercommunality"]
    list_select_related = ["commune"]
    search_fields = ["name", "commune__name", "postcode", "email", "users__display_name", "users__email"]
    search_help_text = "Nom, commune, code postal, e-mail, ou nom d'un compte."
    autocomplete_fields = ["commune", "priority_area"]
    formfield_overrides = CHECKBOXES
    fieldsets = [
        (
            None,
            {"fields": ["name", "type", "legal_status", "sectors", "people_accompanied", "weekly_outings"]},
        ),
        ADDRESS,
        ("Quartier prioritaire", {"fields": [("priority", "priority_area")]}),
        ("Annuaire", {"fields": [("in_public_directory", "public_phone"), ("latitude", "longitude")]}),
        ("Représentation légale", {"fields": ["representative_name", "representative_capacity"]}),
        PAUSE,
    ]
    readonly_fields = ["suspended_at", "suspension_reason", "weekly_outings"]
    inlines = [AccountInline]
    links = [
        Link("Comptes", "partners.user", "structure__id__exact"),
        Link("Ajouter un compte", "partners.user", "structure", "add"),
        Link("Codes visiteur", "partners.visitoraccess", "structure__id__exact"),
        Link("Suspensions", "partners.suspension", "structure__id__exact"),
    ]
    actions = ["open_codes"]

    def get_queryset(self, request):
        return super().get_queryset(request).prefetch_related("users")

    @admin.display(description="référent·e")
    def lead(self, structure):
        return next(
            (str(user) for user in structure.users.all() if user.role == user.Role.LEAD and user.is_active),
            "",
        )

    @admin.action(description="Donner un code visiteur pour cette saison", permissions=["act"])
    def open_codes(self, request, queryset):
        self.run(
            request,
            queryset,
            lambda row: services.open_visitor_access(structure=row, by=request.user, at=timezone.now()),
            done="Structures qui ont un code visiteur pour cette saison",
        )


@admin.register(Venue)
class VenueAdmin(ExchangeAdmin):
    resource_classes = [VenueResource]
    list_display = [
        *("name", "kind", "commune", "wheelchair", "hearing_loop", "companion_price", "suspended_at"),
    ]
    list_filter = [Suspended, "kind", "wheelchair", "hearing_loop", "commune__intercommunality"]
    list_select_related = ["commune"]
    search_fields = ["name", "commune__name", "postcode", "email", "users__display_name", "users__email"]
    search_help_text = "Nom, commune, code postal, e-mail, ou nom d'un compte."
    autocomplete_fields = ["commune"]
    prepopulated_fields = {"slug": ["name"]}
    fieldsets = [
        (None, {"fields": ["name", "slug", "kind", "description"]}),
        ADDRESS,
        ("Annuaire", {"fields": [("latitude", "longitude")]}),
        (
            "Venir",
            {"fields": ["transit", "on_foot", ("wheelchair", "hearing_loop"), "access_notes"]},
        ),
        ("Prix", {"fields": ["companion_price", "purchase_info"]}),
        PAUSE,
    ]
    readonly_fields = ["suspended_at", "suspension_reason"]
    inlines = [AccountInline]
    links = [
        Link("Comptes", "partners.user", "venue__id__exact"),
        Link("Ajouter un compte", "partners.user", "venue", "add"),
        Link("Suspensions", "partners.suspension", "venue__id__exact"),
    ]


class AccountForm(forms.ModelForm):
    """An account whose role and partner agree, also where some fields are not shown to whom fills it in."""

    def _post_clean(self):
        super()._post_clean()
        if not self.errors:
            try:
                self.instance.validate_constraints()
            except ValidationError as error:
                self.add_error(None, error.messages)


class TakeOffForm(forms.Form):
    """Why the team takes off somebody's second factor."""

    reason = forms.CharField(
        label="Pourquoi la retirer ?",
        required=False,  # the service says what a reason is
        widget=forms.Textarea(attrs={"rows": 3, "class": "vLargeTextField"}),
        help_text="Comment vous avez reconnu la personne, et ce qui lui arrive. Cette raison reste dans le journal.",
    )


@admin.register(User)
class UserAdmin(PortalAdmin):
    form = AccountForm
    list_display = [
        "display_name",
        "email",
        "role",
        "partner",
        "is_active",
        "may_sign_in",
        "doubly",
        "last_login",
    ]
    annotations = {"has_second_factor": second_factor.ENABLED}
    list_filter = [
        "role",
        "is_active",
        "is_staff",
        ("last_login", filled("connexion", yes="déjà venu·e", no="jamais venu·e")),
    ]
    list_select_related = ["structure", "venue"]
    search_fields = ["display_name", "email", "structure__name", "venue__name"]
    search_help_text = "Nom, e-mail, structure ou lieu."
    autocomplete_fields = ["structure", "venue"]
    formfield_overrides = CHECKBOXES
    fieldsets = [
        (None, {"fields": WHO}),
        (
            "Accès",
            {
                "fields": [
                    *("is_active", "may_sign_in", "password_chosen_at", "doubly", "last_login", "created_at")
                ]
            },
        ),
        TEAM,
    ]
    new_account = [
        (
            None,
            {
                "fields": WHO,
                "description": "Le compte s'ouvre sans mot de passe. Envoyez ensuite à la personne le lien pour en "
                "choisir un : cochez-la dans la liste des comptes.",
            },
        ),
        TEAM,
    ]
    readonly_fields = ["may_sign_in", "password_chosen_at", "doubly", "last_login", "created_at"]
    actions = ["send_password_links", "make_leads", "close_accounts"]
    change_form_template = "admin/partners/user/change_form.html"

    def get_fieldsets(self, request, obj=None):
        return self.fieldsets if obj else self.new_account

    def get_readonly_fields(self, request, obj=None):
        # Nobody gives rights that they don't have.
        rights = [] if request.user.is_superuser else ["is_staff", "is_superuser", "groups"]
        return [*self.readonly_fields, *rights]

    def has_change_permission(self, request, obj=None):
        return super().has_change_permission(request, obj) and not self.out_of_reach(request, obj)

    def has_delete_permission(self, request, obj=None):
        return super().has_delete_permission(request, obj) and not self.out_of_reach(request, obj)

    @staticmethod
    def out_of_reach(request, obj) -> bool:
        """Whether it is a colleague's account: who could change its address could take the rights it has."""
        if obj is None or request.user.is_superuser or obj == request.user:
            return False
        return obj.is_staff or obj.is_superuser

    @admin.display(description="structure ou lieu", ordering="structure__name")
    def partner(self, user):
        return user.structure or user.venue or ""

    @admin.display(description="mot de passe choisi", boolean=True)
    def may_sign_in(self, user):
        return user.has_usable_password()

    @admin.display(description="double vérification", boolean=True, ordering="has_second_factor")
    def doubly(self, user):
        return user.has_second_factor

    def get_urls(self):
        view = self.admin_site.admin_view(self.second_factor_view)
        address = path("<uuid:account_id>/double-verification/", view, name="partners_user_second_factor")
        return [address, *super().get_urls()]

    def second_factor_view(self, request, account_id):
        """Taking the second factor off an account whose owner lost the phone, against a reason."""
        if not self.has_act_permission(request):
            raise PermissionDenied
        account = self.get_object(request, str(account_id))
        if account is None:
            raise Http404("Ce compte n'existe pas.")
        form = TakeOffForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            try:
                second_factor.take_off(
                    account=account, reason=form.cleaned_data["reason"], by=request.user, at=timezone.now()
                )
            except DomainError as refusal:
                form.add_error(refusal.field, refusal.sentence)
            else:
                self.message_user(
                    request, f"La double vérification de {account} est retirée ; un mail le lui dit."
                )
                return HttpResponseRedirect(reverse("admin:partners_user_change", args=[account.pk]))
        context = {
            **self.admin_site.each_context(request),
            "title": "Retirer la double vérification",
            "opts": self.opts,
            "original": account,
            "form": form,
        }
        return TemplateResponse(request, "admin/partners/user/second_factor.html", context)

    def save_model(self, request, obj, form, change):
        if change:
            services.change_account(account=obj, fields=form.changed_data, by=request.user, at=timezone.now())
        else:
            services.open_account(account=obj, by=request.user, at=timezone.now())

    def save_related(self, request, form, formsets, change):
        super().save_related(request, form, formsets, change)
        if not change or {"role", "is_staff"} & set(form.changed_data):
            services.join_team(account=form.instance, by=request.user, at=timezone.now())

    @admin.action(description="Envoyer le lien pour choisir un mot de passe", permissions=["act"])
    def send_password_links(self, request, queryset):
        self.run(
            request,
            queryset,
            lambda row: services.send_password_link(account=row, by=request.user, at=timezone.now()),
            done="Liens envoyés par mail",
        )

    @admin.action(description="Nommer référent·e de la structure", permissions=["act"])
    def make_leads(self, request, queryset):
        self.run(
            request,
            queryset,
            lambda row: services.hand_over_lead(to=row, by=request.user, at=timezone.now()),
            done="Référent·e·s nommé·e·s",
        )

    @admin.action(description="Fermer le compte, tout de suite", permissions=["act"])
    def close_accounts(self, request, queryset):
        self.run(
            request,
            queryset,
            lambda row: services.close_account(account=row, by=request.user, at=timezone.now()),
            done="Comptes fermés",
        )


class SeasonYears(admin.AllValuesFieldListFilter):
    """A filter on a season's year, that says « 2026-2027 »."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.title = "saison"

    def choices(self, changelist):
        for choice in super().choices(changelist):
            said = str(choice["display"])
            yield {**choice, "display": str(Season(int(said))) if said.isdecimal() else said}


@admin.register(AccessLink)
class AccessLinkAdmin(ReadOnlyAdmin):
    """Links to choose a password, and what became of them. What opens one stands in its mail alone."""

    list_display = ["user", "purpose", "created_at", "expires_at", "used_at", "withdrawn_at"]
    list_filter = ["purpose", ("used_at", filled("usage", yes="a servi", no="n'a pas servi"))]
    list_select_related = ["user"]
    search_fields = ["user__display_name", "user__email", "user__structure__name"]
    search_help_text = "Nom ou e-mail du compte, structure."
    date_hierarchy = "created_at"
    exclude = ["token_hash"]


@admin.register(VisitorAccess)
class VisitorAccessAdmin(ReadOnlyAdmin):
    """Codes are drawn from the list of structures; here they are read, withdrawn, replaced."""

    list_display = ["structure", "season", "spoken_code", "created_at", "revoked_at"]
    list_filter = [("season_year", SeasonYears), ("revoked_at", filled("code", yes="retiré", no="valable"))]
    list_select_related = ["structure"]
    search_fields = ["structure__name"]
    search_help_text = "Nom de la structure."
    fields = ["structure", "season", "spoken_code", "created_at", "revoked_at"]
    actions = ["revoke", "replace"]

    @admin.display(description="saison", ordering="season_year")
    def season(self, access):
        return Season(access.season_year)

    @admin.display(description="code")
    def spoken_code(self, access):
        return access.spoken_code

    @admin.action(description="Retirer le code, tout de suite", permissions=["act"])
    def revoke(self, request, queryset):
        self.run(
            request,
            queryset,
            lambda row: services.revoke_visitor_access(access=row, by=request.user, at=timezone.now()),
            done="Codes retirés",
        )

    @admin.action(description="Retirer le code et en donner un autre", permissions=["act"])
    def replace(self, request, queryset):
        self.run(
            request,
            queryset.select_related("structure"),
            lambda row: services.replace_visitor_access(access=row, by=request.user, at=timezone.now()),
            done="Codes remplacés",
        )


@admin.register(Feed)
class FeedAdmin(ReadOnlyAdmin):
    """Addresses that calendars follow. What opens one stands on its structure's page alone (C9)."""

    list_display = ["structure", "kind", "created_at", "revoked_at"]
    list_filter = ["kind", ("revoked_at", filled("adresse", yes="fermée", no="ouverte"))]
    list_select_related = ["structure"]
    search_fields = ["structure__name"]
    search_help_text = "Nom de la structure."
    fields = ["structure", "kind", "created_at", "revoked_at"]
    actions = ["close"]

    @admin.action(description="Fermer l'adresse, tout de suite", permissions=["act"])
    def close(self, request, queryset):
        self.run(
            request,
            queryset.select_related("structure"),
            lambda row: services.close_feed(feed=row, by=request.user, at=timezone.now()),
            done="Adresses fermées",
        )


@admin.register(Suspension)
class SuspensionAdmin(ReadOnlyAdmin):
    """Who was suspended, from when to when, and why. It is done and lifted from the lists of partners."""

    list_display = ["partner", "since", "until", "reason"]
    list_filter = [("until", filled("suspension", yes="finie", no="en cours"))]
    list_select_related = ["structure", "venue"]
    search_fields = ["structure__name", "venue__name", "reason"]
    search_help_text = "Structure, lieu ou motif."
    date_hierarchy = "since"

    @admin.display(description="partenaire", ordering="structure__name")
    def partner(self, suspension):
        return suspension.structure or suspension.venue


@admin.register(TermsOfUse)
class TermsOfUseAdmin(PortalAdmin):
    """A version that somebody accepted doesn't change any more: a new one is written, and asks everybody again."""

    list_display = ["version", "published_at"]
    search_fields = ["version", "text"]

    def get_readonly_fields(self, request, obj=None):
        accepted = obj is not None and TermsAcceptance.objects.filter(terms=obj).exists()
        return ["version", "text", "published_at"] if accepted else []


@admin.register(TermsAcceptance)
class TermsAcceptanceAdmin(ReadOnlyAdmin):
    list_display = ["user", "terms", "accepted_at"]
    list_filter = ["terms"]
    list_select_related = ["user", "terms"]
    search_fields = ["user__display_name", "user__email"]
    search_help_text = "Nom ou e-mail du compte."


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


admin.site.unregister(Group)


@admin.register(Group)
class TeamGroupAdmin(PortalAdmin, GroupAdmin):
    """What parts of these pages an account of the team may use, where it hasn't all rights.

    Only who has all rights gives some: anybody else could give them to their own group.
    """

    filter_horizontal = ()  # its two lists say nothing to a screen reader; boxes do

    def formfield_for_manytomany(self, db_field, request=None, **kwargs):
        kwargs["widget"] = forms.CheckboxSelectMultiple
        return super().formfield_for_manytomany(db_field, request=request, **kwargs)

    def has_add_permission(self, request):
        return request.user.is_superuser

    def has_change_permission(self, request, obj=None):
        return request.user.is_superuser

    def has_delete_permission(self, request, obj=None):
        return request.user.is_superuser
