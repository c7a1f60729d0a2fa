"""Visitors' sessions, who may open which page, and in which language."""

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from common.languages import FRENCH, LANGUAGES, phrases, preferred, speak, speaking
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


class LanguageMiddleware:
    """Whoever has no account reads translated pages, and refusals, in the language chosen; all else is French (A6).

    It was chosen with the switch, which a cookie remembers, else it is the first that the browser asks for.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        code = request.COOKIES.get(settings.LANGUAGE_COOKIE)
        if code not in LANGUAGES:
            code = preferred(request.headers.get("Accept-Language", ""))
        if code != FRENCH and request.user.is_authenticated:
            code = FRENCH
        request.translated = True
        with speaking(phrases(code)):
            return self.get_response(request)

    def process_view(self, request, view, args, kwargs):
        if not getattr(view, "translated", False):
            request.translated = False
            speak(phrases(FRENCH))
