"""The taking and giving back of seats (D3, D5, D7, D10), and who holds which row meanwhile.

Seats move by one guarded UPDATE, with a database constraint as the second net, on both databases. Whoever
frees seats or changes a date takes its row first (`lock`): always structure, then event, then date, then
booking, then invitations, then venue, so that two of them never wait for each other.
"""

from datetime import datetime

from django.db.models import F, Q, QuerySet

from common.compiled import compiled
from offers.models import Event, Performance
from partners.models import Venue


def _open_row(performance: Performance, *, at: datetime):
    """The date's row, while it can be booked, and no draw is to come (D7). Only its own columns stand in the
    condition, so that PostgreSQL checks it anew after waiting for another booking of the same date."""
    return Performance.objects.not_awaiting_draw().filter(
        Q(booking_deadline=None) | Q(booking_deadline__gt=at),
        pk=performance.pk,
        cancelled_at=None,
        starts_at__gt=at,
    )


def take_seats(
    *, performance: Performance, seats: int, at: datetime, past_queue: bool = False, unnamed: bool = False
) -> bool:
    """Take `seats` seats of a date open at `at`, all or none; whether they were taken (D3, D7).

    With `unnamed` they are held until people are named for them (D10).

    While parties wait for the date nobody takes seats, but with `past_queue`: whoever says so holds the date and
    has seen that the seats fit nobody who waits (D5).
    """
    free = _open_row(performance, at=at).filter(seats_left__gte=seats)
    if not past_queue:
        free = free.filter(parties_waiting=0)
    held = {"seats_held": F("seats_held") + seats} if unnamed else {}
    return bool(free.update(seats_left=F("seats_left") - seats, **held))


def hold_seats(*, performance: Performance, seats: int, parties: int, at: datetime) -> bool:
    """Hold `seats` of a date's free seats for `parties` that leave the line; whether they were held, all or none.

    Nothing is held once the date can't be booked any more (D5).
    """
    free = _open_row(performance, at=at).filter(seats_left__gte=seats, parties_waiting__gte=parties)
    return bool(
        free.update(
            seats_left=F("seats_left") - seats,
            seats_held=F("seats_held") + seats,
            parties_waiting=F("parties_waiting") - parties,
        )
    )


def use_held_seats(*, performance: Performance, seats: int, at: datetime) -> bool:
    """Book `seats` seats that were held, while the date can be booked; whether it was done (D5, D10)."""
    held = _open_row(performance, at=at).filter(seats_held__gte=seats)
    return bool(held.update(seats_held=F("seats_held") - seats))


def keep_held(*, performance: Performance, seats: int) -> None:
    """Hold seats that somebody of a group leaves, for somebody else of the group (D10)."""
    Performance.objects.filter(pk=performance.pk).update(seats_held=F("seats_held") + seats)


def let_go(*, performance: Performance, seats: int) -> None:
    """Free held seats that nobody took (D5, D10)."""
    Performance.objects.filter(pk=performance.pk).update(
        seats_left=F("seats_left") + seats, seats_held=F("seats_held") - seats
    )


def count_waiting(*, performance: Performance, parties: int) -> None:
    """Count so many parties more that wait for a date; fewer with a negative number (D5)."""
    Performance.objects.filter(pk=performance.pk).update(parties_waiting=F("parties_waiting") + parties)


def lock(performance: Performance) -> Performance:
    """The date's row, with its event and venue, held until the end of the transaction.

    SQLite holds the whole file by itself.
    """
    rows = Performance.objects.select_related("event__venue").select_for_update(no_key=True, of=("self",))
    return rows.get(pk=performance.pk)


@compiled(performance=Performance._meta.pk)
def _held_venue(*, performance) -> QuerySet[Venue]:
    offered = Venue.objects.filter(
        events__performances=performance, events__state=Event.State.PUBLISHED, suspended_at=None
    )
    return offered.only("pk").select_for_update(of=("self",), no_key=True)


def hold_offer(performance: Performance) -> bool:
    """Whether the date's event is still on offer, its venue's row held until the end of the transaction.

    Whoever withdraws the event holds its dates meanwhile, and whoever suspends the venue holds the venue: what is
    seen here, after taking the date's row, is final. It is the last lock of all.
    """
    return bool(_held_venue(performance=performance.pk))


def lock_event(event: Event) -> Event:
    """The event's row, held like a date's: what is done to its dates as a whole is done one after the other."""
    return Event.objects.select_for_update(no_key=True).get(pk=event.pk)


def keep_for_draw(*, performance: Performance, until: datetime | None) -> None:
    """Keep a date from being booked until it is drawn (D7), requests being made up to `until`; None lets go of it."""
    Performance.objects.filter(pk=performance.pk).update(draw_until=until)


def open_after_draw(*, performance: Performance, at: datetime) -> None:
    """Let a date that was drawn at `at` be booked: by the winners, then by anybody (D7)."""
    Performance.objects.filter(pk=performance.pk).update(drawn_at=at)


def give_back_seats(*, performance: Performance, seats: int) -> None:
    """Put freed seats back."""
    Performance.objects.filter(pk=performance.pk).update(seats_left=F("seats_left") + seats)
