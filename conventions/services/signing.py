"""From a draft to the partner's signature: frozen, sent, read, signed by a code, refused or given back (B2)."""

import secrets
from datetime import datetime, timedelta
from hmac import compare_digest

from django.conf import settings
from django.db import transaction

from common import audit, outbox
from common.crypto import fingerprint, keyed_hash
from common.dates import local_day
from common.errors import DomainError
from common.throttle import Throttle
from conventions.documents.agreements import agreement_pdf
from conventions.emails import signing as emails
from conventions.models import Agreement, AgreementDocument, EvidenceEntry, SignatureCode, SignatureLink
from conventions.services import evidence
from conventions.services.words import put_together
from partners.models import User

SIGNER = "signataire"  # who acts at the secret link, as the audit trail names them
WRONG_CODE = (
    "Ce code n'est pas le bon, ou il a expiré. Regardez le dernier mail reçu, ou demandez-en un nouveau."
)
CODE_DIGITS = 6
Kind = EvidenceEntry.Kind


def consent_to(agreement: Agreement) -> str:
    """The sentence that a signatory agrees to."""
    return f"J'ai lu la convention. J'ai qualité pour engager {agreement.partner.name}, et je la signe en son nom."


# --- Sending ------------------------------------------------------------------------------------------


def send_for_signature(*, agreement: Agreement, by: User, at: datetime) -> Agreement:
    """Freeze a draft as it stands and mail its representative the link at which to sign it.

    The document is drawn before anything is locked. Raises DomainError where it is no draft any more, has no text,
    is over, or nobody is said to sign for the partner.
    """
    partner, text = agreement.partner, agreement.text
    if not partner.representative_name or not partner.representative_email:
        raise DomainError(
            f"{partner} : écrivez d'abord sur sa fiche qui signe, avec son adresse e-mail, puis envoyez."
        )
    if text is None:
        raise DomainError("Choisissez d'abord le texte de cette convention, puis envoyez-la.", field="text")
    if agreement.ends_on < local_day(at):
        raise DomainError("Cette convention est déjà finie : préparez celle de la saison suivante.")
    words = put_together(agreement=agreement, text=text)
    return _freeze(agreement, words, agreement_pdf(words=words), by=by, at=at)


@transaction.atomic
def _freeze(agreement: Agreement, words: dict, content: bytes, *, by: User, at: datetime) -> Agreement:
    drafts = Agreement.objects.in_state(Agreement.State.DRAFT).filter(pk=agreement.pk)
    partner = agreement.partner
    if not drafts.update(
        sent_at=at,
        send_failure="",
        representative_name=partner.representative_name,
        representative_capacity=partner.representative_capacity,
        representative_email=partner.representative_email,
        reminded_at=at,
    ):
        raise DomainError(
            "Cette convention n'est plus un brouillon : elle est déjà partie, signée ou retirée."
        )
    agreement.refresh_from_db()
    keep_document(agreement, AgreementDocument.Kind.FROZEN, content, words=words, at=at)
    _mail_link(agreement, reminder=False, at=at)
    facts = {"by": str(by.pk), "to": agreement.representative_email}
    evidence.append(agreement=agreement, kind=Kind.SENT, facts=facts, at=at)
    audit.record(at=at, actor=by, verb="convention envoyée à la signature", subject=agreement)
    return agreement


def keep_document(
    agreement: Agreement,
    kind: str,
    content: bytes,
    *,
    at: datetime,
    words: dict | None = None,
    media_type: str = "application/pdf",
) -> AgreementDocument:
    """Keep a document's bytes with their fingerprint; a scan that replaces another takes its place."""
    document, _ = AgreementDocument.objects.update_or_create(
        agreement=agreement,
        kind=kind,
        defaults={
            "content": content,
            "sha256": fingerprint(content),
            "words": words,
            "media_type": media_type,
            "made_at": at,
        },
    )
    return document


def _mail_link(agreement: Agreement, *, reminder: bool, at: datetime) -> None:
    link, token = SignatureLink.draw(
        agreement=agreement,
        sent_to=agreement.representative_email,
        created_at=at,
        expires_at=at + timedelta(days=settings.SIGNATURE_LINK_DAYS),
    )
    link.save(force_insert=True)
    outbox.post(emails.link_sent(link=link, token=token, reminder=reminder, at=at))


