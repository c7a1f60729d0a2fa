"""The file of a programme: handed in, previewed, loaded (C2)."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from common.forms import attempt, typed
from offers import services
from offers.forms.uploads import UploadForm
from offers.models import ProgrammeUpload
from partners.audience import VENUE, open_to


@open_to(VENUE)
def import_programme(request: HttpRequest) -> HttpResponse:
    """A venue hands in the file of its programme (C2)."""
    form = UploadForm(typed(request), request.FILES)
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        upload = attempt(
            form,
            services.keep_upload,
            by=request.user,
            filename=file.name,
            content=file.read(),
            at=timezone.now(),
        )
        if upload:
            return redirect("offers:import_preview", upload.pk)
    return render(request, "offers/import.html", {"form": form})


@open_to(VENUE)
def import_preview(request: HttpRequest, upload_id) -> HttpResponse:
    """What the file would bring, row by row; then all of it or nothing (C2)."""
    now = timezone.now()
    uploads = ProgrammeUpload.objects.of(request.user).fresh(at=now).select_related("venue__commune")
    upload = get_object_or_404(uploads, pk=upload_id)
    if request.method == "POST":
        outcome = services.load_upload(upload=upload, by=request.user, at=now)
        if not outcome.errors:
            messages.success(
                request, "Votre programme est chargé. Donnez maintenant des places, date par date."
            )
            return redirect("offers:programme")
    outcome = services.preview_upload(upload=upload, at=now)
    return render(request, "offers/import_preview.html", {"upload": upload, "outcome": outcome})
