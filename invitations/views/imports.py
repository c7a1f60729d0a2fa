"""What becomes of the dates that a venue's file no longer holds (C2)."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from common.errors import DomainError
from invitations.services import missing
from offers.models import ProgrammeImport
from partners.audience import VENUE, open_to


@open_to(VENUE)
def import_missing(request: HttpRequest, import_id) -> HttpResponse:
    """A venue says of each event that lost dates whether to keep them, to take them off the offer, or to cancel."""
    record, now = get_object_or_404(ProgrammeImport.objects.of(request.user), pk=import_id), timezone.now()
    events = missing.missing_dates(record=record, at=now)
    if request.method == "POST":
        answers = {event.pk: request.POST.get(f"event-{event.pk}") for event, _ in events}
        known = {pk: answer for pk, answer in answers.items() if answer in missing.Answer}
        try:
            done = missing.settle(record=record, answers=known, by=request.user, at=now)
        except DomainError as refusal:  # changed by somebody else meanwhile: what remains is asked again
            messages.error(request, refusal.sentence)
            return redirect("invitations:import_missing", record.pk)
        messages.success(
            request,
            f"C'est noté. Dates gardées : {done['keep']}, plus proposées : {done['withdraw']}, "
            f"annulées : {done['cancel']} (réservations prévenues : {done['told']}).",
        )
        return redirect("offers:programme")
    context = {
        "events": [(event, dates, sum(date.seats_taken for date in dates)) for event, dates in events],
        "answers": missing.Answer,
    }
    return render(request, "invitations/import_missing.html", context)
