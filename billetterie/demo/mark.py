"""The mark that says a database is a demonstration, whose accounts have a password that everybody knows."""

from datetime import date

from django.apps import apps
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import connection

KEY = "démonstration"


def _marks():
    # Looked up late: Celery's entry point reads this module before Django knows its models.
    return apps.get_model("common", "Installation").objects


def mark_as_demonstration(*, seed: int, on: date) -> None:
    """Say that this database holds the season invented from `seed` around the day `on`."""
    _marks().create(key=KEY, value=f"{on.isoformat()} graine {seed}")


def demonstration() -> str:
    """Which invented season this database holds ("2026-11-22 graine 1"), or nothing."""
    return _marks().filter(key=KEY).values_list("value", flat=True).first() or ""


def refuse_demonstration_in_production() -> None:
    """Raise ImproperlyConfigured, at the start of a production process, on a demonstration's database."""
    if not settings.PRODUCTION:
        return
    ours = connection.connection is None
    try:
        if demonstration():
            raise ImproperlyConfigured(
                "Cette base contient la saison de démonstration, avec des comptes au mot de passe public : "
                "le portail ne démarre pas en production. Donnez-lui une base neuve (DATABASE_URL)."
            )
    finally:
        if ours:
            connection.close()  # left open before a fork, it would be shared by the processes
