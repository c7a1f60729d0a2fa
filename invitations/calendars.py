"""A structure's outings as a calendar that telephones and mail programs follow (C9)."""

from collections import Counter
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from icalendar import Calendar, Event

from offers.models import Performance
from partners.models import Structure

USUAL_LENGTH = timedelta(hours=2)  # of an outing whose end nobody wrote down


def outings_calendar(structure: Structure, *, at: datetime) -> bytes:
    """The outings of the last weeks and those to come, one entry per date, without anybody's name. Two queries."""
    since = at - timedelta(days=settings.FEED_PAST_DAYS)
    seats: Counter[Performance] = Counter()
    for booking in (
        structure.bookings.live().filter(performance__starts_at__gt=since).with_outing().with_seats()
    ):
        seats[booking.performance] += booking.seats
    for group in (
        structure.groups.open().filter(performance__starts_at__gt=since, unnamed__gt=0).with_outing()
    ):
        seats[group.performance] += group.unnamed
    calendar = Calendar.new(
        prodid=f"-//{settings.PORTAL_NAME}//FR", name=f"{settings.PORTAL_NAME} · nos sorties", language="fr"
    )
    for performance in sorted(seats, key=lambda date: (date.starts_at, date.pk)):
        calendar.add_component(_entry(performance, seats=seats[performance], at=at))
    calendar.add_missing_timezones()
    return calendar.to_ical()


def _entry(performance: Performance, *, seats: int, at: datetime) -> Event:
    event = performance.event
    starts_at = timezone.localtime(performance.starts_at)
    length = timedelta(minutes=event.duration_minutes) if event.duration_minutes else USUAL_LENGTH
    ends_at = timezone.localtime(performance.ends_at) if performance.ends_at else starts_at + length
    return Event.new(
        uid=f"{performance.pk}@{urlsplit(settings.BASE_URL).hostname}",
        stamp=at,
        start=starts_at,
        end=ends_at,
        summary=f"{event.title} ({seats} place{'s' if seats > 1 else ''})",
        location=", ".join(part for part in (event.where, event.address) if part),
        description="Qui y va, et les invitations à imprimer : ouvrez l'adresse, connectez-vous.",
        url=settings.BASE_URL + reverse("invitations:bookings"),
    )
