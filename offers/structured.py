"""Events in the words of schema.org, for search engines (C9)."""

from collections.abc import Iterable
from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from offers.models import Event, Performance

COUNTRY = settings.PHONENUMBER_DEFAULT_REGION  # of the territory, in two letters
KINDS = {
    Event.Kind.SHOW: "TheaterEvent",
    Event.Kind.CONCERT: "MusicEvent",
    Event.Kind.CINEMA: "ScreeningEvent",
    Event.Kind.EXHIBITION: "ExhibitionEvent",
    Event.Kind.WORKSHOP: "EducationEvent",
    Event.Kind.MATCH: "SportsEvent",
}


def schema_org(event: Event, performances: Iterable[Performance]) -> list[dict]:
    """One schema.org Event for each date; reads the event's venue and its commune.

    Seats of solidarity aren't told: what can be had here is what the venue sells.
    """
    common = {
        "@context": "https://schema.org",
        "@type": KINDS.get(Event.Kind(event.kind), "Event"),
        "name": event.title,
        "description": event.description or f"{event.get_kind_display()} · {event.where}",
        "url": settings.BASE_URL + event.get_absolute_url(),
        "eventAttendanceMode": "https://schema.org/OfflineEventAttendanceMode",
        "location": {"@type": "Place", "name": event.where, "address": _address(event)},
        "organizer": {"@type": "Organization", "name": event.venue.name, "url": event.venue.website},
        "typicalAgeRange": f"{event.age_min}-" if event.age_min else None,
        "offers": {"@type": "Offer", "url": event.purchase_url} if event.purchase_url else None,
    }
    return [_filled({**common, **_when(event, performance)}) for performance in performances]


def _address(event: Event) -> dict:
    venue = event.venue
    street, postcode = (
        (event.place_address, event.place_postcode) if event.elsewhere else (venue.address, venue.postcode)
    )
    return {
        "@type": "PostalAddress",
        "streetAddress": street,
        "postalCode": postcode,
        "addressLocality": event.city,
        "addressCountry": COUNTRY,
    }


def _when(event: Event, performance: Performance) -> dict:
    ends_at = performance.ends_at
    if ends_at is None and event.duration_minutes:
        ends_at = performance.starts_at + timedelta(minutes=event.duration_minutes)
    happens = "EventCancelled" if performance.cancelled_at else "EventScheduled"
    return {
        "startDate": timezone.localtime(performance.starts_at).isoformat(),
        "endDate": timezone.localtime(ends_at).isoformat() if ends_at else None,
        "eventStatus": f"https://schema.org/{happens}",
    }


def _filled(facts: dict) -> dict:
    """Without what isn't known: an empty field is a fault to those who read these."""
    return {name: _filled(fact) if isinstance(fact, dict) else fact for name, fact in facts.items() if fact}
