"""The second factor: set up, used, guessed at, lost (F4)."""

import re
from datetime import timedelta

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from common.errors import DomainError
from common.models import AuditEntry, OutboxMessage
from partners import second_factor
from partners.tests.factories import PASSWORD, UserFactory, add_application, code_at

pytestmark = pytest.mark.django_db

INDEX = "/compte/double-verification/"
REASON = "Téléphone perdu hier, reconnu au téléphone."


@pytest.fixture(autouse=True)
def clock():
    """A clock that stands still, unless a test moves it."""
    with time_machine.travel(timezone.now(), tick=False) as clock:
        yield clock


def sign_in(client, user, password=PASSWORD):
    return client.post(reverse("account_login"), {"login": user.email, "password": password}, follow=True)


def type_code(client, code):
    return client.post(reverse("mfa_authenticate"), {"code": code}, follow=True)


def inside(page):
    """Whether this is today's work of staff, or a worker's home."""
    return page.status_code == 200 and page.request["PATH_INFO"] in {"/", "/gestion/"}


def enter(user, client=None):
    """A browser in which the account went through both steps."""
    client = client or Client()
    sign_in(client, user)
    assert inside(type_code(client, code_at(timezone.now())))
    return client


def confirm(client):
    return client.post(reverse("account_reauthenticate"), {"password": PASSWORD})


def pending_secret(page):
    return re.search(r'class="secret">([A-Z2-7 =]+)<', page.text)[1].replace(" ", "")


# --- Setting it up -------------------------------------------------------------------------------


def test_first_day_leads_from_password_to_todays_work(client):
    user = UserFactory(staff=True, second_factor=False)
    page = sign_in(client, user)
    assert page.request["PATH_INFO"] == INDEX and "Avant de commencer" in page.text
    page = client.get(reverse("mfa_activate_totp"))
    assert page.status_code == 200, "whoever has just signed in isn't asked again"
    code = code_at(timezone.now(), pending_secret(page))
    page = client.post(reverse("mfa_activate_totp"), {"code": code}, follow=True)
    assert page.request["PATH_INFO"] == reverse("mfa_view_recovery_codes")
    assert len(page.context["unused_codes"]) == 10 and page.context["unused_codes"][0] in page.text
    assert inside(client.get("/", follow=True))


def test_wrong_first_code_adds_nothing_and_keeps_the_secret(client):
    user = UserFactory(staff=True, second_factor=False)
    sign_in(client, user)
    secret = pending_secret(client.get(reverse("mfa_activate_totp")))
    page = client.post(reverse("mfa_activate_totp"), {"code": "000000"})
    assert "n&#x27;est pas le bon" in page.text
    assert pending_secret(page) == secret
    assert not Authenticator.objects.exists()


def test_application_sent_twice_is_added_once(client):
    sign_in(client, UserFactory(staff=True, second_factor=False))
    secret = pending_secret(client.get(reverse("mfa_activate_totp")))
    for landed in (reverse("mfa_view_recovery_codes"), INDEX):
        answer = client.post(reverse("mfa_activate_totp"), {"code": code_at(timezone.now(), secret)})
        assert answer.url == landed


def test_recovery_codes_are_shown_once(client):
    user = UserFactory(second_factor=True)
    enter(user, client)
    confirm(client)
    client.post(reverse("mfa_generate_recovery_codes"))
    first, second = (client.get(reverse("mfa_view_recovery_codes")) for _ in range(2))
    codes = first.context["unused_codes"]
    assert all(code in first.text for code in codes)
    assert not any(code in second.text for code in codes)


def test_secrets_are_encrypted_wherever_they_are_kept(client):
    user = UserFactory(staff=True, second_factor=False)
    sign_in(client, user)
    secret = pending_secret(client.get(reverse("mfa_activate_totp")))
    assert secret not in str(dict(client.session.items()))
    client.post(reverse("mfa_activate_totp"), {"code": code_at(timezone.now(), secret)})
    with connection.cursor() as cursor:
        cursor.execute("SELECT data FROM mfa_authenticator")
        stored = str(cursor.fetchall())
    assert secret not in stored
    codes = Authenticator.objects.get(type="recovery_codes").wrap().generate_codes()
    assert not any(code in stored for code in codes)


