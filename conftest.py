"""For every test: which environment it runs in, and what `./portail test` adds to the report."""

import gc
import os
from pathlib import Path

import django
import django.test
import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import connection

# Set before anything reads the settings, and whatever the shell says: tests must not meet a real database.
os.environ["PORTAIL_ENV"] = "test"
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "billetterie.settings")
django.setup()  # so that an app's own conftest.py may import models at its top
worker = os.environ.get("PYTEST_XDIST_WORKER", "").removeprefix("gw")
if worker and settings.REDIS_URL:
    # A database of Redis for each worker, as of PostgreSQL: what one clears, another may be using.
    server = settings.REDIS_URL.rpartition("/")[0]
    settings.CACHES["default"]["LOCATION"] = f"{server}/{int(worker) + 1}"

pytest_plugins = ["tests.cast"]


@pytest.fixture(autouse=True)
def nothing_cached() -> None:
    """Of what one test counts or keeps in Redis, the next finds nothing; the database's cache is rolled back."""
    if settings.REDIS_URL:
        cache.clear()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what only the other database can show, or has shown already.

    SQLite's writers queue, they never race; and what touches no database, or is marked `once`, says the same beside
    PostgreSQL as beside SQLite.
    """

    def says_nothing_here(item: pytest.Item) -> bool:
        if connection.vendor == "postgresql":
            return bool(item.get_closest_marker("once")) or not touches_a_database(item)
        return bool(item.get_closest_marker("postgres"))

    elsewhere = [item for item in items if says_nothing_here(item)]
    config.hook.pytest_deselected(items=elsewhere)
    items[:] = [item for item in items if not says_nothing_here(item)]


def pytest_collection_finish() -> None:
    """What was loaded stays until the end: no use in looking through it for garbage in every test."""
    gc.collect()
    gc.freeze()


def touches_a_database(item: pytest.Item) -> bool:
    """Whether a test may ask the database anything: to all others pytest-django closes it."""
    unittest_case = issubclass(getattr(item, "cls", None) or object, django.test.SimpleTestCase)
    fixtures = {"db", "transactional_db", "django_db_setup", "django_db_blocker"}
    return bool(
        unittest_case
        or item.get_closest_marker("django_db")
        or item.get_closest_marker("postgres")
        or fixtures & set(getattr(item, "fixturenames", ()))
    )


@pytest.hookimpl(trylast=True)
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say on which database the suite ran and, above pytest's closing line, how the legs before it ended."""
    terminalreporter.section("étapes")
    if legs := os.environ.get("PORTAIL_LEGS"):
        terminalreporter.write_line(legs)
    broker = "Redis" if settings.REDIS_URL else "système de fichiers"
    terminalreporter.write_line(f"ces tests : {connection.vendor}, {broker}")


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Tell `./portail test` how many tests ended how."""
    if (path := os.environ.get("PORTAIL_COUNTS")) and not worker:
        stats = session.config.pluginmanager.get_plugin("terminalreporter").stats
        counts = {
            kind: len(stats[kind]) for kind in ("passed", "failed", "error", "skipped") if stats.get(kind)
        }
        Path(path).write_text(", ".join(f"{number} {kind}" for kind, number in counts.items()))
