"""What somebody may ask of their own data: to see it, have it corrected, erased, handed over (F3).

A worker of the structure acts for its own people and those who come along with them; staff for somebody who asks the
association itself, against a reason that is kept. Nothing is left undone silently: either all is done, or a sentence
says what stands in the way.
"""

import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import models, transaction
from django.db.models import F, Q
from django.utils.timezone import localtime

from common import audit, ledger
from common.dates import local_day
from common.errors import DomainError
from invitations.models import (
    Booking,
    Draw,
    DrawGuest,
    DrawRequest,
    Invitation,
    Participant,
    PartyDocument,
    PrintRun,
    WaitlistEntry,
    WaitlistGuest,
)
from invitations.models.erasure import leaves_on, with_last_outing
from invitations.models.own_data import Place, places_named, waits_of
from invitations.services import draws, papers, promotion, waitlist
from invitations.services.booking import cancel_booking, cancel_invitation
from invitations.services.erasure import NOBODY, forget_people
from invitations.services.people import GONE, sound_reason
from offers import services as offers
from partners.models import Structure, User
from partners.services import hold

CHOOSE = "Des sorties sont à venir : dites si elles sont annulées, ou gardées jusqu'à leur date."
DRAW_CLOSED = (
    "Une demande de tirage attend son résultat, dans les minutes qui viennent : recommencez juste après, "
    "rien n'est encore effacé."
)
FORMULA = re.compile(r'(?<=[",;])(\s*)([=+\-@])')


# --- Shown -----------------------------------------------------------------------------------------------------


def outings_of(person: Participant) -> list[Booking]:
    """Every outing of somebody of the list, the latest first, also those that hold the name no more."""
    bookings = Booking.objects.filter(person_ref=person.person_ref, structure=person.structure_id)
    rows = bookings.with_outing().with_seats().select_related("booked_by", "group")
    own = Invitation.objects.filter(kind=Invitation.Kind.PARTICIPANT)
    return list(
        rows.prefetch_related(models.Prefetch("invitations", own, to_attr="own")).order_by(
            "-performance__starts_at"
        )
    )


def record_of(person: Participant, *, at: datetime) -> dict[str, Any]:
    """All that is held of somebody of the list, as plain values; who else came along isn't theirs to read."""
    person = with_last_outing(Participant.objects.select_related("structure")).get(pk=person.pk)
    entries, requests = waits_of(person)
    return {
        **_cover(at),
        "personne": {
            "prenom": person.given_name,
            "nom": person.family_name,
            "langue": person.get_language_display(),
            "structure": person.structure.name,
            "ajoutee_le": local_day(person.created_at).isoformat(),
            "effacee_le_sans_nouvelle_sortie": leaves_on(person).isoformat(),
            "repere_des_chiffres": str(person.person_ref),
        },
        "sorties": [_outing_of(booking) for booking in outings_of(person)],
        "demandes": [
            *(
                _line(
                    one.performance, "liste d'attente", one.get_state_display(), one.joined_at, one.joined_by
                )
                for one in entries
            ),
            *(
                _line(
                    one.draw.performance,
                    "tirage équitable",
                    one.get_outcome_display(),
                    one.requested_at,
                    one.requested_by,
                )
                for one in requests
            ),
        ],
    }


def record_of_places(places: Sequence[Place], *, at: datetime) -> dict[str, Any]:
    """The same of somebody who comes along with others: in which outings their name stands."""
    row = places[0].row
    return {
        **_cover(at),
        "personne": {"prenom": row.given_name, "nom": row.family_name},
        "sorties": [
            _line(
                place.performance,
                place.role,
                place.state,
                getattr(place.parent, "created_at", None)
                or getattr(place.parent, "joined_at", None)
                or place.parent.requested_at,
                place.booker,
            )
            for place in places
        ],
        "demandes": [],
    }


def _cover(at: datetime) -> dict[str, Any]:
    return {
        "portail": settings.PORTAL_NAME,
        "association": settings.PORTAL_ASSOCIATION,
        "remis_le": localtime(at).isoformat(timespec="seconds"),
    }


def _outing_of(booking: Booking) -> dict[str, Any]:
    own = next(iter(booking.own), None)
    line = _line(
        booking.performance,
        own.get_kind_display() if own else "Actionneur·se",
        own.get_status_display() if own else "",
        booking.created_at,
        booking.booked_by,
    )
    return {**line, "numero": own.number if own else "", "places_en_tout": booking.seats}


