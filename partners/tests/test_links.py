"""One-time links: used up once, by a POST alone, in time; what choosing a password ends (A4, A5)."""

import re
from datetime import UTC, timedelta

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from common.errors import DomainError, TooManyAttempts
from common.models import AuditEntry, OutboxMessage
from common.tests.factories import paris
from partners import services
from partners.models import AccessLink, User
from partners.passwords import NewPasswordValidator
from partners.tests.factories import PASSWORD, AccessLinkFactory, UserFactory

pytestmark = pytest.mark.django_db
NEW = "trois saules au bord de l'eau"
NOW = paris(2026, 11, 24, 10)


def page_of(link):
    return reverse("partners:choose_password", args=[link.token])


def choose(link, password=NEW, again=None, client=None):
    typed = {"how": "choose", "password": password, "again": password if again is None else again}
    return (client or Client()).post(page_of(link), typed)


def sign_in(user, password):
    return (
        Client().post(reverse("account_login"), {"login": user.email, "password": password}).status_code
        == 302
    )


def test_ten_scanners_use_nothing_up():
    link = AccessLinkFactory()
    for _ in range(5):
        assert Client().get(page_of(link)).status_code == 200
        assert Client().head(page_of(link)).status_code == 200
    assert choose(link).status_code == 200
    assert sign_in(link.user, NEW)


def test_page_shows_whose_it_is_without_the_whole_address():
    link = AccessLinkFactory(user=UserFactory(email="camille.roche@structure.example"))
    page = Client().get(page_of(link)).text
    assert "c•••••@structure.example" in page and "camille" not in page


@pytest.mark.parametrize(("late", "taken"), [(-1, True), (1, False)])
def test_link_serves_until_its_last_second(late, taken):
    link = AccessLinkFactory(created_at=NOW)
    at = NOW + timedelta(hours=72, seconds=late)
    with time_machine.travel(at, tick=False):
        page = choose(link)
    assert ("gardé" in page.text) is taken
    assert ("Recevoir un nouveau lien" in page.text) is not taken
    assert User.objects.get().check_password(NEW) is taken


@pytest.mark.parametrize("night", [paris(2026, 10, 24, 12), paris(2027, 3, 27, 12), paris(2028, 2, 28, 12)])
def test_seventy_two_hours_are_seventy_two_hours_over_a_change_of_clocks_and_a_leap_day(night):
    link = AccessLinkFactory(created_at=night)
    end = night.astimezone(UTC) + timedelta(hours=72)
    assert link.is_usable(at=end - timedelta(seconds=1))
    assert not link.is_usable(at=end)


def test_link_serves_once():
    link = AccessLinkFactory()
    choose(link)
    again = choose(link, "un tout autre mot de passe")
    assert "Ce lien ne marche plus" in again.text
    assert User.objects.get().check_password(NEW)
    with pytest.raises(DomainError, match="déjà servi"):
        services.choose_password(link=link, password="encore un autre", at=timezone.now())


def test_proposed_password_shows_once_and_is_written_nowhere():
    link = AccessLinkFactory(user=UserFactory(password="!"))
    page = Client().post(page_of(link), {"how": "propose"})
    password = re.search(r'id="mot-de-passe">([^<]+)<', page.text)[1]
    assert sign_in(link.user, password)
    assert page["Cache-Control"] == "private, no-store"
    assert password not in Client().post(page_of(link), {"how": "propose"}).text
    written = [str(list(model.objects.values())) for model in (User, AccessLink, AuditEntry, OutboxMessage)]
    assert not any(password in rows for rows in written)


def test_proposed_passwords_are_long_readable_and_differ():
    drawn = {services.generate_password() for _ in range(200)}
    assert len(drawn) == 200
    assert all(re.fullmatch(r"([2-9a-hj-km-np-z]{4}-){4}[2-9a-hj-km-np-z]{4}", one) for one in drawn)


@pytest.mark.parametrize(
    ("password", "again", "sentence"),
    [
        ("", "", "Écrivez le mot de passe"),
        ("trop court", "trop court", "12"),
        ("password1234", "password1234", "courant"),
        (NEW, "autre chose encore", "ne sont pas les mêmes"),
        (PASSWORD, PASSWORD, "aviez déjà"),
        ("x" * 129, "x" * 129, "128"),
    ],
)
def test_password_that_is_refused_says_why_and_leaves_the_link_usable(password, again, sentence):
    link = AccessLinkFactory()
    page = choose(link, password, again)
    assert page.status_code == 200 and sentence in page.text.replace("&#x27;", "'")
    assert AccessLink.objects.usable(at=timezone.now()).count() == 1
    choose(link)
    assert sign_in(link.user, NEW)


