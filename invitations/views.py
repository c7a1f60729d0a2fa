from datetime import datetime, timedelta

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from common.dates import local_day
from common.downloads import pdf_response
from common.forms import attempt
from invitations.forms import AdmitForm, BookingForm, DoorNumberForm, PersonForm, SearchPeopleForm
from invitations.models import LIVE_SEATS, Booking, Invitation, Participant, WaitlistEntry
from invitations.services import booking as bookings_service
from invitations.services import door as door_service
from invitations.services import papers, people, quotas, usage, waitlist
from offers.models import Performance
from partners.audience import BOOKERS, PUBLIC, VENUE, open_to
from partners.models import User
from partners.services import terms_to_accept

JUST_NOW = timedelta(minutes=10)  # for so long a booking's page reads as its confirmation

# --- Booking (D1) ---------------------------------------------------------------------------------


@open_to(*BOOKERS)
def book(request: HttpRequest, performance_id) -> HttpResponse:
    """Book a party for one date; what is typed survives a search, more lines and every refusal."""
    now = timezone.now()
    performance = get_object_or_404(Performance.objects.published().with_place(), pk=performance_id)
    if request.method == "GET" and performance.standing(at=now).awaits_draw:
        return redirect("invitations:draw_ask", performance.pk)
    return party_page(
        request,
        performance,
        keep=bookings_service.book,
        obstacle=bookings_service.obstacle_to_book,
        template="invitations/book.html",
        at=now,
        waits=True,
    )


def party_page(
    request: HttpRequest,
    performance: Performance,
    *,
    keep,
    obstacle,
    template: str,
    at: datetime,
    waits: bool = False,
) -> HttpResponse:
    """The form for a party, and what was typed handed to the service `keep`; then the page of what that made.

    `obstacle` tells as `obstacle_to_book` does what keeps even one person from it. With `waits` the form also puts
    the party on the date's waiting list.
    """
    if request.method == "GET" and terms_to_accept(user=request.user, at=at):
        return redirect(f"{reverse('partners:terms')}?next={request.path}")
    action = request.POST.get("action", "book") if request.method == "POST" else ""
    form = BookingForm(
        request.POST if action in {"book", "wait"} else None,
        worker=request.user,
        draft=request.POST,
        more_lines=action == "more",
    )
    if form.is_bound and form.is_valid():
        verb = waitlist.join if waits and action == "wait" else keep
        if made := attempt(form, verb, performance=performance, by=request.user, at=at, **form.party()):
            return redirect(made)
        performance.refresh_from_db(fields=["capacity", "seats_left", "seats_held", "parties_waiting"])
    shares = quotas.on_date(structure=request.user.own_structure, performance=performance)
    context = {
        "performance": performance,
        "form": form,
        "shares": shares,
        "obstacle": obstacle(by=request.user, performance=performance, seats=1, at=at)
        or next((share.obstacle(seats=1) for share in shares if not share.left), ""),
        "may_wait": waits and _may_wait(request.user, performance, form, shares, at=at),
        "hint": form.chosen and usage.hint(person_ref=form.chosen.person_ref, moment=performance.starts_at),
    }
    return render(request, template, context)


def _may_wait(user: User, performance: Performance, form: BookingForm, shares, *, at: datetime) -> bool:
    """Whether the page offers the waiting list: for a full date, or once a booking found too few seats (D5)."""
    asked = performance.standing(at=at).is_full or (form.is_bound and bool(form.errors))
    if not asked or any(share.obstacle(seats=form.seats) for share in shares):
        return False
    return not waitlist.obstacle_to_wait(by=user, performance=performance, seats=form.seats, at=at)


