"""What receipts say by mail: where to fetch them, and neither amount nor paper (B6)."""

from datetime import datetime

from common import outbox
from common.models import OutboxMessage
from conventions.models import Receipt


def receipt_issued(*, receipt: Receipt, at: datetime) -> OutboxMessage | None:
    """The receipt is on the partner's page; to its référent·e or desk, else to the partner itself.

    None for somebody who has no page here, and for a partner without any address: the team hands it over.
    """
    partner = receipt.payment.partner
    if partner is None:
        return None
    reader = partner.users.answering().order_by("pk").first()
    address = reader.email if reader else partner.email
    if not address:
        return None
    return outbox.compose(
        effect=f"receipt-issued {receipt.pk}",
        recipient=address,
        template="conventions/emails/receipt_issued",
        context={"receipt": receipt, "partner": partner},
        at=at,
    )
