import pytest
from django.db import transaction
from kombu.exceptions import OperationalError

from common.background import after_commit

pytestmark = pytest.mark.django_db


class Unreachable:
    """A task whose broker nothing answers for; tests/test_outage.py takes a real one away."""

    def delay(self, *args):
        raise OperationalError("connection refused")


def test_broker_that_is_down_is_logged_and_fails_nothing(django_capture_on_commit_callbacks, caplog):
    with django_capture_on_commit_callbacks(execute=True), transaction.atomic():
        after_commit(Unreachable())
    assert "Error calling" in caplog.text


def test_workers_know_every_task_that_falls_due(settings):
    modules = {due["task"].rpartition(".")[0] for due in settings.CELERY_BEAT_SCHEDULE.values()}
    alone = {
        name for name in modules if ".tasks." not in f"{name}."
    }  # what Celery doesn't look for by itself
    assert alone <= set(settings.CELERY_IMPORTS)
