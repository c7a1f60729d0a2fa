"""What venues do with the dates of an event, and with the seats that they give for each (C1, C3)."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from common import audit
from common.dates import local_day
from common.errors import DomainError
from offers.followers import dates_changed
from offers.models import Event, Performance
from offers.services.seats import lock, lock_event
from offers.services.standing import refuse_suspended
from partners.models import User
from partners.seasons import Season


def _refuse_impossible(performance: Performance, *, at: datetime) -> None:
    if performance.starts_at <= at:
        raise DomainError("Cette date est déjà passée : choisissez une date à venir.", field="starts_at")
    _refuse_seats(performance.capacity)
    if performance.ends_at and performance.ends_at <= performance.starts_at:
        raise DomainError("La fin vient avant le début : vérifiez les heures.", field="ends_at")
    if performance.booking_deadline and performance.booking_deadline > performance.starts_at:
        raise DomainError(
            "La date limite vient après la séance : choisissez un jour avant, ou laissez vide.",
            field="booking_deadline",
        )
    if performance.booking_deadline and performance.booking_deadline <= at:
        raise DomainError(
            "La date limite est déjà passée : personne ne pourrait réserver. Choisissez un jour à venir.",
            field="booking_deadline",
        )


def _refuse_seats(capacity: int) -> None:
    if not 0 <= capacity <= settings.SEATS_MAX:
        raise DomainError(f"Donnez entre 0 et {settings.SEATS_MAX} places.", field="capacity")


def _refuse_double(performance: Performance) -> None:
    twins = Performance.objects.filter(event=performance.event, starts_at=performance.starts_at)
    if twins.exclude(pk=performance.pk).exists():
        raise DomainError(
            f"Il y a déjà une séance le {timezone.localtime(performance.starts_at):%d/%m/%Y à %H:%M}.",
            field="starts_at",
        )


@transaction.atomic
def add_performance(*, performance: Performance, by: User, at: datetime) -> Performance:
    """Save one more date of an event, all its seats free.

    Raises DomainError for a date that can't be, and while the venue is suspended.
    """
    refuse_suspended(performance.event.venue)
    _refuse_impossible(performance, at=at)
    performance.seats_left = performance.capacity
    lock_event(performance.event)  # sent twice at once, the second waits, and hears that the date is there
    _refuse_double(performance)
    performance.save(force_insert=True)
    audit.record(at=at, actor=by, verb="séance ajoutée", subject=performance, places=performance.capacity)
    return performance


class RefusedDates(DomainError):
    """Some dates of an event can't be: `refusals` has each one's refusal, by its rank among the dates."""

    def __init__(self, refusals: dict[int, DomainError]) -> None:
        super().__init__(next(iter(refusals.values())).sentence)
        self.refusals = refusals


@transaction.atomic
def add_performances(*, event: Event, performances: Iterable[Performance], by: User, at: datetime) -> None:
    """Save more dates of an event, all or none. Raises RefusedDates where some can't be."""
    refusals = {}
    for rank, performance in enumerate(performances):
        performance.event = event
        try:
            add_performance(performance=performance, by=by, at=at)
        except DomainError as refusal:
            refusals[rank] = refusal
    if refusals:
        raise RefusedDates(refusals)


@transaction.atomic
def move_performance(
    *,
    performance: Performance,
    starts_at: datetime,
    ends_at: datetime | None = None,
    booking_deadline: datetime | None = None,
    by: Any,
    at: datetime,
    word: str = "",
) -> Performance:
    """Give a date another day, hour or deadline; seats and those who booked stay, and are told (C1, C6).

    `word` is what the venue says about it to people. Raises DomainError for what can't be, and nothing changes then.
    """
    event = lock_event(performance.event)
    locked = lock(performance)
    if locked.cancelled_at or locked.starts_at <= at:
        raise DomainError("Cette séance est passée ou annulée : elle ne se déplace plus.", field="starts_at")
    was = locked.starts_at
    locked.starts_at, locked.ends_at, locked.booking_deadline = starts_at, ends_at, booking_deadline
    _refuse_impossible(locked, at=at)
    _refuse_double(locked)
    if starts_at != was:
        _refuse_far(locked, was=was)
        locked.moved_at = at
    locked.save(update_fields=["starts_at", "ends_at", "booking_deadline", "moved_at"])
    audit.record(
        at=at,
        actor=by,
        verb="séance déplacée",
        subject=locked,
        avant=was.isoformat(),
        après=starts_at.isoformat(),
    )
    dates_changed(dates=Q(pk=locked.pk, event=event), by=by, at=at, word=word)
    return locked


def _refuse_far(performance: Performance, *, was: datetime) -> None:
    """Agreements are a season's, and a draw is announced with its day: neither can be moved out from under people."""
    if (
        performance.draw_until
        and not performance.drawn_at
        and performance.closes_at <= performance.draw_until
    ):
        raise DomainError(
            "Un tirage équitable est ouvert pour cette séance : choisissez une date après la fin des demandes.",
            field="starts_at",
        )
    held = performance.seats_taken or performance.parties_waiting or performance.draw_until
    if held and Season.of(performance.day) != Season.of(local_day(was)):
        raise DomainError(
            "Cette date passerait dans une autre saison, que les conventions des structures ne couvrent peut-être "
            "pas. Annulez cette séance – les personnes seront prévenues – et ajoutez la nouvelle date.",
            field="starts_at",
        )


@transaction.atomic
def set_capacity(*, performance: Performance, capacity: int, by: Any, at: datetime) -> Performance:
    """Give more seats, or withdraw some that nobody has booked (C1, C3).

    Raises DomainError, with the number booked, for fewer seats than are taken; nothing changes then.
    """
    _refuse_seats(capacity)
    locked = lock(performance)
    if locked.starts_at <= at or locked.cancelled_at:
        raise DomainError(
            "Cette séance est passée ou annulée : ses places ne changent plus.", field="capacity"
        )
    if capacity < locked.seats_taken:
        raise DomainError(
            f"Places déjà réservées pour cette séance : {locked.seats_taken}. Vous pouvez descendre jusqu'à "
            f"{locked.seats_taken}. Rien n'a été changé.",
            field="capacity",
        )
    was = locked.capacity
    locked.seats_left += capacity - was
    locked.capacity = capacity
    locked.save(update_fields=["capacity", "seats_left"])
    audit.record(at=at, actor=by, verb="places changées", subject=locked, avant=was, après=capacity)
    return locked


@transaction.atomic
def give_seats(*, event: Event, capacity: int, by: User, at: datetime) -> int:
    """Give `capacity` seats to each date to come of `event` that has none yet (C3); how many dates that were.

    Raises DomainError where the number can't be, or no date waits for seats.
    """
    _refuse_seats(capacity)
    if capacity == 0:
        raise DomainError("Donnez au moins une place.", field="capacity")
    lock_event(event)
    given = event.performances.upcoming(at=at).seatless().update(capacity=capacity, seats_left=capacity)
    if not given:
        raise DomainError("Toutes les dates à venir ont déjà des places.", field="capacity")
    audit.record(at=at, actor=by, verb="places données", subject=event, dates=given, places=capacity)
    return given
