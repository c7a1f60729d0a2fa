"""A worker books for a group, names its people, gives seats back (D10)."""

from datetime import datetime

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from common.downloads import pdf_response
from common.forms import attempt
from invitations.forms.groups import GiveBackForm, GroupForm, NamesForm
from invitations.models import GroupOuting, Invitation, WaitlistEntry
from invitations.services import groups, material, papers, quotas, usage
from offers.models import Performance
from partners.audience import BOOKERS, open_to
from partners.services import terms_to_accept


@open_to(*BOOKERS)
def book(request: HttpRequest, performance_id) -> HttpResponse:
    """Seats for a group, whose names come later; those that are missing may wait."""
    now = timezone.now()
    performance = get_object_or_404(Performance.objects.published().with_place(), pk=performance_id)
    if terms := _terms_first(request, at=now):
        return terms
    form = GroupForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        made = attempt(
            form, groups.book_group, performance=performance, by=request.user, at=now, **form.cleaned_data
        )
        if made:
            return redirect(made)
        performance.refresh_from_db(fields=["capacity", "seats_left", "seats_held", "parties_waiting"])
    context = {
        "performance": performance,
        "form": form,
        "names_by": groups.names_by(performance=performance, at=now),
        "obstacle": groups.obstacle_to_group(by=request.user, performance=performance, at=now),
        "shares": quotas.on_date(structure=request.user.own_structure, performance=performance),
    }
    return render(request, "invitations/groups/book.html", context)


def _terms_first(request: HttpRequest, *, at: datetime) -> HttpResponse | None:
    """The way to conditions that are still to be accepted, before anything is typed; None where there are none (A4)."""
    if request.method == "GET" and terms_to_accept(user=request.user, at=at):
        return redirect(f"{reverse('partners:terms')}?next={request.path}")
    return None


def _own(request: HttpRequest, group_id) -> GroupOuting:
    mine = GroupOuting.objects.visible_to(request.user).with_outing().with_named()
    return get_object_or_404(mine.select_related("booked_by", "structure", "rest"), pk=group_id)


@require_safe
@open_to(*BOOKERS)
def group(request: HttpRequest, group_id) -> HttpResponse:
    """One group: its seats, who is named, until when, what to print."""
    found, now = _own(request, group_id), timezone.now()
    invitations = list(Invitation.objects.of_group(found).select_related("booking__structure"))
    context = {
        "group": found,
        "performance": found.performance,
        "invitations": invitations,
        "rest": WaitlistEntry.objects.live().filter(group=found).with_place().first(),
        "naming": found.takes_names(at=now),
        "started": found.performance.starts_at <= now,
        "paused": any(invitation.is_paused for invitation in invitations),
        "document_due": papers.is_being_drawn(group=found),
        "material": material.material_of(event=found.performance.event, user=request.user, at=now),
        "often": [] if found.performance.starts_at <= now else usage.named_out_often(group=found),
    }
    return render(request, "invitations/groups/group.html", context)


@open_to(*BOOKERS)
def names(request: HttpRequest, group_id) -> HttpResponse:
    """Name people of a group, several at once; what is typed survives a search and every refusal."""
    found, now = _own(request, group_id), timezone.now()
    if terms := _terms_first(request, at=now):
        return terms
    searching = request.POST.get("action") == "search"
    form = NamesForm(
        request.POST if request.method == "POST" and not searching else None,
        worker=request.user,
        group=found,
        draft=request.POST,
    )
    if form.is_bound and form.is_valid():
        attempt(form, groups.name_people, group=found, by=request.user, at=now, **form.who())
        if not form.errors:
            messages.success(request, "Les noms sont notés : chaque personne a son invitation.")
            return redirect(found)
    context = {"group": found, "performance": found.performance, "form": form}
    context["naming"] = found.takes_names(at=now) and found.unnamed
    return render(request, "invitations/groups/names.html", context)


@open_to(*BOOKERS)
def give_back(request: HttpRequest, group_id) -> HttpResponse:
    """Give seats without a name back before the deadline."""
    found = _own(request, group_id)
    form = GiveBackForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        attempt(form, groups.give_back, group=found, by=request.user, at=timezone.now(), **form.cleaned_data)
        if not form.errors:
            messages.success(request, "Merci : ces places servent tout de suite à d’autres.")
            return redirect(found)
    context = {"group": found, "performance": found.performance, "form": form}
    return render(request, "invitations/groups/give_back.html", context)


@open_to(*BOOKERS)
def cancel(request: HttpRequest, group_id) -> HttpResponse:
    """Cancel a whole group, after a question."""
    found = _own(request, group_id)
    if request.method == "POST":
        groups.cancel_group(group=found, by=request.user, at=timezone.now())
        messages.success(
            request, "Le groupe est annulé. Détruisez les papiers : ils ne permettent plus d’entrer."
        )
        return redirect(found)
    return render(
        request, "invitations/groups/cancel.html", {"group": found, "performance": found.performance}
    )


@require_safe
@open_to(*BOOKERS)
def pdf(request: HttpRequest, group_id) -> HttpResponse:
    """Everybody's invitation to print, in one (D2)."""
    found = _own(request, group_id)
    content = papers.print_group(group=found, at=timezone.now())
    if content is None:
        messages.info(request, "Les invitations de ce groupe se préparent : encore quelques secondes.")
        return redirect(found)
    return pdf_response(content, name=f"invitations-{str(found.pk)[:8]}")


@open_to(*BOOKERS)
def take_off(request: HttpRequest, invitation_id) -> HttpResponse:
    """Take somebody off a group, after a question: the seat stays the group's."""
    mine = Invitation.objects.visible_to(request.user).exclude(booking__group=None)
    found = get_object_or_404(
        mine.select_related("booking__group", "performance__event__venue__commune"), pk=invitation_id
    )
    if request.method == "POST":
        groups.take_off(invitation=found, by=request.user, at=timezone.now())
        messages.success(
            request, "C’est noté. Détruisez le papier s’il est imprimé : il ne permet plus d’entrer."
        )
        return redirect(found.booking.group)
    context = {"group": found.booking.group, "performance": found.performance, "invitation": found}
    return render(request, "invitations/groups/take_off.html", context)
