"""Moments are stored in UTC and spoken in Europe/Paris."""

from datetime import date, datetime, time

from django.utils import timezone


def local_day(at: datetime) -> date:
    """The day in Europe/Paris that a moment belongs to."""
    return timezone.localtime(at).date()


def start_of(day: date) -> datetime:
    """The moment when `day` begins in Europe/Paris."""
    return datetime.combine(day, time(), tzinfo=timezone.get_default_timezone())
