"""From a draft to an agreement signed by both parties: frozen, sent, signed by link, countersigned (B2)."""

from datetime import datetime

from django.db import transaction

from common import audit
from common.errors import DomainError
from conventions.models import Agreement, EvidenceEntry
from conventions.services import evidence
from partners.models import User


@transaction.atomic
def send_for_signature(*, agreement: Agreement, by: User, at: datetime) -> Agreement:
    """Freeze a draft as it stands and mail its representative the link at which to sign it.

    Raises DomainError where it is no draft any more, or nobody is said to sign for the partner.
    """
    partner = agreement.partner
    if not partner.representative_name or not partner.representative_email:
        raise DomainError(
            f"{partner} : écrivez d'abord sur sa fiche qui signe pour elle, avec son e-mail, puis envoyez."
        )
    drafts = Agreement.objects.filter(pk=agreement.pk, sent_at=None, signed_on=None, withdrawn_at=None)
    if not drafts.update(
        sent_at=at,
        representative_name=partner.representative_name,
        representative_capacity=partner.representative_capacity,
        representative_email=partner.representative_email,
    ):
        raise DomainError(
            "Cette convention n'est plus un brouillon : elle est déjà partie, signée ou retirée."
        )
    agreement.refresh_from_db()
    evidence.append(agreement=agreement, kind=EvidenceEntry.Kind.SENT, facts={}, at=at)
    audit.record(at=at, actor=by, verb="convention envoyée à la signature", subject=agreement)
    return agreement
