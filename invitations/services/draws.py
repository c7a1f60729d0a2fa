"""The fair draw of a scarce date (D7): opening it, giving it up, asking, taking back. Drawing: `sharing.py`.

Locks are taken as everywhere: the structure, then the date, which stands for its draw.
"""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from common import audit
from common.crypto import keyed_hash
from common.dates import local_day
from common.errors import DomainError
from common.text import normalise
from conventions.models import Agreement
from invitations import fairness
from invitations.models import Draw, DrawGuest, DrawRequest, Named, Participant
from invitations.services import quotas
from invitations.services.booking import Companion, Guest, papers_of
from invitations.services.people import add_participant, refuse_gone
from offers import facts
from offers import services as offers
from offers.models import Performance, Standing
from partners.models import Structure, User
from partners.services import hold, require_terms

CODE_CHARACTERS = 12  # of what stands for a request or a structure in the published data


# --- Opening a draw, and giving it up ------------------------------------------------------------------


@transaction.atomic
def open_draw(*, performance: Performance, closes_at: datetime, by: User, at: datetime) -> Draw:
    """Share the seats of a date by a fair draw: requests up to `closes_at`, and no booking before it is drawn (D7).

    The seed is drawn now and its commitment published. Raises DomainError where somebody has seats already, the
    date can't be booked, or requests would be open too short or too late.
    """
    locked = offers.lock(performance)
    if obstacle := _obstacle_to_open(locked, at=at):
        raise DomainError(obstacle)
    latest = locked.closes_at - timedelta(hours=settings.DRAW_AHEAD_HOURS)
    earliest = at + timedelta(hours=settings.DRAW_OPEN_HOURS)
    if closes_at > latest:
        raise DomainError(
            f"Fermez les demandes au plus tard le {_clock(latest)}, {settings.DRAW_AHEAD_HOURS} heures avant la "
            "fin des réservations : il faut le temps de prévenir les personnes.",
            field="closes_at",
        )
    if closes_at < earliest:
        raise DomainError(
            f"Laissez au moins {settings.DRAW_OPEN_HOURS} heures pour demander : fermez au plus tôt le "
            f"{_clock(earliest)}.",
            field="closes_at",
        )
    seed = secrets.token_hex(32)
    draw = Draw.objects.create(
        performance=locked,
        opened_at=at,
        closes_at=closes_at,
        seed=seed,
        commitment=fairness.commitment(seed),
        algorithm=fairness.ALGORITHM,
    )
    offers.keep_for_draw(performance=locked, until=closes_at)
    audit.record(at=at, actor=by, verb="tirage ouvert", subject=draw, empreinte=draw.commitment)
    return draw


def obstacle_to_open(performance: Performance, *, at: datetime) -> str:
    """Why a date can't be shared by a draw at `at`, as a sentence; empty where a closing time is all it needs."""
    latest = performance.closes_at - timedelta(hours=settings.DRAW_AHEAD_HOURS + settings.DRAW_OPEN_HOURS)
    obstacle = _obstacle_to_open(performance, at=at)
    if latest < at and not obstacle:
        return (
            "Il est trop tard pour un tirage : les demandes restent ouvertes au moins "
            f"{settings.DRAW_OPEN_HOURS} heures, et se ferment {settings.DRAW_AHEAD_HOURS} heures avant la fin "
            "des réservations."
        )
    return obstacle


def _obstacle_to_open(performance: Performance, *, at: datetime) -> str:
    if performance.draw_until:
        return "Cette séance a déjà un tirage équitable."
    if performance.parties_waiting:
        return (
            f"Groupes en liste d'attente pour cette séance : {performance.parties_waiting}. Les places leur sont "
            "promises dans l'ordre d'arrivée : choisissez une autre date."
        )
    if performance.seats_taken:
        return (
            f"Places déjà réservées pour cette séance : {performance.seats_taken}. Un tirage équitable ne s'ouvre "
            "que tant que personne n'a réservé."
        )
    if performance.capacity == 0:
        return "Donnez d'abord des places pour cette séance : ce sont elles que le tirage partage."
    if performance.cancelled_at or at >= performance.closes_at:
        return "Cette séance est annulée, passée, ou ne se réserve plus : choisissez une autre date."
    return ""


