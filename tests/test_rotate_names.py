"""Names under a new key (F2): the old key alone reads nothing any more, the new one alone reads all."""

from io import StringIO

import pytest
from allauth.mfa.models import Authenticator
from cryptography.fernet import Fernet, InvalidToken
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.utils import timezone

from common import rotation
from common.crypto import as_stored, encrypted_fields
from invitations.models import Invitation, Participant, PartyDocument
from invitations.tests.factories import ParticipantFactory, a_booking
from partners.tests.factories import UserFactory, code_at

pytestmark = pytest.mark.django_db
OLD, NEW, OTHER = (Fernet.generate_key().decode() for _ in range(3))


@pytest.fixture
def under_old_key(settings, monkeypatch):
    """A party of three with its document and some people without a name, all written with the old key."""
    monkeypatch.setattr(rotation, "BATCH", 2)
    settings.NAMES_KEYS = [OLD]
    booking = a_booking(guests=2)
    PartyDocument.objects.create(booking=booking, content=b"%PDF-essai", asked_at=timezone.now())
    for _ in range(4):
        ParticipantFactory(structure=booking.structure, family_name="")
    return booking


def stored() -> dict:
    """Every encrypted value as the database holds it."""
    return {
        (model, field.name): sorted(
            (str(pk), bytes(value) if isinstance(value, memoryview) else value)
            for pk, value in model.objects.order_by().values_list("pk", as_stored(field))
        )
        for model in (Participant, Invitation, PartyDocument)
        for field in encrypted_fields(model)
    }


def in_clear() -> list:
    people = [*Participant.objects.order_by("pk"), *Invitation.objects.order_by("pk")]
    names = [(person.pk, person.given_name, person.family_name) for person in people]
    return [*names, *(bytes(document.content) for document in PartyDocument.objects.all())]


def rotate() -> str:
    out = StringIO()
    call_command("rotate_names", stdout=out, stderr=StringIO())
    return out.getvalue()


def test_rotation_puts_every_name_under_the_new_key(under_old_key, settings):
    before = in_clear()
    settings.NAMES_KEYS = [NEW, OLD]
    assert rotate().startswith("10 fiches chiffrées de nouveau, sur 10")

    settings.NAMES_KEYS = [NEW]
    assert in_clear() == before
    settings.NAMES_KEYS = [OLD]
    for model, refusal in (
        (Participant, ImproperlyConfigured),
        (Invitation, ImproperlyConfigured),
        (PartyDocument, InvalidToken),
    ):
        with pytest.raises(refusal):
            list(model.objects.all())


def test_rotation_run_again_changes_nothing(under_old_key, settings):
    settings.NAMES_KEYS = [NEW, OLD]
    rotate()
    after = stored()
    assert rotate().startswith("0 fiches chiffrées de nouveau, sur 10")
    assert stored() == after


def test_rotation_goes_on_where_it_was_stopped(under_old_key, settings):
    settings.NAMES_KEYS = [NEW, OLD]
    next(rotation.rotate_names())
    assert rotate().startswith("8 fiches chiffrées de nouveau, sur 10")


def test_rotation_without_the_old_key_changes_nothing_and_says_so(under_old_key, settings):
    before = stored()
    settings.NAMES_KEYS = [NEW, OTHER]
    with pytest.raises(CommandError, match="ne s'ouvre avec aucune clé") as refused:
        rotate()
    assert refused.value.returncode == 2
    assert stored() == before


def test_rotation_says_how_far_it_is_without_a_name(under_old_key, settings):
    settings.NAMES_KEYS = [NEW, OLD]
    said = StringIO()
    call_command("rotate_names", stdout=said, stderr=said)
    assert "Actionneur·se·s : 5 vus, 5 chiffrés de nouveau" in said.getvalue()
    assert "Quatremarre" not in said.getvalue()


def test_rotation_keeps_second_factors_working(settings):
    settings.NAMES_KEYS = [OLD]
    user = UserFactory(second_factor=True)
    codes = Authenticator.objects.get(type="recovery_codes").wrap().generate_codes()
    settings.NAMES_KEYS = [NEW, OLD]
    assert rotate().startswith("2 fiches chiffrées de nouveau, sur 2")
    assert rotate().startswith("0 fiches chiffrées de nouveau, sur 2")
    settings.NAMES_KEYS = [NEW]
    application, recovery = Authenticator.objects.filter(user=user).order_by("-type")
    assert application.wrap().validate_code(code_at(timezone.now()))
    assert recovery.wrap().generate_codes() == codes
    settings.NAMES_KEYS = [OTHER]
    with pytest.raises(CommandError, match="ne s'ouvre avec aucune clé"):
        rotate()
