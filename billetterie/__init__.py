"""The project: settings, urls, Celery, the pages that join several apps. No rule lives here."""

from .celery import app as celery_app

__all__ = ["celery_app"]
