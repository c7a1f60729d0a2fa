"""At the venue's door: finding an invitation by its number or QR, and admitting once (D9)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import groupby
from uuid import UUID, uuid4

from django.conf import settings
from django.db import transaction

from common import audit
from common.codes import clean_code, is_token
from common.dates import start_of
from common.errors import DomainError
from common.throttle import Throttle
from invitations.models import Admission, Invitation
from invitations.services.booking import cancel_invitation, excuse
from offers.models import Performance
from partners.models import User

UNKNOWN = "Ce numéro n'est celui d'aucune invitation pour ce lieu. Vérifiez-le sur le papier, caractère par caractère."


class Verdict(StrEnum):
    """What the desk is told; templates give each its words, colour and shape."""

    ADMITTED = "admitted"
    ALREADY = "already"
    CANCELLED = "cancelled"
    WRONG_DATE = "wrong_date"
    EXCUSED = "excused"
    PAUSED = "paused"
    UNKNOWN = "unknown"
    UNDONE = "undone"


@dataclass(frozen=True)
class Answer:
    """The verdict on one invitation, as it stands now; and the admission that it is about, where one is written."""

    verdict: Verdict
    invitation: Invitation
    admission: Admission | None = None


def find(*, typed: str, by: User, at: datetime) -> Invitation:
    """The invitation with this number, or this token of a QR, for any date of the venue's own (F1).

    Raises DomainError with the same words for a wrong, an unknown and another venue's number, after the same
    work, and TooManyAttempts, before any look-up, once too many were tried.
    """
    throttle = Throttle(
        scope="door",
        key=str(by.pk),
        limit=settings.DOOR_ATTEMPTS,
        within=timedelta(minutes=settings.DOOR_ATTEMPTS_MINUTES),
        sentence="Trop de numéros refusés en peu de temps. Attendez un moment, ou cherchez sur la liste d'accueil.",
    )
    throttle.take(at=at)
    code = {"token": typed} if is_token(typed) else {"number": clean_code(typed)}
    invitation = Invitation.objects.of_venue(by).filter(**code).first()
    if invitation is None:
        raise DomainError(UNKNOWN, field="number")
    throttle.give_back()
    return invitation


def party_of(*, invitation: Invitation, by: User, at: datetime) -> list[Invitation]:
    """Everybody of the invitation's party, the participant first; nameless unless the door is near (F1)."""
    party = list(
        Invitation.objects.of_venue(by)
        .filter(booking=invitation.booking_id)
        .select_related("booking__structure", "performance__event__venue__commune")
        .order_by("position")
    )
    if not invitation.performance.is_near_door(at=at):
        for person in party:
            person.given_name = person.family_name = ""
    return party


def admit(
    *, invitation: Invitation, by: User, at: datetime, phone: str = "", key: UUID | None = None
) -> Answer:
    """Let one person in, once (D9): of simultaneous scans one gets ADMITTED, the others ALREADY.

    `key` names the gesture: asked again with the same one, the answer stays.
    """
    keys = {invitation.pk: key} if key else {}
    return _admit(Invitation.objects.filter(pk=invitation.pk), by=by, at=at, phone=phone, keys=keys)[0]


def admit_party(*, invitation: Invitation, by: User, at: datetime) -> list[Answer]:
    """Let in, in one gesture, everybody of the party who is still expected; one answer for each of the party."""
    party = Invitation.objects.filter(booking=invitation.booking_id).order_by("position")
    return _admit(party, by=by, at=at, phone="", keys={})


@transaction.atomic
def _admit(invitations, *, by: User, at: datetime, phone: str, keys: dict[UUID, UUID]) -> list[Answer]:
    answers = []
    for invitation in invitations.select_related("performance", "booking__structure"):
        key = keys.get(invitation.pk)
        asked = Admission.objects.filter(pk=key).first() if key else None
        if asked:
            stands = asked.invitation_id == invitation.pk and asked.undone_at is None
            answers.append(Answer(Verdict.ADMITTED if stands else Verdict.UNKNOWN, invitation, asked))
            continue
        verdict, admission = state(invitation, at=at), None
        if verdict is Verdict.ADMITTED:
            admitted = (
                Invitation.objects.expected()
                .not_paused()
                .filter(pk=invitation.pk)
                .update(status=Invitation.Status.ATTENDED, admitted_at=at, noted_at=None)
            )
            invitation.refresh_from_db(fields=["status", "admitted_at", "noted_at"])
            if admitted:
                admission = Admission.objects.create(
                    pk=key or uuid4(), invitation=invitation, at=at, phone=phone, by=by, received_at=at
                )
                audit.record(at=at, actor=by, verb="admis·e", subject=invitation)
            else:  # another desk was faster, or it was cancelled or paused meanwhile
                invitation.booking.structure.refresh_from_db(fields=["suspended_at"])
                verdict = state(invitation, at=at)
        answers.append(Answer(verdict, invitation, admission))
    return answers


def state(invitation: Invitation, *, at: datetime) -> Verdict:
    """What the desk is told of this invitation as it stands; ADMITTED where it may enter now."""
    status = Invitation.Status
    settled: dict[str, Verdict] = {
        status.CANCELLED: Verdict.CANCELLED,
        status.ATTENDED: Verdict.ALREADY,
        status.EXCUSED: Verdict.EXCUSED,
    }
    if invitation.status in settled and invitation.noted_at is None:
        return settled[invitation.status]
    if invitation.is_paused:
        return Verdict.PAUSED
    return Verdict.ADMITTED if is_today(invitation.performance, at=at) else Verdict.WRONG_DATE


def doors(performance: Performance) -> tuple[datetime, datetime]:
    """When people may enter: from the beginning of the date's day to its end, past midnight while it goes on."""
    late = timedelta(hours=settings.DOOR_LATE_HOURS)
    until = performance.ends_at or performance.starts_at + late
    return start_of(performance.day), max(start_of(performance.day + timedelta(days=1)), until)


def is_today(performance: Performance, *, at: datetime) -> bool:
    """Whether people may enter at `at`."""
    opens, closes = doors(performance)
    return opens <= at < closes


def parties(invitations) -> list[list[Invitation]]:
    """The door list: each party together, the participant's first, parties in order of the participant's name."""
    rows = sorted(
        invitations.select_related("booking__structure"),
        key=lambda person: (person.booking_id, person.position),
    )
    together = [list(party) for _, party in groupby(rows, key=lambda person: person.booking_id)]
    return sorted(together, key=lambda party: party[0].sort_name)


def withdraw(*, invitation: Invitation, by: User, at: datetime) -> None:
    """Somebody phoned the desk: cancelled before the start, the seat serves again; excused after it (D4).

    Raises DomainError where it is cancelled or settled already.
    """
    if invitation.performance.starts_at > at:
        cancel_invitation(invitation=invitation, by=by, at=at)
    else:
        excuse(invitation=invitation, by=by, at=at)
