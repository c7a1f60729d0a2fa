"""La Criée: words come in, are read before anybody else reads them, and leave when their author wants (E3).

Every judgement holds the opinion's row, so that of a moderator who publishes and an author who takes back at the same
moment the second one is told.
"""

import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from common import audit, outbox
from common.dates import local_day
from common.errors import DomainError
from common.languages import say
from common.text import normalise, plain
from common.throttle import Throttle, network_of
from evaluations.emails import criee as emails
from evaluations.models import Charter, Opinion, OpinionReport, Reason
from invitations.models import Participant
from partners.models import User

State = Opinion.State
AUTHOR = "auteur·rice de l'avis"  # who acts with the secret link, in the trail
SOMEBODY = "visiteur·se de la Criée"

# What a moderator looks at twice. A number of eight digits or more, however it is cut, may be a telephone.
HINTS = {
    "name": "Un nom de la liste de cette structure est peut-être dedans.",
    "phone": "On dirait un numéro de téléphone.",
    "email": "On dirait une adresse e-mail.",
    "link": "On dirait l'adresse d'un site.",
}
LOOKS = {
    "phone": re.compile(r"(?:\d[\s.()/-]*){8,}"),
    "email": re.compile(r"[^\s@]+@[^\s@]+\.\w"),
    "link": re.compile(r"https?://|www\.", re.IGNORECASE),
}
WORDS = re.compile(r"\w+")
NAME_MIN = 3  # letters; shorter ones are words of every language


# --- Coming in ------------------------------------------------------------------------------------


def give(*, opinion: Opinion, token: str, account: User | None, address: str, at: datetime) -> Opinion:
    """Keep what somebody says, not yet published; `token` opens it to its author alone. Sent twice, it is kept once.

    An account of a structure passes on somebody's words; a venue's speaks for the venue, and answers only. Raises
    TooManyAttempts where too much came lately from the account or the network `address`, or from anywhere; DomainError
    where what it answers isn't published.
    """
    known = Opinion.objects.filter(token_hash=Opinion.hash_of(token)).first()
    if known:
        return known
    if opinion.answers_to is None and account and account.role == User.Role.VENUE:
        raise DomainError("Un lieu répond aux avis : choisissez un avis, puis « Répondre ».")
    _slow_down(
        "criee", _source(account, address), limit=settings.CRIEE_SENT, overall=settings.CRIEE_SENT_ALL, at=at
    )
    return _keep(opinion, token=token, account=account, at=at)


@transaction.atomic
def _keep(opinion: Opinion, *, token: str, account: User | None, at: datetime) -> Opinion:
    if opinion.answers_to:
        _published(opinion.answers_to)
    charter = Charter.objects.current(at=at)
    if charter is None:
        raise DomainError("La charte n'est pas encore écrite : revenez bientôt.")
    structure = account.structure if account and account.books else None
    people = Participant.objects.filter(structure=structure) if structure else ()
    text = plain(opinion.text)
    kept, first = Opinion.objects.get_or_create(
        token_hash=Opinion.hash_of(token),
        defaults={
            "answers_to": opinion.answers_to,
            "event": opinion.event,
            "venue": opinion.event.venue if opinion.event else None,
            "kind": opinion.event.kind if opinion.event else opinion.kind,
            "stance": opinion.stance,
            "language": opinion.language,
            "text": text,
            "pseudonym": plain(opinion.pseudonym, lines=False),
            "structure": structure,
            "speaks_for": account.venue if account else None,
            "charter": charter,
            "hints": hints_in(f"{text} {opinion.pseudonym}", people=people),
            "created_at": at,
        },
    )
    if first:
        audit.record(at=at, actor=account or SOMEBODY, verb="avis reçu", subject=kept)
    return kept


def hints_in(text: str, *, people: Iterable[Participant] = ()) -> list[str]:
    """What a moderator should look at twice in `text`, keys of HINTS: somebody of `people`, a telephone, an address."""
    found = [hint for hint, look in LOOKS.items() if look.search(text)]
    words = _spelt(text)
    names = (name for person in people for name in (person.given_name, person.family_name))
    if any(len(name.strip()) >= NAME_MIN and _spelt(name) in words for name in names):
        found.insert(0, "name")
    return found


def _spelt(text: str) -> str:
    """The words of `text` between single spaces, accents, case and signs aside: a name is found in it as a whole."""
    return f" {' '.join(WORDS.findall(normalise(text)))} "


# --- Judging --------------------------------------------------------------------------------------


@transaction.atomic
def publish(*, opinion: Opinion, by: User, at: datetime) -> Opinion:
    """Let everybody read it, for the first time or again; reports of it are settled, and its venue hears of it once.

    Raises DomainError where its author took it back, or its words are erased.
    """
    opinion = _held(opinion)
    if not opinion.text:
        raise DomainError("Les mots de cet avis sont effacés : il ne se publie plus.")
    opinion.state, opinion.refusal, opinion.refusal_words = State.PUBLISHED, "", ""
    opinion.published_at = opinion.published_at or at
    _decided(opinion, verb="avis publié", by=by, at=at)
    if opinion.event and opinion.answers_to is None:
        readers = User.objects.filter(venue=opinion.event.venue_id, is_active=True).order_by("pk")
        outbox.post(*(emails.opinion_published(opinion=opinion, reader=one, at=at) for one in readers))
    return opinion


