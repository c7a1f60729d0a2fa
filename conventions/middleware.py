"""No session outlives what its account is worth: season, grace and agreement end it (A5)."""

from datetime import UTC, datetime

from allauth.account.authentication import get_authentication_records
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from common.dates import local_day, start_of
from conventions.models import Access, Grant
from conventions.services.access import grant_of
from partners.models import User
from partners.seasons import Season

KEY = (
    "grant"  # in the session: what the account was found to be worth, so that no page asks the database again
)
# What somebody without access may still open, by name: why, what to do, and the way out.
OPEN_ANYWAY = {
    "health",
    "account_login",
    "account_logout",
    "account_inactive",
    "account_reset_password",
    "account_reset_password_done",
    "account_reset_password_from_key",
    "account_reset_password_from_key_done",
    "partners:choose_password",
    "partners:fresh_link",
    "partners:help",
    "partners:help_page",
    "partners:ask",
    "conventions:access",
    "conventions:access_link",
}


class SeasonAccessMiddleware:
    """Sets `request.grant` for accounts of structures, and leads those without access to the page that says why.

    Found once per session and kept there until its end: past it the session ends, and its person signs in again.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view, args, kwargs) -> HttpResponse | None:
        user = request.user
        if not user.is_authenticated or not user.books:
            return None
        now = timezone.now()
        found = _kept(request, user, at=now) or _find(request, user, at=now)
        if found is None:
            return _end(request)
        request.grant = found  # type: ignore[attr-defined]
        if not found.is_out or (request.resolver_match and request.resolver_match.view_name in OPEN_ANYWAY):
            return None
        if request.method in {"GET", "HEAD"}:
            return redirect("conventions:access")
        raise PermissionDenied


def _kept(request: HttpRequest, user: User, *, at: datetime) -> Grant | None:
    """What the session holds, as long as it holds and the password is the one it was found for."""
    kept = request.session.get(KEY)
    if not kept or kept["password"] != _stamp(user) or at.timestamp() >= kept["until"]:
        return None
    return Grant(Access(kept["state"]), datetime.fromtimestamp(kept["until"], UTC))


def _find(request: HttpRequest, user: User, *, at: datetime) -> Grant | None:
    """What the account is worth, kept in the session; none where the session is from before the edge."""
    kept = request.session.get(KEY)
    if kept and at.timestamp() >= kept["until"]:
        return None
    since = _signed_in_at(request, user)
    if since and since < start_of(Season.of(local_day(at)).starts_on):
        return None
    found = grant_of(user=user, at=at)
    if found.until:
        request.session[KEY] = {
            "state": found.state.value,
            "until": found.until.timestamp(),
            "password": _stamp(user),
        }
    return found


def _signed_in_at(request: HttpRequest, user: User) -> datetime | None:
    records = get_authentication_records(request, user)
    if records:
        return datetime.fromtimestamp(records[0]["at"], UTC)
    return user.last_login


def _stamp(user: User) -> str:
    return user.password_chosen_at.isoformat() if user.password_chosen_at else ""


def _end(request: HttpRequest) -> HttpResponse:
    address = request.get_full_path() if request.method in {"GET", "HEAD"} else "/"
    logout(request)
    messages.info(request, "Une période s'achève : connectez-vous à nouveau pour continuer.")
    return redirect_to_login(address)
