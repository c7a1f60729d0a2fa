"""What a structure reads of its own use, and the limit that it sets itself (D8)."""

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from common import bars
from common.templatetags.ui import percent
from invitations.forms.usage import LimitForm
from invitations.services import usage as services
from partners.audience import BOOKERS, Audience, open_to
from partners.services import choose_weekly_outings


@require_safe
@open_to(*BOOKERS)
def usage(request: HttpRequest) -> HttpResponse:
    """The structure's own figures beside the network's median, its limit, and who is out often (D8)."""
    structure = request.user.own_structure
    use, network = services.own_use(structure=structure, on=timezone.localdate())
    rates = [
        ("Chez vous, ces jours-ci", use.now.rate),
        ("Chez vous, avant", use.usual_rate),
        ("Médiane du réseau", network.rate),
    ]
    context = {
        "structure": structure,
        "use": use,
        "network": network,
        "bars": bars.draw((label, rate, percent(rate)) for label, rate in rates)
        if use.now.rate is not None
        else None,
        "seats_min": settings.USAGE_SEATS_MIN,
        "limit": settings.USAGE_ALERT_OUTINGS,
        "people": services.people_out_often(user=request.user, at=timezone.now()),
    }
    return render(request, "invitations/usage.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@open_to(Audience.LEAD)
def usage_limit(request: HttpRequest) -> HttpResponse:
    """The référent·e sets a limit that warns the structure's own workers, or takes it away (D8)."""
    structure = request.user.own_structure
    form = LimitForm(request.POST or None, initial={"weekly_outings": structure.weekly_outings})
    if form.is_valid():
        choose_weekly_outings(structure=structure, **form.cleaned_data, by=request.user, at=timezone.now())
        messages.success(request, "C'est noté : vos collègues le liront à la réservation.")
        return redirect("invitations:usage")
    context = {"form": form, "limit": settings.USAGE_ALERT_OUTINGS}
    return render(request, "invitations/usage_limit.html", context)
