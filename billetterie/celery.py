"""Celery's entry point. What runs when stands in settings.CELERY_BEAT_SCHEDULE."""

import os

from celery import Celery
from celery.signals import beat_init, worker_init
from django.core.exceptions import ImproperlyConfigured

from billetterie.demo.mark import refuse_demonstration_in_production
from common.preload import load_everything

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "billetterie.settings")

app = Celery("billetterie")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@worker_init.connect
@beat_init.connect
def refuse_demonstration(**_) -> None:
    """End the worker or beat, in production, on a demonstration's database."""
    try:
        refuse_demonstration_in_production()
    except ImproperlyConfigured as error:
        # Of what a signal's receiver raises, Celery logs everything but this.
        raise SystemExit(str(error)) from None


@worker_init.connect
def share_memory(**_) -> None:
    """Load what tasks need before the processes that run them are forked."""
    load_everything()
