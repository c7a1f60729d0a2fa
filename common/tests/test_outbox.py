from datetime import timedelta
from smtplib import SMTPDataError, SMTPRecipientsRefused, SMTPServerDisconnected

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.db import transaction

from common.delivery import LEASE, deliver_due
from common.models import OutboxMessage
from common.outbox import post
from common.tests.factories import paris

pytestmark = pytest.mark.django_db
NOW = paris(2026, 11, 24, 10)


def a_message(effect="test 1", **fields) -> OutboxMessage:
    fields = {"recipient": "camille@structure.example", "subject": "Bonjour", "text": "Texte", **fields}
    return OutboxMessage(effect=effect, created_at=NOW, next_try_at=NOW, **fields)


def test_message_is_sent_once():
    post(a_message())
    assert deliver_due(at=NOW, limit=10) == 1
    assert deliver_due(at=NOW, limit=10) == 0
    assert [sent.to for sent in mail.outbox] == [["camille@structure.example"]]


def test_same_effect_is_told_once():
    post(a_message())
    post(a_message(subject="Encore"))
    assert OutboxMessage.objects.get().subject == "Bonjour"


def test_message_of_a_transaction_that_fails_was_never_written():
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        post(a_message())
        raise ZeroDivisionError
    assert not OutboxMessage.objects.exists()


def test_message_with_a_poisoned_header_is_set_aside_and_the_queue_goes_on():
    post(a_message("poison", subject="Bonjour\nBcc: tout@le.monde.example"), a_message("sain"))
    assert deliver_due(at=NOW, limit=10) == 1
    poison = OutboxMessage.objects.stuck().get()
    assert (poison.effect, poison.failure) == ("poison", "BadHeaderError")
    assert len(mail.outbox) == 1


class Refusing(EmailBackend):
    """A mail server that fails as told; it stands where a real one would."""

    failure: Exception

    def send_messages(self, messages):
        raise self.failure


@pytest.mark.parametrize(
    ("failure", "waits"),
    [
        (SMTPServerDisconnected("gone"), True),
        (OSError("unreachable"), True),
        (SMTPDataError(451, b"later"), True),
        (SMTPDataError(554, b"never"), False),
        (SMTPRecipientsRefused({"camille@structure.example": (450, b"busy")}), True),
        (SMTPRecipientsRefused({"camille@structure.example": (550, b"unknown")}), False),
    ],
)
def test_message_refused_for_now_is_tried_again_and_for_good_set_aside(settings, failure, waits):
    settings.EMAIL_BACKEND = f"{__name__}.Refusing"
    Refusing.failure = failure
    post(a_message())
    assert deliver_due(at=NOW, limit=10) == 0
    message = OutboxMessage.objects.get()
    assert bool(message.set_aside_at) != waits
    assert "camille" not in message.failure
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    assert deliver_due(at=NOW, limit=10) == 0  # not before its time
    assert deliver_due(at=NOW + timedelta(hours=1), limit=10) == int(waits)


def test_message_taken_by_a_sender_that_died_is_taken_up_again_later():
    post(a_message())
    OutboxMessage.objects.update(next_try_at=NOW + LEASE, tries=1)
    assert deliver_due(at=NOW + timedelta(minutes=9), limit=10) == 0
    assert deliver_due(at=NOW + timedelta(minutes=11), limit=10) == 1
