import pytest
from celery import Celery
from django.db import transaction

from common.background import after_commit

pytestmark = pytest.mark.django_db


def test_broker_that_is_down_is_logged_and_fails_nothing(django_capture_on_commit_callbacks, caplog):
    nowhere = Celery("nowhere", broker="redis://127.0.0.1:1/0", set_as_current=False)
    nowhere.conf.update(task_publish_retry=False)
    task = nowhere.task(name="nowhere.task")(lambda: None)
    with django_capture_on_commit_callbacks(execute=True), transaction.atomic():
        after_commit(task)
    assert "Error calling" in caplog.text
