"""The waiting list as workers see it: their parties, their place, the answer that is due (D5)."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from invitations.models import WaitlistEntry
from invitations.services import promotion, waitlist
from partners.audience import BOOKERS, open_to

ENDED_SHOWN = 10


def _own(request: HttpRequest):
    """The structure's parties, with their place in the line."""
    return WaitlistEntry.objects.visible_to(request.user).with_outing().with_place()


@require_safe
@open_to(*BOOKERS)
def waiting_list(request: HttpRequest) -> HttpResponse:
    """The structure's parties: those to answer for first, then those that wait, then what became of others."""
    context = {
        "offered": _own(request).awaiting_answer(at=timezone.now()).order_by("answer_by"),
        "waiting": _own(request).waiting().order_by("performance__starts_at", "line"),
        "ended": _own(request).exclude(state__in=WaitlistEntry.LIVE).order_by("-ended_at")[:ENDED_SHOWN],
    }
    return render(request, "invitations/waiting_list.html", context)


@require_safe
@open_to(*BOOKERS)
def entry(request: HttpRequest, entry_id) -> HttpResponse:
    """One party: its place in the line, what keeps it there and what comes next, or the seats held until an answer."""
    found, now = get_object_or_404(_own(request), pk=entry_id), timezone.now()
    context = {
        "entry": found,
        "performance": found.performance,
        "guests": found.guests.all(),
        "offered": found.is_offered and found.answer_by > now,
    }
    if found.is_waiting:
        context["hindrance"] = promotion.hindrance(entry=found, at=now)
        context["answer_by"] = promotion.answer_by(performance=found.performance, group=found.group, at=now)
    return render(request, "invitations/waiting_entry.html", context)


@require_POST
@open_to(*BOOKERS)
def confirm(request: HttpRequest, entry_id) -> HttpResponse:
    """Say yes to the seats held for a party: they become its booking."""
    found = get_object_or_404(_own(request), pk=entry_id)
    return redirect(waitlist.confirm(entry=found, by=request.user, at=timezone.now()))


@open_to(*BOOKERS)
def leave(request: HttpRequest, entry_id) -> HttpResponse:
    """Leave the line, or say no to the seats held, after a question."""
    found = get_object_or_404(_own(request), pk=entry_id)
    if request.method == "POST":
        waitlist.leave(entry=found, by=request.user, at=timezone.now())
        messages.success(
            request, "C'est noté : le groupe n'est plus sur la liste. Personne n'a à donner de raison."
        )
        return redirect("invitations:waiting_list")
    return render(
        request, "invitations/waiting_leave.html", {"entry": found, "performance": found.performance}
    )
