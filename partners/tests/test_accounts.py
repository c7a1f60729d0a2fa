"""Signing in, guesses counted, and passwords chosen anew (A4, F4)."""

import re
from datetime import timedelta

import pytest
import time_machine
from allauth.core import context
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import timezone

from common.models import OutboxMessage
from common.throttle import network_of
from partners.forms import SignInForm
from partners.models import AccessLink
from partners.tests.factories import PASSWORD, UserFactory

pytestmark = pytest.mark.django_db


def sign_in(client, user, password, address="192.0.2.7"):
    typed = {"login": user.email, "password": password}
    return client.post(reverse("account_login"), typed, REMOTE_ADDR=address)


def leave(client):
    """Sign out as people do; the browser keeps its other cookies."""
    client.post(reverse("account_logout"))


def got_in(response):
    return response.status_code == 302 and response.url == reverse("home")


def addresses(count):
    """So many addresses, each of a network of its own."""
    return [f"2001:db8:{number:x}::1" for number in range(count)]


@pytest.fixture
def looked(monkeypatch):
    """The passwords that were compared with an account's."""
    model, passwords = UserFactory._meta.model, []
    real = model.check_password
    monkeypatch.setattr(model, "check_password", lambda self, raw: passwords.append(raw) or real(self, raw))
    return passwords


def attack(user, count=1000):
    """So many guesses at one account, each from elsewhere, in the form of the page (drawing it would take minutes)."""
    for number, address in enumerate(addresses(count)):
        request = RequestFactory().post(reverse("account_login"), REMOTE_ADDR=address)
        with context.request_context(request):
            assert not SignInForm(
                {"login": user.email, "password": f"faux {number}"}, request=request
            ).is_valid()


def test_guesses_from_one_address_look_at_few_passwords(client, looked):
    user = UserFactory()
    for guess in range(100):
        sign_in(client, user, f"faux {guess}")
    assert 0 < len(looked) <= 20
    assert got_in(sign_in(Client(), user, PASSWORD, "198.51.100.9"))


def test_thousand_guesses_from_thousand_addresses_look_at_few_and_the_owner_gets_in(looked):
    user, own = UserFactory(), Client()
    assert got_in(sign_in(own, user, PASSWORD))
    leave(own)
    looked.clear()
    attack(user)
    assert 0 < len(looked) <= 20

    assert got_in(sign_in(own, user, PASSWORD)), "the browser that the account knows"
    elsewhere = Client()
    refused = sign_in(elsewhere, user, PASSWORD, "198.51.100.9")
    assert refused.status_code == 200
    assert "Mot de passe oublié" in str(refused.context["form"].non_field_errors())
    elsewhere.post(reverse("account_reset_password"), {"email": user.email})
    path = re.search(r"https?://[^/\s]+(/\S+)", OutboxMessage.objects.get().text)[1]
    form = elsewhere.get(path, follow=True)
    new = "trois lanternes sur le quai"
    elsewhere.post(form.request["PATH_INFO"], {"password1": new, "password2": new})
    assert got_in(sign_in(elsewhere, user, new, "198.51.100.9")), "a new one, by the link in the mail"


def test_link_that_opens_an_account_makes_the_browser_known():
    user, browser = UserFactory(password=None), Client()
    link, token = AccessLink.draw(user=user, purpose=AccessLink.Purpose.FIRST, at=timezone.now())
    link.save()
    attack(user, 12)
    new = "trois lanternes sur le quai"
    browser.post(reverse("partners:choose_password", args=[token]), {"password": new, "again": new})
    assert got_in(sign_in(browser, user, new))


def test_attack_on_one_account_leaves_the_others_alone():
    user, colleague = UserFactory(), UserFactory()
    attack(user, 30)
    assert got_in(sign_in(Client(), colleague, PASSWORD, "198.51.100.9"))


def test_guesses_are_forgotten_after_a_while(settings):
    user = UserFactory()
    attack(user, settings.LOGIN_ATTEMPTS_ACCOUNT)
    assert not got_in(sign_in(Client(), user, PASSWORD, "198.51.100.9"))
    later = timezone.now() + timedelta(minutes=settings.LOGIN_ATTEMPTS_MINUTES, seconds=1)
    with time_machine.travel(later):
        assert got_in(sign_in(Client(), user, PASSWORD, "198.51.100.9"))


def test_browser_that_an_account_knows_is_counted_too(looked):
    user, browser = UserFactory(), Client()
    sign_in(browser, user, PASSWORD)
    leave(browser)
    looked.clear()
    for guess in range(50):
        sign_in(browser, user, f"faux {guess}")
    assert len(looked) == 5


def test_ones_own_account_makes_no_browser_known_to_another(looked):
    victim, attacker, browser = UserFactory(), UserFactory(), Client()
    sign_in(browser, attacker, PASSWORD)
    leave(browser)
    attack(victim, 30)
    looked.clear()
    assert not got_in(sign_in(browser, victim, "faux"))
    assert looked == []


