from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from conventions.forms.directory import ListingForm
from conventions.models import Agreement, Breach
from conventions.services.access import team_of
from conventions.views import membership
from partners.audience import BOOKERS, VENUE, open_to
from partners.models import User


@require_safe
@open_to(*BOOKERS, VENUE)
def partnership(request: HttpRequest) -> HttpResponse:
    """Where a partner stands with the association: its agreements, and what comes next (B2, B4)."""
    today, breaches = timezone.localdate(), _breaches(request.user)
    agreements = Agreement.objects.of(request.user.partner)
    context = {
        "partner": request.user.partner,
        "agreements": [(agreement, agreement.stage(on=today)) for agreement in agreements],
        "breaches": breaches,
        "breach_open": any(breach.is_open for breach in breaches or ()),
        "link_days": settings.SIGNATURE_LINK_DAYS,
        **membership.section(request.user, on=today),
        "listing": ListingForm(instance=request.user.structure) if request.user.structure else None,
    }
    if request.user.books:
        context["members"] = team_of(structure=request.user.own_structure, at=timezone.now())
    return render(request, "conventions/partnership.html", context)


def _breaches(user: User):
    """The procedures that who answers for a partner sees; None for anyone else."""
    return Breach.objects.visible_to(user).with_parties() if user.answers else None
