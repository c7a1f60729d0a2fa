"""The dates of an event as one table, and what is changed in many of its rows at once (C1, C3)."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils import timezone

from common.forms import HourField
from offers.forms.dates import DateForm, SeatsField
from offers.models import Performance

LABELS = {
    "day": "Date",
    "begins": "Début",
    "ends": "Fin",
    "capacity": "Places",
    "last_day": "Réserver jusqu'au",
}


class RowForm(DateForm):
    """One date of the table. Where people count on its hours, only its seats can be typed."""

    domain_fields = {**DateForm.domain_fields, "starts_at": None}

    ticked = forms.BooleanField(required=False, initial=True)

    def __init__(
        self, data: QueryDict | None, performance: Performance, initial: dict[str, Any] | None = None
    ):
        self.performance_now = performance
        if data and f"{performance.pk}-capacity" not in data:
            data = None  # a date that was added since the page was opened
        super().__init__(
            data, prefix=str(performance.pk), initial={**_as_typed(performance), **(initial or {})}
        )
        awaited = performance.seats_taken or performance.parties_waiting or performance.draw_until
        for name, label in LABELS.items():
            widget, locked = self.fields[name].widget, bool(awaited) and name != "capacity"
            self.fields[name].disabled = locked
            widget.attrs["class"] = "form-control"
            widget.attrs["aria-label"] = f"{label}, {timezone.localtime(performance.starts_at):%d/%m/%Y}"
        self.fields["ticked"].widget.attrs["class"] = "form-check-input"
        self.fields["ticked"].widget.attrs["aria-label"] = (
            f"Choisir le {timezone.localtime(performance.starts_at):%d/%m/%Y}"
        )

    @property
    def changed_words(self) -> list[str]:
        """The fields of the date that say something new."""
        return [name for name in self.changed_data if name != "ticked"] if self.is_bound else []

    @property
    def is_ticked(self) -> bool:
        return bool(self["ticked"].value())

    def wanted(self) -> dict[str, Any]:
        """What the date is to be: what was typed, and the rest as it is. A longer night keeps its length."""
        now, typed, changed = self.performance_now, self.cleaned_data, set(self.changed_data)
        moved = {"day", "begins"} & changed
        starts_at = typed["starts_at"] if moved else now.starts_at
        ends_at = now.ends_at
        if "ends" in changed:
            ends_at = typed["ends_at"]
        elif ends_at and moved:
            ends_at = starts_at + (ends_at - now.starts_at)
        deadline = self._closes_at() if {"last_day", "day"} & changed else now.booking_deadline
        return {
            "starts_at": starts_at,
            "ends_at": ends_at,
            "booking_deadline": deadline,
            "capacity": typed["capacity"],
        }


def _as_typed(performance: Performance) -> dict[str, Any]:
    """A date as somebody would type it, to the minute."""
    starts, ends = timezone.localtime(performance.starts_at), performance.ends_at
    return {
        "day": starts.date(),
        "begins": starts.time().replace(second=0, microsecond=0),
        "ends": timezone.localtime(ends).time().replace(second=0, microsecond=0) if ends else None,
        "capacity": performance.capacity,
        "last_day": last_day(performance.booking_deadline),
    }


def last_day(deadline: datetime | None) -> date | None:
    """The last day, included, on which one can book; None up to the start."""
    return timezone.localtime(deadline - timedelta(microseconds=1)).date() if deadline else None


class FillForm(forms.Form):
    """What to write into all the rows that are ticked."""

    prefix = "fill"

    capacity = SeatsField(label="Places", required=False)
    begins = HourField(label="Début", required=False)
    days_before = forms.IntegerField(
        label="Réserver jusqu'à",
        required=False,
        min_value=0,
        max_value=60,
        help_text="Jours avant chaque date.",
        error_messages=dict.fromkeys(
            ["invalid", "min_value", "max_value"], "Écrivez un nombre de jours entre 0 et 60."
        ),
    )


class DatesTable:
    """The rows of an event's dates to come."""

    def __init__(self, performances: Iterable[Performance], data: QueryDict | None = None):
        self.rows = [RowForm(data, performance) for performance in performances]
        self.fill = FillForm(data if data and "fill" in data else None)

    @classmethod
    def filled(cls, performances: Iterable[Performance], data: QueryDict) -> "DatesTable":
        """The rows as they were typed, the ticked ones filled as asked; nothing is saved."""
        table = cls(performances, data)
        if table.fill.is_valid():
            table.rows = [_refilled(row, table.fill.cleaned_data) for row in table.rows]
        return table


def _refilled(row: RowForm, wanted: dict[str, Any]) -> RowForm:
    """A row as it was typed, with what is wanted for all where it is ticked; locked fields stay."""
    typed = {name: row[name].value() for name in row.fields}
    if row.is_ticked:
        day = row.fields["day"].to_python(typed["day"]) if _reads(row, "day") else None
        before = wanted["days_before"]
        new = {
            "capacity": wanted["capacity"],
            "begins": wanted["begins"],
            "last_day": day - timedelta(days=before) if day and before is not None else None,
        }
        typed |= {
            name: value for name, value in new.items() if value is not None and not row.fields[name].disabled
        }
    return RowForm(None, row.performance_now, typed)


def _reads(row: RowForm, name: str) -> bool:
    try:
        row.fields[name].clean(row[name].value())
    except forms.ValidationError:
        return False
    return True
