"""What stands around every page, drawn once for all pages that would show the same (docs/architecture.md)."""

from functools import lru_cache
from types import SimpleNamespace
from typing import Any, NamedTuple, cast

from django import template
from django.conf import settings
from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe

from common.languages import spoken

register = template.Library()

MENU, FOOTER = "common/partials/nav.html", "common/partials/footer.html"
KEPT = 500  # menus, some 6 kB each
TOKEN = "the-token-of-whoever-reads"


class Reader(NamedTuple):
    """All that the menu says of an account, named as the account names it; nothing else reaches the template."""

    display_name: str
    email: str
    role: str
    books: bool
    partner: bool
    is_authenticated: bool = True


@register.simple_tag(takes_context=True)
def menu(context: template.Context) -> SafeString:
    """The head of the page: main menu, and the account's own. An account's is kept; others' pages are, as wholes."""
    request: Any = context.get("request")
    user = getattr(request, "user", None)
    if settings.DEBUG or user is None or not user.is_authenticated:
        return _draw(MENU, context)
    reader = Reader(user.display_name, user.email, user.role, user.books, bool(user.partner))
    section = "/".join(request.path.split("/", 2)[:2]) + "/"  # all of the path that an entry is marked by
    drawn = _menu(reader, section.replace("//", "/"), context["portal"]["name"])
    return mark_safe(drawn.replace(TOKEN, str(context["csrf_token"])))  # noqa: S308 - a template's


@lru_cache(maxsize=KEPT)
def _menu(reader: Reader, section: str, portal: str) -> str:
    request = SimpleNamespace(user=reader, path=section)
    return render_to_string(MENU, {"request": request, "portal": {"name": portal}, "csrf_token": TOKEN})


@register.simple_tag(takes_context=True)
def footer(context: template.Context) -> SafeString:
    """The foot of the page, kept in French alone: elsewhere staff may correct its words any minute."""
    if settings.DEBUG or not spoken().is_french:
        return _draw(FOOTER, context)
    return mark_safe(_footer(tuple((context.get("portal") or {}).items())))  # noqa: S308 - the same


@lru_cache(maxsize=1)
def _footer(portal: tuple) -> str:
    return render_to_string(FOOTER, {"portal": dict(portal)})


def _draw(name: str, context: template.Context) -> SafeString:
    return render_to_string(name, cast(dict[str, Any], context.flatten()))
