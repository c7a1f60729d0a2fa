"""Writing mails: a row in the transaction of the act it tells about. `common/delivery.py` sends them."""

from datetime import datetime

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string

from common.background import after_commit
from common.models import OutboxMessage
from common.tasks import sweep_outbox


def compose(*, effect: str, recipient: str, template: str, context: dict, at: datetime) -> OutboxMessage:
    """A message not yet saved, from `<template>.txt` (its first line is the subject) and `<template>.html`.

    `effect` says once and for all what the message tells and to whom: "booking-made <id>". The context must
    hold no name of a participant.
    """
    context = {"portal_name": settings.PORTAL_NAME, "base_url": settings.BASE_URL, **context}
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
        OutboxMessage.objects.bulk_create(messages, ignore_conflicts=True)
        after_commit(sweep_outbox)
