"""The papers to print: drawn at once for a small party, in the background for a large one (D2)."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet

from common.background import after_commit
from common.compiled import compiled
from common.errors import DomainError
from invitations.documents import invitations_pdf
from invitations.models import Booking, GroupOuting, Invitation, PartyDocument
from invitations.tasks import make_document


def is_large(papers: list[Invitation]) -> bool:
    """Whether so many live papers are drawn in the background."""
    return sum(paper.is_live for paper in papers) > settings.PDF_INLINE_MAX


def is_due(*, booking: Booking, papers: list[Invitation]) -> bool:
    """Whether a large party's PDF is still being drawn."""
    return is_large(papers) and not PartyDocument.objects.ready().filter(booking=booking).exists()


def is_being_drawn(*, group: GroupOuting) -> bool:
    """Whether a group's PDF was asked for and isn't ready yet."""
    return PartyDocument.objects.due().filter(group=group).exists()


@transaction.atomic
def ask_for_document(*, at: datetime, **of: Any) -> None:
    """Have a large party's PDF, or a group's, drawn, anew where one is there; `booking` or `group` says whose."""
    document, _ = PartyDocument.objects.update_or_create(
        **of, defaults={"asked_at": at, "made_at": None, "content": None}
    )
    after_commit(make_document, str(document.pk))


def draw_again(*, booking: Booking, at: datetime) -> None:
    """Where PDFs show this party, have them drawn anew: who comes, or a name, has changed."""
    for document in PartyDocument.objects.showing(booking).select_related("booking", "group"):
        if document.group:
            ask_for_document(group=document.group, at=at)
        else:
            ask_for_document(booking=booking, at=at)


@compiled(booking=Booking._meta.pk)
def _papers(*, booking) -> QuerySet[Invitation]:
    return Invitation.objects.filter(booking=booking).live().for_paper().order_by("position")


def print_party(*, booking: Booking, at: datetime) -> bytes | None:
    """The PDF of a party's live invitations, noted as printed; None while a large one is still being drawn.

    Raises DomainError for a cancelled booking.
    """
    if booking.cancelled_at:
        raise DomainError("Cette réservation est annulée : il n'y a plus rien à imprimer.")
    papers = _papers(booking=booking.pk)
    content = _drawn(at=at, booking=booking) if is_large(papers) else invitations_pdf(papers)
    if content:
        note_printed(at=at, pk=booking.pk)
    return content


def print_group(*, group: GroupOuting, at: datetime) -> bytes | None:
    """The PDF of everybody named in a group, in one; None while a large one is still being drawn (D10).

    Raises DomainError while nobody is named.
    """
    papers = list(Invitation.objects.of_group(group).live().for_paper())
    if not papers:
        raise DomainError("Personne n'est nommé dans ce groupe : il n'y a encore rien à imprimer.")
    content = _drawn(at=at, group=group) if is_large(papers) else invitations_pdf(papers)
    if content:
        note_printed(at=at, group=group)
    return content


def print_one(*, invitation: Invitation, at: datetime) -> bytes:
    """The PDF of one live invitation. The party counts as printed with it: somebody has the work in hand (D12)."""
    note_printed(at=at, pk=invitation.booking_id)
    return invitations_pdf([invitation])


def note_printed(*, at: datetime, **which: Any) -> None:
    """Note the live bookings among `which` as printed, where they weren't."""
    Booking.objects.live().filter(printed_at=None, **which).update(printed_at=at)


def _drawn(*, at: datetime, **of: Any) -> bytes | None:
    document = PartyDocument.objects.filter(**of).first()
    if document is None:  # thrown away meanwhile, or asked for the first time
        ask_for_document(at=at, **of)
        return None
    return None if document.content is None else bytes(document.content)  # PostgreSQL lends a view
