"""Evidence of agreements: an append-only chain of facts, closed by a key that the database doesn't hold (B3).

Each entry holds a fact, what the agreement's columns said at that moment and the SHA-256 of its documents. Its `mac`
is an HMAC over all of that and over the `mac` before it. The head, closed by the same key, says where the chain ends.
"""

import hashlib
import hmac
import json
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.db import transaction

from common.crypto import fingerprint
from conventions.models import Agreement, AgreementDocument, EvidenceEntry, EvidenceHead

GENESIS = "0" * 64
# Columns of an agreement that each entry repeats: the latest one must say what the row says.
SEALED = [
    "structure_id", "venue_id", "text_id", "starts_on", "ends_on", "from_signature", "route",
    "representative_name", "representative_capacity", "representative_email", "sent_at",
    "signatory_name", "signatory_capacity", "partner_signed_at", "signed_on",
    "countersigned_at", "countersigned_by_id", "president_name",
    "refused_at", "refusal_reason", "returned_at", "withdrawn_at", "terminated_on",
]  # fmt: skip


def canonical(value: Any) -> str:
    """`value` as the one JSON text that stands for it."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


@transaction.atomic
def append(*, agreement: Agreement, kind: str, facts: dict, at: datetime) -> EvidenceEntry:
    """Add a fact about `agreement`, after its columns and documents were written, in the same transaction.

    `facts` must be JSON. The head's lock puts simultaneous appends in line; take it late.
    """
    EvidenceHead.objects.get_or_create(pk=1)
    head = EvidenceHead.objects.select_for_update(no_key=True).get(pk=1)
    last = EvidenceEntry.objects.filter(agreement=agreement).values_list("ordinal", flat=True).first()
    content = canonical(
        {"facts": facts, "columns": columns_of(agreement), "documents": _documents(agreement)}
    )
    entry = EvidenceEntry(
        position=head.position + 1,
        agreement=agreement,
        ordinal=(last or 0) + 1,
        kind=kind,
        content=content,
        at=at,
        previous=head.mac or GENESIS,
    )
    entry.mac = mac_of(entry)
    entry.save()
    EvidenceHead.objects.filter(pk=1).update(
        position=entry.position, mac=entry.mac, seal=seal_of(entry.position, entry.mac)
    )
    return entry


def columns_of(agreement: Agreement) -> dict[str, str]:
    """What the sealed columns say now, as text."""
    return {name: _written(getattr(agreement, name)) for name in SEALED}


def _written(value: Any) -> str:
    """A column's value as text that both databases give back alike."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return "" if value is None else str(value)


def _documents(agreement: Agreement) -> dict[str, str]:
    """The fingerprints of the documents, and of the words that the frozen one was made from."""
    found = {}
    rows = AgreementDocument.objects.filter(agreement=agreement).values_list("kind", "sha256", "words")
    for kind, sha256, words in rows:
        found[kind] = sha256
        if words is not None:
            found[f"{kind} words"] = fingerprint(canonical(words).encode())
    return found


def _hmac(text: str) -> str:
    return hmac.new(settings.EVIDENCE_KEY.encode(), text.encode(), hashlib.sha256).hexdigest()


def mac_of(entry: EvidenceEntry) -> str:
    """The seal that the entry must carry."""
    return _hmac(
        canonical(
            {
                "position": entry.position,
                "agreement": str(entry.agreement_id),
                "ordinal": entry.ordinal,
                "kind": entry.kind,
                "content": entry.content,
                "at": _written(entry.at),
                "previous": entry.previous,
            }
        )
    )


def seal_of(position: int, mac: str) -> str:
    """The seal that the head must carry."""
    return _hmac(f"head {position} {mac}")
