"""The front door of staff's pages: the site's own sign-in, today's work first, sections in the order of the work."""

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.contrib.auth import logout
from django.shortcuts import redirect
from django.utils import timezone

from billetterie.today import tasks

# Tables that nobody opens in daily work: what the portal keeps for itself, and rows that a page above shows already.
TOOLS = {
    *("AccessLink", "TermsAcceptance", "Commune", "Feed"),
    *("AccessRenewal", "AccessReminder", "BreachLetter", "ReceiptYear"),
    *("Article", "AgreementDocument", "SignatureLink", "SignatureCode", "EvidenceEntry", "EvidenceHead"),
    *("ProgrammeUpload", "PartyDocument", "DrawGuest", "WaitlistGuest"),
}
ORDER = ["partners", "conventions", "offers", "invitations", "evaluations", "common", "auth"]


class PortalAdminSite(admin.AdminSite):
    site_title = site_header = "Gestion"
    index_title = "Gestion"
    enable_nav_sidebar = False  # lists need the width; the first page is one click away

    def has_permission(self, request) -> bool:
        return super().has_permission(request) and request.user.role == request.user.Role.STAFF

    def login(self, request, extra_context=None):
        return secure_admin_login(super().login)(request, extra_context)

    def index(self, request, extra_context=None):
        return super().index(request, {**(extra_context or {}), "tasks": tasks(at=timezone.now())})

    def get_app_list(self, request, app_label=None):
        """Apps in the order of the work, and in each its models as its admin.py registers them."""
        apps = [app for app in super().get_app_list(request, app_label) if app["app_label"] in ORDER]
        registered = list(self._registry)
        for app in apps:
            app["name"] = "Droits de l'équipe" if app["app_label"] == "auth" else app["name"]
            app["models"].sort(key=lambda entry: registered.index(entry["model"]))
        if app_label is None:
            _put_tools_away(apps)
        return sorted((app for app in apps if app["models"]), key=lambda app: ORDER.index(app["app_label"]))

    def password_change(self, request, extra_context=None):
        return redirect("account_change_password")

    def logout(self, request, extra_context=None):
        if request.method == "POST":  # an image in some page must not sign anybody out
            logout(request)
        return redirect("account_login")


def _put_tools_away(apps: list[dict]) -> None:
    """On the first page, let technical tables stand with the other tools, out of the way of the day's work."""
    tools = next((app for app in apps if app["app_label"] == "common"), None)
    for app in apps if tools else ():
        if app is not tools:
            tools["models"] += [entry for entry in app["models"] if entry["object_name"] in TOOLS]
            app["models"] = [entry for entry in app["models"] if entry["object_name"] not in TOOLS]