@require_safe
@open_to(*BOOKERS)
def bookings(request: HttpRequest) -> HttpResponse:
    """The structure's outings: those to come soonest first, past ones latest first."""
    past = request.GET.get("quand") == "passees"
    mine = Booking.objects.visible_to(request.user).with_outing().with_seats().select_related("participant")
    now = timezone.now()
    if past:
        rows = mine.past(at=now).order_by("-performance__starts_at", "pk")
    else:
        rows = mine.ahead(at=now).order_by("performance__starts_at", "pk")
    page = Paginator(rows, settings.LIST_PAGE).get_page(request.GET.get("page"))
    waiting = WaitlistEntry.objects.visible_to(request.user).live().count()
    context = {"page": page, "tab": "past" if past else "ahead", "waiting_count": waiting}
    return render(request, "invitations/bookings.html", context)


def _own_booking(request: HttpRequest, booking_id) -> Booking:
    mine = Booking.objects.visible_to(request.user).with_outing()
    mine = mine.select_related("participant", "booked_by", "structure")
    return get_object_or_404(mine, pk=booking_id)


@require_safe
@open_to(*BOOKERS)
def booking(request: HttpRequest, booking_id) -> HttpResponse:
    """One outing: who goes, what to print, how to cancel; right after booking, the confirmation."""
    found, now = _own_booking(request, booking_id), timezone.now()
    invitations = list(found.invitations.select_related("booking__structure"))
    context = {
        "booking": found,
        "performance": found.performance,
        "invitations": invitations,
        "started": found.performance.starts_at <= now,
        "just_booked": now - found.created_at < JUST_NOW,
        "paused": any(invitation.is_paused for invitation in invitations),
        "document_due": papers.is_due(booking=found, papers=invitations),
        "hint": ""
        if found.cancelled_at
        else usage.hint(person_ref=found.person_ref, moment=found.performance.starts_at, but=found),
    }
    return render(request, "invitations/booking.html", context)


@require_safe
@open_to(*BOOKERS)
def booking_pdf(request: HttpRequest, booking_id) -> HttpResponse:
    """The party's invitations to print (D2)."""
    found = _own_booking(request, booking_id)
    content = papers.print_party(booking=found, at=timezone.now())
    if content is None:
        messages.info(request, "Les invitations de ce groupe se préparent : encore quelques secondes.")
        return redirect(found)
    return pdf_response(content, name=f"invitations-{str(found.pk)[:8]}")


@require_safe
@open_to(*BOOKERS)
def invitation_pdf(request: HttpRequest, invitation_id) -> HttpResponse:
    """One person's invitation to print (D2)."""
    mine = Invitation.objects.visible_to(request.user).live()
    found = get_object_or_404(
        mine.select_related("booking", "performance__event__venue__commune"), pk=invitation_id
    )
    content = papers.print_one(invitation=found, at=timezone.now())
    return pdf_response(content, name=f"invitation-{found.number}")


@open_to(*BOOKERS)
def booking_cancel(request: HttpRequest, booking_id) -> HttpResponse:
    """Cancel the whole outing, after a question (D4)."""
    found = _own_booking(request, booking_id)
    if request.method == "POST":
        bookings_service.cancel_booking(booking=found, by=request.user, at=timezone.now())
        messages.success(
            request, "La sortie est annulée. Détruisez les papiers : ils ne permettent plus d'entrer."
        )
        return redirect(found)
    return render(
        request,
        "invitations/cancel.html",
        {"booking": found, "performance": found.performance, "whole": True},
    )


@open_to(*BOOKERS)
def invitation_cancel(request: HttpRequest, invitation_id) -> HttpResponse:
    """Cancel one person's invitation, after a question; the participant's ends the whole outing (D4)."""
    mine = Invitation.objects.visible_to(request.user).select_related(
        "booking__booked_by", "performance__event__venue__commune"
    )
    found = get_object_or_404(mine, pk=invitation_id)
    if request.method == "POST":
        bookings_service.cancel_invitation(invitation=found, by=request.user, at=timezone.now())
        messages.success(request, "C'est annulé. Détruisez le papier imprimé : il ne permet plus d'entrer.")
        return redirect(found.booking)
    context = {
        "booking": found.booking,
        "performance": found.performance,
        "invitation": found,
        "whole": found.ends_party,
    }
    return render(request, "invitations/cancel.html", context)


