from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from common.forms import attempt
from conventions.services import access as services
from partners.audience import BOOKERS, Audience, open_to
from partners.forms import ColleagueForm
from partners.models import User
from partners.services import close_account, hand_over_lead, invite_colleague, send_fresh_link


@require_safe
@open_to(*BOOKERS)
def team(request: HttpRequest) -> HttpResponse:
    """Who may book for the structure (A4): the référent·e acts, colleagues read."""
    structure, now = request.user.own_structure, timezone.now()
    context = {
        "structure": structure,
        "members": services.team_of(structure=structure, at=now),
        "season": services.season_to_confirm(on=timezone.localdate()),
        "confirmation": services.confirmation(structure=structure, on=timezone.localdate()),
        "leads": request.user.role == User.Role.LEAD,
    }
    return render(request, "conventions/team.html", context)


@open_to(Audience.LEAD)
def invite(request: HttpRequest) -> HttpResponse:
    """The référent·e invites a colleague: an account, and a link by mail (A4)."""
    form = ColleagueForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        made = attempt(
            form,
            invite_colleague,
            structure=request.user.own_structure,
            **form.cleaned_data,
            by=request.user,
            at=timezone.now(),
        )
        if made:
            messages.success(request, f"Un lien est parti à {made[0].email}, pour choisir un mot de passe.")
            return redirect("conventions:team")
    return render(request, "conventions/team_invite.html", {"form": form})


@require_POST
@open_to(Audience.LEAD)
def link(request: HttpRequest, account_id: UUID) -> HttpResponse:
    """The référent·e sends a colleague's link again (A4)."""
    account = _colleague(request, account_id)
    send_fresh_link(account=account, by=request.user, at=timezone.now())
    messages.success(request, f"Un nouveau lien est parti à {account.email}. L'ancien ne marche plus.")
    return redirect("conventions:team")


@require_http_methods(["GET", "HEAD", "POST"])
@open_to(Audience.LEAD)
def remove(request: HttpRequest, account_id: UUID) -> HttpResponse:
    """The référent·e removes somebody who left: out at once (A4)."""
    account = _colleague(request, account_id)
    if request.method == "POST":
        close_account(account=account, by=request.user, at=timezone.now())
        messages.success(request, f"{account.display_name} n'entre plus sur le portail.")
        return redirect("conventions:team")
    return render(request, "conventions/team_remove.html", {"account": account})


@require_http_methods(["GET", "HEAD", "POST"])
@open_to(Audience.LEAD)
def hand_over(request: HttpRequest, account_id: UUID) -> HttpResponse:
    """The référent·e passes the role to a colleague (A4)."""
    account = _colleague(request, account_id)
    if request.method == "POST":
        hand_over_lead(to=account, by=request.user, at=timezone.now())
        messages.success(request, f"{account.display_name} est maintenant référent·e.")
        return redirect("conventions:team")
    return render(request, "conventions/team_hand_over.html", {"account": account})


@require_POST
@open_to(Audience.LEAD)
def confirm(request: HttpRequest) -> HttpResponse:
    """The référent·e confirms the list for the season (A5)."""
    renewal = services.confirm_team(structure=request.user.own_structure, by=request.user, at=timezone.now())
    messages.success(request, f"Merci : la liste est confirmée pour la saison {renewal.season}.")
    return redirect("conventions:team")


def _colleague(request: HttpRequest, account_id: UUID) -> User:
    """Somebody authorised in the same structure; a stranger isn't there."""
    team = User.objects.filter(structure=request.user.own_structure, is_active=True)
    return get_object_or_404(team, pk=account_id)
