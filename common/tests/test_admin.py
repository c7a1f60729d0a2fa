"""The outbox and the trail are read by staff, and written by nobody there (F5)."""

import pytest
from allauth.mfa.models import Authenticator
from django.urls import reverse
from django.utils import timezone

from common import audit
from common.languages import as_written, phrases
from common.models import AuditEntry, OutboxMessage, Translation

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


# --- Translations (D2) ----------------------------------------------------------------------------

TURKISH = ("admin:common_translation_change", ["tr"])


def typed(**changes: str) -> dict[str, str]:
    """What the form of the Turkish sentences sends, nothing ticked."""
    return {
        **{f"text:{key}": text for key, text in as_written("tr").items()},
        "speaker": "interprète",
        **changes,
    }


def test_language_is_read_corrected_and_confirmed_on_one_page(admin_client):
    page = reverse(TURKISH[0], args=TURKISH[1])
    answer = admin_client.get(page)
    assert 'dir="ltr"' in answer.text and "Rehberli gezi" in answer.text and "Visite guidée" in answer.text

    admin_client.post(page, typed(**{"text:kind.match": "Karşılaşma", "read:kind.match": "on"}))
    assert phrases("tr")["kind.match"] == "Karşılaşma"
    assert "kind.match" not in phrases("tr").unread and "kind.visit" in phrases("tr").unread

    admin_client.post(page, typed(all_read="on"))
    assert not phrases("tr").to_review
    assert "relue" in admin_client.get(reverse("admin:common_translation_changelist")).text
    assert AuditEntry.objects.filter(verb="traduction relue").count() == 2


def test_correction_that_loses_a_value_is_refused_by_its_sentence(admin_client):
    answer = admin_client.post(reverse(TURKISH[0], args=TURKISH[1]), typed(**{"text:paper.ends": "Bitiş"}))

    assert "Gardez {hour} tel quel" in answer.text
    assert answer.context["adminform"].form.errors.keys() == {"text:paper.ends"}
    assert Translation.objects.get(pk="tr").corrections == {}
