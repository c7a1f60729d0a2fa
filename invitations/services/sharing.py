"""Drawing a scarce date by `invitations.fairness`: booking, explaining, publishing, checking again (D7)."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from django.db import transaction
from django.db.models import Count, QuerySet

from common import audit, outbox
from common.dates import local_day, start_of
from common.errors import DomainError
from conventions.models import Agreement
from invitations import emails, fairness
from invitations.models import Booking, Draw, DrawGuest, DrawRequest, Invitation, Participant
from invitations.services import quotas
from invitations.services.booking import Companion, Guest, book_drawn, papers_of
from offers import services as offers
from offers.models import Performance
from partners.models import Structure, User
from partners.seasons import Season


@dataclass
class Party:
    """A request with its papers, unsaved; or why it is set aside."""

    request: DrawRequest
    by: User
    papers: list[Invitation]
    obstacle: str = ""


@transaction.atomic
def hold_draw(*, draw: Draw, at: datetime) -> bool:
    """Draw: give the seats by the rule, book them, tell everybody why, publish (D7). Whether it was drawn now.

    Everything or nothing, in one transaction: killed half-way it is done again from the start, and again it is the
    same. Done already, or not yet due, nothing happens. A cancelled date ends its draw: nobody gets seats.
    """
    asking = DrawRequest.objects.filter(draw=draw).values("structure")
    # Those that ask are held first, so that nobody is suspended meanwhile and books nothing elsewhere.
    held = {row.pk: row for row in _hold_structures(asking)}
    performance = offers.lock(draw.performance)
    locked = Draw.objects.select_for_update(no_key=True).get(pk=draw.pk)
    if not Draw.objects.due(at=at).filter(pk=locked.pk).exists():
        return False
    requests = list(
        locked.requests.select_related("participant", "requested_by")
        .prefetch_related("guests")
        .order_by("pk")
    )
    if not all(request.structure_id in held for request in requests):
        return False  # one came in a moment ago: the next turn of the sweeper holds its structure, too
    offers.hold_offer(performance)
    parties = [_party(request, held[request.structure_id]) for request in requests]
    _set_aside(parties, performance, at=at)
    eligible = {party.request.public_id: party for party in parties if not party.obstacle}
    season = Season.of(performance.day)
    outings, had = _outings(locked, season, but=performance), _seats_had(requests, season, but=performance)
    published = {party.request.public_id: _published(party.request, outings) for party in parties}
    left_to = quotas.left_to(held.values(), performance=performance)
    limits = {
        one.structure_code: left_to[one.structure_id] for one in requests if one.structure_id in left_to
    }
    turns = fairness.allocate(
        (published[public_id] for public_id in eligible),
        seats=performance.seats_left,
        had=had,
        lots=fairness.Lots(locked.seed),
        limits=limits,
    )
    offers.open_after_draw(performance=performance, at=at)
    for turn in turns:
        _settle(eligible[turn.request.id], turn, performance, at=at)
    DrawRequest.objects.bulk_update(requests, ["outcome", "rank", "reason", "booking"], batch_size=200)
    # The names of those who go stand on their invitations from now on.
    DrawGuest.objects.filter(request__in=[one for one in requests if one.is_served]).delete()
    if not performance.cancelled_at:  # whoever cancelled it has told everybody
        lost = (one for one in requests if not one.is_served)
        outbox.post(*(emails.draw_without_seats(request=one, at=at) for one in lost))
    locked.drawn_at = at
    locked.record = fairness.publish(
        turns,
        [published[party.request.public_id] for party in parties if party.obstacle],
        had=had,
        limits=limits,
        draw=str(locked.pk),
        date=performance.starts_at.isoformat(),
        opened_at=locked.opened_at.isoformat(),
        closes_at=locked.closes_at.isoformat(),
        drawn_at=at.isoformat(),
        commitment=locked.commitment,
        seed=locked.seed,
        seats=performance.seats_left,
    )
    locked.save(update_fields=["drawn_at", "record"])
    audit.record(
        at=at,
        actor=audit.SYSTEM,
        verb="tirage fait",
        subject=locked,
        demandes=len(requests),
        servies=sum(turn.served for turn in turns),
    )
    return True


def _hold_structures(asking: QuerySet) -> list[Structure]:
    rows = Structure.objects.filter(pk__in=asking).order_by("pk")
    return list(rows.select_for_update(no_key=True))


def _booker(request: DrawRequest, structure: Structure) -> User | None:
    """Who asked; where they work elsewhere by now, whoever answers for the structure."""
    if request.requested_by.structure_id == structure.pk:
        return request.requested_by
    return structure.users.filter(is_active=True).order_by("role", "pk").first()


def _party(request: DrawRequest, structure: Structure) -> Party:
    """A request as it stands now: who would book it, and its papers."""
    request.structure = structure
    by = _booker(request, structure)
    if by is None:
        return Party(request, request.requested_by, [], "Votre structure n'a plus de compte ouvert.")
    by.structure = structure
    if request.participant is None:
        return Party(request, by, [], "La personne n'est plus sur votre liste.")
    people = list(request.guests.all())
    guests = [Guest(one.given_name, one.family_name) for one in people if not one.companion_reason]
    companions = [
        Companion(one.given_name, one.family_name, one.companion_reason)
        for one in people
        if one.companion_reason
    ]
    try:
        return Party(request, by, papers_of(request.participant, guests, companions))
    except DomainError as refusal:
        return Party(request, by, [], refusal.sentence)


def _set_aside(parties: Sequence[Party], performance: Performance, *, at: datetime) -> None:
    """Note at each party, and on its request, what keeps it from booking now: date, structure, agreement."""
    date = Performance.objects.with_place().get(pk=performance.pk)
    date.drawn_at = at  # what the draw itself keeps closed is no obstacle to those it serves
    of_the_date = date.obstacle_to_book(seats=1, at=at)
    already = set(Booking.objects.live().filter(performance=performance).values_list("person_ref", flat=True))
    terms: dict[UUID, str] = {}
    for party in parties:
        structure = party.request.structure
        if structure.pk not in terms:
            terms[structure.pk] = structure.pause or Agreement.objects.obstacle_to_book(
                structure=structure, day=performance.day, on=local_day(at)
            )
        if party.request.person_ref in already:
            party.obstacle = "Cette personne a déjà une réservation pour cette séance."
        party.obstacle = party.obstacle or of_the_date or terms[structure.pk]
        if party.obstacle:
            party.request.outcome = DrawRequest.Outcome.SET_ASIDE
            party.request.reason = party.obstacle


def _outings(draw: Draw, season: Season, *, but: Performance) -> Counter:
    """By person, the outings of the season, to come or over; those cancelled or excused don't count."""
    rows = (
        Invitation.objects.live()
        .exclude(status=Invitation.Status.EXCUSED)
        .exclude(performance=but)
        .filter(
            kind=Invitation.Kind.PARTICIPANT,
            booking__person_ref__in=draw.requests.values("person_ref"),
            **_within(season),
        )
        .order_by()
        .values_list("booking__person_ref")
        .annotate(times=Count("pk"))
    )
    return Counter(dict(rows))


