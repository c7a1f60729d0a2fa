"""Production refuses a database that holds the demonstration."""

import importlib
from datetime import date

import pytest
from celery.signals import beat_init, worker_init
from django.core.exceptions import ImproperlyConfigured

from billetterie import wsgi
from billetterie.demo import mark

pytestmark = pytest.mark.django_db


@pytest.fixture
def marked():
    mark.mark_as_demonstration(seed=1, on=date(2026, 11, 22))


def test_mark_says_which_season(marked):
    assert mark.demonstration() == "2026-11-22 graine 1"


def test_database_without_the_mark_is_no_demonstration():
    assert mark.demonstration() == ""


def test_production_web_server_refuses_a_demonstration(marked, settings):
    settings.PRODUCTION = True
    with pytest.raises(ImproperlyConfigured, match="base neuve"):
        importlib.reload(wsgi)


@pytest.mark.parametrize("signal", [worker_init, beat_init])
def test_production_worker_and_beat_end_on_a_demonstration(marked, settings, signal):
    settings.PRODUCTION = True
    with pytest.raises(SystemExit, match="base neuve"):
        signal.send(sender=None)


def test_production_starts_on_a_database_of_its_own(settings):
    settings.PRODUCTION = True
    importlib.reload(wsgi)
    worker_init.send(sender=None)


def test_demonstration_starts_on_its_database(marked):
    importlib.reload(wsgi)
    worker_init.send(sender=None)
