"""The papers that partners hand out (A6)."""

from urllib.parse import urlsplit

from django.conf import settings
from django.urls import reverse

from common.languages import FRENCH, phrases
from common.pdf import qr_picture, render_pdf
from partners.models import VisitorAccess
from partners.seasons import Season


def visitor_card(access: VisitorAccess, *, language: str = FRENCH) -> bytes:
    """A PDF of one A6 card: the code of a structure's visitors, its QR, how to use it (A6).

    The front is French; with another `language` of `LANGUAGES` the back says the same in it.
    It names no structure: whoever sees it in a wallet learns nothing of its holder.
    """
    page = f"{settings.BASE_URL}{reverse('partners:visitor_enter')}"
    sides = [phrases(code) for code in dict.fromkeys((FRENCH, language))]
    context = {
        "sides": sides,
        "access": access,
        "qr": qr_picture(f"{page}?code={access.code}"),
        "address": f"{urlsplit(page).netloc}{urlsplit(page).path}",
        "season": Season(access.season_year),
        "portal_name": settings.PORTAL_NAME,
    }
    return render_pdf(
        template="partners/pdf/visitor_card.html",
        context=context,
        title="Carte visiteur",
        pages=len(sides),
    )
