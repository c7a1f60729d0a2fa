"""Dates that a venue's file no longer holds: kept, taken off the offer or cancelled, as the venue says (C2, C6)."""

from collections.abc import Mapping
from datetime import datetime
from itertools import groupby
from uuid import UUID

from django.db import transaction
from django.db.models import TextChoices

from common.errors import DomainError
from invitations.services.booking import cancel_performance
from offers import services as offers
from offers.models import Event, Performance, ProgrammeImport
from partners.models import User


class Answer(TextChoices):
    """What becomes of the dates of one event."""

    KEEP = "keep", "Garder"
    WITHDRAW = "withdraw", "Ne plus proposer"
    CANCEL = "cancel", "Annuler"


def missing_dates(*, record: ProgrammeImport, at: datetime) -> list[tuple[Event, list[Performance]]]:
    """The dates to come that the file no longer held, by event, soonest first."""
    dates = Performance.objects.filter(pk__in=record.missing, event__venue=record.venue_id).upcoming(at=at)
    listed = sorted(
        dates.select_related("event"), key=lambda date: (date.event.title, date.event_id, date.starts_at)
    )
    events = [(event, list(group)) for event, group in groupby(listed, key=lambda date: date.event)]
    return sorted(events, key=lambda entry: entry[1][0].starts_at)


def settle(*, record: ProgrammeImport, answers: Mapping[UUID, str], by: User, at: datetime) -> dict[str, int]:
    """Do with each event's missing dates what `answers` says; an event without an answer is kept.

    Returns how many dates were kept, withdrawn and cancelled, and how many bookings were told. Each date is a
    transaction of its own: what is done before a failure stays done, and the rest is asked again.
    """
    done = {"keep": 0, "withdraw": 0, "cancel": 0, "told": 0}
    for event, dates in missing_dates(record=record, at=at):
        answer = answers.get(event.pk, Answer.KEEP)
        done[answer] += len(dates)
        for date in dates:
            if answer == Answer.CANCEL:
                done["told"] += cancel_performance(performance=date, by=by, at=at)
            elif answer == Answer.WITHDRAW:
                _take_off(performance=date, by=by, at=at)
        if answer == Answer.WITHDRAW:
            _withdraw_empty(event=event, by=by, at=at)
    ProgrammeImport.objects.filter(pk=record.pk).update(missing=[])
    return done


@transaction.atomic
def _take_off(*, performance: Performance, by: User, at: datetime) -> None:
    """Take back the seats that are free; those who booked keep theirs."""
    locked = offers.lock(performance)
    if locked.seats_left and not locked.cancelled_at and locked.starts_at > at:
        offers.set_capacity(performance=locked, capacity=locked.seats_taken, by=by, at=at)


def _withdraw_empty(*, event: Event, by: User, at: datetime) -> None:
    """Withdraw an event of which no date to come has seats any more."""
    if event.is_published and not event.performances.upcoming(at=at).filter(capacity__gt=0).exists():
        try:
            offers.withdraw_event(event=event, by=by, at=at)
        except DomainError:  # somebody gave seats and booked meanwhile: it stays
            return
