"""Drawing the PDFs of many papers in the background, and throwing them away (D2). Called by tasks."""

from datetime import datetime, timedelta

from django.conf import settings

from common.crypto import keyed_hash
from invitations.documents import invitations_pdf
from invitations.models import Invitation, InvitationQuerySet, PartyDocument, PrintRun


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


def papers_of(run: PrintRun) -> InvitationQuerySet:
    """The live invitations of several outings, the soonest outing's first, each party together."""
    ordered = Invitation.objects.filter(booking__in=run.bookings).order_by(
        "performance__starts_at", "booking", "position"
    )
    return ordered.live().for_paper()


def what_they_show(papers: list[Invitation]) -> str:
    """A fingerprint of whose papers these are, in which language and for when: another one where that has changed."""
    shown = (
        f"{paper.pk} {paper.full_name} {paper.booking.participant and paper.booking.participant.language} "
        f"{paper.performance.starts_at.timestamp()}"
        for paper in papers
    )
    return keyed_hash("\n".join(shown))


def draw_run(*, run: PrintRun, at: datetime) -> None:
    """Draw the PDF of several outings and keep it, encrypted. Doing it twice gives the same document."""
    papers = list(papers_of(run))
    content = invitations_pdf(papers) if papers else b""  # everybody has cancelled meanwhile
    PrintRun.objects.filter(pk=run.pk, asked_at=run.asked_at).update(
        content=content, shows=what_they_show(papers), made_at=at
    )


def drop_old(*, at: datetime) -> int:
    """Throw away drawn PDFs after a short while: they hold names, and can be drawn again. Returns how many."""
    old = at - timedelta(days=settings.PDF_KEPT_DAYS)
    return sum(model.objects.filter(made_at__lt=old).delete()[0] for model in (PartyDocument, PrintRun))
