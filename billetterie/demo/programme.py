"""The invented programme: events with their dates around the day of the season."""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.utils import timezone

from billetterie.demo.chance import Chance
from billetterie.demo.partners import AFTER, BEFORE, DATA, House, at_hour
from common import audit
from common.models import AuditEntry
from offers.models import Event, Performance

WEEKDAYS = ["lu", "ma", "me", "je", "ve", "sa", "di"]
PAST_SHARE = 0.2  # of the dates are over; the others are to come
DOORS = [
    "Venir 20 minutes avant et présenter l'invitation à l'entrée.",
    "Venir 15 minutes avant. Passé l'heure, on entre à la pause.",
    "Présenter l'invitation à l'accueil ; vestiaire gratuit.",
    "Ouverture des portes une demi-heure avant.",
]


@dataclass
class Date:
    """A date of the season while people book for it; `kept` seats stay free whatever happens."""

    row: Performance
    kept: int = 0

    def takes(self, seats: int) -> bool:
        """Whether a party of `seats` still finds room."""
        return self.row.event.state == Event.State.PUBLISHED and self.row.seats_left - seats >= self.kept


def read_events() -> list[dict]:
    """What the invented venues offer, in words."""
    with (DATA / "events.toml").open("rb") as texts:
        return tomllib.load(texts)["event"]


def load_programme(*, chance: Chance, venues: Sequence[House], on: date) -> list[Date]:
    """Write the events of `venues` and their dates, all seats free; returns the dates in order of time."""
    houses = {house.partner.slug: house for house in venues}
    rows = read_events()
    events, dates, trail = [], [], []
    for row in rows:
        house = houses[row["venue"]]
        event = invent_event(chance, row, house, on=on)
        events.append(event)
        published_at = event.created_at
        trail.append(trace(chance, published_at, house, "événement publié", event))
        for starts_at in _moments(chance, row, on=on):
            performance = invent_performance(chance, row, event, starts_at, on=on)
            dates.append(Date(performance, kept=20 if "nightly" in row else 0))
            trail.append(
                trace(chance, published_at, house, "séance ajoutée", performance, places=performance.capacity)
            )
    Event.objects.bulk_create(events)
    Performance.objects.bulk_create([one.row for one in dates])
    AuditEntry.objects.bulk_create(trail, batch_size=500)
    return sorted(dates, key=lambda one: (one.row.starts_at, one.row.pk))


def invent_event(chance: Chance, row: dict, house: House, *, on: date) -> Event:
    """An event of a venue, unsaved, from a row of `read_events`."""
    venue = house.partner
    offered = row.get("with", [])
    place = row.get("place", {})
    event = Event(
        id=chance.uuid(),
        venue=venue,
        title=row["title"],
        kind=row["kind"],
        state=row.get("state", Event.State.PUBLISHED),
        description=row["text"].strip(),
        age_min=row.get("age"),
        duration_minutes=row.get("duration"),
        languages=row.get("languages", ""),
        wheelchair=venue.wheelchair,
        hearing_loop=venue.hearing_loop,
        sign_language="sign_language" in offered,
        audio_description="audio_description" in offered,
        relaxed="relaxed" in offered,
        door_conditions=row.get("door") or chance.choice(DOORS),
        contact=f"Accueil : {venue.phone.as_national}",
        purchase_info=venue.purchase_info,
        purchase_url=f"{venue.website}billetterie",
        created_at=at_hour(on - timedelta(days=chance.randint(80, 130)), chance.randint(9, 17)),
        **{f"place_{part}": value for part, value in place.items()},
    )
    event.prepare_search()
    return event


def _moments(chance: Chance, row: dict, *, on: date) -> list[datetime]:
    """When an event takes place: every evening of its first nights, or on dates drawn among its days and hours."""
    if nights := row.get("nightly"):
        return [moment(on + timedelta(days=night), row["at"][0]) for night in range(nights)]
    weekdays = {WEEKDAYS.index(day) for day in row["days"].split()}
    moments: set[datetime] = set()
    while len(moments) < row["dates"]:
        past = chance.yes(PAST_SHARE)
        days = -chance.randint(1, BEFORE.days) if past else int(chance.triangular(0, AFTER.days, 8))
        day = on + timedelta(days=days)
        if day.weekday() in weekdays:
            moments.add(moment(day, chance.choice(row["at"])))
    return sorted(moments)


def moment(day: date, hour: str) -> datetime:
    """`day` at "20:30", on the clocks of Paris."""
    return at_hour(day, *map(int, hour.split(":")))


def invent_performance(
    chance: Chance, row: dict, event: Event, starts_at: datetime, *, on: date
) -> Performance:
    """A date of an event, unsaved, all its seats free."""
    nightly = "nightly" in row
    # A date whose seats the venue hasn't given yet, as imports leave them.
    capacity = (
        0
        if not nightly and starts_at > at_hour(on + timedelta(days=40), 0) and chance.yes(0.1)
        else (chance.randint(*row["seats"]))
    )
    deadline = None
    if not nightly and chance.yes(0.2):
        deadline = at_hour(timezone.localtime(starts_at).date() - timedelta(days=1), 12)
    ends_at = starts_at + timedelta(minutes=event.duration_minutes) if event.duration_minutes else None
    return Performance(
        id=chance.uuid(),
        event=event,
        starts_at=starts_at,
        ends_at=ends_at,
        capacity=capacity,
        seats_left=capacity,
        booking_deadline=deadline,
    )


def trace(chance: Chance, at: datetime, house: House, verb: str, subject, **details) -> AuditEntry:
    """A line of the trail, unsaved, for what a venue's account did."""
    line = audit.entry(at=at, actor=house.team[0], verb=verb, subject=subject, **details)
    line.id = chance.uuid()
    return line