@transaction.atomic
def lift_draw(*, draw: Draw, by: User, at: datetime) -> None:
    """Let a date be booked as usual after all. Raises DomainError once somebody has asked, or it was drawn."""
    performance = offers.lock(draw.performance)
    fresh = Draw.objects.with_totals().filter(pk=draw.pk).first()
    if fresh is None or fresh.drawn_at:
        raise DomainError("Ce tirage est déjà fait, ou n'existe plus.")
    if fresh.asked:
        raise DomainError(
            f"Demandes déjà faites : {fresh.asked}. Elles comptent sur ce tirage : laissez-le se faire."
        )
    audit.record(at=at, actor=by, verb="tirage abandonné", subject=draw)
    fresh.delete()
    offers.keep_for_draw(performance=performance, until=None)


def _clock(at: datetime) -> str:
    return f"{timezone.localtime(at):%d/%m/%Y à %H:%M}"


# --- Asking, and taking it back ------------------------------------------------------------------------


def obstacle_to_ask(*, by: User, performance: Performance, seats: int, at: datetime) -> str:
    """Why this account can't ask for `seats` seats of a date to be drawn, as a sentence; empty where it can."""
    structure = by.own_structure
    if structure.is_suspended:
        return structure.pause
    if performance.standing(at=at) is not Standing.REQUESTS or not performance.event.is_published:
        return _closed(performance, at=at)
    if performance.capacity < seats:
        return (
            f"Cette séance a {performance.capacity} place{'s' if performance.capacity > 1 else ''} en tout, et "
            f"votre groupe compte {seats} personnes. Retirez des personnes ou choisissez une autre date."
        )
    if performance.event.venue.is_suspended:
        return performance.obstacle_to_book(seats=seats, at=at)
    return Agreement.objects.obstacle_to_book(structure=structure, day=performance.day, on=local_day(at))


def _closed(performance: Performance, *, at: datetime) -> str:
    if performance.drawn_at:
        return (
            "Le tirage de cette séance est fait : s'il reste des places, elles se réservent comme d'habitude."
        )
    if performance.draw_until and at >= performance.draw_until:
        return "Les demandes pour cette séance sont closes : le tirage se fait dans les minutes qui viennent."
    return performance.obstacle_to_book(seats=1, at=at) or (
        "Cette séance ne se partage pas par tirage : réservez-la directement."
    )


def ask(
    *,
    performance: Performance,
    participant: Participant,
    guests: Sequence[Guest] = (),
    companions: Sequence[Companion] = (),
    confirmed: bool,
    key: UUID,
    by: User,
    at: datetime,
) -> DrawRequest:
    """Ask for one seat for everybody of the party in a fair draw (D7); its arguments are those of `book`.

    The same `key` sent again returns the request already made. Raises DomainError with what to do, and nothing is
    written then.
    """
    if made := DrawRequest.objects.filter(structure=by.structure, key=key).first():
        return made
    if not confirmed:
        raise DomainError("Confirmez les trois points pour demander ces places.", field="confirmed")
    require_terms(user=by, at=at)
    seats = len(papers_of(participant, guests, companions))
    try:
        if obstacle := obstacle_to_ask(by=by, performance=performance, seats=seats, at=at):
            raise DomainError(obstacle)
        return _ask(performance, participant, guests, companions, seats=seats, key=key, by=by, at=at)
    except (DomainError, IntegrityError) as refusal:
        # The same form may have come first.
        if made := DrawRequest.objects.filter(structure=by.structure, key=key).first():
            return made
        if isinstance(refusal, IntegrityError):
            refuse_gone(participant)
        raise


