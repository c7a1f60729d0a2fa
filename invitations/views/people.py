"""The structure's own list of people (D1, F3)."""

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from common.forms import attempt
from invitations.forms.people import PersonForm, SearchPeopleForm
from invitations.models import Booking, Participant
from invitations.services import people
from partners.audience import BOOKERS, open_to

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
