"""Agreements on their way to both signatures, brought there by the portal's own services: evidence can't be invented.

Their identifiers and seals differ from one loading to the next; whose they are, and where they stand, doesn't.
"""

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils.text import slugify

from billetterie.demo.partners import at_hour
from common.models import OutboxMessage
from conventions.models import Agreement, AgreementText, SignatureCode, SignatureLink
from conventions.services import countersigning, signing
from conventions.services.agreements import draft_agreement
from partners.models import Partner, Structure, User
from partners.seasons import Season

ADDRESS = "192.0.2.24"  # of no machine


@transaction.atomic
def sign_some(*, on: date) -> None:
    """Bring the agreements that wait for a signature to different steps, and sign two for both parties."""
    staff = User.objects.filter(role=User.Role.STAFF).order_by("email").first()
    waiting = Agreement.objects.in_state(Agreement.State.DRAFT).filter(
        text=None, signed_on=None, ends_on__gte=Season.of(on).ends_on
    )
    rows = list(waiting.select_related("structure__commune", "venue__commune").order_by("structure__name"))
    without = Structure.objects.exclude(agreements__in=Agreement.objects.covering(on)).order_by("name")
    early = max(at_hour(on - timedelta(days=20), 9), at_hour(Season.of(on).starts_on, 9))
    rows += [
        draft_agreement(partner=partner, season=Season.of(on), by=staff, at=early) for partner in without[:3]
    ]
    ways: list[Callable] = [_both, _both, _partner, _open, _send, _refuse]
    for days, (agreement, way) in enumerate(zip(rows, ways, strict=False), 2):
        _say_who_signs(agreement.partner)
        agreement.text = AgreementText.objects.current(kind=AgreementText.Kind.STRUCTURE, at=at_hour(on, 9))
        agreement.save(update_fields=["text"])
        at = at_hour(on - timedelta(days=days), 10)
        way(signing.send_for_signature(agreement=agreement, by=staff, at=at), staff, at)
    # What these acts wrote in mails reached nobody: their addresses are invented.
    for message in OutboxMessage.objects.filter(sent_at=None, effect__startswith="agreement-"):
        OutboxMessage.objects.filter(pk=message.pk).update(sent_at=message.created_at)


def _say_who_signs(partner: Partner) -> None:
    partner.representative_email = f"direction@{slugify(partner.name)}.example"
    partner.save(update_fields=["representative_email"])


def _link(agreement: Agreement) -> SignatureLink:
    return SignatureLink.objects.select_related("agreement__structure").get(agreement=agreement)


def _send(agreement: Agreement, staff: User, at: datetime) -> None:
    """Sent, and nothing more."""


def _open(agreement: Agreement, staff: User, at: datetime) -> SignatureCode:
    who = {"name": agreement.representative_name, "capacity": agreement.representative_capacity}
    return signing.send_code(link=_link(agreement), address=ADDRESS, at=at + timedelta(hours=3), **who)


def _partner(agreement: Agreement, staff: User, at: datetime) -> Agreement:
    code = _open(agreement, staff, at)
    mail = OutboxMessage.objects.get(effect=f"agreement-code {code.pk}")
    typed = re.findall(rf"^\d{{{signing.CODE_DIGITS}}}$", mail.text, re.MULTILINE)[0]
    return signing.sign(link=_link(agreement), typed=typed, address=ADDRESS, at=code.created_at)


def _both(agreement: Agreement, staff: User, at: datetime) -> None:
    signed = _partner(agreement, staff, at)
    countersigning.countersign(agreement=signed, by=staff, at=at + timedelta(days=1))


def _refuse(agreement: Agreement, staff: User, at: datetime) -> None:
    signing.refuse(
        link=_link(agreement),
        reason="Notre conseil d'administration se réunit en janvier : nous reprendrons contact ensuite.",
        address=ADDRESS,
        at=at + timedelta(hours=5),
    )