def _line(performance, role: str, state: str, at: datetime, by: User) -> dict[str, Any]:
    return {
        "seance": localtime(performance.starts_at).isoformat(timespec="minutes"),
        "titre": performance.event.title,
        "lieu": performance.event.where,
        "en_tant_que": role,
        "etat": state,
        "reserve_le": localtime(at).isoformat(timespec="minutes"),
        "reserve_par": by.get_role_display(),
    }


# --- Handed over -------------------------------------------------------------------------------------------------


def hand_over(*, subject: models.Model, how: str, by: User, at: datetime, reason: str = "") -> None:
    """Note that somebody's data was handed over, `how` being "PDF" or "JSON"; without a name."""
    said = {"raison": reason} if reason else {}
    audit.record(at=at, actor=by, verb="données remises", subject=subject, forme=how, **said)


def without_formulas(text: str) -> str:
    """A JSON text that says the same, in which nothing begins as a formula does, whatever opens it."""
    return FORMULA.sub(lambda found: f"{found[1]}\\u{ord(found[2]):04x}", text)


# --- Erased ------------------------------------------------------------------------------------------------------


@transaction.atomic
def erase_person(
    *, participant: Participant, keep: bool | None, by: User, at: datetime, reason: str = ""
) -> int:
    """Erase somebody of the list at once, on request; returns the outings to come that were cancelled.

    `keep` their invitations to come until the date, else they are cancelled; None where there are none. What they
    wait for ends. `reason`: why the team does it, for the trail. Raises DomainError, and erases nothing, where outings
    are to come and nobody said what becomes of them, or a draw under way can't be left.
    """
    hold(Structure(pk=participant.structure_id))
    now = Participant.objects.filter(pk=participant.pk).first()
    if now is None:
        raise DomainError(GONE)
    said = {"raison": sound_reason(reason, names=[now.full_name])} if by.role == User.Role.STAFF else {}
    for request in DrawRequest.objects.filter(participant=now, outcome=DrawRequest.Outcome.WAITING):
        _open_draw(request, at=at)
        draws.take_back(request=request, by=by, at=at)
    for entry in WaitlistEntry.objects.live().filter(participant=now):
        waitlist.leave(entry=entry, by=by, at=at)
    theirs = Booking.objects.filter(person_ref=now.person_ref, structure=now.structure_id)
    to_come = list(theirs.to_come(at=at).with_outing().select_related("booked_by").order_by("performance"))
    if to_come and keep is None:
        raise DomainError(CHOOSE, field="future")
    for booking in [] if keep else to_come:
        cancel_booking(booking=booking, by=by, at=at)
    own = Invitation.objects.filter(booking__in=theirs, kind=Invitation.Kind.PARTICIPANT)
    kept = own.filter(booking__in=to_come) if keep else own.none()
    kept.update(forget=True)
    _blank(own.exclude(pk__in=kept.values("pk")), at=at)
    forget_people([now], at=at)
    audit.record(
        at=at,
        actor=by,
        verb="personne effacée",
        subject=participant,
        annulées=0 if keep else len(to_come),
        gardées=len(to_come) if keep else 0,
        **said,
    )
    return 0 if keep else len(to_come)


@transaction.atomic
def erase_places(
    *, places: Sequence[Place], keep: bool | None, by: User, at: datetime, reason: str = ""
) -> int:
    """Erase somebody who comes along with others from these `places` of one structure; returns invitations cancelled.

    `keep` as for `erase_person`. A party that waits goes on, one person fewer. Raises DomainError, and erases nothing,
    where it can't be done whole.
    """
    if not places:
        raise DomainError("Cochez au moins une ligne à effacer.", field="places")
    said = (
        {"raison": sound_reason(reason, names=[one.name for one in places])}
        if by.role == User.Role.STAFF
        else {}
    )
    cancelled = 0
    for place in sorted(places, key=lambda one: (one.performance.pk, one.key)):
        cancelled += _erase_place(place, keep=keep, by=by, at=at)
        audit.record(at=at, actor=by, verb="nom effacé", subject=place.row, **said)
    return cancelled


def _erase_place(place: Place, *, keep: bool | None, by: User, at: datetime) -> int:
    row = place.row
    if isinstance(row, WaitlistGuest):
        _one_fewer_waits(row, at=at)
    elif isinstance(row, DrawGuest):
        _one_fewer_asks(row, at=at)
    else:
        return _erase_invitation(row, keep=keep, by=by, at=at)
    return 0


