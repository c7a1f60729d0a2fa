from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from conventions.forms.directory import ListingForm
from conventions.models import Agreement
from partners.audience import BOOKERS, VENUE, open_to


@require_safe
@open_to(*BOOKERS, VENUE)
def partnership(request: HttpRequest) -> HttpResponse:
    """Where a partner stands with the association: its agreements, and what comes next (B2, B4)."""
    context = {
        "partner": request.user.partner,
        "agreements": Agreement.objects.of(request.user.partner),
        "today": timezone.localdate(),
        "link_days": settings.SIGNATURE_LINK_DAYS,
        "listing": ListingForm(instance=request.user.structure) if request.user.structure else None,
    }
    return render(request, "conventions/partnership.html", context)
