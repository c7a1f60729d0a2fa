"""The printed papers: at once for a small party, in the background for a large one (D2)."""

from datetime import datetime, timedelta

from django.conf import settings

from invitations.documents import invitations_pdf
from invitations.models import Booking, PartyDocument


def make_party_document(*, document: PartyDocument, at: datetime) -> None:
    """Draw a party's PDF and keep it, encrypted. Doing it twice gives the same document."""
    papers = document.booking.invitations.live().select_related("performance__event__venue__commune", "booking")
    content = invitations_pdf(list(papers))
    PartyDocument.objects.filter(pk=document.pk).update(content=content, made_at=at)


def party_pdf(*, booking: Booking, at: datetime) -> bytes | None:
    """The PDF of a party's live invitations; None while the background still draws a large one."""
    papers = list(booking.invitations.live().select_related("performance__event__venue__commune", "booking"))
    if len(papers) > settings.PDF_INLINE_MAX:
        document = PartyDocument.objects.filter(booking=booking).first()
        return document.content if document and document.content else None
    return invitations_pdf(papers)


def drop_old_documents(*, at: datetime) -> int:
    """Throw away drawn PDFs after a short while: they hold names, and can be drawn again. Returns how many."""
    old = at - timedelta(days=settings.PDF_KEPT_DAYS)
    return PartyDocument.objects.filter(made_at__lt=old).delete()[0]