def test_newer_link_makes_the_older_one_useless():
    user, staff = UserFactory(), UserFactory(staff=True)
    older = AccessLinkFactory(user=user)
    services.send_password_link(account=user, by=staff, at=timezone.now())
    assert "Ce lien ne marche plus" in choose(older).text
    newer = re.search(r"https?://[^/]+(/acces/\S+)", OutboxMessage.objects.get().text)[1]
    Client().post(newer, {"password": NEW, "again": NEW})
    assert sign_in(user, NEW)


def test_choosing_ends_every_session_of_the_account_and_no_other():
    user, other = UserFactory(), UserFactory()
    theirs, elsewhere = Client(), Client()
    theirs.force_login(user)
    elsewhere.force_login(other)
    choose(AccessLinkFactory(user=user))
    assert theirs.get(reverse("partners:visitor_code")).status_code == 302
    assert elsewhere.get(reverse("partners:visitor_code")).status_code == 200


def test_forgotten_and_changed_passwords_count_as_chosen_and_end_links_on_their_way(client):
    user, before = UserFactory(), timezone.now()
    link = AccessLinkFactory(user=user)
    client.force_login(user)
    typed = {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW}
    assert client.post(reverse("account_change_password"), typed).status_code == 302
    user.refresh_from_db()
    assert user.check_password(NEW) and user.password_chosen_at > before
    assert "Ce lien ne marche plus" in Client().get(page_of(link)).text


def test_password_of_before_is_not_a_new_one():
    user = UserFactory()
    with pytest.raises(ValidationError, match="aviez déjà"):
        NewPasswordValidator().validate(PASSWORD, user)
    NewPasswordValidator().validate(NEW, user)


def test_link_of_an_account_that_was_closed_opens_nothing():
    link = AccessLinkFactory()
    User.objects.update(is_active=False)
    assert Client().get(page_of(link)).status_code == 404
    with pytest.raises(DomainError):
        services.choose_password(link=link, password=NEW, at=timezone.now())


def test_unknown_token_is_404():
    assert Client().get(reverse("partners:choose_password", args=["A" * 22])).status_code == 404
    assert Client().post(reverse("partners:fresh_link", args=["A" * 22])).status_code == 404


def test_spent_link_sends_another_to_the_account_itself_and_not_for_ever():
    link = AccessLinkFactory(created_at=NOW - timedelta(days=9))
    again = reverse("partners:fresh_link", args=[link.token])
    for _ in range(3):
        assert "Un lien est parti" in Client().post(again).text
    assert Client().post(again).status_code == 429
    assert set(OutboxMessage.objects.values_list("recipient", flat=True)) == {link.user.email}
    assert AccessLink.objects.usable(at=timezone.now()).count() == 1


def test_asking_for_links_too_often_waits(settings):
    user = UserFactory()
    for _ in range(settings.ACCESS_LINK_REQUESTS):
        services.send_fresh_link(account=user, at=NOW)
    with pytest.raises(TooManyAttempts):
        services.send_fresh_link(account=user, at=NOW)
    services.send_fresh_link(account=user, at=NOW + timedelta(hours=1, seconds=1))


def test_mail_holds_the_token_and_the_database_its_hash_alone():
    link = AccessLinkFactory()
    services.send_fresh_link(account=link.user, at=timezone.now())
    token = re.search(r"/acces/([^/]+)/", OutboxMessage.objects.get().text)[1]
    assert len(token) == 22
    assert token not in str(list(AccessLink.objects.values())) + str(list(AuditEntry.objects.values()))


@pytest.mark.parametrize("name", ["Zoé & <b>Compagnie</b>", "{{ url }}", "blank"])
def test_name_stands_in_the_mail_as_it_was_typed(name):
    services.send_fresh_link(account=UserFactory(display_name=name), at=NOW)
    mail = OutboxMessage.objects.get()
    assert f"Bonjour {name}," in mail.text
    assert "<b>" not in mail.html and "blank" not in mail.subject
