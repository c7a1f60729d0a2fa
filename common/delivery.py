"""Sending what the outbox holds: each message at least once, and once unless a machine dies in between."""

import logging
from datetime import datetime, timedelta
from smtplib import SMTPDataError, SMTPException, SMTPRecipientsRefused

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.db.models import F

from common.models import OutboxMessage

logger = logging.getLogger(__name__)
LEASE = timedelta(minutes=10)  # a sender that died gives its message back after this


def deliver_due(*, at: datetime, limit: int) -> int:
    """Send up to `limit` due messages, oldest first; returns how many left.

    One that can't be sent as it is (bad header, address refused for good) is set aside for staff; one that
    fails for the moment is tried again later. The others go on in both cases.
    """
    due = OutboxMessage.objects.due(at=at).order_by("created_at")[:limit]
    sent = 0
    with get_connection() as connection:
        for message in due:
            if _claim(message, at=at):
                sent += _send(message, at=at, connection=connection)
    return sent


def _claim(message: OutboxMessage, *, at: datetime) -> bool:
    """Take the message for this sender: of two at once, one gets it."""
    return bool(
        OutboxMessage.objects.due(at=at)
        .filter(pk=message.pk)
        .update(next_try_at=at + LEASE, tries=F("tries") + 1)
    )


def _send(message: OutboxMessage, *, at: datetime, connection) -> bool:
    mail = EmailMultiAlternatives(
        message.subject,
        message.text,
        to=[message.recipient],
        connection=connection,
        headers={"Message-ID": f"<{message.pk}@{settings.BASE_URL.split('://')[1].split(':')[0]}>"},
    )
    if message.html:
        mail.attach_alternative(message.html, "text/html")
    row = OutboxMessage.objects.filter(pk=message.pk)
    try:
        mail.send()
    except (ValueError, SMTPException, OSError) as error:
        failure = type(error).__name__  # the server's own words may quote an address
        logger.warning("mail %s not sent: %s", message.pk, failure)
        if _is_final(error):
            row.update(set_aside_at=at, failure=failure)
        else:
            waits = settings.OUTBOX_RETRY_MINUTES
            wait = waits[min(message.tries, len(waits) - 1)]
            row.update(next_try_at=at + timedelta(minutes=wait), failure=failure)
        return False
    row.update(sent_at=at, failure="")
    return True


def _is_final(error: Exception) -> bool:
    """Whether trying again is useless: a broken header or address, or a refusal for good (5xx)."""
    if isinstance(error, SMTPRecipientsRefused):
        return all(code >= 500 for code, _ in error.recipients.values())
    if isinstance(error, SMTPDataError):
        return error.smtp_code >= 500
    return isinstance(error, ValueError)
