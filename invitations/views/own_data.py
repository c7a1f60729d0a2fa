"""Somebody asks for their own data: a worker shows it, hands it over, corrects or erases it (F3).

Somebody of the list has their page in `people.py`; here are those who come along with others, and what can be done.
"""

import json
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db import models
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from common.downloads import pdf_response
from common.forms import attempt, typed
from invitations.documents import own_data_pdf
from invitations.forms.own_data import CorrectPlacesForm, EraseForm, ErasePlacesForm, PlacesForm
from invitations.models import Booking, Invitation, Participant
from invitations.models.own_data import PLACES, Place, rows_of, same_name
from invitations.services import own_data
from partners.audience import BOOKERS, open_to
from partners.models import User

# --- Somebody of the list ---------------------------------------------------------------------------------------


@open_to(*BOOKERS)
def participant_erase(request: HttpRequest, participant_id: UUID) -> HttpResponse:
    """Erase somebody of the list, after a question."""
    person, now = _of_the_list(request, participant_id), timezone.now()
    to_come = Booking.objects.to_come(at=now).filter(person_ref=person.person_ref).with_outing()
    form = EraseForm(typed(request), to_come=to_come.exists())
    if request.method == "POST" and form.is_valid():
        done = attempt(
            form, own_data.erase_person, participant=person, keep=form.keep, by=request.user, at=now
        )
        if done is not None:
            messages.success(request, _erased(done, kept=bool(form.keep)))
            return redirect("invitations:participants")
    context = {"person": person, "form": form, "to_come": to_come.order_by("performance__starts_at")}
    return render(request, "invitations/own_data/erase_person.html", context)


@require_POST
@open_to(*BOOKERS)
def participant_hand_over(request: HttpRequest, participant_id: UUID, how: str) -> HttpResponse:
    """Everything held of somebody of the list, in a file for them."""
    person, now = _of_the_list(request, participant_id), timezone.now()
    record = own_data.record_of(person, at=now)
    return handed_over(record, subject=person, how=how, by=request.user, at=now)


def _of_the_list(request: HttpRequest, participant_id: UUID) -> Participant:
    return get_object_or_404(Participant.objects.visible_to(request.user), pk=participant_id)


def _erased(cancelled: int, *, kept: bool) -> str:
    if cancelled:
        return f"Le nom est effacé. Sorties ou invitations annulées : {cancelled}. Détruisez les papiers."
    if kept:
        return "Le nom est effacé de votre liste. Les invitations gardées le perdront juste après leur date."
    return "Le nom est effacé."


# --- Somebody who comes along with others --------------------------------------------------------------------------


@open_to(*BOOKERS)
def place(request: HttpRequest, where: str, row_id: UUID) -> HttpResponse:
    """Everything held of somebody who comes along: where they are named; their name is corrected here."""
    found = _places(request, where, row_id)
    row, now = found[0].row, timezone.now()
    name = {"given_name": row.given_name, "family_name": row.family_name}
    form = CorrectPlacesForm(typed(request), found=found, initial=name)
    if request.method == "POST" and form.is_valid():
        right = {field: form.cleaned_data[field] for field in name}
        own_data.correct_places(places=form.chosen, by=request.user, at=now, **right)
        messages.success(request, "C’est corrigé, aussi sur les invitations à venir.")
        return redirect("invitations:place", form.chosen[0].where, form.chosen[0].row.pk)
    context = {"found": found, "form": form, "where": where, "row": row}
    return render(request, "invitations/own_data/place.html", context)


@open_to(*BOOKERS)
def place_erase(request: HttpRequest, where: str, row_id: UUID) -> HttpResponse:
    """Erase somebody who comes along, after a question."""
    found, now = _places(request, where, row_id), timezone.now()
    form = ErasePlacesForm(typed(request), found=found, to_come=any(_goes(one, now) for one in found))
    if request.method == "POST" and form.is_valid():
        done = attempt(
            form, own_data.erase_places, places=form.chosen, keep=form.keep, by=request.user, at=now
        )
        if done is not None:
            messages.success(request, _erased(done, kept=bool(form.keep)))
            return redirect("invitations:participants")
    context = {"found": found, "form": form, "where": where, "row": found[0].row}
    return render(request, "invitations/own_data/erase_place.html", context)


@require_POST
@open_to(*BOOKERS)
def place_hand_over(request: HttpRequest, where: str, row_id: UUID, how: str) -> HttpResponse:
    """Everything held of somebody who comes along, in a file for them; what was ticked, or all."""
    found, now = _places(request, where, row_id), timezone.now()
    form = PlacesForm(request.POST, found=found)
    chosen = form.chosen if form.is_valid() else found
    record = own_data.record_of_places(chosen, at=now)
    return handed_over(record, subject=chosen[0].row, how=how, by=request.user, at=now)


def _places(request: HttpRequest, where: str, row_id: UUID) -> list[Place]:
    """Everywhere the name of one row stands in the structure's data, that row first; 404 for another structure's."""
    user = request.user
    assert isinstance(user, User)
    if where not in PLACES:
        raise Http404
    this = Place(where, get_object_or_404(rows_of(where, user.own_structure.pk), pk=row_id))
    others = [one for one in same_name(this, structure=user.own_structure.pk) if one.row.pk != row_id]
    return [this, *others]


def _goes(one: Place, now: datetime) -> bool:
    """Whether an invitation of it is still to be used."""
    return isinstance(one.row, Invitation) and one.row.is_live and one.performance.starts_at > now


# --- Files -------------------------------------------------------------------------------------------------------


def handed_over(
    record: dict[str, Any], *, subject: models.Model, how: str, by: User, at: datetime, reason: str = ""
) -> HttpResponse:
    """The record as a PDF to read, or as JSON for another program; that it was handed over is noted."""
    if how not in {"pdf", "json"}:
        raise Http404
    own_data.hand_over(subject=subject, how=how.upper(), by=by, at=at, reason=reason)
    if how == "pdf":
        return pdf_response(own_data_pdf(record=record, at=at), name="mes-donnees")
    text = own_data.without_formulas(json.dumps(record, indent=2))
    return HttpResponse(
        text,
        content_type="application/json",
        headers={"Content-Disposition": 'attachment; filename="mes-donnees.json"'},
    )
