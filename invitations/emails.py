"""What bookings say by mail, to the worker who booked, never with a participant's name (D4, C6)."""

from datetime import datetime

from django.conf import settings

from common import outbox
from common.models import OutboxMessage
from invitations.models import Booking, Invitation


def booking_made(*, booking: Booking, seats: int, at: datetime) -> OutboxMessage:
    """The booking stands, and where to print it."""
    return _to_booker(booking, f"booking-made {booking.pk}", "booking_made", at=at, seats=seats)


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


def _reader(booking: Booking) -> str:
    """Who reads for the structure: whoever booked, or where they left, the référent·e, else the structure itself."""
    booker, structure = booking.booked_by, booking.structure
    if booker.is_active and booker.structure_id == structure.pk:
        return booker.email
    lead = structure.users.leads().first()
    return lead.email if lead else structure.email or settings.PORTAL_CONTACT_EMAIL


def _to_booker(booking: Booking, effect: str, template: str, *, at: datetime, **context) -> OutboxMessage:
    return outbox.compose(
        effect=effect,
        recipient=_reader(booking),
        template=f"invitations/emails/{template}",
        context={"booking": booking, "performance": booking.performance, **context},
        at=at,
    )
