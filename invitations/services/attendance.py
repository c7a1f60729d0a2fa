"""Who came, as their structure says it after an outing (E1). What the door and the team noted stays theirs."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from django.db import transaction

from common import audit
from common.errors import DomainError
from common.models import AuditEntry
from invitations.models import Invitation
from partners.models import Structure, User

Status = Invitation.Status
ANSWERS = (Status.ATTENDED, Status.EXCUSED, Status.NO_SHOW, Status.VALID)  # the last one: nobody knows


@transaction.atomic
def note_attendance(
    *, structure: Structure, answers: Mapping[UUID, str], by: User, at: datetime
) -> dict[str, int]:
    """A structure says of invitations of its own who came; returns how many it changed, and how many it couldn't.

    `answers` gives each invitation one of ANSWERS; VALID takes back what the structure had said. `kept` counts those
    that the door or the team settled meanwhile, or whose time is over: they stay as they are. Raises DomainError for
    another answer.
    """
    if set(answers.values()) - set(ANSWERS):
        raise DomainError("Choisissez, pour chaque personne, l'une des réponses proposées.")
    mine = Invitation.objects.of_structure(structure).filter(pk__in=answers)
    held = mine.answerable(at=at).order_by("pk").select_for_update(of=("self",), no_key=True)
    statuses = {invitation.pk: invitation.status for invitation in held.only("status")}
    changed = {pk: answers[pk] for pk, status in statuses.items() if answers[pk] != status}
    for answer in ANSWERS:
        theirs = [pk for pk, given in changed.items() if given == answer]
        noted_at = None if answer == Status.VALID else at
        Invitation.objects.filter(pk__in=theirs).update(status=answer, noted_at=noted_at)
    AuditEntry.objects.bulk_create(
        audit.entry(at=at, actor=by, verb="présence notée", subject=Invitation(pk=pk), réponse=answer)
        for pk, answer in changed.items()
    )
    return {"changed": len(changed), "kept": len(answers) - len(statuses)}