@transaction.atomic
def _ask(performance, participant, guests, companions, *, seats, key, by, at) -> DrawRequest:
    structure = hold(by.own_structure)
    if structure.is_suspended:
        raise DomainError(structure.pause)
    if obstacle := quotas.obstacle(structure=structure, performance=performance, seats=seats):
        raise DomainError(obstacle)
    if participant._state.adding:
        add_participant(participant=participant, by=by, at=at)
    locked = offers.lock(performance)  # the draw takes it, too: it sees this request, or this sees it done
    draw = Draw.objects.filter(performance=locked).first()
    if draw is None or not draw.takes_requests(at=at) or locked.cancelled_at:
        raise DomainError(_closed(locked, at=at))
    _refuse_twice(draw, structure, participant, guests)
    request = DrawRequest.objects.create(
        draw=draw,
        structure=structure,
        participant=participant,
        person_ref=participant.person_ref,
        requested_by=by,
        key=key,
        public_id=secrets.token_hex(CODE_CHARACTERS // 2),
        structure_code=keyed_hash(f"draw {draw.pk} {structure.pk}")[:CODE_CHARACTERS],
        seats=seats,
        requested_at=at,
        told=facts.written(locked),
    )
    DrawGuest.objects.bulk_create(
        DrawGuest(
            request=request,
            given_name=person.given_name,
            family_name=person.family_name,
            companion_reason=getattr(person, "reason", ""),
            position=position,
        )
        for position, person in enumerate([*guests, *companions], start=1)
    )
    audit.record(at=at, actor=by, verb="places demandées", subject=request, places=seats, confirmé=True)
    return request


def _refuse_twice(
    draw: Draw, structure: Structure, participant: Participant, guests: Sequence[Guest]
) -> None:
    """Raise DomainError where somebody of the party stands in another request of the structure already.

    Companions may go with several parties; names are compared here, because the database can't read them.
    """
    theirs = DrawRequest.objects.filter(draw=draw, structure=structure).select_related("participant")
    others = list(theirs.prefetch_related("guests"))
    if any(other.person_ref == participant.person_ref for other in others):
        raise DomainError(
            "Cette personne a déjà une demande pour ce tirage : une seule compte, et la date à laquelle on la fait ne "
            "change rien. Pour changer qui vient, retirez-la dans « Sorties », puis refaites-la.",
            field="participant",
        )
    taken = {normalise(person.full_name) for other in others for person in _people(other)}
    names = [participant.full_name, *(f"{guest.given_name} {guest.family_name}".strip() for guest in guests)]
    for name in names:
        if normalise(name) in taken:
            raise DomainError(
                "Une personne de ce groupe est déjà dans une autre de vos demandes pour ce tirage : chacun·e ne "
                "demande qu'une fois. Retirez-la d'un des deux groupes.",
                field="party",
            )


def _people(request: DrawRequest) -> list[Named]:
    guests: list[Named] = [guest for guest in request.guests.all() if not guest.companion_reason]
    return [request.participant, *guests] if request.participant else guests


@transaction.atomic
def take_back(*, request: DrawRequest, by: User, at: datetime) -> None:
    """Withdraw a request while requests are open; nothing of it is kept but a trace (D7).

    Raises DomainError once they are closed: a party that got seats cancels its booking instead. So it does for a date
    that is cancelled.
    """
    locked = offers.lock(request.draw.performance)
    if locked.cancelled_at:
        raise DomainError("Le lieu a annulé cette séance : il n'y a plus rien à retirer.")
    if not Draw.objects.get(performance=locked).takes_requests(at=at):
        raise DomainError(
            "Les demandes sont closes : celle-ci ne se retire plus. Si elle obtient des places, annulez la sortie, "
            "elles serviront à quelqu'un d'autre."
        )
    fresh = DrawRequest.objects.filter(pk=request.pk).first()
    if fresh is None:
        raise DomainError("Cette demande est déjà retirée : il n'y a rien d'autre à faire.")
    audit.record(at=at, actor=by, verb="demande retirée", subject=fresh, places=fresh.seats)
    fresh.notices.all().delete()
    fresh.delete()
