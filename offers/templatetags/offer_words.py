"""How dates and events are spoken of on the pages of the offer."""

import json
from collections.abc import Iterable
from datetime import datetime

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from common.languages import say
from common.templatetags.ui import badge
from offers.catalogue import Look
from offers.filters import CatalogueFilter
from offers.models import Access, Event, Performance, Standing
from offers.structured import schema_org
from offers.tickets import DateTicket, Ticket, date_ticket_of, draw_ticket, ticket_of

register = template.Library()

LOOK_ICONS = {Look.LIST: "list", Look.MONTH: "calendar", Look.WEEK: "clock", Look.MAP: "map"}
FEW = 3  # seats left from which it is time to hurry
BADGES = {
    Standing.FULL: "off",
    Standing.REQUESTS: "info",
    Standing.DRAWING: "info",
    Standing.CLOSED: "off",
    Standing.SEATLESS: "info",
    Standing.PAST: "off",
    Standing.CANCELLED: "danger",
}
IN_A_SCRIPT = str.maketrans({"<": "\\u003C", ">": "\\u003E", "&": "\\u0026"})
ACCESS_ICONS = {
    Access.WHEELCHAIR: "wheelchair",
    Access.HEARING_LOOP: "ear",
    Access.SIGN_LANGUAGE: "sign-language",
    Access.AUDIO_DESCRIPTION: "eye",
    Access.RELAXED: "star",
}


@register.simple_tag
def standing(performance: Performance, at: datetime) -> Standing:
    """What a date is at `at`: `{% standing performance now as state %}`."""
    return performance.standing(at=at)


@register.simple_tag
def seats_badge(performance: Performance | Ticket | DateTicket, state: Standing) -> SafeString:
    """The seats left, in words: encore 6 places, plus que 2 places, complet."""
    if not state.is_open:
        return badge(BADGES[state], say(f"standing.{state}"))
    left = performance.seats_left
    if left > FEW:
        return badge("ok", say("seats.many", count=left))
    return badge("warn", say("seats.one") if left == 1 else say("seats.few", count=left))


@register.simple_tag
def ticket(performance: Performance, at: datetime, *, books: bool, held: int | None = None) -> SafeString:
    """The card of a date; `held` seats are the structure's where a quota is used up (`offers.tickets`)."""
    return mark_safe(draw_ticket(ticket_of(performance, at=at, books=books, held=held)))  # noqa: S308 – a template's


@register.simple_tag
def date_ticket(
    performance: Performance,
    at: datetime,
    *,
    books: bool,
    told: bool,
    share: str = "",
    used_up: object = None,
) -> SafeString:
    """The line of a date on its event's page (`offers.tickets`)."""
    line = date_ticket_of(performance, at=at, books=books, told=told, share=share, used_up=bool(used_up))
    return mark_safe(draw_ticket(line))  # noqa: S308 – a template's


@register.filter
def access_icon(access: Access) -> str:
    """The name of the icon that stands beside an accessibility."""
    return ACCESS_ICONS[Access(access)]


@register.simple_tag
def structured_data(event: Event, performances: Iterable[Performance]) -> SafeString:
    """The dates as schema.org data, for search engines (C9). Data, not a script: browsers run none of it."""
    facts = json.dumps(schema_org(event, performances), ensure_ascii=False).translate(IN_A_SCRIPT)
    return format_html('<script type="application/ld+json">{}</script>', mark_safe(facts))  # noqa: S308


@register.simple_tag
def catalogue_link(filters: CatalogueFilter, **answers: object) -> str:
    """The catalogue's address with other answers: `{% catalogue_link filters vue="mois" jour=span.next %}`."""
    return "?" + filters.address(**{name: str(answer or "") for name, answer in answers.items()})


@register.filter
def look_icon(look: Look) -> str:
    """The name of the icon of a way to look at the catalogue."""
    return LOOK_ICONS[look]


@register.filter
def look_words(look: Look) -> str:
    """The phrasebook's key for a way to look at the catalogue."""
    return f"look.{look.name.lower()}"
