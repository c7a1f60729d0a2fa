"""A venue sends files to the structures that booked an event, by itself or because one asks (C8)."""

from dataclasses import dataclass, field
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.db.models import DateTimeField, Exists, OuterRef, QuerySet

from common import audit, outbox
from common.compiled import compiled
from common.errors import DomainError
from conventions.services.scans import checked_scan
from invitations import emails
from invitations.models import Booking, GroupOuting, MaterialRequest, NoDocumentMail, VenueDocument
from invitations.models.material import goes_to
from offers.models import Event
from offers.pictures import UNREADABLE, redraw
from partners.models import Structure, User

TOO_LARGE = (
    f"Ce fichier dépasse {settings.SCAN_MAX_BYTES // 1_000_000} Mo : envoyez-en une version plus légère."
)
NOT_READABLE = "Ce fichier n'est ni un PDF ni une image JPEG, PNG ou WebP lisible : enregistrez-le autrement."


@dataclass(frozen=True)
class Material:
    """What a structure that goes to an event has of its venue: files, and its own last request."""

    documents: list[VenueDocument] = field(default_factory=list)
    request: MaterialRequest | None = None

    @property
    def may_ask(self) -> bool:
        """Not while a request waits, nor once the venue said that it has nothing."""
        return self.request is None or bool(self.request.answered_at and not self.request.word)


@compiled(event=Event._meta.pk, structure=Structure._meta.pk, at=DateTimeField())
def _gone_to(*, event, structure, at) -> QuerySet[Event]:
    """The event, where the structure goes to it, with whether its venue sent something and whether it was asked."""
    return (
        Event.objects.filter(goes_to("pk", structure, at=at), pk=event)
        .annotate(
            sent=Exists(VenueDocument.objects.filter(event=OuterRef("pk"))),
            asked=Exists(MaterialRequest.objects.filter(event=OuterRef("pk"), structure=structure)),
        )
        .only("pk")
    )


def material_of(*, event: Event, user: User, at: datetime) -> Material | None:
    """What the account's structure has of the venue of an event that it goes to; None where it doesn't.

    One statement, and one more for each of what there is.
    """
    structure = user.own_structure
    found = _gone_to.first(event=event.pk, structure=structure.pk, at=at)
    if found is None:
        return None
    asked = MaterialRequest.objects.filter(event=event, structure=structure).order_by("-asked_at")
    return Material(
        documents=list(VenueDocument.objects.filter(event=event).light()) if found.sent else [],
        request=asked.first() if found.asked else None,
    )


@transaction.atomic
def ask_material(*, event: Event, wish: str, by: User, at: datetime) -> MaterialRequest:
    """Ask the venue of an event that the account's structure goes to for a document; everybody there gets a mail.

    Asked twice, it is one request. Raises DomainError where the structure doesn't go, or the venue said no.
    """
    known = material_of(event=event, user=by, at=at)
    if known is None:
        raise DomainError("Réservez d'abord une date à venir de cet événement.")
    if known.request and known.request.word:
        raise DomainError("Le lieu a déjà répondu qu'il n'a pas de document pour cet événement.")
    request, fresh = MaterialRequest.objects.open().get_or_create(
        event=event,
        structure=by.own_structure,
        answered_at=None,
        defaults={"asked_by": by, "asked_at": at, "wish": wish.strip()},
    )
    if fresh:
        desks = User.objects.filter(venue=event.venue_id, is_active=True)
        outbox.post(*(emails.material_asked(request=request, reader=one, at=at) for one in desks))
        audit.record(at=at, actor=by, verb="document demandé", subject=request)
    return request


@transaction.atomic
def decline_material(*, request: MaterialRequest, word: str, by: User, at: datetime) -> None:
    """Answer that there is no document, in a word that whoever asked reads by mail and on their pages.

    Raises DomainError where the request has its answer already.
    """
    if not MaterialRequest.objects.open().filter(pk=request.pk).update(answered_at=at, word=word.strip()):
        raise DomainError("Cette demande a déjà sa réponse : il n'y a rien d'autre à faire.")
    request.refresh_from_db()
    outbox.post(emails.material_declined(request=request, at=at))
    audit.record(at=at, actor=by, verb="document impossible", subject=request)


@transaction.atomic
def send_document(
    *, event: Event, title: str, content: bytes, by: User, at: datetime, answers: bool = True
) -> VenueDocument:
    """Give a file to the structures that booked a date to come of an event, and tell each who booked, once.

    Where it `answers`, the requests for one are done, and who asked is told whatever their structure said of mails; the
    others that want none find it in the portal all the same. Raises DomainError for a file that is too large or isn't
    a PDF (`checked_scan`) or a picture (`offers.pictures`), and for more files than an event holds.
    """
    if len(content) > settings.SCAN_MAX_BYTES:
        raise DomainError(TOO_LARGE, field="file")
    if VenueDocument.objects.filter(event=event).count() >= settings.DOCUMENTS_MAX:
        raise DomainError(
            f"Un événement garde {settings.DOCUMENTS_MAX} documents au plus : retirez-en un d'abord.",
            field="file",
        )
    kept, media_type = _checked(content)
    document = VenueDocument.objects.create(
        event=event, title=title.strip(), media_type=media_type, content=kept, sent_by=by, sent_at=at
    )
    asked = MaterialRequest.objects.waiting(at=at).filter(event=event) if answers else []
    readers = [emails.reader_of(one.asked_by, one.structure) for one in asked]
    if answers:
        MaterialRequest.objects.open().filter(event=event).update(answered_at=at, document=document)
    readers = list(dict.fromkeys(readers + _readers(event, at=at)))
    outbox.post(*(emails.document_sent(document=document, reader=one, at=at) for one in readers))
    audit.record(at=at, actor=by, verb="document envoyé", subject=document, mails=len(readers))
    return document


def _checked(content: bytes) -> tuple[bytes, str]:
    """What is kept of an upload, and its media type: a PDF as it came, a picture drawn anew as a JPEG."""
    try:
        return checked_scan(content) if content.startswith(b"%PDF-") else (redraw(content), "image/jpeg")
    except DomainError as refusal:
        sized = refusal.field == "picture" and refusal.sentence != UNREADABLE
        raise DomainError(refusal.sentence if sized else NOT_READABLE, field="file") from None


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
