"""Visitors' sessions, and who may open which page."""

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from partners import second_factor
from partners.audience import PUBLIC, VISITOR, audience_for, audience_of
from partners.guessing import remember_browser
from partners.models import VisitorAccess

VISITOR_KEY = "visitor"


def _visitor(request) -> VisitorAccess | None:
    """The access whose code opened this session, as long as it is open (revoked: out at once)."""
    access_id = request.session.get(VISITOR_KEY)
    if access_id is None or request.user.is_authenticated:
        return None
    return VisitorAccess.objects.open(on=timezone.localdate()).filter(pk=access_id).first()


class VisitorMiddleware:
    """Sets `request.visitor`: the VisitorAccess of a visitor's session, or a false value."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        request.visitor = SimpleLazyObject(lambda: _visitor(request))
        return self.get_response(request)


class KnownBrowserMiddleware:
    """Gives a browser the cookie that makes it known to the account of `request.known_to`, where that is set."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        if email := getattr(request, "known_to", ""):
            remember_browser(request, response, email)
        return response


class SecondFactorMiddleware:
    """Leads staff who have no second factor to where they set one up, from every page (F4)."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_view(self, request, view, args, kwargs):
        account = request.user
        if not account.is_authenticated or account.has_second_factor or not second_factor.needed(account):
            return None
        if request.resolver_match.view_name in second_factor.FIRST_DAY:
            return None
        return redirect("mfa_index")


class AudienceMiddleware:
    """Refuses a page to whom it isn't meant for; a visitor only ever looks (GET and HEAD)."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_view(self, request, view, args, kwargs):
        admitted = audience_of(view, request.resolver_match.view_name or "")
        if PUBLIC in admitted:
            return None
        who = audience_for(request)
        if who is PUBLIC:
            return redirect_to_login(request.get_full_path())
        if who not in admitted or (who is VISITOR and request.method not in {"GET", "HEAD"}):
            raise PermissionDenied
        return None
