"""The file of a programme: handed in, its columns, previewed, loaded (C2)."""

import csv
from datetime import timedelta
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from common.errors import DomainError
from common.forms import attempt, typed
from offers import services
from offers.forms.uploads import ColumnsForm, ConfirmForm, UploadForm
from offers.imports import table_in
from offers.imports.columns import LABELS
from offers.models import ProgrammeImport, ProgrammeUpload
from partners.audience import VENUE, open_to

STATES = {"new": "Nouvelles", "changed": "Changées", "same": "Sans changement"}


@open_to(VENUE)
def import_programme(request: HttpRequest) -> HttpResponse:
    """A venue hands in the file of its programme (C2)."""
    form = UploadForm(typed(request), request.FILES or None)
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
            return redirect(upload)
    return render(request, "offers/import.html", {"form": form})


@require_safe
@open_to(VENUE)
def import_example(request: HttpRequest) -> HttpResponse:
    """A table to fill in, with two dates of an invented show; spreadsheets open it as it is."""
    response = HttpResponse(
        "\ufeff",
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="modele-programme.csv"'},
    )
    day = timezone.localdate() + timedelta(days=30)
    rows = csv.writer(response, delimiter=";")
    rows.writerow(
        ["identifiant", "titre", "type", "date", "heure", "heure de fin", "places offertes", "présentation"]
    )
    for nights, clock in ((0, "20:30"), (1, "16:00")):
        when = f"{day + timedelta(days=nights):%d/%m/%Y}"
        rows.writerow(
            ["lanternes", "La Nuit des lanternes", "spectacle", when, clock, "", 6, "Un conte sans paroles."]
        )
    return response


@open_to(VENUE)
def import_columns(request: HttpRequest, upload_id: UUID) -> HttpResponse:
    """What each column of the table says: proposed, and chosen by the venue (C2)."""
    upload = _mine(request, upload_id)
    table = table_in(bytes(upload.content))
    if table is None or upload.at_work:
        return redirect(upload)
    columns = table.columns if upload.columns is None else upload.columns
    form = ColumnsForm(typed(request), table=table, columns=columns)
    if request.method == "POST" and form.is_valid():
        now = timezone.now()
        if attempt(form, services.choose_columns, upload=upload, columns=form.columns, at=now):
            return redirect(upload)
    return render(request, "offers/import_columns.html", {"upload": upload, "form": form})


@open_to(VENUE)
def import_preview(request: HttpRequest, upload_id: UUID) -> HttpResponse:
    """What the file would bring, row by row; then all of it or nothing (C2). A large one says how far it is."""
    done = ProgrammeImport.objects.of(request.user).filter(pk=upload_id).first()
    if done:
        return _done(request, done)
    upload = _mine(request, upload_id)
    if upload.at_work:
        return render(request, "offers/import_progress.html", {"upload": upload})
    if upload.report is None:
        return redirect("offers:import_columns", upload.pk)
    form = ConfirmForm(typed(request), initial={"seats": upload.seats})
    if request.method == "POST" and _can_load(upload) and form.is_valid():
        try:
            done = services.confirm_upload(
                upload=upload, by=request.user, at=timezone.now(), **form.cleaned_data
            )
        except DomainError as refusal:
            messages.error(request, refusal.sentence)
        return _done(request, done) if done else redirect(upload)
    return render(request, "offers/import_preview.html", _shown(request, upload, form))


def _mine(request: HttpRequest, upload_id: UUID) -> ProgrammeUpload:
    uploads = ProgrammeUpload.objects.of(request.user).fresh(at=timezone.now())
    return get_object_or_404(uploads.select_related("venue__commune"), pk=upload_id)


def _can_load(upload: ProgrammeUpload) -> bool:
    return bool(upload.report) and "lines" in upload.report and not upload.report["counts"]["errors"]


def _shown(request: HttpRequest, upload: ProgrammeUpload, form: ConfirmForm) -> dict:
    """The preview's figures, and the rows of the state that is looked at."""
    report = upload.report
    context = {"upload": upload, "form": form, "report": report, "loads": _can_load(upload)}
    if "lines" not in report:
        return context
    counts = report["counts"]
    state = request.GET.get("voir")
    if state not in STATES or not counts[state]:
        state = next((name for name in ("changed", "new", "same") if counts[name]), "new")
    context |= {
        "states": [(name, label, counts[name]) for name, label in STATES.items() if counts[name]],
        "state": state,
        "lines": report["lines"][state],
        "more": counts[state] - len(report["lines"][state]),
        "columns": _columns_told(upload),
    }
    return context


def _columns_told(upload: ProgrammeUpload) -> list[tuple[str, str]]:
    """What the portal reads, and in which column; nothing for a file that isn't a table."""
    if (table := table_in(bytes(upload.content))) is None:
        return []
    columns = table.columns if upload.columns is None else upload.columns
    told = [(LABELS.get(about), rank) for about, rank in columns.items()]
    return [(label, table.headings[rank]) for label, rank in told if label and rank < len(table.headings)]


def _done(request: HttpRequest, done: ProgrammeImport) -> HttpResponse:
    """On to what the venue must still decide, else to its programme."""
    messages.success(request, "Votre programme est chargé.")
    to = (
        reverse("invitations:import_missing", args=[done.pk]) if done.missing else reverse("offers:programme")
    )
    if "HX-Request" in request.headers:  # the page that polls goes there as a whole
        return HttpResponse(headers={"HX-Redirect": to})
    return redirect(to)
