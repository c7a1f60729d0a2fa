"""What the team does with what was sent: countersign, take back, keep a paper, change who signs (B2)."""

from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction

from common import audit, outbox
from common.background import after_commit
from common.dates import local_day
from common.errors import DomainError
from common.templatetags.ui import day_plain
from common.text import masked_email
from conventions.documents.agreements import original_pdf
from conventions.emails import signing as emails
from conventions.models import Agreement, AgreementDocument, EvidenceEntry, SignatureLink
from conventions.models.agreements import WITHDRAWABLE
from conventions.services import evidence
from conventions.services.scans import checked_scan
from conventions.services.signing import consent_to, keep_document, send_for_signature
from conventions.services.words import term, typeset
from conventions.tasks.access import renew_access
from partners.models import Structure, User, Venue

Document, Kind, State = AgreementDocument.Kind, EvidenceEntry.Kind, Agreement.State


def countersign(*, agreement: Agreement, by: User, at: datetime) -> Agreement:
    """The association's signature: the agreement holds from this day, and its original is made, for both parties.

    Raises DomainError where the partner hasn't signed, somebody countersigned already, or the term is over.
    """
    on = local_day(at)
    if agreement.state != State.PARTNER_SIGNED:
        raise DomainError("Cette convention n'attend pas de contresignature : regardez où elle en est.")
    if agreement.ends_on < on:
        raise DomainError(
            f"Cette convention a fini le {day_plain(agreement.ends_on)} : préparez la suivante."
        )
    documents = {row.kind: row for row in agreement.documents.all()}
    if agreement.from_signature:
        agreement.starts_on = on
    content = original_pdf(
        words=documents[Document.FROZEN].words or {}, signatures=_signatures(agreement, documents, at=at)
    )
    return _close(agreement, content, by=by, at=at)


@transaction.atomic
def _close(agreement: Agreement, content: bytes, *, by: User, at: datetime) -> Agreement:
    waiting = Agreement.objects.in_state(State.PARTNER_SIGNED).filter(
        pk=agreement.pk, partner_signed_at=agreement.partner_signed_at
    )
    if not waiting.update(
        starts_on=agreement.starts_on,
        signed_on=local_day(at),
        countersigned_at=at,
        countersigned_by=by,
        president_name=settings.PORTAL_PRESIDENT,
    ):
        raise DomainError("Cette convention vient d'être contresignée ou retirée : regardez où elle en est.")
    agreement.refresh_from_db()
    original = keep_document(agreement, Document.ORIGINAL, content, at=at)
    facts = {"by": str(by.pk), "president": settings.PORTAL_PRESIDENT, "sha256": original.sha256}
    evidence.append(agreement=agreement, kind=Kind.COUNTERSIGNED, facts=facts, at=at)
    link, token = SignatureLink.draw(
        agreement=agreement,
        sent_to=agreement.representative_email,
        created_at=at,
        expires_at=at + timedelta(days=settings.SIGNATURE_FETCH_DAYS),
    )
    link.save(force_insert=True)
    outbox.post(
        emails.completed(link=link, token=token, sha256=original.sha256, at=at),
        emails.completed_for_team(agreement=agreement, sha256=original.sha256, at=at),
    )
    audit.record(at=at, actor=by, verb="convention contresignée", subject=agreement)
    after_commit(renew_access)  # whoever is late need not wait for the hour
    return agreement


def _signatures(
    agreement: Agreement, documents: dict[str, AgreementDocument], *, at: datetime
) -> dict[str, Any]:
    """What the page of signatures says."""
    words = documents[Document.FROZEN].words or {}
    scan = documents.get(Document.SCAN) if agreement.route == Agreement.Route.PAPER else None
    email = masked_email(agreement.representative_email)
    if scan:
        how = "Signée à la main ; la page numérisée est gardée avec cet original."
        facts = [f"Page signée à la main déposée sur le portail, {_moment(agreement.partner_signed_at)}."]
    else:
        how = f"Signée sur le portail, avec un code reçu à l'adresse {email}."
        facts = [
            f"Lien secret envoyé à {email}, {_moment(agreement.sent_at)}.",
            f"Code à six chiffres reçu à cette adresse et tapé, {_moment(agreement.partner_signed_at)}.",
            f"Accord donné : « {consent_to(agreement)} »",
        ]
    facts.append(
        "Adresse réseau, heures et empreintes scellées dans le registre de preuves de l'association."
    )
    starts = agreement.starts_on if agreement.from_signature else max(agreement.starts_on, local_day(at))
    effect = (
        f"La convention prend effet le {day_plain(starts)} et court jusqu'au {day_plain(agreement.ends_on)} inclus."
        if agreement.from_signature
        else term(agreement)
    )
    return {
        "parties": [
            {
                "party": words["partner"]["name"],
                "name": agreement.signatory_name,
                "capacity": agreement.signatory_capacity,
                "at": agreement.partner_signed_at,
                "how": typeset(how),
            },
            {
                "party": words["association"]["name"],
                "name": settings.PORTAL_PRESIDENT,
                "capacity": settings.PORTAL_PRESIDENT_CAPACITY,
                "at": at,
                "how": typeset("Contresignée sur le portail par un compte nommé de l'équipe."),
            },
        ],
        "term": typeset(effect),
        "facts": [typeset(line) for line in facts],
        "frozen_sha256": documents[Document.FROZEN].sha256,
        "scan_sha256": scan.sha256 if scan else "",
    }