def test_changes_are_traced_mailed_and_end_the_other_sessions(client):
    user = UserFactory()
    other = Client()
    other.force_login(user)
    sign_in(client, user)
    secret = pending_secret(client.get(reverse("mfa_activate_totp")))
    client.post(reverse("mfa_activate_totp"), {"code": code_at(timezone.now(), secret)})
    assert client.get(INDEX).status_code == 200
    assert other.get(INDEX).status_code == 302
    assert AuditEntry.objects.get(verb="double vérification changée").details == {
        "quoi": "application ajoutée"
    }
    mail = OutboxMessage.objects.get()
    assert mail.recipient == user.email and "application ajoutée" in mail.text


def test_session_opened_before_the_second_factor_never_gets_past_it():
    """Somebody who knows only the password of a new colleague waits in the first-day page."""
    user = UserFactory(staff=True, second_factor=False)
    thief, owner = Client(), Client()
    for browser in (thief, owner):
        sign_in(browser, user)
    secret = pending_secret(owner.get(reverse("mfa_activate_totp")))
    owner.post(reverse("mfa_activate_totp"), {"code": code_at(timezone.now(), secret)})
    assert inside(owner.get("/", follow=True))
    assert thief.get("/gestion/", follow=True).request["PATH_INFO"] == reverse("account_login")


@pytest.mark.parametrize(
    ("name", "methods"),
    [
        ("mfa_deactivate_totp", ["get", "post"]),
        ("mfa_add_webauthn", ["get", "post"]),
        ("mfa_generate_recovery_codes", ["get", "post"]),
        ("mfa_view_recovery_codes", ["get"]),
    ],
)
def test_changes_ask_for_a_fresh_proof(client, clock, name, methods):
    user = UserFactory(staff=True)
    enter(user, client)
    for method in methods:
        assert getattr(client, method)(reverse(name)).url.startswith(reverse("account_reauthenticate"))
    confirm(client)
    assert client.get(reverse(name)).status_code == 200
    clock.shift(timedelta(minutes=11))
    assert client.get(reverse(name)).url.startswith(reverse("account_reauthenticate"))


def test_wrong_password_proves_nothing(client):
    user = UserFactory(staff=True)
    enter(user, client)
    page = client.post(reverse("account_reauthenticate"), {"password": "faux"})
    assert "mot de passe" in str(page.context["form"].errors)
    assert client.get(reverse("mfa_deactivate_totp")).status_code == 302


def test_somebody_elses_passkey_is_not_there(client):
    user = UserFactory(second_factor=True)
    passkey = Authenticator.objects.create(user=UserFactory(), type="webauthn", data={"name": "Clé"})
    enter(user, client)
    confirm(client)
    address = reverse("mfa_remove_webauthn", args=[passkey.pk])
    assert client.get(address).status_code == client.post(address).status_code == 404


def test_staff_who_take_their_only_one_off_are_led_to_another(client):
    enter(UserFactory(staff=True), client)
    confirm(client)
    page = client.post(reverse("mfa_deactivate_totp"), follow=True)
    assert page.request["PATH_INFO"] == INDEX and "Avant de commencer" in page.text
    assert client.get("/gestion/").url == INDEX
    assert not Authenticator.objects.exists(), "recovery codes alone open nothing"


@pytest.mark.parametrize(
    "nonsense", ["", "{}", "[]", "1", "null", '"a"', '{"id": 1}', '{"id": "a", "rawId": "é"}', "{", "\x00"]
)
def test_what_is_no_passkey_is_refused(client, nonsense):
    user = UserFactory(second_factor=True)
    sign_in(client, user)
    assert client.post(reverse("mfa_authenticate"), {"credential": nonsense}).status_code == 200
    type_code(client, code_at(timezone.now()))
    confirm(client)
    client.get(reverse("mfa_add_webauthn"))
    page = client.post(reverse("mfa_add_webauthn"), {"credential": nonsense, "name": "Clé"})
    assert page.status_code == 200 and page.context["form"].errors


