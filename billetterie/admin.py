"""The front door of staff's pages: the site's own sign-in, today's work first, sections in the order of the work."""

from allauth.account.decorators import secure_admin_login
from csp.constants import SELF
from csp.decorators import csp_update
from django.contrib import admin
from django.contrib.auth import logout
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.views.decorators.clickjacking import xframe_options_sameorigin

from billetterie import previews
from billetterie.today import tasks
from common.downloads import pdf_response

# Tables that nobody opens in daily work: what the portal keeps for itself, and rows that a page above shows already.
TOOLS = {
    *("AccessLink", "TermsAcceptance", "Commune", "Feed"),
    *("AccessRenewal", "AccessReminder", "BreachLetter", "ReceiptYear"),
    *("Article", "AgreementDocument", "SignatureLink", "SignatureCode", "EvidenceEntry", "EvidenceHead"),
    *("ProgrammeUpload", "PartyDocument", "PrintRun", "DrawGuest", "WaitlistGuest"),
    *("OpinionReport", "Outcome", "ControlNight", "Counting", "Tally"),
}
ORDER = ["partners", "conventions", "offers", "invitations", "evaluations", "common", "auth"]
# A mail brings its own styles, as mails do. It is shown in a frame where nothing runs, opens or loads.
MAIL_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'; sandbox"


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

    def get_urls(self):
        views = [
            ("", self.previews_view, "previews"),
            ("mails/<slug:slug>/", self.preview_mail_view, "preview_mail"),
            ("mails/<slug:slug>/html/", xframe_options_sameorigin(self.preview_html_view), "preview_html"),
            ("papiers/<slug:slug>/", self.preview_paper_view, "preview_paper"),
        ]
        opened = [path(f"apercus/{route}", self.admin_view(view), name=name) for route, view, name in views]
        return [*opened, *super().get_urls()]

    def previews_view(self, request):
        """Every mail that the portal sends and every paper that it draws, each with an invented example."""
        context = {
            "title": "Aperçus des mails et des papiers",
            "mails": previews.MAILS,
            "papers": previews.PAPERS,
        }
        return TemplateResponse(request, "admin/previews.html", {**self.each_context(request), **context})

    @csp_update({"frame-src": [SELF]})
    def preview_mail_view(self, request, slug):
        """One mail: its subject, its text, and its HTML in a frame."""
        mail = _found(previews.MAILS, slug)
        context = {"title": mail.title, "mail": mail, "message": mail.message(at=timezone.now())}
        return TemplateResponse(request, "admin/preview_mail.html", {**self.each_context(request), **context})

    def preview_html_view(self, request, slug):
        """The HTML of one mail, as a reader's mailbox shows it."""
        html = _found(previews.MAILS, slug).message(at=timezone.now()).html
        return HttpResponse(html, headers={"Content-Security-Policy": MAIL_POLICY})

    def preview_paper_view(self, request, slug):
        """One paper, as a PDF."""
        return pdf_response(_found(previews.PAPERS, slug).pdf(at=timezone.now()), name=slug)

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


def _found(rows, slug: str):
    """The preview of that name, or a 404."""
    found = next((row for row in rows if row.slug == slug), None)
    if found is None:
        raise Http404("Cet aperçu n'existe pas.")
    return found


def _put_tools_away(apps: list[dict]) -> None:
    """On the first page, let technical tables stand with the other tools, out of the way of the day's work."""
    tools = next((app for app in apps if app["app_label"] == "common"), None)
    if tools:
        entry = {"name": "Aperçus des mails et des papiers", "object_name": "Previews", "view_only": True}
        tools["models"].insert(0, {**entry, "admin_url": reverse("admin:previews"), "add_url": None})
    for app in apps if tools else ():
        if app is not tools:
            tools["models"] += [entry for entry in app["models"] if entry["object_name"] in TOOLS]
            app["models"] = [entry for entry in app["models"] if entry["object_name"] not in TOOLS]
