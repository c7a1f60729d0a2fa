import pytest
from django.urls import reverse

from common.models import OutboxMessage
from common.throttle import network_of
from partners.tests.factories import PASSWORD, UserFactory

pytestmark = pytest.mark.django_db


def sign_in(client, user, password, address):
    typed = {"login": user.email, "password": password}
    return client.post(reverse("account_login"), typed, REMOTE_ADDR=address)


def test_thousand_guesses_look_at_few_passwords_and_the_owner_still_gets_in(client, monkeypatch):
    user, looked = UserFactory(), []
    real = type(user).check_password
    monkeypatch.setattr(type(user), "check_password", lambda self, raw: looked.append(raw) or real(self, raw))
    for guess in range(200):
        sign_in(client, user, f"faux {guess}", "192.0.2.7")
    assert len(looked) <= 20
    response = sign_in(client, user, PASSWORD, "198.51.100.9")
    assert response.status_code == 302 and response.url == reverse("home")


def test_guessing_many_accounts_from_one_network_stops_too(client, settings):
    settings.LOGIN_ATTEMPTS_NETWORK = 6
    for _ in range(6):
        sign_in(client, UserFactory(), "faux", "192.0.2.7")
    assert sign_in(client, UserFactory(), PASSWORD, "192.0.2.7").status_code == 200


def test_right_passwords_never_count_as_guesses(client, settings):
    settings.LOGIN_ATTEMPTS_NETWORK = 3
    for _ in range(5):
        assert sign_in(client, UserFactory(), PASSWORD, "192.0.2.7").status_code == 302
        client.logout()


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::9", "2001:db8:1:2::/64"),
    ],
)
def test_addresses_of_one_home_count_as_one(address, network):
    assert network_of(address) == network


def test_forgotten_password_goes_by_the_outbox_and_to_our_own_address(client, settings):
    settings.ALLOWED_HOSTS = ["testserver", "autre.example"]
    user = UserFactory()
    client.post(reverse("account_reset_password"), {"email": user.email}, headers={"host": "autre.example"})
    message = OutboxMessage.objects.get()
    assert message.recipient == user.email
    assert settings.BASE_URL in message.text and "autre.example" not in message.text


def test_forgotten_password_of_an_unknown_address_writes_to_nobody(client):
    response = client.post(reverse("account_reset_password"), {"email": "inconnue@structure.example"})
    assert response.status_code == 302
    assert not OutboxMessage.objects.exists()
