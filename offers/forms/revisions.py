"""What is being changed of an event beside what is saved of it (C1)."""

from collections.abc import Mapping
from dataclasses import dataclass

from django import forms
from django.http import QueryDict

from offers.forms.copies import typed_of
from offers.forms.events import EventForm
from offers.forms.sheets import OriginForm
from offers.models import Event


class BasisForm(OriginForm):
    """Which tab a change is typed in, which version was opened there, and what was saved of the event then."""

    basis = forms.CharField(max_length=64, required=False, widget=forms.HiddenInput)

    @classmethod
    def beside(cls, *, tab: str, seen: int, basis: str) -> "BasisForm":
        """The fields that a page sends back."""
        page = cls.of(tab=tab, seen=seen)
        page.initial["basis"] = basis
        return page

    @property
    def began_from(self) -> str:
        """What was saved of the event when the change began; empty where the page doesn't say so."""
        return self._said("basis") or ""


@dataclass(frozen=True)
class Difference:
    """One field that says something else here than there."""

    label: str
    here: str
    there: str


def said_of(event: Event) -> QueryDict:
    """What is saved of an event, as its form would send it."""
    return QueryDict(typed_of(event, []))


def resumed(event: Event, data: Mapping[str, str]) -> EventForm:
    """The form as it was left, to go on typing."""
    typed = {name: data.get(name, "") for name in EventForm.base_fields}
    return EventForm(instance=event, initial=typed)


def differences(here: Mapping[str, str], there: Mapping[str, str]) -> list[Difference]:
    """The fields in which two ways of filling in the form differ, in its order."""
    form, found = EventForm(), []
    for name in EventForm.base_fields:
        one, other = (_lines(data.get(name, "")) for data in (here, there))
        if one != other:
            label = str(form[name].label)
            found.append(Difference(label, _words(name, one), _words(name, other)))
    return found


def _lines(text: str) -> str:
    return "\n".join(text.split("\x00")[0].strip().splitlines())


def _words(name: str, value: str) -> str:
    field = EventForm.base_fields[name]
    if isinstance(field, forms.BooleanField):
        return "oui" if value else "non"
    if name == "kind":
        return dict(Event.Kind.choices).get(value, value)
    return value or "(vide)"