def renew_link(*, agreement: Agreement, by: User | str, at: datetime) -> None:
    """Mail the representative a fresh link; never anybody else. Former ones keep their own end.

    Raises DomainError where nothing is left to sign, and TooManyAttempts past SIGNATURE_LINKS_HOURLY.
    """
    _throttle("links", agreement, settings.SIGNATURE_LINKS_HOURLY, 60).take(at=at)
    _renew_link(agreement, by=by, reminder=False, at=at)


@transaction.atomic
def _renew_link(agreement: Agreement, *, by: User | str, reminder: bool, at: datetime) -> None:
    waiting = Agreement.objects.awaiting_signature().filter(pk=agreement.pk)
    if not waiting.update(reminder_asked_at=None, reminded_at=at):
        raise DomainError(_over(agreement))
    agreement.refresh_from_db()
    _mail_link(agreement, reminder=reminder, at=at)
    facts = {"by": str(getattr(by, "pk", by)), "to": agreement.representative_email}
    evidence.append(agreement=agreement, kind=Kind.LINK, facts=facts, at=at)
    verb = "convention relancée" if reminder else "lien de signature renvoyé"
    audit.record(at=at, actor=by, verb=verb, subject=agreement)


def remind(*, agreement: Agreement, by: User, at: datetime) -> None:
    """Write to the representative once more, with a fresh link (B4).

    Raises DomainError where nothing is left to sign, or the last mail is younger than SIGNATURE_REMINDER_DAYS.
    """
    if not Agreement.objects.to_remind(at=at).filter(pk=agreement.pk).exists():
        raise DomainError(
            f"Un mail est parti il y a moins de {settings.SIGNATURE_REMINDER_DAYS} jours, ou il n'y a plus rien à "
            "signer : pas de relance."
        )
    _renew_link(agreement, by=by, reminder=True, at=at)


def _over(agreement: Agreement) -> str:
    """Why nothing is left to sign, and what to do."""
    agreement.refresh_from_db()
    match agreement.state:
        case Agreement.State.SIGNED | Agreement.State.PARTNER_SIGNED:
            return "Cette convention est déjà signée : il n'y a rien d'autre à faire."
        case Agreement.State.REFUSED:
            return "La signature de cette convention a été refusée. L'équipe vous répondra."
        case Agreement.State.RETURNED:
            return "Une autre personne signe cette convention : l'équipe lui enverra un nouveau document."
        case Agreement.State.WITHDRAWN:
            return "Cette convention a été retirée : attendez la nouvelle, ou écrivez à l'équipe."
    return "Cette convention n'est pas encore envoyée à la signature."


# --- Signing ------------------------------------------------------------------------------------------


def send_code(*, link: SignatureLink, name: str, capacity: str, address: str, at: datetime) -> SignatureCode:
    """Mail six digits to the representative's address, to sign as `name`, `capacity` (B2).

    Raises DomainError at an expired link or where nothing is left to sign, TooManyAttempts past
    SIGNATURE_CODES_HOURLY.
    """
    _check_open(link, at=at)
    _throttle("codes", link.agreement, settings.SIGNATURE_CODES_HOURLY, 60).take(at=at)
    return _send_code(link.agreement, name=name, capacity=capacity, address=address, at=at)


@transaction.atomic
def _send_code(
    agreement: Agreement, *, name: str, capacity: str, address: str, at: datetime
) -> SignatureCode:
    waiting = Agreement.objects.awaiting_signature().filter(pk=agreement.pk)
    if not waiting.exists():
        raise DomainError(_over(agreement))
    waiting.filter(opened_at=None).update(opened_at=at)
    digits = "".join(secrets.choice("0123456789") for _ in range(CODE_DIGITS))
    code = SignatureCode(
        agreement=agreement,
        name=name,
        capacity=capacity,
        consent=consent_to(agreement),
        created_at=at,
        expires_at=at + timedelta(minutes=settings.SIGNATURE_CODE_MINUTES),
    )
    code.code_hash = keyed_hash(f"{code.pk} {digits}")
    code.save(force_insert=True)
    outbox.post(emails.code_sent(code=code, digits=digits, at=at))
    facts = {"to": agreement.representative_email, "address": address, "name": name, "capacity": capacity}
    evidence.append(agreement=agreement, kind=Kind.CODE, facts=facts, at=at)
    return code


