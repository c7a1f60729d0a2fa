"""Documents of an agreement, as they were kept: the same bytes for whoever may have them (B2)."""

from django.http import Http404, HttpResponse

from conventions.models import Agreement, AgreementDocument
from conventions.services.words import reference

ENDINGS = {"application/pdf": "pdf", "image/jpeg": "jpg"}


def served(agreement: Agreement, name: str) -> HttpResponse:
    """The document `name` of `agreement`. A file that somebody handed in is only ever downloaded, never shown."""
    document = agreement.documents.filter(kind=AgreementDocument.ADDRESSES.get(name, "")).first()
    if document is None:
        raise Http404
    response = HttpResponse(bytes(document.content), content_type=document.media_type)
    how = "attachment" if name == "papier" else "inline"
    filename = f"{name}-{reference(agreement)}.{ENDINGS[document.media_type]}"
    response["Content-Disposition"] = f'{how}; filename="{filename}"'
    response["X-Content-Type-Options"] = "nosniff"
    return response
