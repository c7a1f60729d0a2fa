"""Sessions end with what they rest on: season, grace, agreement; and nobody meets a dead end (A5)."""

from datetime import date, timedelta

import pytest
import time_machine
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from common.models import OutboxMessage
from common.tests.factories import paris
from conventions.tests.factories import AgreementFactory
from partners.seasons import Season
from partners.tests.factories import PASSWORD, StructureFactory, UserFactory

pytestmark = pytest.mark.django_db

VENUES = "/lieux/"
NEW = "trois saules au bord de l'eau"
EDGE = paris(2027, 10, 1)
SECOND = timedelta(seconds=1)


@pytest.fixture
def worker():
    """Somebody whose structure signed for two seasons, with a password of the first one."""
    structure = StructureFactory()
    for season in (Season(2026), Season(2027)):
        AgreementFactory(
            structure=structure,
            starts_on=season.starts_on,
            ends_on=season.ends_on,
            signed_on=date(2026, 9, 10),
        )
    return UserFactory(structure=structure, password_chosen_at=paris(2026, 11, 3))


def at(moment):
    return time_machine.travel(moment, tick=False)


def sign_in(user, password=PASSWORD):
    browser = Client()
    answer = browser.post(reverse("account_login"), {"login": user.email, "password": password})
    assert answer.status_code == 302
    return browser


def sees(browser):
    """Whether the browser still opens a page of the portal."""
    return browser.get(VENUES).status_code == 200


def test_session_from_before_the_season_ends_with_it(worker):
    with at(EDGE - timedelta(hours=1)):
        browser = sign_in(worker)
        assert sees(browser)
    with at(EDGE - SECOND):
        assert sees(browser)
    with at(EDGE):
        answer = browser.get(VENUES)
        assert answer.status_code == 302 and answer.url.startswith(reverse("account_login"))
        assert "connectez-vous à nouveau" in browser.get(answer.url).text.replace("&#x27;", "'")
        assert "_auth_user_id" not in browser.session


def test_session_that_was_never_used_ends_with_the_season_too(worker):
    with at(EDGE - timedelta(minutes=5)):
        browser = sign_in(worker)
    with at(EDGE + timedelta(minutes=5)):
        assert not sees(browser)


def test_no_session_is_alive_after_a_rotation(worker):
    with at(EDGE - timedelta(hours=2)):
        browsers = [sign_in(worker) for _ in range(5)]
        assert all(sees(browser) for browser in browsers)
    with at(EDGE + timedelta(hours=1)):
        assert not any(sees(browser) for browser in browsers)
        holders = [session.get_decoded().get("_auth_user_id") for session in Session.objects.all()]
        assert str(worker.pk) not in holders


def test_grace_shows_until_when_and_ends_with_its_last_second(worker):
    with at(EDGE + timedelta(days=3)):
        browser = sign_in(worker)
        page = browser.get(VENUES).text
        assert "Une nouvelle saison a commencé" in page and "jeudi 14 octobre 2027" in page
    with at(paris(2027, 10, 14, 23, 59, 59)):
        browser = sign_in(worker)
        assert sees(browser)
    with at(paris(2027, 10, 15)):
        assert not sees(browser)
        out = sign_in(worker).get(VENUES)
        assert out.status_code == 302 and out.url == reverse("conventions:access")


def test_choosing_a_password_in_the_grace_is_all_that_it_takes(worker):
    with at(EDGE + timedelta(days=3)):
        browser = sign_in(worker)
        assert "Une nouvelle saison" in browser.get(VENUES).text
        typed = {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW}
        assert browser.post(reverse("account_change_password"), typed).status_code == 302
        assert "Une nouvelle saison" not in browser.get(VENUES).text
    with at(EDGE + timedelta(days=100)):
        assert sees(sign_in(worker, NEW))


def test_who_is_out_is_told_why_and_gets_in_again_by_the_link(worker):
    with at(EDGE + timedelta(days=60)):
        browser = sign_in(worker)
        page = browser.get(reverse("home"), follow=True).text.replace("&#x27;", "'")
        assert "Recevoir mon lien" in page
        assert "Un lien est parti" in browser.post(reverse("conventions:access_link"), follow=True).text
        link = next(
            line for line in OutboxMessage.objects.get().text.splitlines() if "/acces/" in line
        ).removeprefix("http://127.0.0.1:8000")
        browser.post(link, {"password": NEW, "again": NEW})
        assert sees(sign_in(worker, NEW))
        assert not sees(browser)


def test_old_password_renews_nothing_once_the_grace_is_over(worker):
    with at(EDGE + timedelta(days=60)):
        browser = sign_in(worker)
        typed = {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW}
        assert browser.post(reverse("account_change_password"), typed).status_code == 403
    worker.refresh_from_db()
    assert worker.check_password(PASSWORD)


def test_links_one_asks_for_are_counted(worker):
    with at(EDGE + timedelta(days=60)):
        browser = sign_in(worker)
        answers = [browser.post(reverse("conventions:access_link")).status_code for _ in range(4)]
    assert answers == [302, 302, 302, 429]


def test_agreement_that_ended_closes_and_no_link_is_promised():
    structure = StructureFactory()
    AgreementFactory(
        structure=structure,
        starts_on=date(2026, 10, 1),
        ends_on=date(2027, 3, 28),
        signed_on=date(2026, 9, 1),
    )
    worker = UserFactory(structure=structure, password_chosen_at=paris(2026, 11, 3))
    with at(paris(2027, 3, 28, 23, 59, 59)):  # the night on which clocks go forward
        browser = sign_in(worker)
        assert sees(browser)
    with at(paris(2027, 3, 29)):
        assert not sees(browser)
        browser = sign_in(worker)
        page = browser.get(reverse("home"), follow=True).text
        assert "convention de votre structure est finie" in page and "Recevoir mon lien" not in page
        assert browser.post(reverse("conventions:access_link")).status_code == 409
    assert not OutboxMessage.objects.exists()


def test_structure_that_never_signed_looks_this_season():
    worker = UserFactory(password_chosen_at=paris(2026, 11, 3))
    with at(paris(2027, 5, 1)):
        assert sees(sign_in(worker))
    with at(EDGE):
        assert "Recevoir mon lien" in sign_in(worker).get(VENUES, follow=True).text


def test_venues_and_the_team_are_not_concerned():
    desk = UserFactory(venue_desk=True, password_chosen_at=paris(2024, 11, 3))
    staff = UserFactory(staff=True, password_chosen_at=paris(2024, 11, 3))
    with at(EDGE + timedelta(days=90)):
        assert sees(sign_in(desk))
        assert sign_in(staff).get(VENUES).url != reverse("conventions:access")


def test_open_access_says_until_when(client, worker):
    with at(EDGE - timedelta(days=90)):
        page = sign_in(worker).get(reverse("conventions:access")).text
        assert "Votre accès est ouvert" in page and "jeudi 30 septembre 2027" in page
        assert sign_in(worker).post(reverse("conventions:access_link")).status_code == 409


def test_access_is_found_once_per_session(worker, django_assert_max_num_queries):
    with at(EDGE - timedelta(days=90)):
        browser = sign_in(worker)
        browser.get(reverse("partners:help"))
        with django_assert_max_num_queries(3):  # account, the pages, and the session where no cache keeps it
            browser.get(reverse("partners:help"))


def test_leaver_is_out_at_once_whatever_the_session_holds(worker):
    browser = Client()
    worker.password_chosen_at = timezone.now()
    worker.save()
    browser.force_login(worker)
    type(worker).objects.update(is_active=False)
    assert not sees(browser)