# --- The structure's own list of people (D1, F1) ------------------------------------------------------


@open_to(*BOOKERS)
def participants(request: HttpRequest) -> HttpResponse:
    """The people of the structure's list; the search is a POST, so that no name stands in an address."""
    form = SearchPeopleForm(request.POST or None)
    words = form.cleaned_data["search"] if form.is_bound and form.is_valid() else ""
    found = Participant.objects.visible_to(request.user).with_outings(at=timezone.now()).search(words)
    size = (
        len(found) if words else settings.LIST_PAGE
    )  # a search is on one page: its words stay out of addresses
    page = Paginator(found, max(size, 1)).get_page(request.GET.get("page"))
    return render(request, "invitations/participants.html", {"page": page, "form": form, "words": words})


@open_to(*BOOKERS)
def participant_add(request: HttpRequest) -> HttpResponse:
    """Put somebody on the list."""
    form = PersonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        person = form.save(commit=False)
        if attempt(form, people.add_participant, participant=person, by=request.user, at=timezone.now()):
            messages.success(request, "La personne est sur votre liste.")
            return redirect("invitations:participants")
    return render(request, "invitations/participant_form.html", {"form": form})


@open_to(*BOOKERS)
def participant(request: HttpRequest, participant_id) -> HttpResponse:
    """Correct a person's name or language, and see the outings."""
    person = get_object_or_404(Participant.objects.visible_to(request.user), pk=participant_id)
    form = PersonForm(request.POST or None, instance=person)
    if request.method == "POST" and form.is_valid():
        changed = form.save(commit=False)
        if attempt(form, people.change_participant, participant=changed, by=request.user, at=timezone.now()):
            messages.success(request, "C'est corrigé, aussi sur les invitations à venir.")
            return redirect("invitations:participants")
    outings = Booking.objects.visible_to(request.user).filter(participant=person).with_outing()
    context = {"form": form, "person": person, "outings": outings.order_by("-performance__starts_at")[:20]}
    return render(request, "invitations/participant_form.html", context)


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
        entered=Count("invitations", filter=Q(invitations__status=Invitation.Status.ATTENDED)),
    )
    context = {"performances": rows, "form": DoorNumberForm(), "today": local_day(timezone.now())}
    return render(request, "invitations/door.html", context)


@open_to(VENUE)
def door_list(request: HttpRequest, performance_id) -> HttpResponse:
    """The door list of one date, parties together; POST admits one person or a whole party (F1, D9)."""
    performance = get_object_or_404(_near_performances(request), pk=performance_id)
    now = timezone.now()
    invitations = Invitation.objects.at_door_of(request.user, at=now).live().filter(performance=performance)
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
        "form": DoorNumberForm(),
        "open_now": door_service.is_today(performance, at=now),
    }
    return render(request, "invitations/door_list.html", context)


def _admit(invitation: Invitation, *, who: str, by: User, at: datetime) -> list[door_service.Answer]:
    if who == "party":
        return door_service.admit_party(invitation=invitation, by=by, at=at)
    return [door_service.admit(invitation=invitation, by=by, at=at)]


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
        "state": door_service.state(found, at=now),
        "started": found.performance.starts_at <= now,
    }
    return render(request, "invitations/door_invitation.html", context)


@open_to(VENUE)
def performance_cancel(request: HttpRequest, performance_id) -> HttpResponse:
    """The venue cancels a date, after a question; everybody who booked is told (C6)."""
    mine = Performance.objects.visible_to(request.user).with_place()
    performance = get_object_or_404(mine, pk=performance_id)
    if request.method == "POST":
        told = bookings_service.cancel_performance(
            performance=performance, by=request.user, at=timezone.now()
        )
        messages.success(request, f"La séance est annulée. Réservations prévenues : {told}.")
        return redirect("offers:event_manage", performance.event_id)
    return render(request, "invitations/performance_cancel.html", {"performance": performance})


# --- The QR on the paper (D4, D9) -----------------------------------------------------------------------


@open_to(PUBLIC)
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
