"""Writing mails: a row in the transaction of the act it tells about. `common/delivery.py` sends them."""

from collections.abc import Sequence
from datetime import datetime
from secrets import token_hex

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils.html import escape

from common.background import after_commit
from common.models import OutboxMessage
from common.tasks import sweep_outbox

BATCH = 500  # messages in one statement


def compose(*, effect: str, recipient: str, template: str, context: dict, at: datetime) -> OutboxMessage:
    """A message not yet saved, from `<template>.txt` (its first line is the subject) and `<template>.html`.

    `effect` says once and for all what the message tells and to whom: "booking-made <id>". The context must
    hold no name of a participant.
    """
    everywhere = {
        "portal_name": settings.PORTAL_NAME,
        "association": settings.PORTAL_ASSOCIATION,
        "contact_email": settings.PORTAL_CONTACT_EMAIL,
        "contact_phone": settings.PORTAL_CONTACT_PHONE,
        "base_url": settings.BASE_URL,
    }
    context = {**everywhere, **context}
    subject, text = render_to_string(f"{template}.txt", context).split("\n", 1)
    subject = " ".join(subject.split())  # a title typed with a line break can't reach the headers
    return OutboxMessage(
        effect=effect,
        recipient=recipient,
        subject=subject[:200],
        text=text.strip() + "\n",
        html=render_to_string(f"{template}.html", {**context, "subject": subject}),
        created_at=at,
        next_try_at=at,
    )


class Letter:
    """A message rendered once and filled in for each of its many recipients: rendering is what takes long.

    `blanks` name the variables that differ; they may stand in the text, not in the subject nor in a condition.
    """

    def __init__(self, *, template: str, context: dict, blanks: Sequence[str], at: datetime) -> None:
        self._marks = {blank: f"blank{token_hex(8)}" for blank in blanks}
        self._pattern = compose(
            effect="", recipient="", template=template, context={**context, **self._marks}, at=at
        )

    def to(self, recipient: str, *, effect: str, **filled: str) -> OutboxMessage:
        """The message for one recipient, not yet saved, with each blank filled in."""
        text, html = self._pattern.text, self._pattern.html
        for blank, mark in self._marks.items():
            text = text.replace(mark, filled[blank])
            html = html.replace(mark, escape(filled[blank]))
        return OutboxMessage(
            effect=effect,
            recipient=recipient,
            subject=self._pattern.subject,
            text=text,
            html=html,
            created_at=self._pattern.created_at,
            next_try_at=self._pattern.next_try_at,
        )


def from_mail(mail: EmailMultiAlternatives, *, effect: str, at: datetime) -> OutboxMessage:
    """A message not yet saved, from a mail that a library composed for one recipient."""
    alternatives = getattr(mail, "alternatives", [])
    return OutboxMessage(
        effect=effect,
        recipient=mail.to[0],
        subject=" ".join(mail.subject.split())[:200],
        text=str(mail.body),
        html=next((str(part.content) for part in alternatives if part.mimetype == "text/html"), ""),
        created_at=at,
        next_try_at=at,
    )


def post(*messages: OutboxMessage) -> None:
    """Write the messages with the change they tell about; they leave once it has committed.

    A message whose effect was already told is left out.
    """
    if messages:
        OutboxMessage.objects.bulk_create(messages, batch_size=BATCH, ignore_conflicts=True)
        after_commit(sweep_outbox)
