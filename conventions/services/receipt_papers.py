"""The PDF of a receipt: drawn once from what was frozen, and checked each time it is read (B6)."""

import json
from datetime import datetime

from common.crypto import fingerprint
from common.errors import DomainError
from conventions.documents.receipts import receipt_pdf
from conventions.models import Receipt

ALTERED = (
    "Ce reçu ne correspond plus à son empreinte : il a été altéré. Ne le transmettez pas, et prévenez la personne qui "
    "tient le portail."
)


def draw(*, receipt: Receipt, at: datetime) -> None:
    """Make the PDF from what was frozen, and keep it with its SHA-256. Once: doing it again changes nothing."""
    content = receipt_pdf(facts=json.loads(receipt.facts))
    Receipt.objects.filter(pk=receipt.pk, drawn_at=None).update(
        content=content, sha256=fingerprint(content), drawn_at=at
    )


def read(*, receipt: Receipt, at: datetime) -> bytes:
    """The PDF of a receipt, made now where it wasn't yet. Raises DomainError where its bytes were altered."""
    if receipt.drawn_at is None:
        draw(receipt=receipt, at=at)
        receipt.refresh_from_db()
    content = bytes(receipt.content or b"")
    if fingerprint(content) != receipt.sha256:
        raise DomainError(ALTERED)
    return content
