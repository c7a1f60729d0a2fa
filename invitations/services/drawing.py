"""Drawing a large party's PDF in the background, and throwing it away (D2). Called by tasks."""

from datetime import datetime, timedelta

from django.conf import settings

from invitations.documents import invitations_pdf
from invitations.models import Invitation, PartyDocument


def draw(*, document: PartyDocument, at: datetime) -> None:
    """Draw a party's PDF and keep it, encrypted. Doing it twice gives the same document."""
    if document.group:
        papers = Invitation.objects.of_group(document.group)
    else:
        papers = Invitation.objects.filter(booking=document.booking_id).order_by("position")
    live = list(papers.live().for_paper())
    if not live:  # everybody of a group has cancelled meanwhile
        document.delete()
        return
    content = invitations_pdf(live)
    # Asked for anew meanwhile, because somebody cancelled: this drawing is already out of date.
    PartyDocument.objects.filter(pk=document.pk, asked_at=document.asked_at).update(
        content=content, made_at=at
    )


def drop_old(*, at: datetime) -> int:
    """Throw away drawn PDFs after a short while: they hold names, and can be drawn again. Returns how many."""
    old = at - timedelta(days=settings.PDF_KEPT_DAYS)
    return PartyDocument.objects.filter(made_at__lt=old).delete()[0]
