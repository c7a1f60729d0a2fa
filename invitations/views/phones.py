"""The door on a phone, with and without network: the page that stays, and what it exchanges (D9; docs/door.md)."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from common.crypto import fingerprint
from common.errors import DomainError, TooManyAttempts
from invitations.forms.phones import read_code, read_handover
from invitations.services import admissions, door, phones
from invitations.services.door import Answer, Verdict
from partners.audience import PUBLIC, VENUE, open_to

PAGE = "invitations/door_phone.html"
# What the page is made of: what it names, then what its modules import by their own names.
NAMED = [
    "vendor/bootstrap/bootstrap.min.css",
    "common/css/tokens.css",
    "common/css/theme.css",
    "vendor/fonts/noto-sans/noto-sans-latin-400-normal.woff2",
    "vendor/fonts/noto-sans/noto-sans-latin-700-normal.woff2",
    "vendor/fonts/bricolage-grotesque/bricolage-grotesque-latin-700-normal.woff2",
    "common/img/favicon.svg",
    "vendor/htmx/htmx.min.js",
    "common/js/portal.js",
    "invitations/door.webmanifest",
    "invitations/js/scanner.js",
]
IMPORTED = [
    "invitations/js/camera.js",
    "invitations/js/codes.js",
    "invitations/js/judge.js",
    "invitations/js/server.js",
    "invitations/js/sounds.js",
    "invitations/js/store.js",
    "vendor/qr/decode.js",
    "vendor/qr/index.js",
]


@require_safe
@open_to(PUBLIC)
def phone(request: HttpRequest) -> HttpResponse:
    """The page that a phone keeps. It holds nothing of anybody: what it shows, it asks for or has encrypted."""
    return render(request, PAGE, _page())


def _page() -> dict[str, object]:
    return {"undo_seconds": settings.DOOR_UNDO_SECONDS}


@require_safe
@open_to(PUBLIC)
def worker(request: HttpRequest) -> HttpResponse:
    """The script that answers in the network's place; it changes with any file of the page."""
    page = render_to_string(PAGE, _page(), request=request)
    files = [*map(static, NAMED), *(settings.STATIC_URL + name for name in IMPORTED)]
    contents = "\n".join([page, *files, *map(static, IMPORTED)])
    context = {"version": fingerprint(contents.encode())[:16], "files": files}
    return render(request, "invitations/door_worker.js", context, content_type="text/javascript")


@require_safe
@open_to(VENUE)
def lists(request: HttpRequest) -> JsonResponse:
    """The lists of the dates that are near, unreadable without the papers, and what is needed to write back."""
    now = timezone.now()
    found = phones.lists(by=request.user, have=request.GET.getlist("have"), at=now)
    return JsonResponse({"clock": phones.milliseconds(now), "csrf": get_token(request), "lists": found})


@require_POST
@open_to(VENUE)
def ask(request: HttpRequest) -> JsonResponse:
    """May these people enter? With the network the server judges, and lets each in once."""
    return _hand_over(request, admissions.ask)


@require_POST
@open_to(VENUE)
def merge(request: HttpRequest) -> JsonResponse:
    """What the phone did by itself, merged with what others did."""
    return _hand_over(request, admissions.merge)


def _hand_over(request: HttpRequest, service: Callable[..., list[Answer | None]]) -> JsonResponse:
    now = timezone.now()
    sent = read_handover(request.body, at=now)
    answers = service(claims=sent.claims, phone=sent.phone, by=request.user, at=now)
    return JsonResponse({"answers": [_told(answer) for answer in answers]})


def _told(answer: Answer | None) -> dict[str, object]:
    if answer is None:
        return {"verdict": Verdict.UNKNOWN}
    since = answer.invitation.admitted_at or answer.invitation.cancelled_at
    return {"verdict": answer.verdict, "since": since and phones.milliseconds(since)}


@require_POST
@open_to(VENUE)
def look_up(request: HttpRequest) -> JsonResponse:
    """A code that isn't on the phone's lists: of another date, or of nobody. It never tells a name."""
    now = timezone.now()
    try:
        found = door.find(typed=read_code(request.body), by=request.user, at=now)
    except TooManyAttempts:
        raise
    except DomainError:
        return JsonResponse({"verdict": Verdict.UNKNOWN})
    return JsonResponse(
        {"verdict": door.state(found, at=now), "when": phones.spoken_start(found.performance)}
    )