def sign(*, link: SignatureLink, typed: str, address: str, at: datetime) -> Agreement:
    """The partner's signature, by the six digits last mailed (B2). Of two at once, one signs.

    Raises DomainError for a wrong, used or expired code, always in the same words, at an expired link or where
    nothing is left to sign; TooManyAttempts past SIGNATURE_ATTEMPTS.
    """
    _check_open(link, at=at)
    throttle = _throttle(
        "sign", link.agreement, settings.SIGNATURE_ATTEMPTS, settings.SIGNATURE_ATTEMPTS_MINUTES
    )
    throttle.take(at=at)
    signed = _sign(link.agreement, typed=typed, address=address, at=at)
    throttle.give_back()
    return signed


@transaction.atomic
def _sign(agreement: Agreement, *, typed: str, address: str, at: datetime) -> Agreement:
    waiting = Agreement.objects.awaiting_signature().filter(pk=agreement.pk)
    if not waiting.exists():
        raise DomainError(_over(agreement))
    code = SignatureCode.objects.filter(agreement=agreement).order_by("-created_at").first()
    digits = "".join(char for char in typed if char.isdigit())
    if (
        code is None
        or code.used_at
        or at >= code.expires_at
        or not compare_digest(code.code_hash, keyed_hash(f"{code.pk} {digits}"))
    ):
        raise DomainError(WRONG_CODE, field="code")
    if not waiting.update(
        partner_signed_at=at,
        signatory_name=code.name,
        signatory_capacity=code.capacity,
        route=Agreement.Route.PORTAL,
    ):
        raise DomainError(_over(agreement))
    SignatureCode.objects.filter(pk=code.pk).update(used_at=at)
    agreement.refresh_from_db()
    frozen = agreement.documents.get(kind=AgreementDocument.Kind.FROZEN)
    facts = {
        "name": code.name,
        "capacity": code.capacity,
        "consent": code.consent,
        "email": agreement.representative_email,
        "address": address,
        "sha256": frozen.sha256,
        "code sent at": code.created_at.isoformat(),
    }
    evidence.append(agreement=agreement, kind=Kind.SIGNED, facts=facts, at=at)
    outbox.post(emails.to_countersign(agreement=agreement, at=at))
    audit.record(at=at, actor=SIGNER, verb="convention signée par le partenaire", subject=agreement)
    return agreement


def _check_open(link: SignatureLink, *, at: datetime) -> None:
    if not link.is_open(at=at):
        raise DomainError("Ce lien a expiré : demandez-en un nouveau, il arrive par mail.")


def _throttle(scope: str, agreement: Agreement, limit: int, minutes: int) -> Throttle:
    return Throttle(
        scope=f"agreement-{scope}",
        key=str(agreement.pk),
        limit=limit,
        within=timedelta(minutes=minutes),
        sentence="Trop d'essais pour cette convention. Attendez un moment, puis recommencez.",
    )


# --- Not signing --------------------------------------------------------------------------------------


@transaction.atomic
def refuse(*, link: SignatureLink, reason: str, address: str, at: datetime) -> Agreement:
    """The partner doesn't sign, and says why. Raises DomainError at an expired link or where nothing is left."""
    agreement = _give_up(link, at=at, refused_at=at, refusal_reason=reason)
    facts = {"reason": reason, "address": address}
    evidence.append(agreement=agreement, kind=Kind.REFUSED, facts=facts, at=at)
    outbox.post(emails.refused(agreement=agreement, at=at))
    audit.record(at=at, actor=SIGNER, verb="convention refusée", subject=agreement)
    return agreement


@transaction.atomic
def give_back(
    *, link: SignatureLink, name: str, capacity: str, email: str, address: str, at: datetime
) -> Agreement:
    """« Je ne suis pas cette personne »: who signs instead. The team checks before anything is sent there.

    Raises DomainError at an expired link or where nothing is left to sign.
    """
    agreement = _give_up(
        link, at=at, returned_at=at, other_name=name, other_capacity=capacity, other_email=email
    )
    facts = {"name": name, "capacity": capacity, "email": email, "address": address}
    evidence.append(agreement=agreement, kind=Kind.RETURNED, facts=facts, at=at)
    outbox.post(emails.returned(agreement=agreement, at=at))
    audit.record(at=at, actor=SIGNER, verb="convention rendue", subject=agreement)
    return agreement


def _give_up(link: SignatureLink, *, at: datetime, **fields) -> Agreement:
    _check_open(link, at=at)
    agreement = link.agreement
    if not Agreement.objects.awaiting_signature().filter(pk=agreement.pk).update(**fields):
        raise DomainError(_over(agreement))
    agreement.refresh_from_db()
    return agreement
