"""A structure's own list of people (D1, F1)."""

import re
from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from common import audit
from common.errors import DomainError
from common.text import normalise
from invitations.models import Booking, Invitation, Participant
from invitations.services import papers
from partners.models import Structure, User

GONE = "Cette personne n'est plus sur votre liste : elle vient d'être effacée."
REASON_MIN, REASON_MAX = 10, 300  # characters of the reason for which staff read names


@transaction.atomic
def add_participant(*, participant: Participant, by: User, at: datetime) -> Participant:
    """Put a person on the structure's list. Raises DomainError where the same name stands there already."""
    participant.structure = by.own_structure
    _refuse_same_name(participant, by=by)
    participant.save(force_insert=True)
    audit.record(at=at, actor=by, verb="personne ajoutée", subject=participant)
    return participant


def _refuse_same_name(participant: Participant, *, by: User) -> None:
    """Raise DomainError where somebody else of the list has this name, accents and case aside.

    The structure's row is held until the end of the transaction, so that two at once don't both find nobody.
    """
    Structure.objects.select_for_update(no_key=True).get(pk=participant.structure_id)
    others = Participant.objects.visible_to(by).exclude(pk=participant.pk)
    wanted = normalise(participant.full_name)
    if any(normalise(other.full_name) == wanted for other in others):
        raise DomainError(
            "Cette personne est déjà sur votre liste. Si c'est quelqu'un d'autre du même nom, ajoutez une "
            "précision au prénom.",
            field="family_name",
        )


@transaction.atomic
def change_participant(*, participant: Participant, by: User, at: datetime) -> Participant:
    """Correct a person's name or language; papers for outings to come follow (F3).

    Raises DomainError where the same name stands on the list already, or the person was erased meanwhile.
    """
    _refuse_same_name(participant, by=by)
    refuse_gone(participant)
    participant.save(force_update=True)
    to_come = Booking.objects.to_come(at=at).filter(participant=participant)
    Invitation.objects.filter(booking__in=to_come, kind=Invitation.Kind.PARTICIPANT).update(
        given_name=participant.given_name, family_name=participant.family_name
    )
    drawn = Q(document__isnull=False) | Q(group__document__isnull=False)
    for booking in to_come.filter(drawn):
        papers.draw_again(booking=booking, at=at)
    audit.record(at=at, actor=by, verb="personne modifiée", subject=participant)
    return participant


def refuse_gone(participant: Participant) -> None:
    """Raise DomainError where somebody of the list was erased since they were read (F3)."""
    if not participant._state.adding and not Participant.objects.filter(pk=participant.pk).exists():
        raise DomainError(GONE, field="participant")


@transaction.atomic
def read_names(*, booking: Booking, reason: str, by: User, at: datetime) -> list[str]:
    """The names of a booking's party, the participant's first, for somebody of the team who says why (F1).

    The reason is kept in the audit trail. Raises DomainError where it is shorter than REASON_MIN or longer than
    REASON_MAX characters, or holds a name of the party; nothing is read then.
    """
    names = [invitation.full_name for invitation in booking.invitations.order_by("position")]
    said = sound_reason(reason, names=names)
    audit.record(at=at, actor=by, verb="noms lus", subject=booking, raison=said)
    return names


def sound_reason(reason: str, *, names: Iterable[str]) -> str:
    """Why somebody of the team reads or erases `names`, as the trail keeps it. Raises DomainError as `read_names`."""
    reason = reason.strip()
    if not REASON_MIN <= len(reason) <= REASON_MAX:
        raise DomainError(
            f"Écrivez votre raison en une phrase, de {REASON_MIN} à {REASON_MAX} caractères.", field="reason"
        )
    said = _words(reason)
    squeezed = "".join(said)
    if any(
        "".join(_words(name)) in squeezed or any(word in said for word in _words(name) if len(word) > 2)
        for name in names
        if name
    ):
        raise DomainError(
            "Votre raison contient un nom de cette réservation : dites-la sans nommer personne.",
            field="reason",
        )
    return reason


def _words(text: str) -> list[str]:
    return re.findall(r"[^\W_]+", normalise(text))
