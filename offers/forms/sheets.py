"""Whole pages of a venue's desk: the dates of an event with what helps to type them, and a new event (C1)."""

from collections.abc import Collection
from datetime import date
from secrets import token_hex

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict

from offers.forms.dates import DATES_MAX, BaseDateFormSet, DateForm, DateFormSet
from offers.forms.events import EventForm
from offers.forms.recurrence import Proposal, RepeatForm

HELPERS = ("add_date", "remove_date", "propose", "add_days", "forget_days")  # buttons that only change lines


class DatesSheet:
    """Lines of dates, and a rhythm that fills them: proposed first, then added where ticked."""

    def __init__(self, lines: BaseDateFormSet, repeat: RepeatForm, proposals: list[Proposal] | None = None):
        self.lines, self.repeat, self.proposals = lines, repeat, proposals

    @classmethod
    def sent(cls, data: QueryDict | None) -> "DatesSheet":
        """What was sent to be saved; empty lines where nothing was."""
        return cls(DateFormSet(data), _rhythm_as_typed(data) if data else RepeatForm())

    @classmethod
    def resumed(cls, data: QueryDict) -> "DatesSheet":
        """What was typed once, to go on typing."""
        return cls(DateFormSet.showing(DateFormSet.typed(data)), _rhythm_as_typed(data))

    @classmethod
    def helped(cls, data: QueryDict, *, known: Collection[date] = ()) -> "DatesSheet":
        """What was typed, changed as the button pressed says; `known` days have a date already."""
        if not {"propose", "add_days"}.intersection(data):
            return cls(DateFormSet.retyped(data), _rhythm_as_typed(data))
        typed, repeat = DateFormSet.typed(data), RepeatForm(data)
        if not repeat.is_valid():
            return cls(DateFormSet.showing(typed), repeat)
        if "propose" in data:
            taken = {*known, *filter(None, map(_day, typed))}
            return cls(DateFormSet.showing(typed), repeat, repeat.proposals(taken=taken))
        added = repeat.lines(data.getlist("repeat-day"))
        lines = [line for line in typed if line["day"]] + added
        if len(lines) > DATES_MAX:
            repeat.add_error(
                None,
                f"Cela ferait {len(lines)} dates, et {DATES_MAX} tiennent ici : publiez-les en deux fois.",
            )
            return cls(DateFormSet.showing(typed), repeat, repeat.proposals())
        if not added:
            repeat.add_error(None, "Cochez au moins une des dates proposées.")
            return cls(DateFormSet.showing(typed), repeat, repeat.proposals())
        return cls(DateFormSet.showing(sorted(lines, key=_order)), _rhythm_as_typed(data))

    @property
    def is_repeating(self) -> bool:
        """Whether the rhythm is being typed: it is then shown open."""
        return self.proposals is not None or bool(self.repeat.is_bound and self.repeat.errors)


def _rhythm_as_typed(data: QueryDict) -> RepeatForm:
    """The rhythm to go on typing; nothing is checked."""
    names = {name: f"{RepeatForm.prefix}-{name}" for name in RepeatForm.base_fields}
    typed = {name: data.get(sent, "") for name, sent in names.items()}
    return RepeatForm(initial={**typed, "weekdays": data.getlist(names["weekdays"])})


def _day(line: dict[str, str]) -> date | None:
    """The day of a line; None where it isn't one yet."""
    try:
        return DateForm.base_fields["day"].clean(line["day"])
    except ValidationError:
        return None


def _order(line: dict[str, str]) -> tuple[date, str]:
    return _day(line) or date.max, line["begins"]


class EventSheet:
    """A new event: what is said of it, and its dates."""

    def __init__(self, event: EventForm, dates: DatesSheet):
        self.event, self.dates = event, dates

    @classmethod
    def sent(cls, data: QueryDict | None) -> "EventSheet":
        """What was sent to be published; empty where nothing was."""
        return cls(EventForm(data), DatesSheet.sent(data))

    @classmethod
    def resumed(cls, data: QueryDict) -> "EventSheet":
        """What was typed once, to go on typing."""
        return cls(EventForm(initial=data.dict()), DatesSheet.resumed(data))

    @classmethod
    def helped(cls, data: QueryDict) -> "EventSheet":
        """What was typed, with lines of dates changed as the button pressed says."""
        return cls(EventForm(initial=data.dict()), DatesSheet.helped(data))

    def is_valid(self) -> bool:
        """Whether all of it can be published; asks both parts, so that both show what is wrong."""
        return self.event.is_valid() & self.dates.lines.is_valid()


def kept_of(data: QueryDict) -> str:
    """What of a sent page is its draft, as a form sends it: its own fields; empty for an empty page."""
    kept = QueryDict(mutable=True)
    for name in data:
        if name in EventForm.base_fields or name.startswith(("dates-", f"{RepeatForm.prefix}-")):
            values = [value.replace("\x00", "") for value in data.getlist(name)]
            if any(values) and name != f"{RepeatForm.prefix}-day":
                kept.setlist(name, values)
    said = [name for name in kept if name != "kind" and not name.endswith("_FORMS")]
    return kept.urlencode() if said else ""


class OriginForm(forms.Form):
    """Which tab of a browser a draft is typed in, and which version of it was opened there."""

    tab = forms.CharField(max_length=32, widget=forms.HiddenInput)
    version = forms.IntegerField(min_value=0, max_value=2**31 - 1, widget=forms.HiddenInput)

    @classmethod
    def of(cls, *, tab: str, seen: int) -> "OriginForm":
        """The fields that a page sends back; a page that is opened is a tab of its own."""
        return cls(initial={"tab": tab or token_hex(8), "version": seen})

    @property
    def origin(self) -> str:
        """The tab that was sent; empty where none was."""
        return self._said("tab") or ""

    @property
    def seen(self) -> int:
        """The version that the tab opened; 0 for a draft that wasn't one yet."""
        return self._said("version") or 0

    def _said(self, name: str):
        self.is_valid()
        return self.cleaned_data.get(name)
