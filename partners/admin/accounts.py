"""Accounts, and the links by which their people choose a password."""

from allauth.account.admin import EmailAddressAdmin  # noqa: F401 (registers what is taken off below)
from allauth.account.models import EmailAddress
from allauth.mfa.admin import AuthenticatorAdmin  # noqa: F401 (the same)
from allauth.mfa.models import Authenticator
from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone

from common.admin import CHECKBOXES, PortalAdmin, ReadOnlyAdmin, filled
from common.errors import DomainError
from partners import second_factor, services
from partners.models import AccessLink, User
from partners.seasons import Season

admin.site.unregister(EmailAddress)  # an account's address stands in its own page
admin.site.unregister(Authenticator)
WHO = ["display_name", "email", "role", "structure", "venue"]
TEAM = ("Pour l'équipe", {"fields": ["is_staff", "is_superuser", "groups"]})


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
