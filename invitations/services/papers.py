"""The papers to print: drawn at once for a small party, in the background for a large one (D2)."""

from datetime import datetime

from django.conf import settings
from django.db import transaction

from common.background import after_commit
from common.errors import DomainError
from invitations.documents import invitations_pdf
from invitations.models import Booking, Invitation, PartyDocument
from invitations.tasks import make_document


def is_large(papers: list[Invitation]) -> bool:
    """Whether so many live papers are drawn in the background."""
    return sum(paper.is_live for paper in papers) > settings.PDF_INLINE_MAX


def is_due(*, booking: Booking, papers: list[Invitation]) -> bool:
    """Whether a large party's PDF is still being drawn."""
    return is_large(papers) and not PartyDocument.objects.ready().filter(booking=booking).exists()


@transaction.atomic
def ask_for_document(*, booking: Booking, at: datetime) -> None:
    """Have a large party's PDF drawn, anew where one is there."""
    document, _ = PartyDocument.objects.update_or_create(
        booking=booking, defaults={"asked_at": at, "made_at": None, "content": None}
    )
    after_commit(make_document, str(document.pk))


def print_party(*, booking: Booking, at: datetime) -> bytes | None:
    """The PDF of a party's live invitations, noted as printed; None while a large one is still being drawn.

    Raises DomainError for a cancelled booking.
    """
    if booking.cancelled_at:
        raise DomainError("Cette réservation est annulée : il n'y a plus rien à imprimer.")
    papers = list(booking.invitations.live().for_paper())
    content = _drawn(booking, at=at) if is_large(papers) else invitations_pdf(papers)
    if content:
        _note_printed(booking, at=at)
    return content


def print_one(*, invitation: Invitation, at: datetime) -> bytes:
    """The PDF of one live invitation. The party counts as printed with it: somebody has the work in hand (D12)."""
    _note_printed(invitation.booking, at=at)
    return invitations_pdf([invitation])


def _note_printed(booking: Booking, *, at: datetime) -> None:
    Booking.objects.filter(pk=booking.pk, printed_at=None).update(printed_at=at)


def _drawn(booking: Booking, *, at: datetime) -> bytes | None:
    document = PartyDocument.objects.filter(booking=booking).first()
    if document is None:  # thrown away meanwhile
        ask_for_document(booking=booking, at=at)
        return None
    return None if document.content is None else bytes(document.content)  # PostgreSQL lends a view
