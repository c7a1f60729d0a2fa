"""What is said by mail about signing an agreement (B2, B4)."""

from datetime import datetime

from django.conf import settings
from django.urls import reverse

from common import outbox
from common.models import OutboxMessage
from conventions.models import Agreement, SignatureCode, SignatureLink


def link_sent(*, link: SignatureLink, token: str, reminder: bool, at: datetime) -> OutboxMessage:
    """To the representative: the agreement is there to be read and signed; `reminder` says it once more."""
    return _letter(
        link.agreement,
        f"agreement-link {link.pk}",
        "agreement_link",
        to=link.sent_to,
        at=at,
        url=_address(token),
        until=link.expires_at,
        reminder=reminder,
    )


def code_sent(*, code: SignatureCode, digits: str, at: datetime) -> OutboxMessage:
    """To the representative: the six digits that sign."""
    return _letter(
        code.agreement,
        f"agreement-code {code.pk}",
        "agreement_code",
        to=code.agreement.representative_email,
        at=at,
        digits=digits,
        code=code,
        minutes=settings.SIGNATURE_CODE_MINUTES,
    )


def to_countersign(*, agreement: Agreement, at: datetime) -> OutboxMessage:
    """To the team: the partner signed."""
    return _to_team(agreement, "agreement-to-countersign", "agreement_to_countersign", at=at)


def refused(*, agreement: Agreement, at: datetime) -> OutboxMessage:
    """To the team: the partner doesn't sign, and why."""
    return _to_team(agreement, "agreement-refused", "agreement_refused", at=at)


def returned(*, agreement: Agreement, at: datetime) -> OutboxMessage:
    """To the team: somebody else signs for the partner."""
    return _to_team(agreement, "agreement-returned", "agreement_returned", at=at)


def completed(*, link: SignatureLink, token: str, sha256: str, at: datetime) -> OutboxMessage:
    """To the representative: both signed; here is the original, with its fingerprint."""
    return _letter(
        link.agreement,
        f"agreement-completed {link.agreement_id}",
        "agreement_completed",
        to=link.sent_to,
        at=at,
        url=_address(token),
        until=link.expires_at,
        sha256=sha256,
    )


def completed_for_team(*, agreement: Agreement, sha256: str, at: datetime) -> OutboxMessage:
    """To the association: the same original, with its fingerprint."""
    return _to_team(agreement, "agreement-completed-team", "agreement_completed", at=at, sha256=sha256)


def withdrawn(*, agreement: Agreement, at: datetime) -> OutboxMessage:
    """To the representative: what was sent is no longer to be signed."""
    return _letter(
        agreement,
        f"agreement-withdrawn {agreement.pk}",
        "agreement_withdrawn",
        to=agreement.representative_email,
        at=at,
    )


def _address(token: str) -> str:
    return settings.BASE_URL + reverse("conventions:signature", args=[token])


def _to_team(agreement: Agreement, effect: str, template: str, *, at: datetime, **context) -> OutboxMessage:
    page = reverse("admin:conventions_agreement_change", args=[agreement.pk])
    return _letter(
        agreement,
        f"{effect} {agreement.pk}",
        template,
        to=settings.PORTAL_CONTACT_EMAIL,
        at=at,
        url=settings.BASE_URL + page,
        team=True,
        **context,
    )


def _letter(
    agreement: Agreement, effect: str, template: str, *, to: str, at: datetime, **context
) -> OutboxMessage:
    return outbox.compose(
        effect=effect,
        recipient=to,
        template=f"conventions/emails/{template}",
        context={
            "agreement": agreement,
            "partner": agreement.partner,
            **context,
        },
        at=at,
    )