def _seats_had(requests: Sequence[DrawRequest], season: Season, *, but: Performance) -> dict[str, int]:
    """By the code of each structure that asks, the seats it has had this season."""
    codes = {request.structure_id: request.structure_code for request in requests}
    rows = (
        Invitation.objects.live()
        .exclude(performance=but)
        .filter(booking__structure__in=list(codes), **_within(season))
        .order_by()
        .values_list("booking__structure")
        .annotate(seats=Count("pk"))
    )
    had = dict(rows)
    return {code: had.get(structure, 0) for structure, code in codes.items()}


def _within(season: Season) -> dict[str, Any]:
    return {
        "performance__starts_at__gte": start_of(season.starts_on),
        "performance__starts_at__lt": start_of(season.next.starts_on),
    }


def _published(request: DrawRequest, outings: Counter) -> fairness.Request:
    return fairness.Request(
        request.public_id, request.structure_code, request.seats, outings[request.person_ref]
    )


def _settle(party: Party, turn: fairness.Turn, performance: Performance, *, at: datetime) -> None:
    """Write on the request what became of it; book it where it got its seats."""
    request = party.request
    request.rank = turn.rank
    if turn.served:
        request.outcome = DrawRequest.Outcome.SERVED
        request.booking = book_drawn(
            performance=performance,
            participant=cast(Participant, request.participant),  # else it was set aside
            invitations=party.papers,
            key=request.pk,
            by=party.by,
            at=at,
        )
    else:
        request.outcome = DrawRequest.Outcome.NOT_SERVED
    request.reason = explain(turn)


