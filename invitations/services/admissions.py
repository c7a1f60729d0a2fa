"""What several phones did at one door becomes one result, in whatever order it arrives (D9).

Phones that had no network let people in on their own knowledge; each says afterwards what it did. The result is worked
out from all admissions that stand for an invitation, never from the order in which they came: the earliest counts, the
others are told as doubles. None is thrown away.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from uuid import UUID

from django.conf import settings
from django.db import transaction

from common import audit
from common.errors import DomainError
from invitations.models import Admission, Invitation
from invitations.services.door import Answer, Verdict, admit, is_today, state
from offers.models import Performance
from partners.models import User

TOO_LATE = (
    f"Cela fait plus de {settings.DOOR_UNDO_SECONDS} secondes : cette entrée reste notée. En cas d'erreur, appelez "
    "l'équipe."
)


@dataclass(frozen=True)
class Claim:
    """What a phone says that it did: let somebody in `at`, and perhaps took it back."""

    key: UUID
    invitation: UUID
    at: datetime
    undone_at: datetime | None = None


@dataclass(frozen=True)
class Doubt:
    """An invitation by which somebody came in who shouldn't have: used twice, or not valid any more."""

    verdict: Verdict
    invitation: Invitation
    admissions: tuple[Admission, ...]


def ask(*, claims: Sequence[Claim], phone: str, by: User, at: datetime) -> list[Answer | None]:
    """May these people enter now? With the network the server lets each in once, as `admit`.

    None for an invitation that isn't the venue's. Raises DomainError for more than DOOR_BATCH_MAX at once.
    """
    _refuse_too_many(claims)
    mine = Invitation.objects.of_venue(by).in_bulk([claim.invitation for claim in claims])
    return [
        admit(invitation=mine[claim.invitation], by=by, at=at, phone=phone, key=claim.key)
        if claim.invitation in mine
        else None
        for claim in claims
    ]


@transaction.atomic
def merge(*, claims: Sequence[Claim], phone: str, by: User, at: datetime) -> list[Answer | None]:
    """Write down what a phone did, and say what became of it: one answer for each claim, in their order.

    ADMITTED for the admission that counts, ALREADY for a double, else why it admits nobody; None for an invitation that
    isn't the venue's. Sent again, it changes nothing. Raises DomainError for more than DOOR_BATCH_MAX at once.
    """
    _refuse_too_many(claims)
    held = _held({claim.invitation for claim in claims}, by=by)
    written = [_write(claim, held.get(claim.invitation), phone=phone, by=by, at=at) for claim in claims]
    standing = {invitation.pk: _settle(invitation) for invitation in held.values()}
    return [
        _answer(admission, held[admission.invitation_id], standing[admission.invitation_id])
        if admission
        else None
        for admission in written
    ]


@transaction.atomic
def undo(*, admissions: Iterable[UUID], by: User, at: datetime) -> int:
    """Take back what a slip of the hand let in, within a minute; those people are expected again. Returns how many.

    Raises DomainError once the minute is over, and takes none back.
    """
    found = Admission.objects.of_venue(by).standing().filter(pk__in=admissions)
    held = _held(set(found.values_list("invitation", flat=True)), by=by)
    count = 0
    for admission in found:
        if not admission.may_be_undone(at=at):
            raise DomainError(TOO_LATE)
        count += _take_back(admission, undone_at=at, by=by, at=at)
    for invitation in held.values():
        _settle(invitation)
    return count


def doubts(performance: Performance) -> list[Doubt]:
    """What the desk must look at after a merge: who came in twice, and who came in though cancelled or excused.

    None for a date that is cancelled as a whole. One query.
    """
    if performance.cancelled_at:
        return []
    rows = Admission.objects.standing().of_date(performance).order_by("invitation_id", "at", "pk")
    found = []
    for invitation, group in groupby(rows, key=lambda admission: admission.invitation):
        invitation.performance = performance
        admissions = tuple(group)
        standing = _in_time(admissions, invitation)
        verdicts = {_answer(one, invitation, standing).verdict for one in admissions}
        if worst := verdicts - {Verdict.ADMITTED}:
            found.append(Doubt(min(worst), invitation, admissions))
    return sorted(found, key=lambda doubt: (doubt.admissions[-1].at, doubt.invitation.pk))


