"""Agreements on their way to both signatures, by the services, as people bring them there."""

import re
from datetime import datetime

from django.utils import timezone

from common.models import OutboxMessage
from conventions.models import Agreement, SignatureLink
from conventions.services import countersigning, signing
from conventions.services.agreements import draft_agreement
from partners.seasons import Season
from partners.tests.factories import StructureFactory, UserFactory

SIGNER = {
    "representative_name": "Armelle Quatremarre",
    "representative_capacity": "directrice",
    "representative_email": "armelle@tilleuls.example",
}
ADDRESS = "192.0.2.7"


def a_draft(*, at: datetime, partner=None, season: Season | None = None, by=None) -> Agreement:
    """A draft, by default of the running season, for a structure that says who signs."""
    return draft_agreement(
        partner=partner or StructureFactory(**SIGNER),
        season=season or Season.of(timezone.localtime(at).date()),
        by=by or UserFactory(staff=True),
        at=at,
    )


def a_sent(*, at: datetime, **about) -> Agreement:
    """An agreement sent to be signed."""
    agreement = a_draft(at=at, **about)
    return signing.send_for_signature(agreement=agreement, by=UserFactory(staff=True), at=at)


def mails(effect: str) -> list[str]:
    """The texts of the mails whose effect begins so, oldest first."""
    found = OutboxMessage.objects.filter(effect__startswith=f"{effect} ").order_by("created_at")
    return [message.text for message in found]


def token_of(text: str) -> str:
    """The secret of the link that stands in a mail."""
    return re.search(r"/signature/([\w-]{22})/", text)[1]


def code_of(text: str) -> str:
    """The six digits of a mail."""
    return re.search(r"^(\d{6})$", text, re.M)[1]


def the_link(agreement: Agreement) -> SignatureLink:
    """The last link mailed for an agreement."""
    return agreement.links.order_by("-created_at").first()


def a_partner_signed(*, at: datetime, **about) -> Agreement:
    """An agreement signed by the partner, by its code."""
    agreement = a_sent(at=at, **about)
    link = the_link(agreement)
    who = {"name": agreement.representative_name, "capacity": "directrice", "address": ADDRESS}
    code = signing.send_code(link=link, at=at, **who)
    typed = code_of(OutboxMessage.objects.get(effect=f"agreement-code {code.pk}").text)
    return signing.sign(link=link, typed=typed, address=ADDRESS, at=at)


def a_signed(*, at: datetime, **about) -> Agreement:
    """An agreement signed by both, with its original."""
    agreement = a_partner_signed(at=at, **about)
    return countersigning.countersign(agreement=agreement, by=UserFactory(staff=True), at=at)