def explain(turn: fairness.Turn) -> str:
    """Why a request got its seats or didn't, in words (« pourquoi pas nous », D7)."""
    seats = turn.request.seats
    who = f"Votre groupe de {seats}" if seats > 1 else "Votre demande pour une personne"
    before = _before(turn)
    came = f"{who} venait après {before}." if before else f"{who} venait en premier."
    left = (
        f"il restait {_count(turn.seats_left, 'place')}" if turn.seats_left else "il ne restait plus de place"
    )
    if turn.served:
        return (
            f"{came} À son tour, {left} : {'elles suffisaient' if turn.seats_left > 1 else 'elle suffisait'}."
        )
    if turn.allowed is not None and turn.allowed < seats <= turn.seats_left:
        if not turn.allowed:
            return (
                f"{came} À son tour, {left}, mais le lieu limite les places par structure, et la vôtre les avait déjà "
                "toutes."
            )
        return (
            f"{came} À son tour, {left}, mais le lieu limite les places par structure : pour la vôtre il n'en restait "
            f"que {turn.allowed}, et il en fallait {seats}."
        )
    return f"{came} À son tour, {left}{'' if turn.seats_left == 0 else f', et il en fallait {seats}'}."


def _before(turn: fairness.Turn) -> str:
    """Who came before, and why: « 12 demandes de personnes qui sont moins sorties cette saison et … »."""
    said = [
        f"{_count(number, 'demande')} {many if number > 1 else one}"
        for number, one, many in (
            (
                turn.fewer_outings,
                "d'une personne qui est moins sortie cette saison",
                "de personnes qui sont moins sorties cette saison",
            ),
            (
                turn.less_served,
                "d'une structure qui a eu moins de places cette saison",
                "de structures qui ont eu moins de places cette saison",
            ),
            (turn.by_lot, "que le sort a placée avant", "que le sort a placées avant"),
        )
        if number
    ]
    return " et ".join([", ".join(said[:-1]), said[-1]] if len(said) > 1 else said)


def _count(number: int, word: str) -> str:
    return f"{number} {word}{'s' if number > 1 else ''}"


# --- Afterwards --------------------------------------------------------------------------------------------


def verify(*, draw: Draw, record: Any) -> list[str]:
    """What doesn't hold in a draw that was held, as French sentences; empty where everything does (D7).

    Draws again from `record` (the published data, or a copy that somebody kept) and compares with what stands in the
    database: commitment, requests, outcomes. Raises DomainError before it is drawn.
    """
    if draw.drawn_at is None:
        raise DomainError("Ce tirage n'est pas encore fait : il n'y a rien à vérifier.")
    wrong = fairness.check(record)
    if record != draw.record:
        wrong.append("Ce fichier n'est pas celui que le portail publie pour ce tirage.")
    if not isinstance(record, dict) or record.get("commitment") != draw.commitment:
        wrong.append("L'empreinte publiée n'est pas celle de l'ouverture du tirage.")
    if wrong:
        return wrong
    said = {line["id"]: (line["structure"], line["seats"], line["served"]) for line in record["requests"]}
    kept = {
        request.public_id: (request.structure_code, request.seats, request.is_served)
        for request in draw.requests.all()
    }
    return [
        f"La demande {public_id} n'est pas la même dans le portail et dans les données publiées."
        for public_id in sorted(said.keys() | kept.keys())
        if said.get(public_id) != kept.get(public_id)
    ]


def is_true(draw: Draw) -> bool:
    """Whether a draw's seed is the one that was promised and, once drawn, everything in it holds (`verify`)."""
    if fairness.commitment(draw.seed) != draw.commitment:
        return False
    return draw.drawn_at is None or not verify(draw=draw, record=draw.record)
