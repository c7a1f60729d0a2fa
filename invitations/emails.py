"""What bookings say by mail, to the worker who booked, never with a participant's name (D4, C6)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings

from common import outbox
from common.crypto import keyed_hash
from common.models import OutboxMessage
from invitations.models import (
    Booking,
    ChangeNotice,
    DrawRequest,
    GroupOuting,
    Invitation,
    MaterialRequest,
    SeatsCall,
    VenueDocument,
    WaitlistEntry,
)
from partners.models import Structure, User


def booking_made(*, booking: Booking, seats: int, at: datetime, drawn: bool = False) -> OutboxMessage:
    """The booking stands, and where to print it; with `drawn`, a fair draw gave the seats (D7)."""
    return _to_booker(booking, f"booking-made {booking.pk}", "booking_made", at=at, seats=seats, drawn=drawn)


def draw_without_seats(*, request: DrawRequest, at: datetime) -> OutboxMessage:
    """The draw of a scarce date gave this party no seats, and why (D7)."""
    return outbox.compose(
        effect=f"draw-without-seats {request.pk}",
        recipient=reader_of(request.requested_by, request.structure),
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


def dates_changed(*, reader: str, notices: Sequence[ChangeNotice], at: datetime) -> OutboxMessage:
    """What the venue or staff changed of the dates that somebody booked, in one mail, and what to tell people (C6)."""
    return _of_changes("dates-changed", reader, notices, at=at)


def still_to_tell(*, reader: str, notices: Sequence[ChangeNotice], at: datetime) -> OutboxMessage:
    """The day before: changes that nobody noted as told (C6)."""
    for notice in notices:
        notice.news = notice.differences
    return _of_changes("still-to-tell", reader, notices, at=at)


@dataclass
class News:
    """What changed of one date, for the parties of one reader that were told the same."""

    notice: ChangeNotice
    parties: int = 0

    @property
    def on_paper(self) -> bool:
        return self.notice.goes and any(one.on_paper for one in self.notice.news)


def _of_changes(what: str, reader: str, notices: Sequence[ChangeNotice], *, at: datetime) -> OutboxMessage:
    news: dict[tuple, News] = {}
    for notice in notices:
        alike = (notice.change_id, notice.goes, notice.told_at is None, *notice.news)
        news.setdefault(alike, News(notice)).parties += 1
    first = notices[0].change
    return outbox.compose(
        effect=f"{what} {first.pk} {keyed_hash(reader)[:12]}",
        recipient=reader,
        template=f"invitations/emails/{what.replace('-', '_')}",
        context={
            "news": list(news.values()),
            "change": first,
            "performance": first.performance,
            "dates": len({notice.change_id for notice in notices}),
            "parties": len(notices),
            "cancelled": all(notice.change.cancelled for notice in notices),
            "going": any(notice.goes for notice in notices),
        },
        at=at,
    )


def document_sent(*, document: VenueDocument, reader: str, at: datetime) -> OutboxMessage:
    """A venue sent a file to whoever booked its event (C8)."""
    return outbox.compose(
        effect=f"document-sent {document.pk} {keyed_hash(reader)[:12]}",
        recipient=reader,
        template="invitations/emails/document_sent",
        context={"document": document, "event": document.event},
        at=at,
    )


def material_asked(*, request: MaterialRequest, reader: User, at: datetime) -> OutboxMessage:
    """A structure asks the venue for something to prepare its outing with (C8)."""
    return outbox.compose(
        effect=f"material-asked {request.pk} {str(reader.pk)[:8]}",
        recipient=reader.email,
        template="invitations/emails/material_asked",
        context={"request": request, "event": request.event},
        at=at,
    )


def material_declined(*, request: MaterialRequest, at: datetime) -> OutboxMessage:
    """The venue has no document to send, and says so to whoever asked (C8)."""
    return outbox.compose(
        effect=f"material-declined {request.pk}",
        recipient=reader_of(request.asked_by, request.structure),
        template="invitations/emails/material_declined",
        context={"request": request, "event": request.event},
        at=at,
    )


def seats_offered(*, entry: WaitlistEntry, at: datetime) -> OutboxMessage:
    """Seats are held for a party that waited: answer before they go to the next (D5)."""
    return seats_offered_to([entry], at=at)[0]


def seats_offered_to(entries: Iterable[WaitlistEntry], *, at: datetime) -> list[OutboxMessage]:
    """As `seats_offered`, for parties that were offered seats of one date together; alike ones are rendered once."""
    letters: dict[tuple, outbox.Letter] = {}
    messages = []
    for entry in entries:
        kind = (entry.seats, entry.group_id is not None, entry.answer_by)
        if kind not in letters:
            shared = {
                "performance": entry.performance,
                "seats": entry.seats,
                "in_group": entry.group_id,
                "answer_by": entry.answer_by,
            }
            letters[kind] = outbox.Letter(
                template="invitations/emails/seats_offered", context=shared, blanks=["link", "entry"], at=at
            )
        messages.append(
            letters[kind].to(
                reader_of(entry.joined_by, entry.structure),
                effect=f"seats-offered {entry.pk}",
                link=settings.BASE_URL + entry.get_absolute_url(),
                entry=str(entry),
            )
        )
    return messages


def offer_expired(*, entry: WaitlistEntry, at: datetime) -> OutboxMessage:
    """Nobody answered in time: the seats have gone to the next party (D5)."""
    return _to_waiting(entry, f"offer-expired {entry.pk}", "offer_expired", at=at)


def line_closed(*, entry: WaitlistEntry, at: datetime) -> OutboxMessage:
    """No seat came free in time (D5)."""
    return _to_waiting(entry, f"line-closed {entry.pk}", "line_closed", at=at)


def group_booked(*, group: GroupOuting, rest: int, at: datetime) -> OutboxMessage:
    """A group's seats are booked, until when its people are named, and how many seats of it wait (D10)."""
    return _to_group(group, "group-booked", at=at, rest=rest)


