"""The letter that refuses a candidacy (A1, A3)."""

from datetime import date

from django.conf import settings

from common.pdf import render_pdf
from conventions.models import Candidacy


def refusal_letter(*, candidacy: Candidacy, reason: str, on: date) -> bytes:
    """The letter as a PDF dated `on`, to its legal representative; the same bytes for the same content."""
    return render_pdf(
        template="conventions/pdf/candidacy_refusal.html",
        context={
            "candidacy": candidacy,
            "reason": reason,
            "on": on,
            "portal_name": settings.PORTAL_NAME,
            "association": settings.PORTAL_ASSOCIATION,
            "association_email": settings.PORTAL_CONTACT_EMAIL,
            "association_phone": settings.PORTAL_CONTACT_PHONE,
        },
        title=f"Réponse à la candidature de {candidacy}",
    )
