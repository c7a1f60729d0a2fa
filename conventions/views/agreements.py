"""What a partner does with its own agreements on /partenariat/: fetch, have the link sent again, hand in a paper."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from common.forms import attempt
from conventions.forms.signing import ScanForm
from conventions.models import Agreement
from conventions.services import countersigning, signing
from conventions.views.documents import served
from partners.audience import ANSWERING, BOOKERS, VENUE, open_to


def _own(request: HttpRequest, agreement_id: UUID) -> Agreement:
    mine = Agreement.objects.visible_to(request.user)
    return get_object_or_404(mine.select_related("structure", "venue"), pk=agreement_id)


@never_cache
@require_safe
@open_to(*BOOKERS, VENUE)
def agreement_document(request: HttpRequest, agreement_id: UUID, name: str) -> HttpResponse:
    """A document of one's own agreement."""
    return served(_own(request, agreement_id), name)


@require_POST
@open_to(*BOOKERS, VENUE)
def agreement_link(request: HttpRequest, agreement_id: UUID) -> HttpResponse:
    """Have the link mailed again, to the representative alone."""
    agreement = _own(request, agreement_id)
    signing.renew_link(agreement=agreement, by=request.user, at=timezone.now())
    messages.success(request, f"Un nouveau lien est parti à l'adresse {agreement.representative_email}.")
    return redirect("conventions:partnership")


@open_to(*ANSWERING)
def agreement_paper(request: HttpRequest, agreement_id: UUID) -> HttpResponse:
    """Hand in the page signed by hand."""
    agreement = _own(request, agreement_id)
    initial = {"name": agreement.representative_name, "capacity": agreement.representative_capacity}
    form = ScanForm(request.POST or None, request.FILES or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        about = {name: form.cleaned_data[name] for name in ("name", "capacity", "signed_on")}
        about |= {"content": form.cleaned_data["scan"].read(), "by": request.user, "at": timezone.now()}
        if attempt(form, countersigning.keep_scan, agreement=agreement, **about):
            messages.success(request, "Merci : l'équipe regarde la page signée, puis contresigne.")
            return redirect("conventions:partnership")
    return render(request, "conventions/agreement_paper.html", {"agreement": agreement, "form": form})
