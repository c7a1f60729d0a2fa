"""The breach procedure, step by step: each writes its row, its letter, its mail and its trace together (B5).

Whoever takes a step holds the partner's row first, as a booking and a suspension do. Letters are drawn before, so
that nobody waits for them.
"""

from datetime import date, datetime, timedelta
from typing import cast

from django.conf import settings
from django.db import transaction

from common import audit, outbox
from common.crypto import fingerprint
from common.dates import local_day
from common.errors import DomainError
from conventions.documents.breaches import letter_pdf
from conventions.emails import breaches as emails
from conventions.models import Agreement, Breach, BreachLetter, EvidenceEntry
from conventions.models.breaches import Side
from conventions.services import evidence
from partners.models import Structure, User, Venue
from partners.services import close_partner, hold, lift_suspension, suspend

Kind, State = BreachLetter.Kind, Breach.State
OTHER_OFFER = (
    "Une autre proposition est arrivée entre-temps : relisez-la, puis acceptez-la si elle vous convient."
)
NOT_YOURS = "Cette convention n'est pas celle de votre structure ou de votre lieu."


def notice(*, agreement: Agreement, grounds: str, by: User, at: datetime) -> Breach:
    """Notice a breach to the other party by simple letter; the partner's account is suspended at once.

    By the team to a partner, or by who answers for the partner to the association. Raises DomainError without
    grounds, for an agreement that isn't in force, and where a procedure is open already.
    """
    grounds, on = (
        _words(grounds, "Écrivez ce qui s'est passé : l'autre partie doit pouvoir y répondre."),
        local_day(at),
    )
    case = Breach(agreement=agreement, notifier=Side.PARTNER, grounds=grounds)
    side = case.side_of(by)
    if side is None:
        raise DomainError(NOT_YOURS)
    if not Agreement.objects.in_force(on=on).filter(pk=agreement.pk).exists():
        raise DomainError(
            "Cette convention n'est pas en vigueur aujourd'hui : il n'y a rien à suspendre ni à résilier.",
            field="agreement",
        )
    case.notifier, case.noticed_on = side, on
    case.explain_by = on + timedelta(days=settings.BREACH_EXPLAIN_DAYS)
    content = letter_pdf(breach=case, kind=Kind.NOTICE, on=on)
    return _open(agreement, side, grounds, content, by=by, at=at)


@transaction.atomic
def _open(
    agreement: Agreement, side: Side, grounds: str, content: bytes, *, by: User, at: datetime
) -> Breach:
    held, on = hold(agreement.partner), local_day(at)
    if Breach.objects.open().filter(agreement=agreement).exists():
        raise DomainError(
            "Une procédure est déjà ouverte pour cette convention : suivez-la, ou attendez qu'elle se termine.",
            field="agreement",
        )
    suspension = None
    if not held.is_suspended:
        who = "l'association" if side is Side.ASSOCIATION else held.name
        reason = f"Un manquement a été signalé par {who} le {on:%d/%m/%Y}. La lettre est sur « Notre partenariat »."
        suspension = suspend(partner=agreement.partner, reason=reason, by=by, at=at)
    breach = Breach.objects.open_case(
        agreement=agreement, notifier=side, grounds=grounds, on=on, suspension=suspension
    )
    _keep_letter(breach, Kind.NOTICE, content, sender=side, at=at)
    outbox.post(*emails.noticed(breach=breach, at=at))
    _trace(breach, "manquement signalé", by=by, at=at)
    return breach


def explain(*, breach: Breach, words: str, by: User, at: datetime, received_on: date | None = None) -> Breach:
    """The party to whom the breach is laid explains; after its delay that is noted as late (B5).

    `received_on` is the day on which explanations came by post, for the team who writes them down.
    """
    words, on = _words(words, "Écrivez vos explications."), local_day(at)
    side = breach.side_of(by)
    day = on
    if received_on and side is Side.ASSOCIATION and breach.answerer is Side.PARTNER:
        day = received_on
        if not breach.noticed_on <= day <= on:
            raise DomainError(
                f"Ce jour doit se trouver entre le {breach.noticed_on:%d/%m/%Y} et aujourd'hui.",
                field="received_on",
            )
    _refuse(breach, "explain", side=side, on=on)
    content = letter_pdf(breach=breach, kind=Kind.RECEIPT, on=on, words=words, received_on=day)
    return _explain(breach, words, day, content, side=side, by=by, at=at)


