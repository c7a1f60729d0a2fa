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
