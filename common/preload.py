"""Memory that processes share: what one loads before it forks is there once for all of them."""

import gc
from importlib import import_module

from django.conf import settings
from django.urls import get_resolver
from django.utils.translation import gettext


def load_everything() -> None:
    """Load what requests and tasks will need, and keep the garbage collector from writing to it; call before forking.

    Nothing is collected first: the holes that this leaves would be filled, and copied, by each process on its own.
    """
    _ = get_resolver().reverse_dict  # the pages, with all that they import
    gettext("")  # Django's own words
    if settings.REDIS_URL:
        import_module("redis")
    gc.freeze()