@transaction.atomic
def _explain(breach, words, day, content, *, side, by, at) -> Breach:
    hold(breach.partner)
    breach.take("explain", side=side, on=local_day(at), explanations=words, explained_on=day)
    _keep_letter(breach, Kind.RECEIPT, content, sender=Side(breach.notifier), at=at)
    outbox.post(*emails.explained(breach=breach, at=at))
    _trace(breach, "explications reçues", by=by, at=at, hors_délai=breach.is_late)
    return breach


def prepare_letter(*, breach: Breach, by: User, at: datetime) -> BreachLetter:
    """Draw the registered letter, to be printed, signed and posted; it never changes afterwards."""
    side, on = breach.side_of(by), local_day(at)
    _refuse(breach, "prepare", side=side, on=on)
    return _prepare(breach, letter_pdf(breach=breach, kind=Kind.TERMINATION, on=on), side=side, by=by, at=at)


@transaction.atomic
def _prepare(breach, content, *, side, by, at) -> BreachLetter:
    hold(breach.partner)
    _refuse(
        Breach.objects.get(pk=breach.pk), "prepare", side=side, on=local_day(at)
    )  # twice at once: one letter
    letter = _keep_letter(breach, Kind.TERMINATION, content, sender=Side(breach.notifier), at=at)
    _trace(breach, "lettre recommandée préparée", by=by, at=at)
    return letter


@transaction.atomic
def send_letter(*, breach: Breach, sent_on: date, tracking_number: str, by: User, at: datetime) -> Breach:
    """Note that the registered letter left, with its tracking number. Raises DomainError for an impossible day."""
    on, number = local_day(at), "".join(tracking_number.split()).upper()
    if not number:
        raise DomainError("Écrivez le numéro de suivi qui est sur le récépissé.", field="tracking_number")
    if not breach.letter_from <= sent_on <= on:
        raise DomainError(
            f"La lettre est partie entre le {breach.letter_from:%d/%m/%Y} et aujourd'hui : vérifiez la date.",
            field="sent_on",
        )
    hold(breach.partner)
    breach.take("send", side=breach.side_of(by), on=on, letter_sent_on=sent_on, tracking_number=number)
    outbox.post(*emails.letter_sent(breach=breach, at=at))
    _trace(breach, "lettre recommandée envoyée", by=by, at=at, le=sent_on.isoformat())
    return breach


@transaction.atomic
def present_letter(*, breach: Breach, presented_on: date, by: User, at: datetime) -> Breach:
    """Note the first presentation of the registered letter; from there the last delay runs."""
    on = local_day(at)
    if breach.letter_sent_on and not breach.letter_sent_on <= presented_on <= on:
        raise DomainError(
            f"La lettre a été présentée entre le {breach.letter_sent_on:%d/%m/%Y} et aujourd'hui : vérifiez la date.",
            field="presented_on",
        )
    hold(breach.partner)
    breach.take(
        "present",
        side=breach.side_of(by),
        on=on,
        presented_on=presented_on,
        terminates_on=presented_on + timedelta(days=settings.BREACH_TERMINATE_DAYS),
    )
    outbox.post(*emails.presented(breach=breach, at=at))
    _trace(breach, "lettre recommandée présentée", by=by, at=at, le=presented_on.isoformat())
    return breach


@transaction.atomic
def terminate(*, breach: Breach, by: User | str, at: datetime) -> Breach:
    """End the agreement, from the day that the letter's presentation set; the night's task does it by itself.

    Unless another agreement is in force, the partner's accounts close, its visitor codes are revoked, and it stays
    suspended. Invitations already given stay as they are: people are not punished.
    """
    on = local_day(at)
    partner = breach.partner
    hold(partner)
    side = breach.side_of(by) if isinstance(by, User) else Side(breach.notifier)
    breach.take("terminate", side=side, on=on, terminated_at=at)
    agreement, ends_on = breach.agreement, cast(date, breach.terminates_on)  # its presentation was noted
    agreement.terminated_on = ends_on
    agreement.save(update_fields=["terminated_on"])
    outbox.post(*emails.terminated(breach=breach, at=at))
    if Agreement.objects.of(partner).in_force(on=on).exists():
        # What a partner ends by itself lifts the suspension of its own notice, and no earlier one.
        if breach.suspension_id or breach.notifier == Side.ASSOCIATION:
            _resume(breach, by=by, at=at)
    else:
        close_partner(partner=partner, by=by, at=at)
    _trace(breach, "convention résiliée", by=by, at=at, au=ends_on.isoformat())
    facts = {"breach": str(breach.pk), "notifier": breach.notifier, "on": ends_on.isoformat()}
    evidence.append(agreement=agreement, kind=EvidenceEntry.Kind.TERMINATED, facts=facts, at=at)
    return breach