def _refuse_too_many(claims: Sequence[Claim]) -> None:
    if len(claims) > settings.DOOR_BATCH_MAX:
        raise DomainError("C'est trop d'entrées d'un coup : rechargez la page du téléphone.")


def _held(invitations: set[UUID], *, by: User) -> dict[UUID, Invitation]:
    """The venue's own among `invitations`, their rows held in one order, so that phones never wait in a ring."""
    mine = Invitation.objects.of_venue(by).filter(pk__in=invitations).order_by("pk")
    rows = mine.select_for_update(of=("self",), no_key=True).select_related(
        "performance", "booking__structure"
    )
    return {invitation.pk: invitation for invitation in rows}


def _write(
    claim: Claim, invitation: Invitation | None, *, phone: str, by: User, at: datetime
) -> Admission | None:
    if invitation is None:
        return None
    admission, is_new = Admission.objects.get_or_create(
        pk=claim.key,
        defaults={
            "invitation": invitation,
            "at": claim.at,
            "phone": phone,
            "by": by,
            "received_at": at,
        },
    )
    if admission.invitation_id != invitation.pk:
        return None
    if is_new:
        audit.record(at=at, actor=by, verb="entrée reçue d'un téléphone", subject=invitation, phone=phone)
    if claim.undone_at and claim.undone_at >= admission.at and admission.may_be_undone(at=claim.undone_at):
        _take_back(admission, undone_at=claim.undone_at, by=by, at=at)
    return admission


def _take_back(admission: Admission, *, undone_at: datetime, by: User, at: datetime) -> int:
    undone = Admission.objects.standing().filter(pk=admission.pk).update(undone_at=undone_at)
    admission.undone_at = undone_at
    if undone:
        audit.record(at=at, actor=by, verb="entrée reprise", subject=admission.invitation)
    return undone


def _in_time(admissions: Iterable[Admission], invitation: Invitation) -> list[Admission]:
    """Those that stand and were on the right day, the one that counts first."""
    standing = [
        one for one in admissions if one.undone_at is None and is_today(invitation.performance, at=one.at)
    ]
    return sorted(standing, key=lambda one: (one.at, one.pk))


def _settle(invitation: Invitation) -> list[Admission]:
    """Make the held invitation say what its admissions say: come at the earliest of them, or still expected.

    One that is cancelled, excused by the desk or the team, or paused stays so: the server is the judge; what its
    structure said gives way. Returns the admissions that stand.
    """
    admissions = list(invitation.admissions.all())
    standing = _in_time(admissions, invitation)
    row, status = Invitation.objects.filter(pk=invitation.pk), Invitation.Status
    come = row.filter(status=status.ATTENDED, admitted_at__in=[one.at for one in admissions])
    if standing:
        row.expected().not_paused().update(status=status.ATTENDED, admitted_at=standing[0].at, noted_at=None)
        come.update(admitted_at=standing[0].at)
    else:
        come.update(status=status.VALID, admitted_at=None)
    invitation.refresh_from_db(fields=["status", "admitted_at", "noted_at"])
    return standing


def _answer(admission: Admission, invitation: Invitation, standing: list[Admission]) -> Answer:
    if admission.undone_at:
        verdict = Verdict.UNDONE
    elif admission not in standing:
        verdict = Verdict.WRONG_DATE
    elif invitation.status != Invitation.Status.ATTENDED:
        verdict = state(invitation, at=admission.at)
    else:
        verdict = Verdict.ADMITTED if admission == standing[0] else Verdict.ALREADY
    return Answer(verdict, invitation, admission)
