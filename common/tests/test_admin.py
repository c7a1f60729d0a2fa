"""The outbox and the trail are read by staff, and written by nobody there (F5)."""

import pytest
from allauth.mfa.models import Authenticator
from django.urls import reverse
from django.utils import timezone

from common import audit
from common.models import AuditEntry, OutboxMessage

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin_user(admin_user):
    """With the second factor that staff's pages ask for."""
    Authenticator.objects.create(user=admin_user, type=Authenticator.Type.TOTP, data={})
    return admin_user


@pytest.fixture
def message():
    now = timezone.now()
    return OutboxMessage.objects.create(
        effect="lien",
        recipient="a@portail.example",
        subject="Choisissez votre mot de passe",
        text="https://portail.example/cle-secrete/",
        html="<a href='https://portail.example/cle-secrete/'>ici</a>",
        created_at=now,
        next_try_at=now,
    )


@pytest.mark.parametrize("page", ["change", "history"])
def test_mail_shows_whom_it_went_to_and_not_the_link_it_carries(admin_client, message, page):
    answer = admin_client.get(reverse(f"admin:common_outboxmessage_{page}", args=[message.pk]))
    assert "Choisissez votre mot de passe" in answer.text
    assert "cle-secrete" not in answer.text


def test_mail_is_not_found_by_its_text(admin_client, message):
    answer = admin_client.get(reverse("admin:common_outboxmessage_changelist"), {"q": "secrete"})
    assert answer.context["cl"].result_count == 0


def test_outbox_and_trail_take_no_writing(admin_client, admin_user, message):
    entry = audit.record(at=timezone.now(), actor=admin_user, verb="essai", subject=message)
    for model, row in (("outboxmessage", message), ("auditentry", entry)):
        for page in ("change", "delete"):
            url = reverse(f"admin:common_{model}_{page}", args=[row.pk])
            assert admin_client.post(url, {"subject": "autre", "post": "yes"}).status_code == 403
        assert admin_client.post(reverse(f"admin:common_{model}_add"), {}).status_code == 403
    assert OutboxMessage.objects.get().subject == "Choisissez votre mot de passe"
    assert AuditEntry.objects.get().verb == "essai"
