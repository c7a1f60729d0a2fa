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

KEPT = 2000  # cards, some 3 kB each


class Ticket(NamedTuple):
    """All that a card says, and nothing else reaches its template; `held` seats is where a quota is used up (C3)."""

    performance_id: UUID
    event_id: UUID
    title: str
    kind: str
    picture: str | None
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
        picture=event.picture_id,
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


class DateTicket(NamedTuple):
    """All that the line of a date on its event's page says; `share` is what a quota of its own leaves (C3)."""

    performance_id: UUID
    kind: str
    starts_at: datetime
    ends_at: datetime | None
    closes_at: datetime | None  # where a deadline comes before the start
    draw_until: datetime | None
    drawn_at: datetime | None
    seats_left: int
    parties_waiting: int  # none for those who aren't told
    state: Standing
    books: bool
    share: str
    used_up: bool


def date_ticket_of(
    performance: Performance, *, at: datetime, books: bool, told: bool, share: str, used_up: bool
) -> DateTicket:
    """The line of a date as `at` sees it; who is `told` reads how many wait."""
    return DateTicket(
        performance_id=performance.pk,
        kind=performance.event.kind,
        starts_at=performance.starts_at,
        ends_at=performance.ends_at,
        closes_at=performance.closes_at if performance.booking_deadline else None,
        draw_until=performance.draw_until,
        drawn_at=performance.drawn_at,
        seats_left=performance.seats_left,
        parties_waiting=performance.parties_waiting if told else 0,
        state=performance.standing(at=at),
        books=bool(books),
        share=share,
        used_up=bool(used_up),
    )


def draw_ticket(ticket: Ticket | DateTicket) -> str:
    """The card as HTML. Kept in French alone: elsewhere staff may correct its words any minute."""
    if settings.DEBUG or not spoken().is_french:
        return _draw(ticket)
    return _kept(ticket)


def _draw(ticket: Ticket | DateTicket) -> str:
    template = "ticket" if isinstance(ticket, Ticket) else "date_ticket"
    return render_to_string(f"offers/partials/{template}.html", {"ticket": ticket, "state": ticket.state})


_kept = lru_cache(maxsize=KEPT, typed=True)(_draw)
