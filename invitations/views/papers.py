"""A worker prints the invitations of several outings at once (D2, D12)."""

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import F, QuerySet
from django.forms import ModelMultipleChoiceField
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from common.downloads import pdf_response
from invitations.models import Booking, PrintRun
from invitations.services import drawing, printing
from partners.audience import BOOKERS, open_to


@open_to(*BOOKERS)
def choose(request: HttpRequest) -> HttpResponse:
    """Which outings to print together: those not printed yet come first, and ticked."""
    now = timezone.now()
    mine = Booking.objects.visible_to(request.user).alone().with_outing()
    if request.method == "POST":
        run = printing.start(
            structure=request.user.own_structure, bookings=_ticked(request, among=mine), at=now
        )
        return redirect("invitations:print_run_pdf" if run.made_at else "invitations:print_run", run.pk)
    coming = mine.to_come(at=now).select_related("participant").with_seats()
    context = {
        "bookings": coming.order_by(F("printed_at").asc(nulls_first=True), "performance__starts_at", "pk")[
            : settings.PRINT_RUN_MAX
        ],
        "unprinted": coming.filter(printed_at=None).count(),
        "most": settings.PRINT_RUN_MAX,
    }
    return render(request, "invitations/print_several.html", context)


def _ticked(request: HttpRequest, *, among: QuerySet[Booking]) -> list[Booking]:
    """The outings ticked; one that isn't `among` the structure's own is not there (404)."""
    field = ModelMultipleChoiceField(queryset=among, required=False)
    try:
        return list(field.clean(request.POST.getlist("outing")))
    except ValidationError as error:
        raise Http404 from error


@require_safe
@open_to(*BOOKERS)
def run(request: HttpRequest, run_id) -> HttpResponse:
    """The outings that are being printed together: how far that is, then their PDF."""
    found = get_object_or_404(PrintRun.objects.visible_to(request.user).defer("content"), pk=run_id)
    bookings = Booking.objects.visible_to(request.user).filter(pk__in=found.bookings).with_outing()
    context = {
        "run": found,
        "bookings": bookings.select_related("participant").with_seats().order_by("performance__starts_at"),
        "papers": drawing.papers_of(found).count(),
    }
    return render(request, "invitations/print_run.html", context)


@require_safe
@open_to(*BOOKERS)
def run_pdf(request: HttpRequest, run_id) -> HttpResponse:
    """Their invitations, to print."""
    found = get_object_or_404(PrintRun.objects.visible_to(request.user), pk=run_id)
    content = printing.print_run(run=found, at=timezone.now())
    if content is None:
        messages.info(request, "Les invitations se préparent : encore quelques secondes.")
        return redirect(found)
    return pdf_response(content, name=f"invitations-{str(found.pk)[:8]}")