def terminate_due(*, at: datetime) -> int:
    """Carry out the terminations whose day has come; how many. Doing it twice changes nothing."""
    done = 0
    for breach in Breach.objects.to_terminate(on=local_day(at)).with_parties():
        try:
            terminate(breach=breach, by=audit.SYSTEM, at=at)
        except DomainError:  # somebody was faster, or the parties have just agreed
            continue
        done += 1
    return done


@transaction.atomic
def offer(*, breach: Breach, words: str, by: User, at: datetime) -> Breach:
    """Offer the other party to resume, on these words; a later offer takes the place of the one before."""
    words = _words(words, "Écrivez ce que vous proposez pour reprendre.")
    on, side = local_day(at), breach.side_of(by)
    hold(breach.partner)
    breach.take("offer", side=side, on=on, offered_by=str(side or ""), offer=words, offered_on=on)
    outbox.post(*emails.offered(breach=breach, at=at))
    _trace(breach, "reprise proposée", by=by, at=at)
    return breach


def accept(*, breach: Breach, seen: str, by: User, at: datetime) -> Breach:
    """Accept the other party's offer, whose `offer_mark` was `seen`: the partnership resumes on its words.

    Raises DomainError where another offer has taken its place since.
    """
    if breach.offer_mark != seen:
        raise DomainError(OTHER_OFFER)
    return _reinstate(breach, "accept", breach.offer, by=by, at=at)


def reinstate(*, breach: Breach, words: str, by: User, at: datetime) -> Breach:
    """The team notes what both parties agreed, by telephone or around a table: the partnership resumes."""
    words = _words(words, "Écrivez ce que vous avez convenu : les deux parties le liront.")
    return _reinstate(breach, "reinstate", words, by=by, at=at)


def drop(*, breach: Breach, by: User, at: datetime) -> Breach:
    """Whoever noticed the breach takes the notice back: the partnership resumes."""
    return _reinstate(breach, "drop", "Le signalement est retiré.", by=by, at=at)


def _reinstate(breach: Breach, step: str, words: str, *, by: User, at: datetime) -> Breach:
    side, on = breach.side_of(by), local_day(at)
    _refuse(breach, step, side=side, on=on)
    content = letter_pdf(breach=breach, kind=Kind.REINSTATEMENT, on=on, words=words)
    return _resume_on(breach, step, words, content, side=side, by=by, at=at)


@transaction.atomic
def _resume_on(breach, step, words, content, *, side, by, at) -> Breach:
    hold(breach.partner)
    if step == "accept" and Breach.objects.get(pk=breach.pk).offer != words:
        raise DomainError(OTHER_OFFER)  # it came while the letter was drawn
    breach.take(step, side=side, on=local_day(at), understanding=words, reinstated_on=local_day(at))
    _resume(breach, by=by, at=at)
    _keep_letter(breach, Kind.REINSTATEMENT, content, sender=Side.ASSOCIATION, at=at)
    outbox.post(*emails.reinstated(breach=breach, at=at))
    _trace(breach, "partenariat repris", by=by, at=at, comment=step)
    return breach


def _resume(breach: Breach, *, by: User | str, at: datetime) -> None:
    """Lift the suspension, unless another procedure about the same partner is still open."""
    partner = breach.partner
    if hold(partner).is_suspended and not Breach.objects.of(partner).open().exists():
        lift_suspension(partner=partner, by=by, at=at)


def lift(*, partner: Structure | Venue, by: User, at: datetime) -> None:
    """Lift a suspension by hand (A13). Raises DomainError while a procedure is open, which is what holds it."""
    with transaction.atomic():
        hold(partner)
        if Breach.objects.of(partner).open().exists():
            raise DomainError(
                f"Une procédure de manquement est ouverte pour {partner} : la suspension se lève quand les deux "
                "parties s'entendent, ou que le signalement est retiré."
            )
        lift_suspension(partner=partner, by=by, at=at)


def _words(text: str, missing: str) -> str:
    words = text.strip()
    if not words:
        raise DomainError(missing, field="words")
    return words


def _refuse(breach: Breach, step: str, *, side: Side | None, on: date) -> None:
    if sentence := breach.refusal(step, side=side, on=on):
        raise DomainError(sentence)


def _keep_letter(breach: Breach, kind: str, content: bytes, *, sender: Side, at: datetime) -> BreachLetter:
    return BreachLetter.objects.create(
        breach=breach,
        kind=kind,
        sender=sender,
        content=content,
        sha256=fingerprint(content),
        made_at=at,
    )


def _trace(breach: Breach, verb: str, *, by: User | str, at: datetime, **details) -> None:
    audit.record(at=at, actor=by, verb=verb, subject=breach, **details)
