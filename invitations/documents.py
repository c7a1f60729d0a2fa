"""The papers that people take along (D2)."""

from datetime import timedelta

from django.conf import settings

from common.pdf import qr_svg, render_pdf
from invitations.models import Invitation


def invitations_pdf(invitations: list[Invitation]) -> bytes:
    """One A4 page per invitation, in the order given, all for the same date. No structure is named (F1).

    They arrive with `performance__event__venue__commune` selected, and only live ones: a cancelled invitation
    has no paper (ValueError).
    """
    if not invitations or not all(invitation.is_live for invitation in invitations):
        raise ValueError("papers are printed for live invitations only")
    performance = invitations[0].performance
    event, venue = performance.event, performance.event.venue
    elsewhere = bool(event.place_address or event.place_city)
    context = {
        "papers": [(invitation, qr_svg(invitation.check_url)) for invitation in invitations],
        "performance": performance,
        "event": event,
        "venue": venue,
        # The ways to a venue lead to its own walls only.
        "transit": "" if elsewhere else venue.transit,
        "on_foot": "" if elsewhere else venue.on_foot,
        "access_notes": "" if elsewhere else venue.access_notes,
        "wheelchair": event.wheelchair or (venue.wheelchair and not elsewhere),
        "hearing_loop": event.hearing_loop or (venue.hearing_loop and not elsewhere),
        "arrive_at": performance.starts_at - timedelta(minutes=settings.ARRIVE_MINUTES_BEFORE),
        "minutes_before": settings.ARRIVE_MINUTES_BEFORE,
        "duration": _spoken_duration(event.duration_minutes),
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


def _spoken_duration(minutes: int | None) -> str:
    """`90` as « 1 h 30 », `45` as « 45 minutes »; nothing where it isn't known."""
    if not minutes:
        return ""
    hours, rest = divmod(minutes, 60)
    if not hours:
        return f"{rest}\u00a0minutes"
    return f"{hours}\u00a0h\u00a0{rest:02d}" if rest else f"{hours}\u00a0h"
