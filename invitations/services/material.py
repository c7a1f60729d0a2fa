"""A venue sends files to the structures that booked an event (C8)."""

from datetime import datetime

from django.conf import settings
from django.db import transaction

from common import audit, outbox
from common.errors import DomainError
from conventions.services.scans import checked_scan
from invitations import emails
from invitations.models import Booking, GroupOuting, NoDocumentMail, VenueDocument
from offers.models import Event
from partners.models import User

TOO_LARGE = (
    f"Ce fichier dépasse {settings.SCAN_MAX_BYTES // 1_000_000} Mo : envoyez-en une version plus légère."
)
NOT_READABLE = "Ce fichier n'est ni un PDF ni une photo JPEG lisible : enregistrez-le dans un de ces formats."


@transaction.atomic
def send_document(*, event: Event, title: str, content: bytes, by: User, at: datetime) -> VenueDocument:
    """Give a file to the structures that booked a date to come of an event, and tell each who booked, once.

    Structures that want no such mail find it in the portal all the same. Raises DomainError for a file that is too
    large or isn't a PDF or a JPEG (`checked_scan`), and for more files than an event holds.
    """
    if len(content) > settings.SCAN_MAX_BYTES:
        raise DomainError(TOO_LARGE, field="file")
    if VenueDocument.objects.filter(event=event).count() >= settings.DOCUMENTS_MAX:
        raise DomainError(
            f"Un événement garde {settings.DOCUMENTS_MAX} documents au plus : retirez-en un d'abord.",
            field="file",
        )
    try:
        kept, media_type = checked_scan(content)
    except DomainError:
        raise DomainError(NOT_READABLE, field="file") from None
    document = VenueDocument.objects.create(
        event=event, title=title.strip(), media_type=media_type, content=kept, sent_by=by, sent_at=at
    )
    readers = _readers(event, at=at)
    outbox.post(*(emails.document_sent(document=document, reader=one, at=at) for one in readers))
    audit.record(at=at, actor=by, verb="document envoyé", subject=document, mails=len(readers))
    return document


def _readers(event: Event, *, at: datetime) -> list[str]:
    """Who booked a date to come, each address once, without the structures that want no such mail."""
    refused = NoDocumentMail.objects.values("structure")
    parties = [
        *Booking.objects.alone()
        .to_come(at=at)
        .filter(performance__event=event)
        .exclude(structure__in=refused)
        .select_related("booked_by", "structure")
    ]
    groups = (
        GroupOuting.objects.live()
        .ahead(at=at)
        .filter(performance__event=event)
        .exclude(structure__in=refused)
    )
    parties += groups.select_related("booked_by", "structure")
    return list(dict.fromkeys(emails.reader_of(party.booked_by, party.structure) for party in parties))


@transaction.atomic
def withdraw_document(*, document: VenueDocument, by: User, at: datetime) -> None:
    """Take a file back: nobody can open it any more."""
    audit.record(at=at, actor=by, verb="document retiré", subject=document)
    document.delete()


@transaction.atomic
def choose_mail(*, wanted: bool, by: User, at: datetime) -> None:
    """Note whether the account's structure wants a mail when a venue sends a file."""
    mine = NoDocumentMail.objects.filter(structure=by.own_structure)
    if wanted:
        mine.delete()
    else:
        NoDocumentMail.objects.get_or_create(
            structure=by.own_structure, defaults={"said_by": by, "said_at": at}
        )
    audit.record(
        at=at, actor=by, verb="mails de documents voulus" if wanted else "mails de documents refusés",
        subject=by.own_structure,
    )  # fmt: skip
