"""On which terms partners take part. One module per subject."""

from conventions.models.access import (
    Access,
    AccessReminder,
    AccessRenewal,
    Grant,
    SeasonAccess,
    access_at,
    grace_ends_at,
    grant,
)
from conventions.models.agreements import Agreement, AgreementQuerySet, missing_agreement
from conventions.models.breaches import Breach, BreachLetter
from conventions.models.candidacies import Candidacy, CandidacyQuerySet
from conventions.models.evidence import EvidenceEntry, EvidenceHead
from conventions.models.membership import Donation, Means, Membership
from conventions.models.receipts import Receipt, ReceiptYear
from conventions.models.signing import AgreementDocument, SignatureCode, SignatureLink
from conventions.models.texts import AgreementText, Article

__all__ = [
    "Access",
    "AccessReminder",
    "AccessRenewal",
    "Agreement",
    "AgreementDocument",
    "AgreementQuerySet",
    "AgreementText",
    "Article",
    "Candidacy",
    "CandidacyQuerySet",
    "Donation",
    "Breach",
    "BreachLetter",
    "EvidenceEntry",
    "EvidenceHead",
    "Grant",
    "Means",
    "Membership",
    "Receipt",
    "ReceiptYear",
    "SeasonAccess",
    "SignatureCode",
    "SignatureLink",
    "access_at",
    "grace_ends_at",
    "grant",
    "missing_agreement",
]
