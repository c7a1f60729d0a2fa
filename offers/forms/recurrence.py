"""Dates that come back: “every Tuesday and Thursday from … to …, at 20:30, except …” (C1)."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta

from django import forms
from django.core.exceptions import ValidationError

from common.forms import DayField, HourField
from offers.days_off import public_holiday, school_holiday, school_holidays_end
from offers.forms.dates import DATES_MAX, SeatsField

WEEKDAYS = list(enumerate("lundi mardi mercredi jeudi vendredi samedi dimanche".split()))
SPAN_MAX = timedelta(days=2 * 366)
DAY = r"(\d{1,2})\s*/\s*(\d{1,2})(?:\s*/\s*(\d{4}))?"
EXCEPTION = re.compile(rf"{DAY}(?:\s*(?:au|-|–)\s*{DAY})?")
BETWEEN = re.compile(r"[\s,;]+|\bet\b")


@dataclass(frozen=True, slots=True)
class Proposal:
    """A day on which the event could take place, and what is special about it."""

    day: date
    remark: str
    ticked: bool

    @property
    def value(self) -> str:
        return self.day.isoformat()


class RepeatForm(forms.Form):
    """A rhythm, from which dates are proposed; nothing of it is saved."""

    prefix = "repeat"

    weekdays = forms.TypedMultipleChoiceField(
        label="Chaque",
        choices=WEEKDAYS,
        coerce=int,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Cochez au moins un jour de la semaine."},
    )
    first = DayField(label="Du")
    last = DayField(label="Au")
    begins = HourField(label="Début")
    ends = HourField(label="Fin", required=False)
    capacity = SeatsField(label="Places par date")
    days_before = forms.IntegerField(
        label="Réserver jusqu'à",
        required=False,
        min_value=0,
        max_value=60,
        help_text="Jours avant chaque date. Vide : jusqu'au début.",
        error_messages={
            "invalid": "Écrivez un nombre de jours, par exemple 2.",
            "min_value": "Écrivez entre 0 et 60 jours.",
            "max_value": "Écrivez entre 0 et 60 jours.",
        },
    )
    apart = forms.CharField(
        label="Sauf",
        required=False,
        max_length=500,
        help_text="Par exemple 24/12, 31/12 ou 5/1 au 9/1.",
    )
    without_school = forms.BooleanField(label="Sans les vacances scolaires", required=False)
    without_public = forms.BooleanField(label="Sans les jours fériés", required=False)

    def clean_apart(self) -> list[tuple[tuple[int, int, int | None], tuple[int, int, int | None]]]:
        """The days left out, each as the first and the last of a span: (day, month, year or None)."""
        text = self.cleaned_data["apart"]
        if BETWEEN.sub("", EXCEPTION.sub("", text)):
            raise ValidationError("Nous ne comprenons pas ces jours. Écrivez-les comme 24/12, ou 5/1 au 9/1.")
        spans = []
        for found in EXCEPTION.finditer(text):
            numbers = [number and int(number) for number in found.groups()]
            start, end = tuple(numbers[:3]), tuple(numbers[3:])
            spans.append((start, start if end[0] is None else end))
            for day, month, year in spans[-1]:
                try:
                    date(year or 2024, month, day)  # a leap year: 29/2 without a year is a day
                except ValueError:
                    raise ValidationError(f"Le {day}/{month} n'existe pas : vérifiez ces jours.") from None
        return spans

    def clean(self):
        cleaned = super().clean()
        first, last = cleaned.get("first"), cleaned.get("last")
        if first and last:
            if last < first:
                self.add_error(
                    "last", "La fin de la période vient avant son début : vérifiez les deux jours."
                )
            elif last - first > SPAN_MAX:
                self.add_error("last", "Proposez au plus deux ans de dates à la fois.")
            elif "weekdays" in cleaned and "apart" in cleaned:
                self._refuse_number(len(self._days()))
        return cleaned

    def _refuse_number(self, count: int) -> None:
        if not count:
            self.add_error("weekdays", "Aucune date ne tombe dans cette période : vérifiez les jours.")
        elif count > DATES_MAX:
            self.add_error(
                "last", f"Cela ferait {count} dates, et {DATES_MAX} tiennent ici : raccourcissez la période."
            )

    def _days(self) -> list[date]:
        """The days of the rhythm, those left out aside."""
        typed = self.cleaned_data
        first, last = typed["first"], typed["last"]
        days = (first + timedelta(days=n) for n in range((last - first).days + 1))
        return [day for day in days if day.weekday() in typed["weekdays"] and not self._apart(day)]

    def _apart(self, day: date) -> bool:
        return any(_within(day, start, end) for start, end in self.cleaned_data["apart"])

    def proposals(self, *, taken: Collection[date] = ()) -> list[Proposal]:
        """The days found, with what is special about each; those `taken` already aren't ticked."""
        typed = self.cleaned_data
        found = []
        for day in self._days():
            public, school = public_holiday(day), school_holiday(day)
            off = public and typed["without_public"] or school and typed["without_school"]
            remarks = [
                f"férié : {public}" if public else "",
                school,
                "déjà dans la liste" if day in taken else "",
            ]
            found.append(Proposal(day, ", ".join(filter(None, remarks)), not off and day not in taken))
        return found

    @property
    def unknown_after(self) -> date | None:
        """The last day whose school holidays are known, where the period goes further."""
        end = school_holidays_end()
        return end if self.cleaned_data["last"] > end else None

    def lines(self, days: Collection[str]) -> list[dict[str, str]]:
        """A line of a date, as somebody would type it, for each of the proposed days ticked."""
        typed = self.cleaned_data
        before = typed["days_before"]
        return [
            {
                "day": day.isoformat(),
                "begins": f"{typed['begins']:%H:%M}",
                "ends": f"{typed['ends']:%H:%M}" if typed["ends"] else "",
                "capacity": str(typed["capacity"]),
                "last_day": "" if before is None else (day - timedelta(days=before)).isoformat(),
            }
            for day in self._days()
            if day.isoformat() in days
        ]


def _within(day: date, start: tuple, end: tuple) -> bool:
    """Whether a day lies in a span whose ends may leave their year out: 24/12 au 3/1 is every winter's."""
    turns = (end[1], end[0]) < (start[1], start[0])
    if start[2] or end[2]:
        first = (start[2] or end[2] - turns, start[1], start[0])
        last = (end[2] or start[2] + turns, end[1], end[0])
        return first <= (day.year, day.month, day.day) <= last
    first, last, this = (start[1], start[0]), (end[1], end[0]), (day.month, day.day)
    return this >= first or this <= last if turns else first <= this <= last