def _erase_invitation(invitation: Invitation, *, keep: bool | None, by: User, at: datetime) -> int:
    to_come = invitation.is_live and invitation.performance.starts_at > at
    if to_come and keep is None:
        raise DomainError(CHOOSE, field="future")
    this = Invitation.objects.filter(pk=invitation.pk)
    if to_come and keep:
        this.update(forget=True)
        return 0
    if to_come:
        cancel_invitation(invitation=invitation, by=by, at=at)
    _blank(this, at=at)
    return int(to_come)


def _one_fewer_waits(guest: WaitlistGuest, *, at: datetime) -> None:
    """A party that waits is one smaller; where seats are held for it, one of them goes to others."""
    performance = offers.lock(guest.entry.performance)
    entry = WaitlistEntry.objects.live().filter(pk=guest.entry_id).first()
    ledger.remember(WaitlistGuest, [guest.pk], at=at)
    if WaitlistGuest.objects.filter(pk=guest.pk).delete()[0] and entry:
        WaitlistEntry.objects.filter(pk=entry.pk).update(seats=F("seats") - 1)
        if entry.is_offered:
            offers.let_go(performance=performance, seats=1)
            performance.seats_left += 1
            performance.seats_held -= 1
        promotion.pass_on(performance=performance, at=at)


def _one_fewer_asks(guest: DrawGuest, *, at: datetime) -> None:
    """A party that asked of a draw is one smaller, while requests are open."""
    request = guest.request
    offers.lock(request.draw.performance)
    now = DrawRequest.objects.filter(pk=request.pk, outcome=DrawRequest.Outcome.WAITING).first()
    if now:
        _open_draw(now, at=at)
    ledger.remember(DrawGuest, [guest.pk], at=at)
    if DrawGuest.objects.filter(pk=guest.pk).delete()[0] and now:
        DrawRequest.objects.filter(pk=now.pk).update(seats=F("seats") - 1)


def _open_draw(request: DrawRequest, *, at: datetime) -> None:
    if not Draw.objects.get(pk=request.draw_id).takes_requests(at=at):
        raise DomainError(DRAW_CLOSED)


def _blank(invitations, *, at: datetime) -> None:
    """Erase the names on these papers, and every drawing that shows them."""
    found = dict(invitations.named().values_list("pk", "booking_id"))
    if not found:
        return
    bookings = Booking.objects.filter(pk__in=found.values())
    shown = Q(booking__in=bookings) | Q(group__bookings__in=bookings)
    PartyDocument.objects.filter(pk__in=PartyDocument.objects.filter(shown).values("pk")).delete()
    told = {str(pk) for pk in found.values()}
    structures = bookings.values("structure")
    runs = PrintRun.objects.filter(structure__in=structures).values_list("pk", "bookings")
    PrintRun.objects.filter(pk__in=[pk for pk, ones in runs if told.intersection(ones)]).delete()
    ledger.remember(Invitation, found, at=at)
    Invitation.objects.filter(pk__in=found).update(**NOBODY)


# --- Corrected -----------------------------------------------------------------------------------------------------


@transaction.atomic
def correct_places(
    *, places: Iterable[Place], given_name: str, family_name: str, by: User, at: datetime
) -> None:
    """Write the right name wherever somebody who comes along is named; papers to come follow."""
    for place in places:
        row = place.row
        type(row).objects.filter(pk=row.pk).update(given_name=given_name, family_name=family_name)
        if isinstance(row, Invitation) and row.is_live and row.performance.starts_at > at:
            papers.draw_again(booking=row.booking, at=at)
        audit.record(at=at, actor=by, verb="nom corrigé", subject=row)


# --- Asked of the association ----------------------------------------------------------------------------------------


@transaction.atomic
def search_for_team(
    *, structure: Structure, words: str, reason: str, by: User, at: datetime
) -> tuple[list[Participant], list[Place]]:
    """Whom a structure's data names so, for somebody of the team who says why (F1); the reason is kept.

    Raises DomainError as `read_names`, where the reason holds what is searched for.
    """
    said = sound_reason(reason, names=[words])
    audit.record(at=at, actor=by, verb="personne cherchée", subject=structure, raison=said)
    people = Participant.objects.filter(structure=structure).search(words) if words.strip() else []
    return people, places_named(structure.pk, words)
