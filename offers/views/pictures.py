"""Pictures of events: put up by their venue, read by whoever may see the event (C1)."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from common.forms import attempt, typed
from offers import services
from offers.forms.pictures import PictureForm
from offers.models import Crop, Event, EventDraft, Picture
from partners.audience import ACCOUNTS, VENUE, VISITOR, open_to

FOR_EVER = "private, max-age=31536000, immutable"  # the address says what it shows


@require_safe
@open_to(*ACCOUNTS, VISITOR, public_when="PUBLIC_CATALOGUE")
def picture(request: HttpRequest, name: str, crop: str) -> HttpResponse:
    """One crop of a picture, for whoever may see an event that shows it."""
    if crop not in Crop.values:
        raise Http404
    whole, pictures = crop == Crop.WHOLE, Picture.objects
    mine = pictures.of(request.user) if whole else pictures.visible_to(request.user)
    found = get_object_or_404(mine.only(crop), pk=name)
    return HttpResponse(
        bytes(getattr(found, crop)), content_type="image/webp", headers={"Cache-Control": FOR_EVER}
    )


@open_to(VENUE)
def event_picture(request: HttpRequest, event_id: UUID) -> HttpResponse:
    """A venue puts a picture to an event or a draft, chooses what of it is always seen, or takes it off."""
    found = _shown_by(request, event_id)
    back = "offers:event_draft" if isinstance(found, EventDraft) else "offers:event_manage"
    if "remove" in request.POST:
        services.take_picture_off(shown_by=found, by=request.user, at=timezone.now())
        messages.success(request, "L'image est retirée : le dessin du portail la remplace.")
        return redirect(back, found.pk)
    form = PictureForm(typed(request), request.FILES or None, shown_by=found)
    if request.method == "POST" and form.is_valid():
        _save(request, found, form)
        if not form.errors:
            messages.success(request, "C'est enregistré. Voici ce que l'on verra.")
            return redirect("offers:event_picture", found.pk)
        found.refresh_from_db()
    return render(request, "offers/event_picture.html", {"form": form, "event": found, "back": back})


def _save(request: HttpRequest, shown_by: Event | EventDraft, form: PictureForm) -> None:
    """Put up the file that was sent; without one, change what is shown of the picture that is there."""
    about = {"shown_by": shown_by, "alt": form.cleaned_data["alt"], "by": request.user, "at": timezone.now()}
    if file := form.cleaned_data["picture"]:
        attempt(form, services.put_picture, content=file.read(), focus=form.cleaned_data["focus"], **about)
    else:
        attempt(form, services.adjust_picture, focus=form.cleaned_data["focus"], **about)


def _shown_by(request: HttpRequest, key: UUID) -> Event | EventDraft:
    """The venue's draft or event of that identifier."""
    draft = EventDraft.objects.of(request.user).select_related("picture").filter(pk=key).first()
    return draft or get_object_or_404(Event.objects.of(request.user).select_related("picture"), pk=key)
