"""Reasonable use (D8): hints that never block, and what a structure reads of its own use."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.conf import settings

from invitations.models import Booking, GroupOuting, Participant, UsageReview
from invitations.services import usage_review
from invitations.use import Network, Period, Use, busiest_week
from partners.models import Structure, User

# --- The hint --------------------------------------------------------------------------------------


def limits_passed(*, structure: Structure, outings: int) -> str:
    """Whose limit so many outings in a week pass, in words for the structure's workers; empty for nobody's.

    The association's limit holds for all; a structure's own, smaller or larger, stands beside it.
    """
    limits = [
        ("repère de l'association", settings.USAGE_ALERT_OUTINGS),
        ("repère de votre structure", structure.weekly_outings),
    ]
    return " ; ".join(
        f"{whose} : {limit}" for whose, limit in limits if limit is not None and outings > limit
    )


def outings_with(*, person_ref: UUID, moment: datetime, but: Booking | None = None) -> int:
    """How many outings a person would have in the busiest week around `moment`, this one included.

    `but`, where given, is the booking already made for this moment.
    """
    others = Booking.objects.around(person_ref=person_ref, moment=moment)
    if but is not None:
        others = others.exclude(pk=but.pk)
    moments = [*others.values_list("performance__starts_at", flat=True), moment]
    return busiest_week(moments, around=moment)[0]


def hint(*, structure: Structure, person_ref: UUID, moment: datetime, but: Booking | None = None) -> str:
    """The *alerte indicative* for one more outing of a structure's person, or empty. It never blocks (D8)."""
    outings = outings_with(person_ref=person_ref, moment=moment, but=but)
    passed = limits_passed(structure=structure, outings=outings)
    if not passed:
        return ""
    return (
        f"Alerte indicative : {outings} sorties en une semaine pour cette personne ({passed}). "
        "Vous pouvez réserver quand même."
    )


def named_out_often(*, group: GroupOuting) -> list["OftenOut"]:
    """People named in a group with more outings in a week than foreseen, this one included (D8, D10). Two queries."""
    moment, moments = group.performance.starts_at, defaultdict(list)
    named = Booking.objects.live().filter(group=group)
    near = Booking.objects.around(moment=moment, person_ref__in=named.values("person_ref"))
    for ref, at in near.values_list("person_ref", "performance__starts_at"):
        moments[ref].append(at)
    outings = {ref: busiest_week(theirs, around=moment)[0] for ref, theirs in moments.items()}
    passed = {
        ref: limits_passed(structure=group.structure, outings=number) for ref, number in outings.items()
    }
    people = Participant.objects.filter(person_ref__in=[ref for ref, whose in passed.items() if whose])
    often = [OftenOut(one, outings[one.person_ref], passed[one.person_ref]) for one in people]
    return sorted(often, key=lambda one: (-one.outings, one.person.sort_name))


@dataclass(frozen=True)
class OftenOut:
    """Somebody with more outings in a week than foreseen, and whose limit that passes, in words."""

    person: Participant
    outings: int
    passed: str


def people_out_often(*, user: User, at: datetime) -> list[OftenOut]:
    """People of the account's structure with more outings in a week than foreseen, those out most first (D8).

    Looks from a week back to the end of what is booked. Two queries.
    """
    moments = defaultdict(list)
    rows = (
        Booking.objects.visible_to(user)
        .live()
        .filter(performance__starts_at__gte=at - timedelta(days=settings.USAGE_ALERT_DAYS))
        .exclude(participant=None)
    )
    for pk, moment in rows.values_list("participant_id", "performance__starts_at"):
        moments[pk].append(moment)
    often = {}
    for pk, theirs in moments.items():
        outings, _ = busiest_week(theirs)
        if passed := limits_passed(structure=user.own_structure, outings=outings):
            often[pk] = (outings, passed)
    people = Participant.objects.visible_to(user).in_bulk(list(often))
    found = [OftenOut(people[pk], *counted) for pk, counted in often.items()]
    return sorted(found, key=lambda one: (-one.outings, one.person.sort_name))


# --- What a structure reads of its own use -----------------------------------------------------------


def own_use(*, structure: Structure, on: date) -> tuple[Use, Network]:
    """A structure's seats in the latest period that is settled, and the network's medians of the latest night (D8)."""
    period = Period.before(on)
    review = UsageReview.objects.filter(on__lte=on).first()
    network = Network(review.taken, review.rate) if review else Network()
    found = usage_review.uses(period, structure=structure)
    return next(iter(found), Use(structure.pk, period)), network
