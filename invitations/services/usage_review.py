"""The review of every night (D8): what stands out becomes an alert for staff, once.

Each part looks back from its day over a sliding time, so that a night that was missed is caught up by the next
turn, and writes only what isn't written: run twice it does nothing twice.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import NamedTuple
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Count, Exists, Min, OuterRef, Q

from common import audit
from common.dates import local_day, start_of
from invitations.models import Booking, Invitation, UsageAlert, UsageNote, UsageReview
from invitations.use import Network, Period, Seats, Use, busiest_week, is_heavy, is_unused
from partners.models import Structure

Kind, Status = UsageAlert.Kind, Invitation.Status
FOLLOWS = [
    "since",
    "count",
    "seats",
    "usual",
    "median",
]  # what an open alert of a structure takes over each night
BACK_TO_USUAL = "De retour à l'ordinaire, sans que personne ait eu à appeler."


# --- People's weeks ----------------------------------------------------------------------------------


class Week(NamedTuple):
    """A person's busiest week: the first of its outings, and how many there are."""

    structure_id: UUID
    person_ref: UUID
    first: datetime
    outings: int


@transaction.atomic
def review_weeks(*, at: datetime) -> int:
    """Note for staff each person with more outings in a week than foreseen; returns the alerts written.

    One alert speaks of a person's week and of those that overlap it: while it is open it follows what is booked and
    cancelled, and is closed by itself where the outings are no longer there.
    """
    since = local_day(at) - timedelta(days=settings.USAGE_ALERT_DAYS)
    known = defaultdict(list)
    lately = Q(since__gt=since - timedelta(days=settings.USAGE_ALERT_DAYS))
    for alert in UsageAlert.objects.of_people().filter(lately):
        known[alert.structure_id, alert.person_ref].append(alert)
    fresh, changed = [], []
    for week in _busy_weeks(since=at - timedelta(days=settings.USAGE_ALERT_DAYS)):
        first = local_day(week.first)
        alert = _overlapping(known[week.structure_id, week.person_ref], first)
        if alert is None:
            fresh.append(
                UsageAlert(
                    structure_id=week.structure_id,
                    person_ref=week.person_ref,
                    since=first,
                    days=settings.USAGE_ALERT_DAYS,
                    count=week.outings,
                    seen_at=at,
                )
            )
        elif alert.closed_at is None and week.outings > alert.count:
            alert.since, alert.count = first, week.outings
            changed.append(alert)
    UsageAlert.objects.bulk_create(fresh, ignore_conflicts=True)
    UsageAlert.objects.bulk_update(changed, ["since", "count"])
    _close(_weeks_undone(), at=at)
    return len(fresh)


def _overlapping(alerts: list[UsageAlert], first: date) -> UsageAlert | None:
    """The alert of a week that shares a day with the one that begins on the day `first`."""
    return next(
        (alert for alert in alerts if abs((alert.since - first).days) < settings.USAGE_ALERT_DAYS), None
    )


def _busy_weeks(*, since: datetime) -> Iterator[Week]:
    """Each person's busiest week from `since` on that passes the limit; one person in memory at a time."""
    rows = (
        Booking.objects.live()
        .filter(performance__starts_at__gte=since)
        .order_by("person_ref", "structure_id", "performance__starts_at")
        .values_list("structure_id", "person_ref", "performance__starts_at")
    )
    for (structure_id, person_ref), theirs in groupby(rows.iterator(), key=lambda row: row[:2]):
        outings, first = busiest_week(moment for *_, moment in theirs)
        if first is not None and outings > settings.USAGE_ALERT_OUTINGS:
            yield Week(structure_id, person_ref, first, outings)


def _weeks_undone() -> list[UsageAlert]:
    """New alerts whose outings were cancelled since, so that the week is a usual one again."""
    alerts = list(UsageAlert.objects.of_people().to_take_up())
    if not alerts:
        return []
    moments = {
        key: [moment for *_, moment in theirs]
        for key, theirs in groupby(
            Booking.objects.live()
            .filter(
                person_ref__in=UsageAlert.objects.of_people().to_take_up().values("person_ref"),
                performance__starts_at__gte=start_of(min(alert.since for alert in alerts)),
            )
            .order_by("person_ref", "structure_id", "performance__starts_at")
            .values_list("structure_id", "person_ref", "performance__starts_at"),
            key=lambda row: row[:2],
        )
    }

    def outings(alert: UsageAlert) -> int:
        theirs = moments.get((alert.structure_id, alert.person_ref), [])
        week = [one for one in theirs if alert.since <= local_day(one) <= alert.until + timedelta(days=1)]
        return busiest_week(week)[0]

    return [alert for alert in alerts if outings(alert) <= settings.USAGE_ALERT_OUTINGS]


# --- Structures' seats ---------------------------------------------------------------------------------


