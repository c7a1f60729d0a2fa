"""Drawing a large party's PDF in the background, and throwing it away (D2). Called by tasks."""

from datetime import datetime, timedelta

from django.conf import settings

from invitations.documents import invitations_pdf
from invitations.models import PartyDocument


def draw(*, document: PartyDocument, at: datetime) -> None:
    """Draw a party's PDF and keep it, encrypted. Doing it twice gives the same document."""
    content = invitations_pdf(list(document.booking.invitations.live().for_paper()))
    # Asked for anew meanwhile, because somebody cancelled: this drawing is already out of date.
    PartyDocument.objects.filter(pk=document.pk, asked_at=document.asked_at).update(
        content=content, made_at=at
    )


def drop_old(*, at: datetime) -> int:
    """Throw away drawn PDFs after a short while: they hold names, and can be drawn again. Returns how many."""
    old = at - timedelta(days=settings.PDF_KEPT_DAYS)
    return PartyDocument.objects.filter(made_at__lt=old).delete()[0]
