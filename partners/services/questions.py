"""Questions to the team (C12)."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from common import audit, outbox
from common.errors import DomainError
from common.throttle import Throttle, network_of
from partners import emails
from partners.models import Question, User


@transaction.atomic
def ask_team(*, question: Question, address: str, at: datetime) -> Question:
    """Keep a question and tell the team, whose mail says from where it came and holds none of its words (C12).

    `address` is the network address, which limits how many are asked and is kept hashed, for an hour. Raises
    TooManyAttempts.
    """
    Throttle(
        scope="question",
        key=network_of(address),
        limit=settings.QUESTIONS_AN_HOUR,
        within=timedelta(hours=1),
        sentence=f"Vous avez déjà posé plusieurs questions. Appelez-nous : {settings.PORTAL_CONTACT_PHONE}.",
    ).take(at=at)
    question.asked_at = at
    question.save(force_insert=True)
    outbox.post(emails.question_asked(question=question, at=at))
    audit.record(at=at, actor=question.account or audit.SYSTEM, verb="question posée", subject=question)
    return question


@transaction.atomic
def close_question(*, question: Question, by: User, at: datetime) -> None:
    """Note that somebody of the team answered. Raises DomainError where one did before."""
    if not Question.objects.open().filter(pk=question.pk).update(answered_at=at, answered_by=by):
        raise DomainError("Quelqu'un a déjà répondu à cette question.")
    audit.record(at=at, actor=by, verb="question traitée", subject=question)


def forget_questions(*, at: datetime) -> int:
    """Erase questions answered QUESTION_KEPT_DAYS ago; returns how many."""
    return Question.objects.to_forget(at=at).delete()[0]
