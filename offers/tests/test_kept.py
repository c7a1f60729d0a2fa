"""Pages kept for a moment for those who only look."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from common import kept
from offers.tests.factories import PerformanceFactory

pytestmark = pytest.mark.django_db
CATALOGUE = reverse("offers:catalogue")
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')


@pytest.fixture(autouse=True)
def keeping(settings):
    settings.ONLOOKERS_SEE_FOR = 20
    kept._pages.clear()
    yield
    kept._pages.clear()


def test_visitor_reads_the_page_of_a_moment_ago_and_the_new_one_after(cast, settings, time_machine):
    time_machine.move_to(timezone.now())
    browser = cast.browser("visitor")
    PerformanceFactory(event__title="Fanfare")
    assert "Fanfare" in browser.get(CATALOGUE).content.decode()
    PerformanceFactory(event__title="Bal masqué")

    assert "Bal masqué" not in browser.get(CATALOGUE).content.decode()

    time_machine.shift(settings.ONLOOKERS_SEE_FOR + 1)
    assert "Bal masqué" in browser.get(CATALOGUE).content.decode()


def test_kept_page_asks_the_database_for_the_access_alone(cast, settings):
    browser = cast.browser("visitor")
    PerformanceFactory()
    browser.get(CATALOGUE)

    with CaptureQueriesContext(connection) as statements:
        browser.get(CATALOGUE)

    assert len(statements) == (1 if settings.REDIS_URL else 2)  # the session, where no Redis has it


def test_each_reader_sends_a_token_of_their_own(cast):
    first, second = cast.browser("visitor"), cast.browser("visitor")
    one, other = (TOKEN.findall(browser.get(CATALOGUE).content.decode()) for browser in (first, second))

    assert one and other and set(one).isdisjoint(other)
    second.handler.enforce_csrf_checks = True
    left = second.post(reverse("partners:visitor_leave"), {"csrfmiddlewaretoken": other[0]})
    assert left.status_code == 302


def test_revoked_code_opens_no_kept_page(cast):
    browser = cast.browser("visitor")
    browser.get(CATALOGUE)
    cast.visitor.revoked_at = timezone.now()
    cast.visitor.save()

    assert browser.get(CATALOGUE).status_code == 302


def test_accounts_read_the_page_as_it_is_now(cast):
    browser = cast.browser("worker")
    browser.get(CATALOGUE)
    PerformanceFactory(event__title="Bal masqué")

    assert "Bal masqué" in browser.get(CATALOGUE).content.decode()


def test_pages_of_two_languages_and_two_addresses_are_kept_apart(cast, settings):
    browser = cast.browser("visitor")
    PerformanceFactory(event__title="Fanfare")
    french = browser.get(CATALOGUE).content.decode()
    browser.cookies[settings.LANGUAGE_COOKIE] = "ar"

    assert 'html lang="fr"' in french
    assert 'html lang="ar"' in browser.get(CATALOGUE).content.decode()
    assert "Fanfare" not in browser.get(CATALOGUE, {"q": "introuvable"}).content.decode()


def test_what_is_told_to_one_reader_is_kept_for_nobody(cast):
    teller, other = cast.browser("visitor"), cast.browser("visitor")
    teller.post(reverse("partners:ask"), {"email": "a@portail.example", "text": "?"})
    told = "Nous répondons par mail"

    assert told in teller.get(CATALOGUE).content.decode()
    assert told not in other.get(CATALOGUE).content.decode()
