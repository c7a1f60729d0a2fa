from datetime import date

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from common.downloads import pdf_response
from conventions.models import Donation, Membership, Receipt
from conventions.services import receipt_papers
from conventions.services.membership import ask_membership
from partners.audience import ANSWERING, STAFF, open_to
from partners.models import User
from partners.seasons import Season


def section(user: User, *, on: date) -> dict:
    """What the partner's page says of membership and gifts; what was given is for whom answers for the partner."""
    season, partner = Season.of(on), user.partner
    receipts = Receipt.objects.visible_to(user).select_related("membership", "donation")
    return {
        "membership": Membership.objects.of(partner).filter(season_year=season.year).first(),
        "season": season,
        "due": Membership.due(season=season, **{partner.column: partner}).amount_cents,
        "payment_howto": settings.PORTAL_PAYMENT_HOWTO,
        "donations": Donation.objects.of(partner) if user.answers else Donation.objects.none(),
        "receipts": receipts.defer("content", "facts"),
    }


@require_POST
@open_to(*ANSWERING)
def membership_ask(request: HttpRequest) -> HttpResponse:
    """A partner would like to join the association (B6)."""
    ask_membership(partner=request.user.partner, by=request.user, at=timezone.now())
    messages.success(request, "Merci ! L'équipe est prévenue. Le reçu arrivera ici après votre paiement.")
    return redirect("conventions:partnership")


@require_safe
@open_to(*ANSWERING, STAFF)
def receipt_pdf(request: HttpRequest, pk) -> HttpResponse:
    """A receipt, for the partner that paid and the team (B6)."""
    receipt = get_object_or_404(Receipt.objects.visible_to(request.user), pk=pk)
    content = receipt_papers.read(receipt=receipt, at=timezone.now())
    return pdf_response(content, name=f"recu-{receipt.reference}")
