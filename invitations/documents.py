"""The papers that people take along (D2)."""

from datetime import timedelta

from django.conf import settings

from common.pdf import qr_svg, render_pdf
from common.templatetags.ui import duration
from invitations.models import Invitation
from offers.models import Access


def invitations_pdf(invitations: list[Invitation]) -> bytes:
    """One A4 page per invitation, in the order given, all for the same date. No structure is named (F1).

    They arrive with `performance__event__venue__commune` selected, and only live ones: a cancelled invitation
    has no paper (ValueError).
    """
    if not invitations or not all(invitation.is_live for invitation in invitations):
        raise ValueError("papers are printed for live invitations only")
    performance = invitations[0].performance
    event = performance.event
    context = {
        "papers": [(invitation, qr_svg(invitation.check_url)) for invitation in invitations],
        "performance": performance,
        "event": event,
        "venue": event.venue,
        "wheelchair": Access.WHEELCHAIR in event.accesses,
        "hearing_loop": Access.HEARING_LOOP in event.accesses,
        "arrive_at": performance.starts_at - timedelta(minutes=settings.ARRIVE_MINUTES_BEFORE),
        "minutes_before": settings.ARRIVE_MINUTES_BEFORE,
        "duration": duration(event.duration_minutes),
        "may_cancel": settings.CANCEL_FROM_PAPER,
        "portal_name": settings.PORTAL_NAME,
        "association": settings.PORTAL_ASSOCIATION,
        "association_phone": settings.PORTAL_CONTACT_PHONE,
        "association_email": settings.PORTAL_CONTACT_EMAIL,
    }
    return render_pdf(
        template="invitations/pdf/invitation.html",
        context=context,
        title=f"Invitation : {event.title}",
        pages=len(invitations),
    )
