"""What venues do with their events as a whole: publish, change, withdraw (C1)."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from common import audit
from common.errors import DomainError
from offers.followers import dates_changed
from offers.models import Event, Performance
from offers.services.dates import add_performances
from offers.services.seats import lock_event
from offers.services.standing import refuse_suspended, venue_of
from partners.models import User, Venue

# What a venue says of an event, with what follows from it: a form never writes the state that it was opened in.
SAID = [
    column.name
    for column in Event._meta.concrete_fields
    if column.editable and not column.primary_key and column.name not in ("venue", "state")
]
WRITTEN = [*SAID, "city", "search_text"]


@transaction.atomic
def publish_event(*, event: Event, performances: Iterable[Performance], by: User, at: datetime) -> Event:
    """Save a new event with its dates (C1).

    Raises RefusedDates, having saved nothing, when some can't be, and DomainError while the venue is suspended.
    """
    if not event.venue_id:
        event.venue = venue_of(by)
    refuse_suspended(event.venue)
    event.prepare_search()
    event.save()
    audit.record(at=at, actor=by, verb="événement publié", subject=event)
    add_performances(event=event, performances=performances, by=by, at=at)
    return event


@transaction.atomic
def update_event(*, event: Event, by: User, at: datetime) -> Event:
    """Save what was changed in an event, apart from its venue and state; who booked is told of what matters (C6)."""
    event.prepare_search()
    event.save(update_fields=WRITTEN)
    audit.record(at=at, actor=by, verb="événement modifié", subject=event)
    dates_changed(dates=Q(event=event), by=by, at=at)
    return event


@transaction.atomic
def withdraw_event(*, event: Event, by: User, at: datetime) -> Event:
    """Take an event out of the catalogue. Raises DomainError while somebody holds seats for a date to come.

    Its dates are held meanwhile: whoever books one of them waits, and then sees that the event is gone.
    """
    lock_event(event)
    dates = event.performances.upcoming(at=at).order_by("pk").select_for_update(no_key=True)
    taken = sum(date.seats_taken for date in dates)
    if taken:
        raise DomainError(
            f"Places réservées pour des dates à venir : {taken}. Annulez d'abord ces séances : "
            "les personnes seront prévenues."
        )
    Event.objects.filter(pk=event.pk).update(state=Event.State.WITHDRAWN)
    audit.record(at=at, actor=by, verb="événement retiré", subject=event)
    return event


@transaction.atomic
def publish_again(*, event: Event, by: User, at: datetime) -> Event:
    """Put a draft or a withdrawn event on offer, with the dates it has; one that is on offer stays as it is.

    Raises DomainError while the venue is suspended.
    """
    refuse_suspended(event.venue)
    locked = lock_event(event)
    if locked.state != Event.State.PUBLISHED:
        locked.state = Event.State.PUBLISHED
        locked.save(update_fields=["state"])
        audit.record(at=at, actor=by, verb="événement publié", subject=locked)
    return locked


def follow_venue(venue: Venue) -> None:
    """Where a venue's name, commune or address changed, let the catalogue find it (C4), and who booked know (C6)."""
    events = list(Event.objects.filter(venue=venue).select_related("venue__commune"))
    for event in events:
        event.prepare_search()
    Event.objects.bulk_update(events, ["city", "search_text"], batch_size=200)
    dates_changed(dates=Q(event__venue=venue), by=audit.SYSTEM, at=timezone.now())
