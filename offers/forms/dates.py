"""The dates of an event, and the seats given for them (C1, C3)."""

from datetime import datetime, time, timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import QueryDict

from common.dates import start_of
from common.forms import DayField, HourField, attach, moment
from offers.models import Event, Performance
from offers.services import RefusedDates

DATES_MAX = 100  # of one form; more can be added to the event afterwards, or imported
NIGHT_ENDS = time(6)  # an end up to this hour is the next morning's


class SeatsField(forms.IntegerField):
    """A number of seats to give for one date."""

    def __init__(self, **kwargs):
        sentence = f"Donnez entre 0 et {settings.SEATS_MAX} places."
        kwargs.setdefault("label", "Places")
        super().__init__(
            min_value=0,
            max_value=settings.SEATS_MAX,
            error_messages={
                "required": "Écrivez combien de places vous donnez.",
                "invalid": "Écrivez le nombre de places en chiffres, par exemple 10.",
                "min_value": sentence,
                "max_value": sentence,
            },
            **kwargs,
        )


class DateForm(forms.Form):
    """One date of an event, with the seats given for it."""

    domain_fields = {"starts_at": "day", "ends_at": "ends", "booking_deadline": "last_day"}

    day = DayField(label="Date")
    begins = HourField(label="Début")
    ends = HourField(label="Fin", required=False)
    capacity = SeatsField()
    last_day = DayField(label="Réserver jusqu'au", required=False)

    def clean(self):
        cleaned = super().clean()
        for name, hour in (("starts_at", "begins"), ("ends_at", "ends")):
            try:
                cleaned[name] = self._moment(hour)
            except ValidationError as refusal:
                self.add_error(hour, refusal)
        return cleaned

    def _moment(self, hour: str) -> datetime | None:
        """When the clocks show what was typed as `hour`; an end in the small hours is the next morning's."""
        day, begins, clock = (self.cleaned_data.get(name) for name in ("day", "begins", hour))
        if not day or not clock:
            return None
        past_midnight = hour == "ends" and begins and clock < begins and clock <= NIGHT_ENDS
        return moment(day + timedelta(days=1) if past_midnight else day, clock)

    def _closes_at(self) -> datetime | None:
        """The end of the last day for booking; none where that is the day of the date itself."""
        day, last = self.cleaned_data["day"], self.cleaned_data["last_day"]
        return start_of(last + timedelta(days=1)) if last and last != day else None

    def performance(self, event: Event | None = None) -> Performance:
        """The date that was typed, not yet saved."""
        typed = self.cleaned_data
        return Performance(
            event=event,
            starts_at=typed["starts_at"],
            ends_at=typed["ends_at"],
            capacity=typed["capacity"],
            booking_deadline=self._closes_at(),
        )


class BaseDateFormSet(forms.BaseFormSet):
    """The dates of a new event. Lines left empty don't count, but one is needed."""

    def __init__(self, *args, **kwargs):
        super().__init__(
            *args,
            error_messages={
                "missing_management_form": "La page était incomplète. Rechargez-la et recommencez.",
                "too_many_forms": f"Au plus {DATES_MAX} dates à la fois. Vous pourrez en ajouter ensuite.",
            },
            **kwargs,
        )

    @classmethod
    def get_default_prefix(cls):
        return "dates"

    def initial_form_count(self):
        return 0  # every line is a new date, even those typed before a line was added

    def filled(self) -> list[DateForm]:
        """The lines that say a date."""
        return [form for form in self.forms if form.has_changed()]

    def performances(self) -> list[Performance]:
        """The dates typed, not yet saved."""
        return [form.performance() for form in self.filled()]

    def attach(self, refused: RefusedDates) -> None:
        """Put each refusal in its line."""
        lines = self.filled()
        for rank, refusal in refused.refusals.items():
            attach(lines[rank], refusal)

    @classmethod
    def typed(cls, data: QueryDict) -> list[dict[str, str]]:
        """The lines as they were typed; nothing is checked."""
        prefix = cls.get_default_prefix()
        return [
            {name: data.get(f"{prefix}-{rank}-{name}", "") for name in DateForm.base_fields}
            for rank in range(_number(data.get(f"{prefix}-TOTAL_FORMS")))
        ]

    @classmethod
    def showing(cls, lines: list[dict[str, str]], *, into_last: bool = False) -> "BaseDateFormSet":
        """A form with these lines, to go on typing; `into_last` puts the hand into the last one."""
        dates = cls(initial=lines)
        dates.extra = max(len(lines) - 1, 0)
        if into_last:
            dates.forms[-1].fields["day"].widget.attrs["autofocus"] = True
        return dates

    @classmethod
    def retyped(cls, data: QueryDict) -> "BaseDateFormSet":
        """The lines as they were typed, with one more or one less as the button pressed says; nothing is checked."""
        removed = _number(data.get("remove_date"), otherwise=DATES_MAX)
        lines = [line for rank, line in enumerate(cls.typed(data)) if rank != removed]
        if "add_date" in data and len(lines) < DATES_MAX:
            lines.append({**lines[-1], "day": "", "last_day": ""} if lines else {})
        return cls.showing(lines, into_last="add_date" in data)


def _number(text: Any, otherwise: int = 0) -> int:
    """The number that a form sent, between 0 and DATES_MAX; `otherwise` where it isn't one."""
    return min(int(text), DATES_MAX) if str(text).isdecimal() and len(str(text)) < 6 else otherwise


DateFormSet = forms.formset_factory(
    DateForm,
    formset=BaseDateFormSet,
    extra=0,
    min_num=1,
    max_num=DATES_MAX,
    absolute_max=DATES_MAX + 1,
    validate_max=True,
)


class SeatsForm(forms.Form):
    """How many seats the venue gives."""

    capacity = SeatsField()
