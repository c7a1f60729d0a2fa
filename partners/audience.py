"""Who may open which page. Every view says it in one line; a view that says nothing is closed to all.

The table of all pages, roles and methods stands in tests/test_access.py.
"""

from collections.abc import Callable
from enum import StrEnum
from typing import Any

from django.conf import settings


class Audience(StrEnum):
    """Kinds of people in front of a page; the account ones carry the values of `User.Role`."""

    PUBLIC = "public"
    VISITOR = "visitor"  # holds a structure's code: looks, and nothing else (A6)
    LEAD = "lead"
    WORKER = "worker"
    VENUE = "venue"
    STAFF = "staff"


PUBLIC, VISITOR, VENUE, STAFF = Audience.PUBLIC, Audience.VISITOR, Audience.VENUE, Audience.STAFF
BOOKERS = (Audience.LEAD, Audience.WORKER)
ANSWERING = (Audience.LEAD, VENUE)  # who speaks for a partner
ACCOUNTS = (*BOOKERS, VENUE, STAFF)

# Views written elsewhere, by the start of their name in the site map. The admin checks its own accounts.
OUTSIDE = {"account_": frozenset({PUBLIC}), "admin:": frozenset({STAFF}), "health": frozenset({PUBLIC})}


def open_to(*audiences: Audience, public_when: str = "", translated: bool = False) -> Callable:
    """Open a view to these audiences: `@open_to(*BOOKERS, VISITOR)`.

    `public_when` names the setting that opens it to everybody besides; a `translated` page speaks the language of
    who has no account (partners/middleware.py).
    """

    def declare(view: Any) -> Any:
        view.audience = frozenset(audiences)
        view.public_when = public_when
        view.translated = translated
        return view

    return declare


def audience_of(view: Any, view_name: str) -> frozenset[Audience]:
    """The audiences a view is open to; empty where nothing is declared."""
    declared = getattr(view, "audience", None)
    if declared is not None:
        return declared | {PUBLIC} if getattr(settings, view.public_when or "", False) else declared
    return next((who for start, who in OUTSIDE.items() if view_name.startswith(start)), frozenset())


def audience_for(request) -> Audience:
    """What the person behind `request` is to the portal."""
    if request.user.is_authenticated:
        return Audience(request.user.role)
    return VISITOR if request.visitor else PUBLIC
