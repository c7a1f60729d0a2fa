"""The card of one date in lists, drawn once for all who would see the same (C4).

Most of the catalogue's time went into drawing the same thirty cards again. What stands on a card is a value; two
equal ones look the same, so the drawing is kept by it and nothing has to be thrown away when a date changes.
"""

from datetime import datetime
from functools import lru_cache
from typing import NamedTuple
from uuid import UUID

from django.conf import settings
from django.template.loader import render_to_string

from common.languages import spoken
from offers.models import Performance, Standing

KEPT = 1000  # cards, some 3 kB each


class Ticket(NamedTuple):
    """All that a card says, and nothing else reaches its template; `held` seats is where a quota is used up (C3)."""

    performance_id: UUID
    event_id: UUID
    title: str
    kind: str
    where: str
    city: str
    starts_at: datetime
    draw_until: datetime | None
    seats_left: int
    age_min: int | None
    accesses: tuple[str, ...]
    state: Standing
    books: bool
    held: int | None


def ticket_of(performance: Performance, *, at: datetime, books: bool, held: int | None = None) -> Ticket:
    """The card of a date as `at` sees it; the date comes from `as_tickets`."""
    event = performance.event
    return Ticket(
        performance_id=performance.pk,
        event_id=event.pk,
        title=event.title,
        kind=event.kind,
        where=event.where,
        city=event.city,
        starts_at=performance.starts_at,
        draw_until=performance.draw_until,
        seats_left=performance.seats_left,
        age_min=event.age_min,
        accesses=tuple(access.value for access in event.accesses),
        state=performance.standing(at=at),
        books=bool(books),
        held=held or None,
    )


def draw_ticket(ticket: Ticket) -> str:
    """The card as HTML. Kept in French alone: elsewhere staff may correct its words any minute."""
    if settings.DEBUG or not spoken().is_french:
        return _draw(ticket)
    return _kept(ticket)


def _draw(ticket: Ticket) -> str:
    return render_to_string("offers/partials/ticket.html", {"ticket": ticket, "state": ticket.state})


_kept = lru_cache(maxsize=KEPT)(_draw)
