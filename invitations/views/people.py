"""The structure's own list of people (D1, F3)."""

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from common.forms import attempt
from invitations.forms.people import PersonForm, SearchPeopleForm
from invitations.models import Participant
from invitations.models.erasure import leaves_on, leaving_soon, with_last_outing
from invitations.models.own_data import places_named, places_of_name, waits_of
from invitations.services import people
from invitations.services.own_data import outings_of
from partners.audience import BOOKERS, open_to

# --- The structure's own list of people (D1, F1) ------------------------------------------------------


@open_to(*BOOKERS)
def participants(request: HttpRequest) -> HttpResponse:
    """The people of the structure's list; the search is a POST, so that no name stands in an address.

    It also finds those who come along with others, who have a right to their data as well (F3).
    """
    form = SearchPeopleForm(request.POST or None)
    words = form.cleaned_data["search"] if form.is_bound and form.is_valid() else ""
    now, mine = timezone.now(), Participant.objects.visible_to(request.user)
    found = mine.with_outings(at=now).search(words)
    size = (
        len(found) if words else settings.LIST_PAGE
    )  # a search is on one page: its words stay out of addresses
    page = Paginator(found, max(size, 1)).get_page(request.GET.get("page"))
    soon = leaving_soon(mine, on=timezone.localdate(now))
    for person in page:
        person.leaves = soon.get(person.pk)
    along = places_named(request.user.own_structure.pk, words) if words else []
    context = {
        "page": page,
        "form": form,
        "words": words,
        "leaving": soon,
        "along": along,
        "kept_months": settings.PERSON_KEPT_MONTHS,
    }
    return render(request, "invitations/participants.html", context)


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
    """Everything held of a person, in one page: shown, corrected, handed over, erased (F3)."""
    person = get_object_or_404(
        with_last_outing(Participant.objects.visible_to(request.user)), pk=participant_id
    )
    held = {"name": person.full_name, "added": person.created_at, "leaves": leaves_on(person)}
    form = PersonForm(request.POST or None, instance=person)
    if request.method == "POST" and form.is_valid():
        changed = form.save(commit=False)
        if attempt(form, people.change_participant, participant=changed, by=request.user, at=timezone.now()):
            messages.success(request, "C'est corrigé, aussi sur les invitations à venir.")
            return redirect("invitations:participants")
    entries, requests = waits_of(person)
    context = {
        "form": form,
        "person": person,
        "held": held,
        "outings": outings_of(person),
        "entries": entries,
        "requests": requests,
        "along": places_of_name(person),
    }
    return render(request, "invitations/person.html", context)