@transaction.atomic
def refuse(*, opinion: Opinion, reason: str, words: str = "", by: User, at: datetime) -> Opinion:
    """Don't publish it, or publish it no longer; its author reads the reason and `words`.

    Raises DomainError without words where the reason is none of the list, or where its author took it back.
    """
    if reason == Reason.OTHER and not words.strip():
        raise DomainError("Écrivez la raison : la personne qui a écrit la lira.", field="words")
    opinion = _held(opinion)
    if opinion.is_withdrawn:
        raise DomainError("Cet avis est déjà retiré par la personne qui l'a écrit.")
    opinion.state, opinion.refusal, opinion.refusal_words = State.REFUSED, reason, words.strip()
    _decided(opinion, verb="avis refusé", by=by, at=at, raison=reason)
    return opinion


def _decided(opinion: Opinion, *, verb: str, by: User, at: datetime, **details: str) -> None:
    opinion.decided_at, opinion.decided_by = at, by
    opinion.save()
    settled = opinion.reports.filter(settled_at=None).update(settled_at=at)
    audit.record(at=at, actor=by, verb=verb, subject=opinion, signalements=settled, **details)


@transaction.atomic
def withdraw(*, opinion: Opinion, at: datetime) -> Opinion:
    """Its author takes it back: nobody reads it any more, and its words are erased for good. Twice changes nothing."""
    opinion = _held(opinion)
    if opinion.is_withdrawn:
        return opinion
    opinion.state, opinion.withdrawn_at = State.WITHDRAWN, at
    _erase(opinion)
    audit.record(at=at, actor=AUTHOR, verb="avis retiré", subject=opinion)
    return opinion


# --- Reporting ------------------------------------------------------------------------------------


def report(
    *, opinion: Opinion, reason: str, words: str = "", account: User | None, address: str, at: datetime
) -> Opinion:
    """Send published words back to the queue; the CRIEE_REPORTS_HIDE-th report hides them until they are read again.

    A network counts once for each opinion. What the team judged after a report stays readable, however many follow:
    a crowd silences nobody. Raises TooManyAttempts, and DomainError where the words aren't published.
    """
    source = _source(account, address)
    _slow_down("report", source, limit=settings.CRIEE_REPORTS, overall=settings.CRIEE_REPORTS_ALL, at=at)
    with transaction.atomic():
        opinion = _published(_held(opinion))
        _, first = OpinionReport.objects.get_or_create(
            opinion=opinion,
            reporter=OpinionReport.reporter_of(opinion, source),
            defaults={"reason": reason, "words": plain(words), "reported_at": at},
        )
        if first:
            audit.record(
                at=at, actor=account or SOMEBODY, verb="avis signalé", subject=opinion, raison=reason
            )
            _hide(opinion, at=at)
    return opinion


def _hide(opinion: Opinion, *, at: datetime) -> None:
    reports = list(opinion.reports.values_list("settled_at", flat=True))
    if any(reports) or len(reports) < settings.CRIEE_REPORTS_HIDE:
        return
    opinion.state = State.HIDDEN
    opinion.save()
    audit.record(at=at, actor=audit.SYSTEM, verb="avis masqué", subject=opinion, signalements=len(reports))


# --- By themselves --------------------------------------------------------------------------------


def tell_team(*, at: datetime) -> bool:
    """Tell the team, once a day at most and only where something waits, how much there is to read."""
    if timezone.localtime(at).hour < settings.CRIEE_DIGEST_HOUR:
        return False
    waiting, reported = Opinion.objects.unread().count(), Opinion.objects.reported().count()
    if not waiting and not reported:
        return False
    oldest = Opinion.objects.to_judge().order_by("created_at").values_list("created_at", flat=True).first()
    days = (local_day(at) - local_day(oldest)).days if oldest else 0
    outbox.post(emails.queue_digest(waiting=waiting, reported=reported, days=days, at=at))
    return True


def forget_refused(*, at: datetime) -> int:
    """Erase the words of what was refused CRIEE_REFUSED_KEPT_DAYS ago; returns how many."""
    forgotten = 0
    for row in Opinion.objects.to_forget(at=at):
        with transaction.atomic():
            opinion = _held(row)
            if opinion.state == State.REFUSED:
                _erase(opinion)
                audit.record(at=at, actor=audit.SYSTEM, verb="mots refusés effacés", subject=opinion)
                forgotten += 1
    return forgotten


# --- How ------------------------------------------------------------------------------------------


def find(token: str) -> Opinion | None:
    """The opinion that a secret link opens to its author."""
    return Opinion.objects.with_subject().filter(token_hash=Opinion.hash_of(token)).first()


def _held(opinion: Opinion) -> Opinion:
    return Opinion.objects.select_for_update(no_key=True).get(pk=opinion.pk)


def _published(opinion: Opinion) -> Opinion:
    """The opinion. Raises DomainError where nobody may read it."""
    if not Opinion.objects.published().filter(pk=opinion.pk).exists():
        raise DomainError(say("criee.gone"))
    return opinion


def _erase(opinion: Opinion) -> None:
    opinion.text, opinion.pseudonym, opinion.refusal_words, opinion.hints = "", "", "", []
    opinion.save()
    opinion.reports.update(words="")


def _source(account: User | None, address: str) -> str:
    return f"account {account.pk}" if account else network_of(address)


def _slow_down(scope: str, source: Any, *, limit: int, overall: int, at: datetime) -> None:
    """Count one attempt of `source`, and one of everybody. Raises TooManyAttempts."""
    for key, most in ((source, limit), ("", overall)):
        Throttle(
            scope=scope,
            key=key,
            limit=most,
            within=timedelta(minutes=settings.CRIEE_MINUTES),
            sentence=say("criee.too_many"),
        ).take(at=at)
