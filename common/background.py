"""Waking background work without ever depending on it."""

from celery import Task
from django.db import transaction


def after_commit(task: Task, *args: str) -> None:
    """Send `task` once the transaction has committed.

    A broker that is down is logged and nothing more: what is due stands in the database, and the sweeper of
    the next minute finds it.
    """

    def send() -> None:
        task.delay(*args)

    transaction.on_commit(send, robust=True)
