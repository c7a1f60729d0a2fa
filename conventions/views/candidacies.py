"""« Devenir partenaire »: the public form, without an account (A1)."""

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from common.errors import TooManyAttempts
from common.forms import attach
from conventions.forms.candidacies import CandidacyForm, StructureCandidacyForm, VenueCandidacyForm
from conventions.services import candidacies
from partners.audience import PUBLIC, open_to
from partners.models import Commune

SUGGESTED = 12  # communes


@require_safe
@open_to(PUBLIC)
def candidacy(request: HttpRequest) -> HttpResponse:
    """How one becomes a partner, and the choice between the two forms (A1)."""
    return render(request, "conventions/candidacy.html")


@open_to(PUBLIC)
def structure_candidacy(request: HttpRequest) -> HttpResponse:
    """A social structure asks to take part (A1, A2, A3)."""
    return _answer(request, StructureCandidacyForm(request.POST or None))


@open_to(PUBLIC)
def venue_candidacy(request: HttpRequest) -> HttpResponse:
    """A venue asks to take part (A1, A8)."""
    return _answer(request, VenueCandidacyForm(request.POST or None))


def _answer(request: HttpRequest, form: CandidacyForm) -> HttpResponse:
    """The form, again with what to put right; or, once kept, the thanks: the same for everybody."""
    status = 200
    if request.method == "POST" and form.is_valid():
        try:
            candidacies.receive(
                candidacy=form.instance,
                sectors=form.cleaned_data.get("sectors", ()),
                address=get_adapter().get_client_ip(request),
                at=timezone.now(),
            )
            return redirect("conventions:candidacy_thanks")
        except TooManyAttempts as refusal:  # a long form: what was typed stays
            attach(form, refusal)
            status = 429
    context = {"form": form, "months": settings.CANDIDACY_KEPT_MONTHS}
    return render(request, "conventions/candidacy_form.html", context, status=status)


@require_safe
@open_to(PUBLIC)
def candidacy_thanks(request: HttpRequest) -> HttpResponse:
    """It is received: what happens next. Says nothing of who sent what."""
    return render(request, "conventions/candidacy_thanks.html", {"days": settings.CANDIDACY_STEP_DAYS})


@require_safe
@open_to(PUBLIC)
def communes(request: HttpRequest) -> HttpResponse:
    """Communes that begin like what is being typed, as options of the form's list."""
    found = Commune.objects.search(request.GET.get("town", "")[:80], limit=SUGGESTED)
    return render(request, "conventions/partials/communes.html", {"communes": found})
