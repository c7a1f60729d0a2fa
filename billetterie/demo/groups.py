"""A group outing of the demonstration's own structure: seats for twelve, some of its people still to be named."""

from datetime import date, timedelta

from django.conf import settings

from billetterie.demo.chance import Chance
from billetterie.demo.outings import Kind, Outings
from billetterie.demo.partners import House, at_hour
from invitations import emails
from invitations.models import Booking, GroupOuting
from invitations.services.groups import names_by
from offers.models import Performance

LABEL = "Atelier du jeudi"
SEATS, NAMED = 12, 5
EARLIEST, LATEST = timedelta(days=8), timedelta(days=25)


def load_group(*, chance: Chance, outings: Outings, house: House, on: date) -> None:
    """Book the group two days ago, and name its first people yesterday, into the season's rows."""
    booked_at, named_at = at_hour(on - timedelta(days=2), 14, 10), at_hour(on - timedelta(days=1), 11, 25)
    performance = _date_with_room(outings, house, on=on)
    until = names_by(performance=performance, at=booked_at)
    assert until
    group = GroupOuting(
        id=chance.uuid(),
        structure=house.partner,
        performance=performance,
        booked_by=house.team[0],
        key=chance.uuid(),
        label=LABEL,
        seats=SEATS,
        unnamed=SEATS,
        booked_at=booked_at,
        names_by=until,
        remind_at=until - timedelta(hours=settings.GROUP_REMINDER_HOURS),
    )
    performance.seats_left -= SEATS
    performance.seats_held += SEATS
    outings.rows.groups.append(group)
    outings.tell(emails.group_booked, group=group, rest=0, at=booked_at)
    outings.trace(booked_at, group.booked_by, "groupe réservé", group, places=SEATS, attendent=0)
    for _ in range(NAMED):
        person = outings.free_person(house, performance)
        assert person
        booking = Booking(
            id=chance.uuid(),
            structure=house.partner,
            performance=performance,
            participant=person,
            person_ref=person.person_ref,
            group=group,
            booked_by=group.booked_by,
            key=chance.uuid(),
            created_at=named_at,
        )
        outings.weeks[person.person_ref].append(performance.starts_at)
        outings.rows.bookings.append(booking)
        outings.rows.invitations.append(
            outings.paper(booking, Kind.PARTICIPANT, person.given_name, person.family_name, 0)
        )
        outings.trace(named_at, booking.booked_by, "réservé", booking, places=1)
    group.unnamed -= NAMED
    performance.seats_held -= NAMED
    outings.trace(named_at, group.booked_by, "noms du groupe donnés", group, places=NAMED)


def _date_with_room(outings: Outings, house: House, *, on: date) -> Performance:
    """The first date after next week that has seats enough, nobody waiting and no quota."""
    shared = {quota.event_id for quota in outings.rows.quotas}
    usual = (one.row for one in outings.dates if not one.kept)
    ahead = sorted(usual, key=lambda row: (row.starts_at, row.pk))
    return next(
        row
        for row in ahead
        if on + EARLIEST <= row.day <= on + LATEST
        and row.seats_left >= SEATS
        and not row.cancelled_at
        and not row.draw_until
        and not row.booking_deadline
        and row.event_id not in shared
        and house.may_book(on=on - timedelta(days=2), day=row.day)
    )
