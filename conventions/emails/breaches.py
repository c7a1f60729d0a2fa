"""What each step of a breach procedure tells the other party by mail (B5)."""

from datetime import datetime

from django.conf import settings
from django.urls import reverse

from common import outbox
from common.models import OutboxMessage
from conventions.models import Breach
from conventions.models.breaches import Side
from partners.models import Structure


def noticed(*, breach: Breach, at: datetime) -> list[OutboxMessage]:
    """To the other party: a breach is laid to it, and until when it may explain."""
    return _tell(breach, "noticed", breach.answerer, at=at)


def explained(*, breach: Breach, at: datetime) -> list[OutboxMessage]:
    """To whoever noticed: explanations came."""
    return _tell(breach, "explained", Side(breach.notifier), at=at)


def letter_sent(*, breach: Breach, at: datetime) -> list[OutboxMessage]:
    """To the other party: a registered letter is on its way."""
    return _tell(breach, "letter_sent", breach.answerer, at=at)


def presented(*, breach: Breach, at: datetime) -> list[OutboxMessage]:
    """To the other party: the day on which the agreement ends."""
    return _tell(breach, "presented", breach.answerer, at=at)


def offered(*, breach: Breach, at: datetime) -> list[OutboxMessage]:
    """To the party that may accept: an offer to resume; each offer is told."""
    return _tell(breach, "offered", Side(breach.offered_by).other, at=at, once=f"{at:%Y%m%d%H%M%S%f}")


def reinstated(*, breach: Breach, at: datetime) -> list[OutboxMessage]:
    """To both: the partnership resumes."""
    return [letter for side in Side for letter in _tell(breach, "reinstated", side, at=at)]


def terminated(*, breach: Breach, at: datetime) -> list[OutboxMessage]:
    """To both: the agreement has ended."""
    return [letter for side in Side for letter in _tell(breach, "terminated", side, at=at)]


def _readers(breach: Breach, side: Side) -> list[str]:
    """Who reads for a party: the team; or who answers for the partner and its representative, else its own address."""
    if side is Side.ASSOCIATION:
        return [settings.PORTAL_CONTACT_EMAIL]
    partner = breach.partner
    answering = partner.users.answering().order_by("email").values_list("email", flat=True)
    addresses = [*answering, partner.representative_email]
    known = list(dict.fromkeys(address.lower() for address in addresses if address))
    return known or [partner.email or settings.PORTAL_CONTACT_EMAIL]


def _tell(breach: Breach, what: str, side: Side, *, at: datetime, once: str = "") -> list[OutboxMessage]:
    page = (
        reverse("admin:conventions_breach_change", args=[breach.pk])
        if side is Side.ASSOCIATION
        else breach.get_absolute_url()
    )
    context = {
        "breach": breach,
        "to_partner": side is Side.PARTNER,
        "structure": isinstance(breach.partner, Structure),
        "keeps": settings.SUSPENSION_KEEPS_INVITATIONS,
        "days": settings.BREACH_TERMINATE_DAYS,
        "url": f"{settings.BASE_URL}{page}",
        "team": side is Side.ASSOCIATION,
    }
    return [
        outbox.compose(
            effect=f"breach-{what} {breach.pk}{once and ' ' + once} {side} {rank}",
            recipient=reader,
            template=f"conventions/emails/breach_{what}",
            context=context,
            at=at,
        )
        for rank, reader in enumerate(_readers(breach, side))
    ]
