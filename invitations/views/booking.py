"""A worker books, finds, prints and cancels (D1–D4)."""

from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Exists, OuterRef, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from common.compiled import compiled
from common.downloads import pdf_response
from common.forms import attempt
from invitations.forms.booking import BookingForm
from invitations.models import (
    Booking,
    ChangeNotice,
    GroupOuting,
    Invitation,
    MaterialRequest,
    VenueDocument,
    WaitlistEntry,
)
from invitations.models.people import structure_of
from invitations.services import booking as bookings_service
from invitations.services import material, papers, quotas, usage, waitlist
from offers.models import Performance
from partners.audience import BOOKERS, open_to
from partners.models import Structure, User

JUST_NOW = timedelta(minutes=10)  # for so long a booking's page reads as its confirmation


# --- Booking (D1) ---------------------------------------------------------------------------------


@open_to(*BOOKERS)
def book(request: HttpRequest, performance_id) -> HttpResponse:
    """Book a party for one date; what is typed survives a search, more lines and every refusal."""
    now = timezone.now()
    performance = published_date(request, performance_id, at=now)
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


def published_date(request: HttpRequest, performance_id: UUID, *, at: datetime) -> Performance:
    """A published date with what lets the account book it, else 404."""
    found = bookings_service.date_for(pk=performance_id, by=request.user, at=at)
    if found is None or not found.event.is_published:
        raise Http404
    return found


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
    footing = bookings_service.footing(by=request.user, performance=performance, at=at)
    if request.method == "GET" and footing.terms_pending:
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
    shares = []
    if footing.has_quota:
        shares = quotas.on_date(structure=request.user.own_structure, performance=performance)
    refusal = obstacle(by=request.user, performance=performance, seats=1, at=at)
    used_up = next((share.obstacle(seats=1) for share in shares if not share.left), "")
    context = {
        "performance": performance,
        "form": form,
        "shares": shares,
        "obstacle": refusal or used_up,
        "used_up": used_up and not refusal,
        "may_wait": waits and _may_wait(request.user, performance, form, shares, at=at),
        "hint": form.chosen
        and usage.hint(
            structure=request.user.own_structure,
            person_ref=form.chosen.person_ref,
            moment=performance.starts_at,
        ),
    }
    return render(request, template, context)


def _may_wait(user: User, performance: Performance, form: BookingForm, shares, *, at: datetime) -> bool:
    """Whether the page offers the waiting list: for a full date, or once a booking found too few seats (D5)."""
    full = performance.standing(at=at).is_full
    seats = 1 if full else form.seats  # whoever is too many for a full date takes people off, and waits
    asked = full or (form.is_bound and bool(form.errors))
    if not asked or any(share.obstacle(seats=seats) for share in shares):
        return False
    return not waitlist.obstacle_to_wait(by=user, performance=performance, seats=seats, at=at)


@require_safe
@open_to(*BOOKERS)
def bookings(request: HttpRequest) -> HttpResponse:
    """The structure's outings, groups first: those to come soonest first, past ones latest first."""
    past = request.GET.get("quand") == "passees"
    mine = Booking.objects.visible_to(request.user).alone()
    mine = mine.with_outing().with_seats().select_related("participant")
    groups = GroupOuting.objects.visible_to(request.user).with_outing().with_named()
    now = timezone.now()
    if past:
        rows = mine.past(at=now).order_by("-performance__starts_at", "pk")
        groups = groups.past(at=now).order_by("-performance__starts_at", "pk")[: settings.LIST_PAGE]
    else:
        rows = mine.ahead(at=now).order_by("performance__starts_at", "pk")
        groups = groups.ahead(at=now).order_by("performance__starts_at", "pk")
    page = Paginator(rows, settings.LIST_PAGE).get_page(request.GET.get("page"))
    waiting = WaitlistEntry.objects.visible_to(request.user).live().count()
    context = {"page": page, "groups": groups, "tab": "past" if past else "ahead", "waiting_count": waiting}
    return render(request, "invitations/bookings.html", context)


@compiled(structure=Structure._meta.pk, pk=Booking._meta.pk)
def _whole_booking(*, structure, pk) -> QuerySet[Booking]:
    mine = Booking.objects.filter(structure=structure, pk=pk).with_outing()
    return mine.select_related("participant", "booked_by", "structure", "group")


def _own_booking(request: HttpRequest, booking_id) -> Booking:
    found = _whole_booking.first(structure=structure_of(request.user), pk=booking_id)
    if found is None:
        raise Http404
    return found


@compiled(structure=Structure._meta.pk, booking=Booking._meta.pk)
def _party(*, structure, booking) -> QuerySet[Invitation]:
    mine = Invitation.objects.of_structure(structure).filter(booking=booking)
    sent = VenueDocument.objects.filter(event=OuterRef("performance__event"))
    asked = MaterialRequest.objects.filter(event=OuterRef("performance__event"), structure=structure)
    return mine.with_outing().annotate(has_material=Exists(sent) | Exists(asked)).order_by("position")


@require_safe
@open_to(*BOOKERS)
def booking(request: HttpRequest, booking_id) -> HttpResponse:
    """One outing: who goes, what to print, how to cancel; right after booking, the confirmation."""
    now = timezone.now()
    invitations = _party(structure=structure_of(request.user), booking=booking_id)
    if not invitations:
        raise Http404
    found = invitations[0].booking
    started = found.performance.starts_at <= now
    if found.cancelled_at or started or invitations[0].has_material:
        prepared = material.material_of(event=found.performance.event, user=request.user, at=now)
    else:
        prepared = material.Material()  # nothing yet for those who go
    context = {
        "booking": found,
        "performance": found.performance,
        "invitations": invitations,
        "started": started,
        "material": prepared,
        "just_booked": now - found.created_at < JUST_NOW,
        "paused": any(invitation.is_paused for invitation in invitations),
        "notice": ChangeNotice.objects.about(found) if invitations[0].noticed else None,
        "document_due": papers.is_due(booking=found, papers=invitations),
        "hint": usage.hint(
            structure=found.structure,
            person_ref=found.person_ref,
            moment=found.performance.starts_at,
            but=found,
        )
        if invitations[0].others_near and not found.cancelled_at
        else "",
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
    mine = Invitation.objects.visible_to(request.user).live().for_paper()
    found = get_object_or_404(mine, pk=invitation_id)
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
        "whole": found.ends_others,
    }
    return render(request, "invitations/cancel.html", context)
