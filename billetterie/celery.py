"""Celery's entry point. What runs when stands in settings.CELERY_BEAT_SCHEDULE."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "billetterie.settings")

app = Celery("billetterie")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
