"""What bookings say by mail, to the worker who booked, never with a participant's name (D4, C6)."""

from datetime import datetime

from django.conf import settings

from common import outbox
from common.models import OutboxMessage
from invitations.models import Booking, DrawRequest, Invitation
from partners.models import Structure, User


def booking_made(*, booking: Booking, seats: int, at: datetime, drawn: bool = False) -> OutboxMessage:
    """The booking stands, and where to print it; with `drawn`, a fair draw gave the seats (D7)."""
    return _to_booker(booking, f"booking-made {booking.pk}", "booking_made", at=at, seats=seats, drawn=drawn)


def draw_without_seats(*, request: DrawRequest, at: datetime) -> OutboxMessage:
    """The draw of a scarce date gave this party no seats, and why (D7)."""
    return outbox.compose(
        effect=f"draw-without-seats {request.pk}",
        recipient=_reader(request.requested_by, request.structure),
        template="invitations/emails/draw_without_seats",
        context={"request": request, "performance": request.draw.performance},
        at=at,
    )


def booking_cancelled(*, booking: Booking, at: datetime) -> OutboxMessage:
    """Somebody else cancelled it: the person at the link on the paper, the venue or staff."""
    return _to_booker(booking, f"booking-cancelled {booking.pk}", "booking_cancelled", at=at)


def invitation_cancelled(*, invitation: Invitation, at: datetime) -> OutboxMessage:
    """Somebody else cancelled one guest's invitation."""
    return _to_booker(
        invitation.booking, f"invitation-cancelled {invitation.pk}", "invitation_cancelled", at=at
    )


def performance_cancelled(*, booking: Booking, at: datetime) -> OutboxMessage:
    """The venue cancelled the date: the person must be told."""
    return _to_booker(booking, f"performance-cancelled {booking.pk}", "performance_cancelled", at=at)


def _reader(booker: User, structure: Structure) -> str:
    """Who reads for the structure: whoever booked, or where they left, the référent·e, else the structure itself."""
    if booker.is_active and booker.structure_id == structure.pk:
        return booker.email
    lead = structure.users.leads().first()
    return lead.email if lead else structure.email or settings.PORTAL_CONTACT_EMAIL


def _to_booker(booking: Booking, effect: str, template: str, *, at: datetime, **context) -> OutboxMessage:
    return outbox.compose(
        effect=effect,
        recipient=_reader(booking.booked_by, booking.structure),
        template=f"invitations/emails/{template}",
        context={"booking": booking, "performance": booking.performance, **context},
        at=at,
    )
