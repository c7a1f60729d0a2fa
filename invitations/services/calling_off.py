"""A venue or staff call a whole event off: every date to come at once (C6)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from common import audit
from common.errors import DomainError
from invitations.models import Booking, DrawRequest, GroupOuting, WaitlistEntry
from invitations.services import booking, changes
from offers import services as offers
from offers.models import Event


@dataclass(frozen=True)
class Stops:
    """What ends with an event: dates to come, the seats taken there, the parties that must be told."""

    dates: int
    seats: int
    going: int
    waiting: int


def what_stops(*, event: Event, at: datetime) -> Stops:
    """What cancelling an event would end."""
    dates = list(event.performances.upcoming(at=at))
    going = Booking.objects.live().alone().filter(performance__in=dates).count()
    going += GroupOuting.objects.live().filter(performance__in=dates).count()
    waiting = WaitlistEntry.objects.live().filter(performance__in=dates, group=None).count()
    asking = DrawRequest.objects.filter(outcome=DrawRequest.Outcome.WAITING, draw__performance__in=dates)
    seats = sum(date.seats_taken for date in dates)
    return Stops(dates=len(dates), seats=seats, going=going, waiting=waiting + asking.count())


@transaction.atomic
def cancel_event(*, event: Event, by: Any, at: datetime, word: str = "") -> int:
    """Cancel every date to come of an event and take it off the offer; returns how many parties are told.

    One mail for each who booked, waited or asked, whatever and however often; `word` is what the venue says about it
    to people. Raises DomainError where no date is to come.
    """
    offers.lock_event(event)
    dates = list(event.performances.upcoming(at=at).order_by("pk").select_for_update(no_key=True))
    if not dates:
        raise DomainError("Cet événement n'a plus de date à venir : il n'y a rien à annuler.")
    notices = [
        notice for date in dates for notice in booking.call_off(performance=date, by=by, at=at, word=word)
    ]
    changes.post(notices=notices, at=at)
    offers.withdraw_event(event=event, by=by, at=at)
    audit.record(at=at, actor=by, verb="événement annulé", subject=event, séances=len(dates))
    return len(notices)