def group_names_due(*, group: GroupOuting, at: datetime) -> OutboxMessage:
    """Some seats of a group have no name yet, and will soon go back (D10)."""
    return _to_group(group, "group-names-due", at=at)


def group_names_ended(*, group: GroupOuting, given_back: int, at: datetime) -> OutboxMessage:
    """The delay has passed: so many seats without a name went back (D10)."""
    return _to_group(group, "group-names-ended", at=at, given_back=given_back)


def group_cancelled(*, group: GroupOuting, at: datetime) -> OutboxMessage:
    """Somebody else cancelled a whole group (D10)."""
    return _to_group(group, "group-cancelled", at=at)


def people_wait(*, call: SeatsCall, reader: User, url: str, at: datetime) -> OutboxMessage:
    """A venue hears how many wait for a date, with the link that adds seats (D6)."""
    return outbox.compose(
        effect=f"people-wait {call.pk} {str(reader.pk)[:8]}",
        recipient=reader.email,
        template="invitations/emails/people_wait",
        context={"call": call, "performance": call.performance, "url": url},
        at=at,
    )


def reader_of(booker: User, structure: Structure) -> str:
    """Who reads for the structure: whoever booked, or where they left, the référent·e, else the structure itself."""
    if booker.is_active and booker.structure_id == structure.pk:
        return booker.email
    lead = structure.users.leads().first()
    return lead.email if lead else structure.email or settings.PORTAL_CONTACT_EMAIL


def _to_booker(booking: Booking, effect: str, template: str, *, at: datetime, **context) -> OutboxMessage:
    return outbox.compose(
        effect=effect,
        recipient=reader_of(booking.booked_by, booking.structure),
        template=f"invitations/emails/{template}",
        context={"booking": booking, "performance": booking.performance, **context},
        at=at,
    )


def _to_group(group: GroupOuting, what: str, *, at: datetime, **context) -> OutboxMessage:
    return outbox.compose(
        effect=f"{what} {group.pk}",
        recipient=reader_of(group.booked_by, group.structure),
        template=f"invitations/emails/{what.replace('-', '_')}",
        context={"group": group, "performance": group.performance, **context},
        at=at,
    )


def _to_waiting(entry: WaitlistEntry, effect: str, template: str, *, at: datetime) -> OutboxMessage:
    return outbox.compose(
        effect=effect,
        recipient=reader_of(entry.joined_by, entry.structure),
        template=f"invitations/emails/{template}",
        context={"entry": entry, "performance": entry.performance},
        at=at,
    )