@transaction.atomic
def review_structures(*, at: datetime) -> int:
    """Look once a night at what each structure's seats became, and note for staff what stands out.

    Returns the alerts written; 0 where that night's figures are already made. An open alert follows the figures; one of
    which nobody has spoken is closed by itself once they are back to usual. What staff closed is not said again
    until a whole period has passed.
    """
    period = Period.before(local_day(at))
    review, fresh = UsageReview.objects.get_or_create(
        on=local_day(at), defaults={"made_at": at, "first": period.first, "last": period.last}
    )
    if not fresh:
        return 0
    found = uses(period)
    network = Network.of(found)
    review.structures, review.taken, review.rate = len(found), network.taken, network.rate
    review.save(update_fields=["structures", "taken", "rate"])
    return _note(standing_out(found, network, at=at), first=period.first, at=at)


def uses(period: Period, *, structure: Structure | None = None) -> list[Use]:
    """What each structure's seats became in `period` and in its past, in one query; or those of one `structure`.

    A structure that had no outing in all that time is left out.
    """
    rows = Invitation.objects.live().filter(
        performance__starts_at__gte=start_of(period.past.first),
        performance__starts_at__lt=start_of(period.last + timedelta(days=1)),
    )
    if structure is not None:
        rows = rows.filter(booking__structure=structure)
    admitted = Invitation.objects.filter(performance=OuterRef("performance"), admitted_at__isnull=False)
    now = Q(performance__starts_at__gte=start_of(period.first))
    unsaid, absent = Q(status=Status.VALID), Q(status=Status.NO_SHOW)
    counted = (
        rows.annotate(door=Exists(admitted))
        .values("booking__structure", "door")
        .annotate(
            since=Min("performance__starts_at"),
            taken=Count("pk", filter=now),
            unsaid=Count("pk", filter=now & unsaid),
            absent=Count("pk", filter=now & absent),
            past_taken=Count("pk", filter=~now),
            past_unsaid=Count("pk", filter=~now & unsaid),
            past_absent=Count("pk", filter=~now & absent),
        )
        .order_by("booking__structure")
    )
    return [
        _use(structure_id, period, list(parts))
        for structure_id, parts in groupby(counted.iterator(), key=lambda row: row["booking__structure"])
    ]


def _use(structure_id: UUID, period: Period, parts: list[dict]) -> Use:
    """One structure's use from its two rows: dates at which the venue noted who came, and others."""
    now, past = Seats(), Seats()
    for part in parts:
        now += _seats(part["taken"], part["unsaid"], part["absent"], door=part["door"])
        past += _seats(part["past_taken"], part["past_unsaid"], part["past_absent"], door=part["door"])
    return Use(structure_id, period, now, past, local_day(min(part["since"] for part in parts)))


def _seats(taken: int, unsaid: int, absent: int, *, door: bool) -> Seats:
    """Where the venue noted who came, whoever it didn't note stayed away; elsewhere what was said is known."""
    return Seats(taken, taken, absent + unsaid) if door else Seats(taken, taken - unsaid, absent)


def standing_out(found: Iterable[Use], network: Network, *, at: datetime) -> list[UsageAlert]:
    """An alert, not yet written, for whatever stands out."""
    alerts = []
    for use in found:
        about = {
            "structure_id": use.structure_id,
            "since": use.period.first,
            "days": use.period.days,
            "seen_at": at,
        }
        if is_heavy(use, network):
            alerts.append(
                UsageAlert(
                    kind=Kind.HEAVY, count=use.now.taken, usual=use.usual_taken, median=network.taken, **about
                )
            )
        if is_unused(use, network):
            alerts.append(
                UsageAlert(
                    kind=Kind.UNUSED,
                    count=use.now.unused,
                    seats=use.now.known,
                    usual=use.usual_rate,
                    median=network.rate,
                    **about,
                )
            )
    return alerts


def _note(alerts: Sequence[UsageAlert], *, first: date, at: datetime) -> int:
    """Write what stands out now: new alerts, open ones brought up to date, those of before closed."""
    known = {(alert.structure_id, alert.kind): alert for alert in UsageAlert.objects.of_structures().open()}
    settled = set(
        UsageAlert.objects.of_structures()
        .filter(closed_at__gte=start_of(first))
        .exclude(closed_by=None)
        .values_list("structure_id", "kind")
    )
    fresh, changed = [], []
    for alert in alerts:
        key = (alert.structure_id, alert.kind)
        if before := known.pop(key, None):
            for name in FOLLOWS:
                setattr(before, name, getattr(alert, name))
            changed.append(before)
        elif key not in settled:
            fresh.append(alert)
    UsageAlert.objects.bulk_create(fresh, ignore_conflicts=True)
    UsageAlert.objects.bulk_update(changed, FOLLOWS)
    spoken_of = set(UsageNote.objects.filter(alert__in=known.values()).values_list("alert_id", flat=True))
    _close([alert for alert in known.values() if alert.pk not in spoken_of], at=at)
    return len(fresh)


def _close(alerts: Sequence[UsageAlert], *, at: datetime) -> None:
    """Close what is back to usual."""
    UsageAlert.objects.open().filter(pk__in=[alert.pk for alert in alerts]).update(
        closed_at=at, outcome=BACK_TO_USUAL
    )
    for alert in alerts:
        audit.record(at=at, actor=audit.SYSTEM, verb="alerte d'usage refermée", subject=alert)
