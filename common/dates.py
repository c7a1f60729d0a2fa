"""Moments are stored in UTC and spoken in Europe/Paris."""

from datetime import date, datetime

from django.utils import timezone


def local_day(at: datetime) -> date:
    """The day in Europe/Paris that a moment belongs to."""
    return timezone.localtime(at).date()