def _moment(at: datetime | None) -> str:
    """« le 22 novembre 2026 »; hours stand beside the signatures."""
    return f"le {day_plain(at)}" if at else ""


@transaction.atomic
def withdraw(*, agreement: Agreement, by: User, at: datetime) -> Agreement:
    """Take back a draft, or what was sent and isn't signed by both; the link stops working (B2).

    Raises DomainError where it is signed, or ended otherwise.
    """
    sent = agreement.sent_at is not None
    mine = Agreement.objects.in_state(*WITHDRAWABLE).filter(pk=agreement.pk)
    if not mine.update(withdrawn_at=at, send_asked_at=None, reminder_asked_at=None):
        raise DomainError("Cette convention est signée, refusée ou déjà retirée : elle ne se retire plus.")
    agreement.refresh_from_db()
    if sent:
        evidence.append(agreement=agreement, kind=Kind.WITHDRAWN, facts={"by": str(by.pk)}, at=at)
        outbox.post(emails.withdrawn(agreement=agreement, at=at))
    audit.record(at=at, actor=by, verb="convention retirée", subject=agreement)
    return agreement


@transaction.atomic
def keep_scan(
    *,
    agreement: Agreement,
    content: bytes,
    name: str,
    capacity: str,
    signed_on: date,
    by: User,
    at: datetime,
) -> Agreement:
    """The paper route: the page signed by hand, as a file; the association then countersigns as any other.

    Until it does, another file replaces the first. Raises DomainError for a file that is no scan, a day to come or
    before the sending, or where nothing is left to sign.
    """
    kept, media_type = checked_scan(content)
    if signed_on > local_day(at):
        raise DomainError(
            "Cette date est à venir : écrivez le jour où la page fut signée.", field="signed_on"
        )
    if agreement.sent_at and signed_on < local_day(agreement.sent_at):
        raise DomainError(
            f"Cette convention est partie le {day_plain(agreement.sent_at)} : elle n'a pas pu être signée "
            "avant.",
            field="signed_on",
        )
    Agreement.objects.select_for_update(no_key=True).get(pk=agreement.pk)
    paper = Agreement.objects.in_state(State.PARTNER_SIGNED).filter(
        pk=agreement.pk, route=Agreement.Route.PAPER
    )
    waiting = Agreement.objects.awaiting_signature().filter(pk=agreement.pk)
    fields = {
        "partner_signed_at": at,
        "signatory_name": name,
        "signatory_capacity": capacity,
        "route": Agreement.Route.PAPER,
    }
    if not (waiting.update(**fields) or paper.update(**fields)):
        raise DomainError("Cette convention n'attend pas de signature sur papier : regardez où elle en est.")
    agreement.refresh_from_db()
    scan = keep_document(agreement, Document.SCAN, kept, media_type=media_type, at=at)
    facts = {
        "by": str(by.pk),
        "name": name,
        "capacity": capacity,
        "day": str(signed_on),
        "sha256": scan.sha256,
    }
    evidence.append(agreement=agreement, kind=Kind.PAPER, facts=facts, at=at)
    outbox.post(emails.to_countersign(agreement=agreement, at=at))
    audit.record(at=at, actor=by, verb="convention signée sur papier déposée", subject=agreement)
    return agreement


def change_signatory(
    *, agreement: Agreement, name: str, capacity: str, email: str, by: User, at: datetime
) -> Agreement:
    """Somebody else signs for the partner: note it on the partner's record, take this one back, send a fresh one.

    Returns the fresh agreement, sent. Raises DomainError where this one is signed or ended.
    """
    fresh = _replace(agreement, name=name, capacity=capacity, email=email, by=by, at=at)
    return send_for_signature(agreement=fresh, by=by, at=at)


@transaction.atomic
def _replace(
    agreement: Agreement, *, name: str, capacity: str, email: str, by: User, at: datetime
) -> Agreement:
    withdraw(agreement=agreement, by=by, at=at)
    partner: Structure | Venue = agreement.partner
    partner.representative_name = name
    partner.representative_capacity = capacity
    partner.representative_email = email
    partner.save(update_fields=["representative_name", "representative_capacity", "representative_email"])
    audit.record(at=at, actor=by, verb="représentant·e légal·e changé·e", subject=partner)
    fresh = Agreement(
        structure=agreement.structure,
        venue=agreement.venue,
        starts_on=max(agreement.starts_on, local_day(at))
        if agreement.from_signature
        else agreement.starts_on,
        ends_on=agreement.ends_on,
        from_signature=agreement.from_signature,
        text=agreement.text,
        drafted_at=at,
    )
    fresh.save(force_insert=True)
    audit.record(at=at, actor=by, verb="convention refaite pour un·e autre signataire", subject=fresh)
    return fresh
