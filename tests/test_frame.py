"""The menu and the foot of the page that are kept say what their templates say, to each reader and on each page."""

import re

import pytest
from django.contrib.auth.models import AnonymousUser
from django.template import engines
from django.test import RequestFactory
from django.urls import reverse

from common.languages import phrases, speaking
from partners.models import User

NAV = '{% include "common/partials/nav.html" %}'
TOKEN = re.compile(r'(?<=name="csrfmiddlewaretoken" value=")[^"]*')
FOOTER = '{% include "common/partials/footer.html" %}'


def drawn(source: str, user, path: str = "/") -> str:
    request = RequestFactory().get(path)
    request.user, request.visitor, request.translated = user, None, True
    return engines["django"].from_string("{% load frame %}" + source).render({}, request)


def tokens_apart(html: str) -> tuple[list[str], str]:
    return TOKEN.findall(html), TOKEN.sub("", html)


@pytest.mark.parametrize("who", ["lead", "desk", "staff", "suspended"])
def test_menu_kept_for_an_account_is_what_its_template_draws(cast, who):
    account = User.objects.get(pk=getattr(cast, who).pk)
    for page in (
        "home",
        "offers:catalogue",
        "offers:programme",
        "invitations:participant_add",
        "partners:help",
    ):
        expected = tokens_apart(drawn(NAV, account, reverse(page)))[1]
        first, again = (tokens_apart(drawn("{% menu %}", account, reverse(page))) for _ in range(2))
        assert account.email in expected
        assert first[1] == again[1] == expected
        (token,), (other,) = first[0], again[0]
        assert len(token) == len(other) == 64 and token != other


def test_menu_follows_every_change_of_its_account(cast):
    account = cast.worker
    for field, value in (("display_name", "Autre <Nom>"), ("email", "autre@example.org"), ("role", "lead")):
        setattr(account, field, value)
        assert tokens_apart(drawn("{% menu %}", account))[1] == tokens_apart(drawn(NAV, account))[1]


@pytest.mark.django_db
def test_menu_and_foot_of_somebody_without_an_account_are_in_their_language():
    for code in ("fr", "tr", "fr"):
        with speaking(phrases(code)):
            menu, nav = (tokens_apart(drawn(source, AnonymousUser())) for source in ("{% menu %}", NAV))
            assert menu[1] == nav[1]
            assert drawn("{% footer %}", AnonymousUser()) == drawn(FOOTER, AnonymousUser())


def test_foot_follows_who_runs_the_portal(settings):
    for phone in ("04 65 71 00 01", "04 65 71 00 02"):
        settings.PORTAL_CONTACT_PHONE = phone
        assert phone in drawn("{% footer %}", AnonymousUser())
