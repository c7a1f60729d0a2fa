"""An event written down as somebody would type it again, some weeks later (C1)."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django import forms
from django.http import QueryDict
from django.utils import timezone

from common.forms import moment
from offers.forms.dates import DATES_MAX, BaseDateFormSet
from offers.forms.events import EventForm
from offers.forms.tables import last_day
from offers.models import Event, Performance

WEEKS = 52  # a season: the same days of the week


class CopyForm(forms.Form):
    """What of an event is taken over."""

    dates_too = forms.TypedChoiceField(
        label="Les dates",
        choices=[("", "Sans les dates : je les écrirai"), ("1", "Avec les dates et leurs places, plus tard")],
        coerce=bool,
        required=False,
        widget=forms.RadioSelect,
    )
    weeks = forms.IntegerField(
        label="Décaler les dates de",
        required=False,
        min_value=0,
        max_value=156,
        initial=WEEKS,
        help_text="Semaines. 52 : les mêmes jours de la semaine, la saison suivante.",
        error_messages=dict.fromkeys(
            ["invalid", "min_value", "max_value"], "Écrivez un nombre de semaines entre 0 et 156."
        ),
    )

    def dates(self, performances: Iterable[Performance], *, at: datetime) -> list[Performance]:
        """The dates taken over, some weeks later at the same hour of the clock; those already past then are left."""
        if not self.cleaned_data["dates_too"]:
            return []
        weeks = self.cleaned_data["weeks"]
        shift = timedelta(weeks=WEEKS if weeks is None else weeks)
        moved = [_moved(performance, shift) for performance in performances]
        ahead = sorted((one for one in moved if one and one.starts_at > at), key=lambda one: one.starts_at)
        return ahead[:DATES_MAX]


def _moved(performance: Performance, shift: timedelta) -> Performance | None:
    """The same date later, by the clocks of Paris; None where clocks skip its hour that day."""

    def later(at: datetime | None) -> datetime | None:
        local = timezone.localtime(at) if at else None
        return local and moment(local.date() + shift, local.time())

    try:
        return Performance(
            starts_at=later(performance.starts_at),
            ends_at=later(performance.ends_at),
            booking_deadline=later(performance.booking_deadline),
            capacity=performance.capacity,
        )
    except forms.ValidationError:
        return None


def typed_of(event: Event, performances: list[Performance]) -> str:
    """An event with these dates as its form would send it."""
    typed = QueryDict(mutable=True)
    for name in EventForm.base_fields:
        value = getattr(event, name)
        if value not in (None, "", False):
            typed[name] = "on" if value is True else str(value)
    prefix = BaseDateFormSet.get_default_prefix()
    typed[f"{prefix}-TOTAL_FORMS"], typed[f"{prefix}-INITIAL_FORMS"] = str(len(performances)), "0"
    for rank, performance in enumerate(performances):
        starts, ends = timezone.localtime(performance.starts_at), performance.ends_at
        closes = last_day(performance.booking_deadline)
        line = {
            "day": starts.date().isoformat(),
            "begins": f"{starts:%H:%M}",
            "ends": f"{timezone.localtime(ends):%H:%M}" if ends else "",
            "capacity": str(performance.capacity),
            "last_day": closes.isoformat() if closes else "",
        }
        typed.update({f"{prefix}-{rank}-{name}": value for name, value in line.items()})
    return typed.urlencode()
