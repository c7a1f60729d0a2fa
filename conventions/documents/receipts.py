"""The receipt of a membership or a donation, as a PDF (B6)."""

from datetime import date, datetime

from common.pdf import render_pdf


def receipt_pdf(*, facts: dict[str, str]) -> bytes:
    """One A4 page from what a receipt froze; the same bytes for the same facts."""
    context = {
        **facts,
        "issued_on": datetime.fromisoformat(facts["issued_at"]),
        "paid_on": date.fromisoformat(facts["paid_on"]),
    }
    return render_pdf(
        template="conventions/pdf/receipt.html", context=context, title=f"Reçu {facts['reference']}", pages=1
    )
