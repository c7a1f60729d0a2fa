"""The team's controls: what stands out in the season, what came of it, how evenly seats are spread (E5)."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from common.forms import attempt, typed
from evaluations import controls as list_of
from evaluations.forms.controls import OutcomeForm, WelcomeForm
from evaluations.models import ControlNight, Finding
from evaluations.services import controls as services
from evaluations.spread import Spread
from partners.audience import STAFF, open_to
from partners.seasons import Season

READS = permission_required("evaluations.view_finding", raise_exception=True)
ACTS = permission_required("evaluations.change_finding", raise_exception=True)
SEASONS_BACK = 4


@require_safe
@open_to(STAFF)
@READS
def controls(request: HttpRequest) -> HttpResponse:
    """What stands out in a season: what needs somebody first, by subject; or what was dealt with."""
    today = timezone.localdate()
    seasons = seasons_until(Season.of(today))
    season = next((one for one in seasons if str(one) == request.GET.get("saison")), seasons[0])
    subject = list_of.subject_of(request.GET.get("sujet", ""))
    which = {"closed": request.GET.get("suite") == list_of.CLOSED, "current": season == seasons[0]}
    page, lines = list_of.listed(
        season, subject=subject, **which, on=today, page=request.GET.get("page"), size=settings.LIST_PAGE
    )
    context = {
        "seasons": seasons,
        "season": season,
        "subject": subject,
        "subjects": list_of.counts(season, **which),
        "page": page,
        "lines": lines,
        "today": today,
        **which,
    }
    return render(request, "evaluations/controls.html", context)


def seasons_until(season: Season) -> list[Season]:
    """That season and some before it, latest first."""
    return [Season(season.year - ago) for ago in range(SEASONS_BACK)]


@open_to(STAFF)
@READS
def finding(request: HttpRequest, finding_id) -> HttpResponse:
    """One finding: what was seen, what was noted; somebody with the right to notes what came of it."""
    found = get_object_or_404(Finding.objects.with_partner(), pk=finding_id)
    may_note = found.closed_at is None and request.user.has_perm("evaluations.change_finding")
    form = OutcomeForm(typed(request) if may_note else None)
    if form.is_valid() and attempt(
        form, services.note_outcome, finding=found, by=request.user, at=timezone.now(), **form.cleaned_data
    ):
        messages.success(request, "C'est noté.")
        return redirect("evaluations:controls")
    context = {
        "finding": found,
        "outcomes": found.outcomes.select_related("by"),
        "form": form,
        "may_note": may_note,
    }
    return render(request, "evaluations/finding.html", context)


@open_to(STAFF)
@ACTS
def welcome(request: HttpRequest) -> HttpResponse:
    """Somebody told the team how they were received at a venue: it is written down, to be looked at."""
    form = WelcomeForm(typed(request), initial={"venue": request.GET.get("lieu")})
    if form.is_valid():
        told = attempt(form, services.tell_welcome, by=request.user, at=timezone.now(), **form.cleaned_data)
        if told:
            messages.success(request, "C'est noté : le constat attend dans la liste.")
            return redirect("evaluations:finding", told.pk)
    return render(request, "evaluations/welcome.html", {"form": form})


@require_safe
@open_to(STAFF)
@READS
def fairness(request: HttpRequest) -> HttpResponse:
    """How evenly the season's seats are spread, as counted last night."""
    night = ControlNight.objects.first()
    spreads = [
        (slug, title, unit, Spread.read(stored))
        for slug, title, unit, stored in (
            ("personnes", "Entre les personnes", "personnes", night and night.people),
            ("structures", "Entre les structures", "structures", night and night.structures),
            ("taille", "Entre les structures, selon leur taille", "structures", night and night.by_size),
        )
    ]
    context = {
        "night": night,
        "season": Season(night.season_year) if night else Season.of(timezone.localdate()),
        "spreads": spreads,
        "least": 5 * settings.FIGURES_SMALL,
    }
    return render(request, "evaluations/fairness.html", context)
