"""For every test: which environment it runs in, and what `./portail test` adds to the report."""

import os

import django
import pytest

# Set before anything reads the settings, and whatever the shell says: tests must not meet a real database.
os.environ["PORTAIL_ENV"] = "test"
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "billetterie.settings")
django.setup()  # so that an app's own conftest.py may import models at its top

pytest_plugins = ["tests.cast"]


@pytest.hookimpl(trylast=True)
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Above pytest's closing line, how the other legs of `./portail test` ended."""
    if legs := os.environ.get("PORTAIL_LEGS"):
        terminalreporter.section("étapes déjà faites")
        terminalreporter.write_line(legs)