def test_passkeys_are_tied_to_the_name_of_the_portal(settings):
    settings.PRODUCTION, settings.BASE_URL = True, "https://portail.example:8443/"
    adapter = second_factor.SecondFactorAdapter()
    assert adapter.get_public_key_credential_rp_entity() == {
        "id": "portail.example",
        "name": settings.PORTAL_NAME,
    }
    assert second_factor.passkeys_work()
    settings.BASE_URL = "http://127.0.0.1:8000"
    assert not second_factor.passkeys_work()


# --- Using it ------------------------------------------------------------------------------------


def test_password_alone_opens_nothing(client):
    user = UserFactory(staff=True)
    page = sign_in(client, user)
    assert page.request["PATH_INFO"] == reverse("mfa_authenticate")
    for path in ("/gestion/", "/catalogue/", INDEX):
        assert client.get(path, follow=True).request["PATH_INFO"] in {
            reverse("account_login"),
            reverse("mfa_authenticate"),
        }


def test_code_a_little_late_or_early_opens_and_an_old_one_does_not(client):
    user, now = UserFactory(staff=True), timezone.now()
    for seconds, opens in ((-90, False), (-30, True), (30, True), (90, False)):
        browser = Client()
        sign_in(browser, user)
        assert inside(type_code(browser, code_at(now + timedelta(seconds=seconds)))) is opens


def test_code_typed_with_spaces_opens(client):
    code = code_at(timezone.now())
    sign_in(client, UserFactory(staff=True))
    assert inside(type_code(client, f"{code[:3]} {code[3:]} "))


def test_code_serves_once(clock):
    user = UserFactory(staff=True)
    code = code_at(timezone.now())
    enter(user)
    for seconds in (1, 29, 1):
        clock.shift(timedelta(seconds=seconds))
        browser = Client()
        sign_in(browser, user)
        assert not inside(type_code(browser, code))


def test_recovery_code_opens_once():
    user = UserFactory(staff=True, second_factor=False)
    code, *_ = add_application(user)
    browser = Client()
    sign_in(browser, user)
    assert inside(type_code(browser, code))
    browser = Client()
    sign_in(browser, user)
    assert not inside(type_code(browser, code))


def test_guessed_codes_are_hardly_looked_at(monkeypatch):
    looked = []
    monkeypatch.setattr(
        "allauth.mfa.totp.internal.auth.validate_totp_code", lambda secret, code: looked.append(code)
    )
    user, browser = UserFactory(staff=True), Client()
    sign_in(browser, user)
    for number in range(100):
        browser.post(reverse("mfa_authenticate"), {"code": f"{number:06}"})
    assert len(looked) == 5


def test_guessed_codes_keep_the_owner_out_of_no_known_browser_and_of_others_for_minutes(clock, settings):
    user = UserFactory(staff=True)
    own = enter(user)
    own.post(reverse("account_logout"))
    for _ in range(3):
        thief = Client()
        sign_in(thief, user)
        for number in range(5):
            type_code(thief, f"{number:06}")
    clock.shift(timedelta(seconds=60))
    assert inside(type_code(own, code_at(timezone.now()))) if sign_in(own, user) else False
    new = Client()
    sign_in(new, user)
    clock.shift(timedelta(seconds=60))
    page = type_code(new, code_at(timezone.now()))
    assert not inside(page) and "attendez 10 minutes" in page.text
    clock.shift(timedelta(minutes=settings.CODE_ATTEMPTS_MINUTES))
    sign_in(new, user)
    assert inside(type_code(new, code_at(timezone.now())))


def test_owner_is_told_once_that_somebody_has_the_password(client):
    user = UserFactory(staff=True)
    sign_in(client, user)
    for number in range(9):
        type_code(client, f"{number:06}")
    mail = OutboxMessage.objects.get()
    assert mail.recipient == user.email and "Personne n’est entré" in mail.text


