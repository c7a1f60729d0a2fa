"""Many dates changed at once: seats, deadlines, hours in one table; free seats taken back in one gesture (C1, C3)."""

from datetime import datetime
from typing import Any

from django.db import transaction

from common.errors import DomainError
from offers.models import Event, Performance
from offers.services.dates import move_performance, set_capacity
from offers.services.seats import lock, lock_event

OVER = "Cette séance est passée ou annulée : elle ne change plus."


@transaction.atomic
def revise_performance(
    *,
    performance: Performance,
    starts_at: datetime,
    ends_at: datetime | None,
    booking_deadline: datetime | None,
    capacity: int,
    by: Any,
    at: datetime,
) -> Performance:
    """Give a date its hours, deadline and seats anew, all of it or nothing.

    Raises DomainError for what can't be, as `add_performance` and `set_capacity` do; and for other hours or another
    deadline where somebody holds seats, waits for some, or asks for them by a draw: people count on what they read.
    """
    event = lock_event(performance.event)
    locked = lock(performance)
    if locked.starts_at <= at or locked.cancelled_at:
        raise DomainError(OVER, field="starts_at")
    if (starts_at, ends_at, booking_deadline) != (locked.starts_at, locked.ends_at, locked.booking_deadline):
        _refuse_awaited(locked)
        locked.event = event
        locked = move_performance(
            performance=locked,
            starts_at=starts_at,
            ends_at=ends_at,
            booking_deadline=booking_deadline,
            by=by,
            at=at,
        )
    return (
        locked
        if capacity == locked.capacity
        else set_capacity(performance=locked, capacity=capacity, by=by, at=at)
    )


def _refuse_awaited(performance: Performance) -> None:
    if performance.seats_taken:
        raise DomainError(
            f"Places déjà réservées pour cette séance : {performance.seats_taken}. Ici, seul le nombre de places "
            "change encore. Pour changer le jour ou l'heure, et prévenir, « Déplacer » est sur la page de l'événement.",
            field="starts_at",
        )
    if performance.parties_waiting or performance.draw_until:
        raise DomainError(
            "Des personnes attendent des places pour cette séance. Ici, seul le nombre de places change encore.",
            field="starts_at",
        )


@transaction.atomic
def withdraw_free_seats(*, performance: Performance, by: Any, at: datetime) -> int:
    """Take back the seats of a date that nobody holds; how many these were. What is booked stays.

    Raises DomainError where the date is over, no seat is free, or a draw is to share them.
    """
    locked = lock(performance)
    if locked.starts_at <= at or locked.cancelled_at:
        raise DomainError(OVER)
    if locked.draw_until and not locked.drawn_at:
        raise DomainError("Un tirage équitable partagera ces places : renoncez d'abord au tirage.")
    free = locked.seats_left
    if not free:
        raise DomainError("Aucune place n'est libre pour cette séance : il n'y a rien à reprendre.")
    set_capacity(performance=locked, capacity=locked.seats_taken, by=by, at=at)
    return free


@transaction.atomic
def withdraw_all_free_seats(*, event: Event, by: Any, at: datetime) -> int:
    """The same for every date to come of an event, those that a draw will share left aside."""
    lock_event(event)
    dates = event.performances.upcoming(at=at).with_seats().not_awaiting_draw()
    taken_back = 0
    for performance in dates.order_by("pk"):
        taken_back += withdraw_free_seats(performance=performance, by=by, at=at)
    if not taken_back:
        raise DomainError("Aucune place n'est libre pour cet événement : il n'y a rien à reprendre.")
    return taken_back
