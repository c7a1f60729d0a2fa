"""The venue's door, and where the QR of a paper leads (D4, D9)."""

from datetime import datetime

from django.conf import settings
from django.contrib import messages
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from common.dates import local_day
from common.downloads import pdf_response
from common.forms import attempt
from common.templatetags.ui import several
from invitations import documents
from invitations.forms.door import AdmitForm, DoorNumberForm, UndoForm
from invitations.models import LIVE_SEATS, Admission, Booking, Invitation
from invitations.services import admissions
from invitations.services import booking as bookings_service
from invitations.services import door as door_service
from offers.models import Performance
from partners.audience import PUBLIC, VENUE, open_to
from partners.models import User

# --- The venue's door (D9) ----------------------------------------------------------------------------


def _near_performances(request: HttpRequest):
    """The venue's dates whose names may be read now (F1)."""
    return Performance.objects.visible_to(request.user).near_door(at=timezone.now()).with_place()


@require_safe
@open_to(VENUE)
def door(request: HttpRequest) -> HttpResponse:
    """Which list is needed: yesterday's, today's and tomorrow's dates."""
    rows = _near_performances(request).order_by("starts_at")
    rows = rows.annotate(
        expected=LIVE_SEATS,
        entered=Count("invitations__admitted_at"),
    )
    context = {"performances": rows, "form": DoorNumberForm(), "today": local_day(timezone.now())}
    return render(request, "invitations/door.html", context)


@open_to(VENUE)
def door_list(request: HttpRequest, performance_id) -> HttpResponse:
    """The door list of one date, parties together; POST admits one person or a whole party (F1, D9)."""
    now = timezone.now()
    performance = get_object_or_404(_near_performances(request), pk=performance_id)
    invitations = _expected_at(performance, request, at=now)
    answers = []
    admit = AdmitForm(request.POST or None)
    if request.method == "POST":
        wanted = admit.cleaned_data["invitation"] if admit.is_valid() else None
        chosen = get_object_or_404(invitations.select_related("performance"), pk=wanted)
        answers = _admit(chosen, who=admit.cleaned_data["who"], by=request.user, at=now)
    context = {
        "performance": performance,
        "parties": door_service.parties(invitations),
        "answers": answers,
        "undoable": [answer.admission for answer in answers if answer.admission],
        "doubts": admissions.doubts(performance),
        "form": DoorNumberForm(),
        "open_now": door_service.is_today(performance, at=now),
    }
    return render(request, "invitations/door_list.html", context)


@require_safe
@open_to(VENUE)
def door_list_pdf(request: HttpRequest, performance_id) -> HttpResponse:
    """The same list, on paper."""
    now = timezone.now()
    performance = get_object_or_404(_near_performances(request), pk=performance_id)
    parties = door_service.parties(_expected_at(performance, request, at=now))
    entered = sum(person.admitted_at is not None for party in parties for person in party)
    content = documents.door_list_pdf(performance=performance, parties=parties, entered=entered, at=now)
    return pdf_response(content, name=f"liste-{performance.day:%Y-%m-%d}-{str(performance.pk)[:8]}")


def _expected_at(performance: Performance, request: HttpRequest, *, at: datetime):
    """Who is on the door's list of one date."""
    return Invitation.objects.at_door_of(request.user, at=at).live().filter(performance=performance)


def _admit(invitation: Invitation, *, who: str, by: User, at: datetime) -> list[door_service.Answer]:
    if who == "party":
        return door_service.admit_party(invitation=invitation, by=by, at=at)
    return [door_service.admit(invitation=invitation, by=by, at=at)]


@require_POST
@open_to(VENUE)
def door_undo(request: HttpRequest) -> HttpResponse:
    """Somebody was let in by a slip of the hand: taken back, within a minute."""
    form = UndoForm(request.POST, among=Admission.objects.of_venue(request.user))
    if not form.is_valid():
        raise Http404("Ces entrées ne sont pas là.")
    chosen = form.cleaned_data["admission"].select_related("invitation")
    keys = [admission.pk for admission in chosen]
    count = admissions.undo(admissions=keys, by=request.user, at=timezone.now())
    plural = several(count)
    messages.success(request, f"C'est repris : {count} personne{plural} de nouveau attendue{plural}.")
    return redirect("invitations:door_list", chosen[0].invitation.performance_id)


@open_to(VENUE)
def door_number(request: HttpRequest) -> HttpResponse:
    """A number typed by hand leads to its invitation."""
    form = DoorNumberForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        typed = form.cleaned_data["number"]
        found = attempt(form, door_service.find, typed=typed, by=request.user, at=timezone.now())
        if found:
            return redirect("invitations:door_invitation", found.pk)
    return render(request, "invitations/door_number.html", {"form": form})


@open_to(VENUE)
def door_invitation(request: HttpRequest, invitation_id) -> HttpResponse:
    """One invitation at the door and its party: admit one or all, cancel before, excuse after (D4, D9)."""
    now = timezone.now()
    mine = Invitation.objects.of_venue(request.user)
    found = get_object_or_404(
        mine.select_related("booking__structure", "performance__event__venue__commune"), pk=invitation_id
    )
    answers = []
    match request.POST.get("who") if request.method == "POST" else None:
        case "cancel":
            door_service.withdraw(invitation=found, by=request.user, at=now)
            messages.success(request, "C'est noté.")
        case "one" | "party" as who:
            answers = _admit(found, who=who, by=request.user, at=now)
    party = door_service.party_of(invitation=found, by=request.user, at=now)
    found = next(person for person in party if person.pk == found.pk)
    context = {
        "performance": found.performance,
        "found": found,
        "party": party,
        "waiting": sum(person.is_expected for person in party),
        "answers": answers,
        "undoable": [answer.admission for answer in answers if answer.admission],
        "state": door_service.state(found, at=now),
        "started": found.performance.starts_at <= now,
    }
    return render(request, "invitations/door_invitation.html", context)


# --- The QR on the paper (D4, D9) -----------------------------------------------------------------------


@open_to(PUBLIC, translated=True)
def check(request: HttpRequest, token: str) -> HttpResponse:
    """Where the QR leads: the venue's desk checks, the structure finds its booking, its holder may cancel.

    Whoever else reads it sees the event, and no name.
    """
    now, user = timezone.now(), request.user
    papers = Invitation.objects.select_related(
        "booking__booked_by", "booking__structure", "performance__event__venue__commune"
    )
    found = get_object_or_404(papers, token=token)
    if Invitation.objects.of_venue(user).filter(pk=found.pk).exists():
        return redirect("invitations:door_invitation", found.pk)
    if Booking.objects.visible_to(user).filter(pk=found.booking_id).exists():
        return redirect(found.booking)
    if request.method == "POST":
        bookings_service.give_up(invitation=found, at=now)
        return redirect(request.path)
    context = {
        "invitation": found,
        "performance": found.performance,
        "started": found.performance.starts_at <= now,
        "may_cancel": settings.CANCEL_FROM_PAPER and found.may_be_cancelled(at=now),
    }
    return render(request, "invitations/check.html", context)
