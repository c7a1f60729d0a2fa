"""The site map. Paths are French, names English; who may open what stands at each view (partners/audience.py)."""

from allauth.account import views as account
from django.contrib import admin
from django.urls import include, path, re_path, register_converter
from django.views.generic import RedirectView

from billetterie import views
from common.codes import TokenConverter

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
    path("ferme/", account.account_inactive, name="account_inactive"),
    path("inscription/", RedirectView.as_view(pattern_name="account_login"), name="account_signup"),
]

urlpatterns = [
    path("", views.home, name="home"),
    path("sante/", views.health, name="health"),
    path("compte/", include(account_urls)),
    path("", include("partners.urls")),
    path("", include("conventions.urls")),
    path("", include("offers.urls")),
    path("", include("invitations.urls")),
    path("gestion/", admin.site.urls),
]
