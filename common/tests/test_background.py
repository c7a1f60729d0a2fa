import pytest
from celery import Celery, current_app
from django.db import transaction

from common.background import after_commit

pytestmark = pytest.mark.django_db


@pytest.fixture
def nowhere():
    """An app whose broker nothing answers for; the portal's own comes back afterwards."""
    ours = current_app._get_current_object()
    app = Celery("nowhere", broker="redis://127.0.0.1:1/0", set_as_current=False)
    app.conf.update(task_publish_retry=False)
    yield app
    ours.set_current()


def test_broker_that_is_down_is_logged_and_fails_nothing(nowhere, django_capture_on_commit_callbacks, caplog):
    task = nowhere.task(name="nowhere.task")(lambda: None)
    with django_capture_on_commit_callbacks(execute=True), transaction.atomic():
        after_commit(task)
    assert "Error calling" in caplog.text
