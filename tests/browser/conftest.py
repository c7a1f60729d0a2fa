"""One Chromium for all journeys, a fresh profile for each, at the sizes of a desk and of a telephone.

Chromium is the machine's own: nothing is downloaded. PORTAIL_SCREENSHOTS=<folder> keeps a picture of every state.
"""

import shutil

import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import connection
from playwright.sync_api import Browser, expect, sync_playwright

from offers.filters import forget_facets
from offers.spelling import forget_words
from tests.browser.tab import Tab

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
MISSING = (
    "Les parcours ont besoin de Chromium, introuvable sur cette machine. "
    "Installez-le (Debian, Ubuntu : « apt-get install chromium »), puis relancez."
)
OPTIONS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
FIRST_ROWS = "_test_serialized_contents"  # where Django keeps what migrations wrote, for serialized_rollback
PATIENCE = 20_000  # milliseconds, for a busy machine; a healthy page answers in a fraction
DESK = {"viewport": {"width": 1280, "height": 800}}
PHONE = {"viewport": {"width": 360, "height": 740}, "is_mobile": True, "has_touch": True}


@pytest.fixture(scope="session")
def chromium(django_db_setup, django_db_blocker):
    """The machine's Chromium; the journeys fail where there is none."""
    path = next(filter(None, map(shutil.which, NAMES)), None)
    if path is None:
        pytest.fail(MISSING, pytrace=False)
    first_rows = getattr(connection, FIRST_ROWS, None)
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        # Playwright keeps an event loop in this thread. Django would take every query for a slip, and gives the
        # loop a connection of its own: that one, too, must know the rows to put back before each test.
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        if first_rows is not None:
            setattr(connection, FIRST_ROWS, first_rows)
        browser = playwright.chromium.launch(executable_path=path, args=OPTIONS)
        yield browser
        browser.close()
        with django_db_blocker.unblock():
            connection.close()


def pytest_generate_tests(metafunc):
    """A journey is made at a desk, and on a telephone too where the mark `phone` says that people do.

    Where it is made at a desk only, each of its pages is still looked at on the narrowest screen (`Tab.look`).
    """
    chosen = [mark.args[0] for mark in metafunc.definition.iter_markers("parametrize")]
    if "size" in metafunc.fixturenames and "size" not in chosen:
        sizes = {"1280": DESK}
        if metafunc.definition.get_closest_marker("phone"):
            sizes["360"] = PHONE
        metafunc.parametrize("size", sizes.values(), ids=list(sizes), indirect=True)


@pytest.fixture
def size(request):
    """The screen that a journey is made on."""
    return request.param


@pytest.fixture(autouse=True)
def as_new(transactional_db):
    """What processes remember longer than a journey lasts is forgotten."""
    cache.clear()
    forget_facets()
    forget_words()


@pytest.fixture
def sit(request, chromium, live_server, size, as_new):
    """Seat somebody of the cast before a browser: `tab = sit("worker")`, signed in already.

    At the end every problem that any of the tabs met fails the journey.
    """
    expect.set_options(timeout=PATIENCE)
    tabs = []

    def seat(who: str = "nobody", *, scripts: bool = True, browser: Browser = chromium) -> Tab:
        context = browser.new_context(
            locale="fr-FR",
            reduced_motion="reduce",
            java_script_enabled=scripts,
            accept_downloads=True,
            **size,
        )
        context.set_default_timeout(PATIENCE)
        if who != "nobody":
            cookies = request.getfixturevalue("cast").browser(who).cookies
            session = cookies[settings.SESSION_COOKIE_NAME].value
            context.add_cookies(
                [{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}]
            )
        name = f"{request.node.name} {who}"
        tabs.append(Tab(context.new_page(), live_server.url, name, scripts))
        return tabs[-1]

    yield seat
    for tab in tabs:
        tab.page.context.close()
        request.config.stash.setdefault(COUNT, []).append((tab.states, tab.checks))
    problems = [problem for tab in tabs for problem in tab.problems]
    assert not problems, "\n\n".join(problems)


COUNT = pytest.StashKey[list]()


def pytest_terminal_summary(terminalreporter, config):
    """How much was looked at."""
    if seen := config.stash.get(COUNT, []):
        states, checks = (sum(column) for column in zip(*seen, strict=True))
        terminalreporter.write_line(
            f"parcours : {states} états de pages regardés, {checks} passages d'axe-core"
        )
