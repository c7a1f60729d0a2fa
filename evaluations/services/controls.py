"""What the team notes of a finding, or is told of a venue's welcome (E5)."""

from datetime import date, datetime

from django.db import transaction

from common import audit
from common.dates import local_day
from common.errors import DomainError
from evaluations.models import Finding, Outcome
from partners.models import User, Venue

CLOSED = "Ce constat est déjà traité."


@transaction.atomic
def note_outcome(
    *,
    finding: Finding,
    kind: str,
    words: str,
    on: date,
    look_again_on: date | None,
    by: User,
    at: datetime,
) -> Outcome:
    """Staff note what came of a finding on the day `on`; anything but « À suivre » closes it.

    `look_again_on` is the day to look again of one to follow, and of no other. Raises DomainError for a closed finding,
    a day to come, words that are missing, a day to look again that is missing or past.
    """
    today, words = local_day(at), words.strip()
    follow = kind == Outcome.Kind.FOLLOW
    if kind in Outcome.WORDED and not words:
        raise DomainError("Écrivez en quelques mots ce qui s'est dit, ou ce qui est à suivre.", field="words")
    if on > today:
        raise DomainError("Ce jour est à venir : notez la suite quand elle a eu lieu.", field="on")
    if follow and (look_again_on is None or look_again_on <= today):
        raise DomainError("Choisissez un jour à venir pour y revenir.", field="look_again_on")
    again = look_again_on if follow else None
    closed = None if follow else at
    if not Finding.objects.open().filter(pk=finding.pk).update(look_again_on=again, closed_at=closed):
        raise DomainError(CLOSED)
    outcome = Outcome.objects.create(
        finding=finding, kind=kind, words=words, on=on, look_again_on=again, by=by, written_at=at
    )
    audit.record(at=at, actor=by, verb="suite d'un constat notée", subject=finding, suite=kind)
    return outcome


@transaction.atomic
def tell_welcome(*, venue: Venue, words: str, by: User, at: datetime) -> Finding:
    """Staff write down what somebody told of the welcome at a venue. Raises DomainError without words."""
    if not words.strip():
        raise DomainError(
            "Écrivez ce qui s'est passé, sans aucun nom de personne accompagnée.", field="words"
        )
    finding = Finding.objects.create(
        kind=Finding.Kind.WELCOME,
        venue=venue,
        words=words.strip(),
        since=local_day(at),
        told_by=by,
        seen_at=at,
    )
    audit.record(at=at, actor=by, verb="accueil signalé", subject=finding)
    return finding
