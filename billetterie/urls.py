"""The site map. Paths are French, names English; who may open what stands at each view (partners/audience.py)."""

from allauth.account import views as account
from allauth.mfa.base.views import reauthenticate as confirm_by_code
from allauth.mfa.recovery_codes.views import view_recovery_codes
from allauth.mfa.webauthn.views import reauthenticate_webauthn
from django.contrib import admin
from django.urls import include, path, re_path, register_converter
from django.views.generic import RedirectView

from billetterie import views
from common.codes import TokenConverter
from partners import account_views as second_factor
from partners.audience import ACCOUNTS, PUBLIC, open_to

register_converter(TokenConverter, "token")  # before the rooms' own site maps are read

# Accounts are opened by the team: of allauth's pages, only those for signing in and for passwords.
account_urls = [
    path("connexion/", account.login, name="account_login"),
    path("deconnexion/", account.logout, name="account_logout"),
    path("mot-de-passe/", account.password_change, name="account_change_password"),
    path("mot-de-passe/nouveau/", account.password_set, name="account_set_password"),
    path("mot-de-passe/oublie/", account.password_reset, name="account_reset_password"),
    path("mot-de-passe/oublie/envoye/", account.password_reset_done, name="account_reset_password_done"),
    re_path(  # the key holds dashes of its own: only the first one parts it from the account
        r"^mot-de-passe/cle/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        account.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path(
        "mot-de-passe/cle/fait/",
        account.password_reset_from_key_done,
        name="account_reset_password_from_key_done",
    ),
    path("confirmer/", account.reauthenticate, name="account_reauthenticate"),
    path("ferme/", account.account_inactive, name="account_inactive"),
    path("inscription/", RedirectView.as_view(pattern_name="account_login"), name="account_signup"),
]
# The second factor (F4): for every account, and the second step of signing in for whoever has one.
own, signing_in = open_to(*ACCOUNTS), open_to(PUBLIC)
second_factor_urls = [
    path("double-verification/", own(second_factor.SecondFactorView.as_view()), name="mfa_index"),
    path(
        "double-verification/code/",
        signing_in(second_factor.SignInStepView.as_view()),
        name="mfa_authenticate",
    ),
    path(
        "double-verification/application/",
        own(second_factor.AddApplicationView.as_view()),
        name="mfa_activate_totp",
    ),
    path(
        "double-verification/application/retirer/",
        own(second_factor.RemoveApplicationView.as_view()),
        name="mfa_deactivate_totp",
    ),
    path(
        "double-verification/cle-d-acces/",
        own(second_factor.AddPasskeyView.as_view()),
        name="mfa_add_webauthn",
    ),
    path(
        "double-verification/cle-d-acces/<int:pk>/retirer/",
        own(second_factor.RemovePasskeyView.as_view()),
        name="mfa_remove_webauthn",
    ),
    path("double-verification/codes-de-secours/", own(view_recovery_codes), name="mfa_view_recovery_codes"),
    path(
        "double-verification/codes-de-secours/nouveaux/",
        own(second_factor.NewCodesView.as_view()),
        name="mfa_generate_recovery_codes",
    ),
    path("confirmer/code/", own(confirm_by_code), name="mfa_reauthenticate"),
    path("confirmer/cle-d-acces/", own(reauthenticate_webauthn), name="mfa_reauthenticate_webauthn"),
]

urlpatterns = [
    path("", views.home, name="home"),
    path("sante/", views.health, name="health"),
    path("compte/", include(account_urls + second_factor_urls)),
    path("", include("partners.urls")),
    path("", include("conventions.urls")),
    path("", include("offers.urls")),
    path("", include("invitations.urls")),
    path("", include("evaluations.urls")),
    path("gestion/", admin.site.urls),
]