def test_signing_in_to_ones_own_account_wipes_no_guesses_at_another(looked):
    victim, attacker, shared = UserFactory(), UserFactory(), Client()
    sign_in(shared, victim, PASSWORD)
    leave(shared)
    looked.clear()
    for guess in range(20):
        sign_in(shared, victim, f"faux {guess}")
        sign_in(shared, attacker, PASSWORD)
        leave(shared)
    assert sum(password.startswith("faux") for password in looked) == 5


@pytest.mark.parametrize("forged", ["", "n'importe quoi", "eyJhIjoiYiJ9:1abc:def"])
def test_forged_cookie_makes_no_browser_known(forged, looked, settings):
    user, browser = UserFactory(), Client()
    attack(user, 30)
    looked.clear()
    browser.cookies[settings.KNOWN_BROWSER_COOKIE] = forged
    sign_in(browser, user, "faux")
    assert looked == []


def test_cookie_names_nobody_and_scripts_cannot_read_it(client, settings):
    user = UserFactory()
    cookie = sign_in(client, user, PASSWORD).cookies[settings.KNOWN_BROWSER_COOKIE]
    assert cookie["httponly"] and cookie["samesite"] == "Lax"
    assert user.email not in cookie.value and str(user.pk) not in cookie.value


def test_shared_computer_remembers_the_last_accounts(client, settings):
    settings.KNOWN_BROWSER_ACCOUNTS = 2
    first, *others = (UserFactory() for _ in range(3))
    for user in (first, *others):
        sign_in(client, user, PASSWORD)
        leave(client)
    attack(first, 12)
    attack(others[1], 12)
    assert not got_in(sign_in(client, first, PASSWORD))
    assert got_in(sign_in(client, others[1], PASSWORD))


def test_guessing_many_accounts_from_one_network_stops_too(client, settings):
    settings.LOGIN_ATTEMPTS_NETWORK = 6
    for _ in range(6):
        sign_in(client, UserFactory(), "faux")
    assert sign_in(client, UserFactory(), PASSWORD).status_code == 200


def test_guessing_many_accounts_from_everywhere_stops_and_known_browsers_go_on(settings):
    settings.LOGIN_ATTEMPTS_OVERALL = 6
    user, own = UserFactory(), Client()
    sign_in(own, user, PASSWORD)
    leave(own)
    for address in addresses(6):
        sign_in(Client(), UserFactory(), "faux", address)
    assert not got_in(sign_in(Client(), UserFactory(), PASSWORD, "198.51.100.9"))
    assert got_in(sign_in(own, user, PASSWORD))


def test_right_passwords_never_count_as_guesses(client, settings):
    settings.LOGIN_ATTEMPTS_NETWORK = settings.LOGIN_ATTEMPTS_OVERALL = 3
    for _ in range(5):
        assert got_in(sign_in(client, UserFactory(), PASSWORD))
        leave(client)


def test_refused_attempt_fills_no_other_count(settings):
    """Many people sit behind one address: their colleague's account under attack costs them nothing."""
    settings.LOGIN_ATTEMPTS_NETWORK = 3
    user = UserFactory()
    attack(user, settings.LOGIN_ATTEMPTS_ACCOUNT)
    for _ in range(5):
        sign_in(Client(), user, PASSWORD)
    assert got_in(sign_in(Client(), UserFactory(), PASSWORD))


def test_present_password_asked_for_a_new_one_is_a_guess_too(client, looked):
    client.force_login(UserFactory())
    typed = {"password1": "trois lanternes sur le quai", "password2": "trois lanternes sur le quai"}
    for guess in range(4):
        client.post(reverse("account_change_password"), {**typed, "oldpassword": f"faux {guess}"})
    right = client.post(reverse("account_change_password"), {**typed, "oldpassword": PASSWORD})
    assert right.status_code == 302
    client.post(reverse("account_change_password"), {**typed, "oldpassword": "encore faux"})
    assert len(looked) <= 6


@pytest.mark.parametrize(
    ("password", "sentence"),
    [
        ("123qwe123qwe", "trop courant"),
        ("court", "au minimum 12 caractères"),
        ("8452013674519", "entièrement numérique"),
        ("camille essai", "trop semblable"),
    ],
)
def test_weak_password_is_refused_with_a_sentence(client, password, sentence):
    client.force_login(UserFactory(display_name="Camille Essai"))
    typed = {"oldpassword": PASSWORD, "password1": password, "password2": password}
    page = client.post(reverse("account_change_password"), typed)
    assert sentence in page.text


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::9", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
    ],
)
def test_addresses_of_one_home_count_as_one(address, network):
    assert network_of(address) == network


@pytest.mark.parametrize("known", [True, False])
def test_nobody_fills_a_mailbox_with_forgotten_passwords_nor_learns_whose_it_is(client, known):
    account = UserFactory(email="cible@structure.example")
    typed = {"email": " Cible@Structure.example" if known else "personne@structure.example"}
    answers, begun = [], timezone.now()
    for number in range(7):
        with time_machine.travel(begun + number * timedelta(minutes=2), tick=False):
            answers.append(client.post("/compte/mot-de-passe/oublie/", typed).status_code)
    assert answers == [302] * 5 + [429] * 2
    assert OutboxMessage.objects.filter(recipient=account.email).count() == (5 if known else 0)


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
