"""Moments are stored in UTC and spoken in Europe/Paris."""

from calendar import monthrange
from datetime import date, datetime, time

from django.utils import timezone


def local_day(at: datetime) -> date:
    """The day in Europe/Paris that a moment belongs to."""
    return timezone.localtime(at).date()


def start_of(day: date) -> datetime:
    """The moment when `day` begins in Europe/Paris."""
    return datetime.combine(day, time(), tzinfo=timezone.get_default_timezone())


def months_before(day: date, months: int) -> date:
    """The same day of the month, `months` earlier (later, if negative); the last one of a month that is too short."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
