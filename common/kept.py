"""Pages kept for a moment for those who only look: many read the same one, and nobody's name stands on it."""

import re
from collections.abc import Callable
from functools import wraps
from hashlib import sha256

from django.conf import settings
from django.contrib.messages import get_messages
from django.core.cache.backends.locmem import LocMemCache
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token

from common.languages import spoken

PAGES_MAX = 200  # some 70 kB each, in each process
_pages = LocMemCache("pages for onlookers", {"OPTIONS": {"MAX_ENTRIES": PAGES_MAX}})
TOKEN = re.compile(r'(name="csrfmiddlewaretoken" value=")[^"]*(")')  # of each reader's own


def kept_for_onlookers(view: Callable) -> Callable:
    """Show the page of somebody without an account as it was up to ONLOOKERS_SEE_FOR seconds ago.

    It is kept by its address, its language and whether a visitor's code opened it; an answer that isn't a page, or
    one that has something to tell its reader, is not kept.
    """

    @wraps(view)
    def show(request: HttpRequest, *args, **kwargs) -> HttpResponse:
        seconds = settings.ONLOOKERS_SEE_FOR
        if not seconds or request.user.is_authenticated or len(get_messages(request)):
            return view(request, *args, **kwargs)
        who = f"{bool(request.visitor)} {spoken().language.code} {request.get_full_path()}"  # type: ignore[attr-defined]
        key = sha256(who.encode()).hexdigest()
        if (page := _pages.get(key)) is not None:
            token = get_token(request)
            return HttpResponse(TOKEN.sub(rf"\g<1>{token}\g<2>", page))
        response = view(request, *args, **kwargs)
        if response.status_code == 200:
            _pages.set(key, TOKEN.sub(r"\1\2", response.content.decode()), seconds)
        return response

    return show
