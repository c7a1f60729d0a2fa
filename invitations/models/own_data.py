"""Where somebody's name stands, for the day on which they ask (F3)."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from common.text import normalise
from invitations.models.bookings import Invitation
from invitations.models.draws import DrawGuest, DrawRequest
from invitations.models.people import Participant
from invitations.models.waiting import WaitlistEntry, WaitlistGuest
from offers.models import Performance

Row = Invitation | WaitlistGuest | DrawGuest

PLACES = ("invitation", "attente", "tirage")  # what names somebody beside the list, as addresses say it
COMES_ALONG = ~Q(kind=Invitation.Kind.PARTICIPANT)


@dataclass(frozen=True)
class Place:
    """One place beside the list where somebody is named: an invitation, or a party that waits or asked."""

    where: str  # one of PLACES
    row: Row

    @property
    def name(self) -> str:
        return self.row.full_name

    @property
    def key(self) -> str:
        """What a form calls it."""
        return f"{self.where} {self.row.pk}"

    @property
    def performance(self) -> Performance:
        match self.row:
            case Invitation():
                return self.row.performance
            case WaitlistGuest():
                return self.row.entry.performance
            case _:
                return self.row.request.draw.performance

    @property
    def role(self) -> str:
        """As what the person goes, in French."""
        if isinstance(self.row, DrawGuest):
            kinds = Invitation.Kind
            return str((kinds.COMPANION if self.row.companion_reason else kinds.GUEST).label)
        return self.row.get_kind_display()

    @property
    def state(self) -> str:
        """What became of it, in French."""
        match self.row:
            case Invitation():
                return self.row.get_status_display()
            case WaitlistGuest():
                return self.row.entry.get_state_display()
            case _:
                return self.row.request.get_outcome_display()

    @property
    def booker(self) -> Any:
        """The account that wrote it down."""
        match self.row:
            case Invitation():
                return self.row.booking.booked_by
            case WaitlistGuest():
                return self.row.entry.joined_by
            case _:
                return self.row.request.requested_by

    @property
    def parent(self) -> Any:
        """The booking, or the request, that it belongs to."""
        match self.row:
            case Invitation():
                return self.row.booking
            case WaitlistGuest():
                return self.row.entry
            case _:
                return self.row.request


def rows_of(where: str, structure: UUID) -> QuerySet:
    """What names people in one kind of place, for one structure: those who come along, and nobody of its list."""
    event = "performance__event__venue__commune"
    match where:
        case "invitation":
            papers = Invitation.objects.named().filter(COMES_ALONG, booking__structure=structure)
            return papers.select_related(event, "booking__booked_by")
        case "attente":
            waiting = WaitlistGuest.objects.filter(entry__structure=structure)
            return waiting.select_related(f"entry__{event}", "entry__joined_by")
    asking = DrawGuest.objects.filter(request__structure=structure)
    return asking.select_related(f"request__draw__{event}", "request__requested_by")


def places_of(structure: UUID) -> Iterator[Place]:
    """Everywhere beside the list where a structure's data names somebody. Three queries."""
    for where in PLACES:
        for row in rows_of(where, structure).order_by("pk").iterator(chunk_size=500):
            yield Place(where, row)


def places_named(structure: UUID, words: str) -> list[Place]:
    """The same where the name holds every word typed, in order of name, then of date."""
    found = [place for place in places_of(structure) if place.row.matches(words)] if words.strip() else []
    return sorted(found, key=lambda place: (place.row.sort_name, place.performance.starts_at, place.key))


def same_name(place: Place, *, structure: UUID) -> list[Place]:
    """Everywhere this very name stands in the structure's data, the soonest date first: perhaps one person, or two."""
    return _named(place.name, structure)


def places_of_name(person: Participant) -> list[Place]:
    """The same for the name of somebody of the list, who may come along with others as well."""
    return _named(person.full_name, person.structure_id)


def _named(name: str, structure: UUID) -> list[Place]:
    wanted = normalise(name)
    found = [other for other in places_of(structure) if normalise(other.name) == wanted]
    return sorted(found, key=lambda other: (other.performance.starts_at, other.key))


def waits_of(person: Participant) -> tuple[list[WaitlistEntry], list[DrawRequest]]:
    """The parties of somebody of the list that wait or waited, and what was asked of draws for them."""
    entries = WaitlistEntry.objects.filter(person_ref=person.person_ref).with_outing()
    requests = DrawRequest.objects.filter(person_ref=person.person_ref).with_outing()
    return (
        list(entries.select_related("joined_by").order_by("-performance__starts_at")),
        list(requests.select_related("requested_by").order_by("-draw__performance__starts_at")),
    )