def test_right_codes_are_not_counted(clock):
    user = UserFactory(staff=True)
    for _ in range(7):
        clock.shift(timedelta(seconds=90))
        enter(user)


# --- Losing it -----------------------------------------------------------------------------------


def take_off_page(account):
    return reverse("admin:partners_user_second_factor", args=[account.pk])


@pytest.fixture
def director(client):
    account = UserFactory(staff=True)
    client.force_login(account)
    return account


@pytest.mark.parametrize("trait", [{"staff": True}, {"second_factor": True}])
def test_colleague_takes_it_off_for_a_reason(client, director, trait):
    account = UserFactory(**trait)
    browser = enter(account)
    page = client.post(take_off_page(account), {"reason": REASON}, follow=True)
    assert "retirée" in page.text
    assert not Authenticator.objects.filter(user=account).exists()
    assert browser.get(INDEX).status_code == 302, "every session is over"
    entry = AuditEntry.objects.get(verb="double vérification retirée")
    assert (entry.actor, entry.subject) == (f"compte {director.pk}", f"partners.user {account.pk}")
    assert entry.details == {"raison": REASON}
    assert OutboxMessage.objects.get(subject__contains="retirée").recipient == account.email
    landed = sign_in(Client(), account).request["PATH_INFO"]
    assert landed == (INDEX if account.is_staff else "/")


def test_session_of_an_account_that_lost_it_is_led_to_another():
    user = UserFactory(staff=True)
    browser = enter(user)
    Authenticator.objects.filter(user=user).delete()
    assert browser.get("/gestion/").url == INDEX


@pytest.mark.parametrize("reason", ["", "court", "a" * 301])
def test_reason_is_asked_for(client, director, reason):
    account = UserFactory(staff=True)
    page = client.post(take_off_page(account), {"reason": reason})
    assert page.status_code == 200 and page.context["form"].errors
    assert Authenticator.objects.filter(user=account).exists()


def test_nobody_takes_off_their_own_or_one_that_is_not_there(client, director):
    for account, sentence in ((director, "vous-même"), (UserFactory(), "rien à retirer")):
        page = client.post(take_off_page(account), {"reason": REASON})
        assert sentence in str(page.context["form"].errors)
    assert Authenticator.objects.filter(user=director).exists()


def test_only_who_has_all_rights_takes_off_a_colleagues():
    helper = UserFactory(staff=True, is_superuser=False)
    second_factor_of = {"reason": REASON, "by": helper, "at": timezone.now()}
    with pytest.raises(DomainError, match="tous les droits"):
        second_factor.take_off(account=UserFactory(staff=True), **second_factor_of)
    worker = UserFactory(second_factor=True)
    second_factor.take_off(account=worker, **second_factor_of)
    assert not Authenticator.objects.filter(user=worker).exists()


def test_page_is_closed_to_staff_without_the_right(client):
    client.force_login(UserFactory(staff=True, is_superuser=False))
    account = UserFactory(second_factor=True)
    assert client.get(take_off_page(account)).status_code == 403
    assert client.post(take_off_page(account), {"reason": REASON}).status_code == 403


def test_rows_of_the_second_factor_have_no_page_of_their_own(client, director):
    assert client.get("/gestion/mfa/authenticator/").status_code == 404


def test_list_of_accounts_says_who_has_one(client, director):
    UserFactory(second_factor=True)
    rows = client.get(reverse("admin:partners_user_changelist")).context["cl"].result_list
    assert sorted(row.has_second_factor for row in rows) == [True, True]


def test_server_takes_off_the_only_directors(capsys):
    account = UserFactory(staff=True)
    call_command("remove_second_factor", account.email.upper(), "--reason", REASON)
    assert not Authenticator.objects.exists()
    assert AuditEntry.objects.get(verb="double vérification retirée").actor == "portail"
    with pytest.raises(CommandError, match="rien à retirer") as refused:
        call_command("remove_second_factor", account.email, "--reason", REASON)
    assert refused.value.returncode == 2
    with pytest.raises(CommandError, match="Aucun compte"):
        call_command("remove_second_factor", "inconnue@portail.example", "--reason", REASON)
