"""What each home page shows: today's work first (D12). Only reads, a constant number of queries."""

from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings

from common.dates import local_day
from conventions.models import Agreement
from evaluations.services import attendance, sheets
from invitations.models import (
    LIVE_SEATS,
    WAITING_PEOPLE,
    Booking,
    ChangeNotice,
    Draw,
    GroupOuting,
    MaterialRequest,
    News,
    VenueDocument,
    WaitlistEntry,
)
from invitations.services.usage import people_out_often
from offers.models import Performance
from partners.models import User
from partners.services import terms_to_accept

SHOWN = 5
SOON = 3  # events that a worker's home shows under the day's work
LOOKED_THROUGH = 60  # of the next dates, to find as many different events


def of_worker(user: User, *, at: datetime) -> dict:
    """A worker's day: what to answer, what draws gave, what to print, who goes out soon, what keeps from booking."""
    today, often = local_day(at), people_out_often(user=user, at=at)
    coming = (
        Booking.objects.visible_to(user)
        .alone()
        .to_come(at=at)
        .with_outing()
        .select_related("participant")
        .with_seats()
        .order_by("performance__starts_at")
    )
    groups = GroupOuting.objects.visible_to(user).with_outing().with_named()
    to_tell = list(ChangeNotice.objects.visible_to(user).to_tell(at=at).with_outing())
    week = at + timedelta(days=settings.HOME_DAYS)
    unsaid, unsaid_week = attendance.waiting(structure=user.own_structure, at=at)
    return {
        "unsaid": unsaid,
        "unsaid_week": unsaid_week,
        "sheets_due": sheets.to_answer(structure=user.own_structure, at=at),
        "today": today,
        "terms": terms_to_accept(user=user, at=at),
        "may_book": not user.own_structure.is_suspended,
        "obstacle": Agreement.objects.obstacle_to_book(structure=user.own_structure, day=today, on=today),
        "to_sign": Agreement.objects.visible_to(user).awaiting_signature().first(),
        "news": News.objects.to_pass_on(user, on=today)[:SHOWN],
        "documents": VenueDocument.objects.visible_to(user)
        .filter(sent_at__gte=at - timedelta(days=settings.HOME_DAYS))
        .light()[:SHOWN],
        "to_tell": to_tell[:SHOWN],
        "to_tell_count": len(to_tell),
        "answers_due": WaitlistEntry.objects.visible_to(user)
        .awaiting_answer(at=at)
        .with_outing()
        .order_by("answer_by"),
        "drawn": Draw.objects.answered(user, since=at - timedelta(days=settings.HOME_DAYS), at=at),
        "names_due": groups.names_missing(at=at).order_by("names_by"),
        "groups_to_print": groups.to_print(at=at).order_by("performance__starts_at")[:SHOWN],
        "groups_this_week": groups.live().ahead(at=at).filter(performance__starts_at__lt=week),
        "to_print": coming.filter(printed_at=None)[:SHOWN],
        "to_print_count": coming.filter(printed_at=None).count(),
        "this_week": coming.filter(performance__starts_at__lt=week)[:SHOWN],
        "out_often": often[:SHOWN],
        "out_often_count": len(often),
        "offers": events_soon(SOON, at=at),
        "now": at,
    }


def of_venue(user: User, *, at: datetime) -> dict:
    """A venue's day: who comes today and tomorrow, who asks for a document, which dates still have no seats."""
    mine = Performance.objects.of(user).published().with_place().order_by("starts_at")
    tomorrow = local_day(at) + timedelta(days=1)
    return {
        "near": mine.filter(
            starts_at__date__gte=local_day(at), starts_at__date__lte=tomorrow, cancelled_at=None
        ).annotate(expected=LIVE_SEATS),
        "asked": MaterialRequest.objects.of(user).waiting(at=at)[:SHOWN],
        "wanted": mine.upcoming(at=at)
        .filter(parties_waiting__gt=0)
        .annotate(people=WAITING_PEOPLE)
        .order_by("starts_at")[:SHOWN],
        "seatless": mine.waiting_for_seats(at=at)[:SHOWN],
        "seatless_count": mine.waiting_for_seats(at=at).count(),
        "next": mine.upcoming(at=at).filter(capacity__gt=0, starts_at__date__gt=tomorrow)[:SHOWN],
    }


def of_visitor(*, at: datetime) -> dict:
    """What can be seen soon."""
    return {"offers": events_soon(SHOWN, at=at), "now": at}


def events_soon(count: int, *, at: datetime) -> list[Performance]:
    """The next bookable date of each of `count` events: one that plays every evening leaves room for others."""
    soonest: dict[UUID, Performance] = {}
    for performance in Performance.objects.bookable(at=at).as_tickets()[:LOOKED_THROUGH]:
        soonest.setdefault(performance.event_id, performance)
    return list(soonest.values())[:count]
