"""Demand reaches the venue: who waits for its dates, and one click that gives more seats (D6)."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.core import signing
from django.db import transaction
from django.db.models import Exists, F, Max, OuterRef, Q, Sum
from django.urls import reverse
from django.utils import timezone

from common import audit, outbox
from common.dates import local_day
from common.errors import DomainError
from invitations import emails
from invitations.models import SeatsCall, WaitlistEntry
from invitations.services import promotion
from offers import services as offers
from offers.models import Event, Performance, Quota
from partners.models import User

SALT = "seats call"  # a link signed for anything else opens nothing here
VENUE_LINK = "lien reçu par le lieu"  # who acts, in the trail


def demand(performance: Performance) -> int:
    """How many people wait for a date, offered seats aside."""
    waiting = WaitlistEntry.objects.waiting().filter(performance=performance)
    return waiting.aggregate(people=Sum("seats", default=0))["people"]


def parties(performance: Performance) -> list[int]:
    """How many people each party that waits for a date counts, first come first."""
    waiting = WaitlistEntry.objects.waiting().filter(performance=performance)
    return list(waiting.order_by("line").values_list("seats", flat=True))


@transaction.atomic
def give_seats(*, event: Event, capacity: int, by: Any, at: datetime) -> int:
    """As `offers.give_seats`; parties that wait for one of these dates are offered seats at once (C3, D5)."""
    given = offers.give_seats(event=event, capacity=capacity, by=by, at=at)
    tend_event(event, at=at)
    return given


@transaction.atomic
def publish_again(*, event: Event, by: Any, at: datetime) -> Event:
    """As `offers.publish_again`; parties that still wait for one of its dates are offered seats at once (D5)."""
    published = offers.publish_again(event=event, by=by, at=at)
    tend_event(event, at=at)
    return published


@transaction.atomic
def change_seats(*, performance: Performance, capacity: int, by: Any, at: datetime) -> Performance:
    """Give more seats for a date, or fewer; what is new goes to the waiting list first, at once (C3, D5).

    Raises DomainError as `offers.set_capacity` does.
    """
    held = offers.set_capacity(performance=performance, capacity=capacity, by=by, at=at)
    promotion.pass_on(performance=held, at=at)
    return held


@transaction.atomic
def revise_date(*, performance: Performance, by: Any, at: datetime, **about: Any) -> Performance:
    """As `offers.revise_performance`; seats that are new go to the waiting list first, at once (C1, D5)."""
    held = offers.revise_performance(performance=performance, by=by, at=at, **about)
    promotion.pass_on(performance=held, at=at)
    return held


@transaction.atomic
def share_seats(
    *, performance: Performance, capacity: int, seats: int | None, by: Any, at: datetime
) -> Performance:
    """As `change_seats`, and let every structure take at most `seats` of them; as many as it likes with None (C3)."""
    wanted = Quota(venue_id=performance.event.venue_id, performance=performance, seats=seats or 0)
    if seats:
        offers.set_quota(quota=wanted, by=by, at=at)
    else:
        for quota in Quota.objects.open().like(wanted):
            offers.lift_quota(quota=quota, by=by, at=at)
    return change_seats(performance=performance, capacity=capacity, by=by, at=at)


@transaction.atomic
def change_quota(*, quota: Quota, by: Any, at: datetime) -> Quota:
    """Set a quota; parties that a larger one lets in are offered seats at once (C3, D5)."""
    kept = offers.set_quota(quota=quota, by=by, at=at)
    tend_all(quota, at=at)
    return kept


@transaction.atomic
def lift_quota(*, quota: Quota, by: Any, at: datetime) -> None:
    """Take a quota away; parties that it kept out are offered seats at once (C3, D5)."""
    offers.lift_quota(quota=quota, by=by, at=at)
    tend_all(quota, at=at)


def tend_all(quota: Quota, *, at: datetime) -> None:
    """Serve the lines of the dates that a quota counts."""
    _tend_waiting(quota.counted(), at=at)


def tend_event(event: Event, *, at: datetime) -> None:
    """Serve the lines of an event's dates."""
    _tend_waiting(Q(event=event), at=at)


def _tend_waiting(dates: Q, *, at: datetime) -> None:
    """Serve the lines that free seats wait for, of so many of these dates."""
    waiting = Performance.objects.filter(dates, parties_waiting__gt=0, seats_left__gt=0)
    for performance in waiting.upcoming(at=at).order_by("pk"):
        promotion.tend(performance=performance, at=at)


# --- The venue's mail --------------------------------------------------------------------------------


def call_venues(*, at: datetime) -> int:
    """Tell each venue, at most once a day and date, how many wait, where somebody new does; returns the calls made."""
    if timezone.localtime(at).hour < settings.WAITLIST_DEMAND_HOUR:
        return 0
    today = local_day(at)
    told = SeatsCall.objects.filter(performance=OuterRef("pk"))
    dates = (
        Performance.objects.upcoming(at=at)
        .filter(Q(booking_deadline=None) | Q(booking_deadline__gt=at), parties_waiting__gt=0)
        .filter(event__state=Event.State.PUBLISHED, event__venue__suspended_at=None)
        .exclude(Exists(told.filter(sent_on=today)))
        .annotate(last=Max("seats_calls__sent_at"), newest=Max("waitlist__joined_at"))
        .filter(Q(last=None) | Q(newest__gt=F("last")))
        .select_related("event__venue")
    )
    return sum(_call(performance, at=at) for performance in dates)


@transaction.atomic
def _call(performance: Performance, *, at: datetime) -> bool:
    readers = User.objects.filter(venue=performance.event.venue_id, is_active=True)
    people = demand(performance)
    if not people or not readers:
        return False
    call, fresh = SeatsCall.objects.get_or_create(
        performance=performance, sent_on=local_day(at), defaults={"sent_at": at, "people": people}
    )
    if fresh:
        outbox.post(*(emails.people_wait(call=call, reader=one, url=link(call), at=at) for one in readers))
    return fresh


def link(call: SeatsCall) -> str:
    """The signed address that the venue's mail holds. It opens the page of one call, and nothing else."""
    return settings.BASE_URL + reverse("invitations:seats_call", args=[signing.dumps(call.pk.hex, salt=SALT)])


def find_call(signed: str) -> SeatsCall | None:
    """The call that an address was signed for, or None for an address that nobody signed."""
    try:
        pk = signing.loads(signed, salt=SALT)
    except signing.BadSignature:
        return None
    return SeatsCall.objects.filter(pk=pk).select_related("performance__event__venue__commune").first()


@transaction.atomic
def add_seats(*, call: SeatsCall, seats: int, at: datetime) -> Performance:
    """Add seats to the date of a call, once; they go to the waiting list at once (D6).

    Raises DomainError where the call was answered already, and as `offers.set_capacity` does.
    """
    if seats < 1:
        raise DomainError("Donnez au moins une place.", field="seats")
    held = offers.lock(call.performance)
    if not SeatsCall.objects.filter(pk=call.pk, used_at=None).update(used_at=at, added=seats):
        raise DomainError("Ces places sont déjà ajoutées, merci : ce lien ne sert qu'une fois.")
    audit.record(at=at, actor=VENUE_LINK, verb="places ajoutées", subject=held, places=seats)
    return change_seats(performance=held, capacity=held.capacity + seats, by=VENUE_LINK, at=at)
