"""The portal's settings for processes that a test starts on its own database, and kills: tasks go by a broker."""

from billetterie.settings import *  # noqa: F403

CELERY_TASK_ALWAYS_EAGER = False
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
