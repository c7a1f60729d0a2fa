"""Which days people are off: public holidays of France, school holidays of the territory's zone (C1)."""

from datetime import date
from functools import cache

from django.conf import settings
from holidays import country_holidays
from vacances_scolaires_france import SchoolHolidayDates


def public_holiday(day: date) -> str:
    """The name of a public holiday: “Armistice”; empty for any other day."""
    return _public_holidays(day.year).get(day, "")


def school_holiday(day: date) -> str:
    """The name of the school holidays that a day belongs to: “Vacances de Noël”; empty for any other day."""
    return _school_holidays().get(day, "")


def school_holidays_end() -> date:
    """The last day for which the ministry's calendar is known here."""
    return max(_school_holidays())


@cache
def _public_holidays(year: int) -> dict[date, str]:
    return dict(country_holidays("FR", years=year, language="fr"))


@cache
def _school_holidays() -> dict[date, str]:
    calendar = SchoolHolidayDates()
    zone = calendar.zone_key(settings.SCHOOL_ZONE)
    return {day: facts["nom_vacances"] for day, facts in calendar.data.items() if facts[zone]}
