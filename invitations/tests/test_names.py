import pytest
from cryptography.fernet import Fernet
from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.db import connection

from invitations.models import Participant
from invitations.tests.factories import ParticipantFactory

pytestmark = pytest.mark.django_db


def stored(person: Participant) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT family_name FROM invitations_participant")
        return cursor.fetchone()[0]


def test_name_is_unreadable_in_the_database_and_whole_in_the_code():
    person = ParticipantFactory(family_name="Nguyễn-Łukasiewicz")
    assert "Nguy" not in stored(person)
    assert Participant.objects.get().family_name == "Nguyễn-Łukasiewicz"


def test_name_stays_readable_after_a_new_key_is_put_in_front(settings):
    ParticipantFactory(family_name="Quatremarre")
    settings.NAMES_KEYS = [Fernet.generate_key().decode(), *settings.NAMES_KEYS]
    assert Participant.objects.get().family_name == "Quatremarre"


def test_name_without_its_key_says_which_setting_is_wrong(settings):
    ParticipantFactory(family_name="Quatremarre")
    settings.NAMES_KEYS = [Fernet.generate_key().decode()]
    with pytest.raises(ImproperlyConfigured, match="PORTAIL_NAMES_KEYS"):
        Participant.objects.get()


def test_broken_key_says_what_a_key_is(settings):
    settings.NAMES_KEYS = ["trop-court"]
    with pytest.raises(ImproperlyConfigured, match="Fernet"):
        ParticipantFactory()


@pytest.mark.parametrize("lookup", ["icontains", "startswith", "gt", "in"])
def test_encrypted_name_refuses_to_be_searched(lookup):
    with pytest.raises(ValidationError, match="chiffré"):
        list(Participant.objects.filter(**{f"family_name__{lookup}": "Q"}))
