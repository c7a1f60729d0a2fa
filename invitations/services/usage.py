"""Reasonable use (D8): hints that never block, and the nightly review for staff."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction

from common import audit
from common.dates import local_day
from common.errors import DomainError
from invitations.models import Booking, Participant, UsageAlert
from partners.models import User


def busiest_week(
    moments: Iterable[datetime], *, around: datetime | None = None
) -> tuple[int, datetime | None]:
    """The most outings that fall into one sliding week, and the first of them; (0, None) for none.

    With `around`, only weeks that hold this moment count.
    """
    week = timedelta(days=settings.USAGE_ALERT_DAYS)
    ordered = sorted(moments)
    best, first = 0, None
    for index, start in enumerate(ordered):
        if around is not None and not start <= around < start + week:
            continue
        count = sum(1 for moment in ordered[index:] if moment < start + week)
        if count > best:
            best, first = count, start
    return best, first


def outings_with(*, person_ref: UUID, moment: datetime, but: Booking | None = None) -> int:
    """How many outings a person would have in the busiest week around `moment`, this one included.

    `but`, where given, is the booking already made for this moment.
    """
    others = Booking.objects.around(person_ref=person_ref, moment=moment)
    if but is not None:
        others = others.exclude(pk=but.pk)
    moments = [*others.values_list("performance__starts_at", flat=True), moment]
    return busiest_week(moments, around=moment)[0]


def hint(*, person_ref: UUID, moment: datetime, but: Booking | None = None) -> str:
    """The *alerte indicative* for one more outing of a person, or empty. It never blocks (D8)."""
    outings = outings_with(person_ref=person_ref, moment=moment, but=but)
    if outings <= settings.USAGE_ALERT_OUTINGS:
        return ""
    return (
        f"Alerte indicative : {outings} sorties en une semaine pour cette personne. "
        f"L'usage est d'en rester à {settings.USAGE_ALERT_OUTINGS} ; vous pouvez réserver quand même."
    )


def people_out_often(*, user: User, at: datetime) -> list[tuple[Participant, int]]:
    """For the dashboard: people of the structure with more outings in a week than foreseen, and how many (D8)."""
    rows = (
        Booking.objects.visible_to(user)
        .live()
        .filter(performance__starts_at__gte=at - timedelta(days=settings.USAGE_ALERT_DAYS))
        .exclude(participant=None)
        .select_related("participant", "performance")
    )
    moments, people = defaultdict(list), {}
    for booking in rows:
        people[booking.participant_id] = booking.participant
        moments[booking.participant_id].append(booking.performance.starts_at)
    counted = [(people[pk], busiest_week(when)[0]) for pk, when in moments.items()]
    often = [(person, outings) for person, outings in counted if outings > settings.USAGE_ALERT_OUTINGS]
    return sorted(often, key=lambda pair: pair[0].sort_name)


@transaction.atomic
def review_usage(*, at: datetime) -> int:
    """Note for staff each person with more outings in a week than foreseen; returns the alerts written.

    Looks from a week back to the end of what is booked, so a missed night changes nothing; run twice it writes
    nothing twice.
    """
    since = at - timedelta(days=settings.USAGE_ALERT_DAYS)
    outings = defaultdict(list)
    rows = Booking.objects.live().filter(performance__starts_at__gte=since)
    for structure_id, person_ref, moment in rows.values_list(
        "structure_id", "person_ref", "performance__starts_at"
    ).iterator():
        outings[structure_id, person_ref].append(moment)
    alerts = []
    for (structure_id, person_ref), moments in outings.items():
        count, first = busiest_week(moments)
        if first is not None and count > settings.USAGE_ALERT_OUTINGS:
            alerts.append(
                UsageAlert(
                    structure_id=structure_id,
                    person_ref=person_ref,
                    week_from=local_day(first),
                    outings=count,
                    seen_at=at,
                )
            )
    known = set(
        UsageAlert.objects.filter(week_from__gte=local_day(since)).values_list("person_ref", "week_from")
    )
    fresh = [alert for alert in alerts if (alert.person_ref, alert.week_from) not in known]
    UsageAlert.objects.bulk_create(fresh, ignore_conflicts=True)
    return len(fresh)


@transaction.atomic
def close_alert(*, alert: UsageAlert, outcome: str, by: User, at: datetime) -> None:
    """Staff note what came of an alert, once. Raises DomainError where it has an outcome, or none is said."""
    if not outcome.strip():
        raise DomainError("Écrivez la suite que vous avez donnée à cette alerte.", field="outcome")
    if not UsageAlert.objects.open().filter(pk=alert.pk).update(closed_at=at, outcome=outcome.strip()):
        raise DomainError("Cette alerte est déjà traitée.", field="outcome")
    audit.record(at=at, actor=by, verb="alerte d'usage traitée", subject=alert)
