"""Venues' documents: asked for, sent, taken back, found by the structures that booked (C8)."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.text import slugify
from django.views.decorators.http import require_POST, require_safe

from common.forms import attempt, typed
from invitations.forms.material import AskForm, DeclineForm, DocumentForm
from invitations.models import MaterialRequest, NoDocumentMail, VenueDocument
from invitations.models.material import goes_to
from invitations.services import material
from offers.models import Event
from partners.audience import BOOKERS, VENUE, open_to

ENDINGS = {"application/pdf": "pdf", "image/jpeg": "jpg"}


@open_to(VENUE)
def event_documents(request: HttpRequest, event_id) -> HttpResponse:
    """What a venue sent for an event, what structures ask, and a form for one more."""
    event = get_object_or_404(Event.objects.of(request.user), pk=event_id)
    asked = list(MaterialRequest.objects.waiting(at=timezone.now()).filter(event=event))
    sent_now = (request.POST, request.FILES) if request.method == "POST" else ()
    form = DocumentForm(*sent_now, asked=bool(asked))
    if request.method == "POST" and form.is_valid():
        sent = attempt(
            form,
            material.send_document,
            event=event,
            title=form.cleaned_data["title"],
            content=form.cleaned_data["file"].read(),
            answers=form.cleaned_data.get("answers", False),
            by=request.user,
            at=timezone.now(),
        )
        if sent:
            messages.success(
                request, "C'est envoyé : les structures qui ont réservé le trouvent sur le portail."
            )
            return redirect("invitations:event_documents", event.pk)
    sent_already = VenueDocument.objects.filter(event=event).light()
    context = {"event": event, "form": form, "documents": sent_already, "asked": asked}
    return render(request, "invitations/event_documents.html", context)


@open_to(VENUE)
def material_decline(request: HttpRequest, request_id) -> HttpResponse:
    """A venue tells a structure that it has no document for it."""
    asked = MaterialRequest.objects.of(request.user).open().select_related("structure", "event__venue")
    found = get_object_or_404(asked, pk=request_id)
    form = DeclineForm(typed(request))
    if request.method == "POST" and form.is_valid():
        said = {"request": found, "word": form.cleaned_data["word"]}
        material.decline_material(**said, by=request.user, at=timezone.now())
        messages.success(request, f"{found.structure.name} reçoit votre réponse par mail.")
        return redirect("invitations:event_documents", found.event_id)
    context = {"form": form, "event": found.event, "asked": found}
    return render(request, "invitations/material_decline.html", context)


@require_POST
@open_to(VENUE)
def document_withdraw(request: HttpRequest, document_id) -> HttpResponse:
    """A venue takes a document back."""
    found = get_object_or_404(VenueDocument.objects.of(request.user).light(), pk=document_id)
    material.withdraw_document(document=found, by=request.user, at=timezone.now())
    messages.success(request, "Le document est retiré.")
    return redirect("invitations:event_documents", found.event_id)


@open_to(*BOOKERS)
def material_ask(request: HttpRequest, event_id) -> HttpResponse:
    """A structure asks the venue of an event that it booked for something to prepare the outing with."""
    mine = Event.objects.filter(goes_to("pk", request.user.structure_id, at=timezone.now()))
    event = get_object_or_404(mine.select_related("venue"), pk=event_id)
    form = AskForm(typed(request))
    if request.method == "POST" and form.is_valid():
        wish = form.cleaned_data["wish"]
        asks = {"event": event, "wish": wish, "by": request.user, "at": timezone.now()}
        if attempt(form, material.ask_material, **asks):
            messages.success(request, f"C'est demandé : {event.venue.name} reçoit un mail.")
            return redirect("invitations:documents")
    return render(request, "invitations/material_ask.html", {"form": form, "event": event})


@open_to(*BOOKERS)
def documents(request: HttpRequest) -> HttpResponse:
    """What venues sent to the structure, and whether it wants a mail about it."""
    if request.method == "POST":
        wanted = "mail" in request.POST
        material.choose_mail(wanted=wanted, by=request.user, at=timezone.now())
        messages.success(request, "C'est noté.")
        return redirect("invitations:documents")
    context = {
        "documents": VenueDocument.objects.visible_to(request.user).light(),
        "mail_wanted": not NoDocumentMail.objects.filter(structure=request.user.structure_id).exists(),
    }
    return render(request, "invitations/documents.html", context)


@require_safe
@open_to(*BOOKERS, VENUE)
def document(request: HttpRequest, document_id) -> HttpResponse:
    """One file, to keep: never shown by the portal itself (safety: uploads)."""
    found = get_object_or_404(VenueDocument.objects.visible_to(request.user), pk=document_id)
    name = f"{slugify(found.title) or 'document'}.{ENDINGS[found.media_type]}"
    return HttpResponse(
        bytes(found.content),
        content_type=found.media_type,
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )
