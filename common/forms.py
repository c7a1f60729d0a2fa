"""Forms: where a refusal of the domain is shown, and how days and hours are typed."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time
from typing import Any, TypeVar

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.forms.renderers import TemplatesSetting
from django.http import HttpRequest, QueryDict
from django.utils import timezone
from django.utils.safestring import SafeString

from common.errors import DomainError, TooManyAttempts
from common.text import escaped

# Years that a person can mean; beyond them a moment may not exist in UTC, or is a slip of the hand.
FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2100, 12, 31)

Made = TypeVar("Made")


def attach(form: forms.BaseForm, refusal: DomainError) -> None:
    """Put the sentence of `refusal` by the field it belongs to, else above the form; call after validation.

    A form whose fields are named otherwise than the domain's says so: `domain_fields = {"starts_at": "day"}`.
    """
    name = getattr(form, "domain_fields", {}).get(refusal.field, refusal.field)
    form.add_error(name if name in form.fields else None, refusal.sentence)


def attempt(form: forms.BaseForm, verb: Callable[..., Made], **arguments: Any) -> Made | None:
    """What the service `verb` returns, or None where it refuses: its sentence then stands in `form`.

    Too many attempts aren't the form's matter: they go through, to be answered with 429.
    """
    try:
        return verb(**arguments)
    except TooManyAttempts:
        raise
    except DomainError as refusal:
        attach(form, refusal)
        return None


def typed(request: HttpRequest) -> QueryDict | None:
    """What was sent, be it nothing at all; None where a form is only asked for."""
    return request.POST if request.method == "POST" else None


class DirectRenderer(TemplatesSetting):
    """Draws lines and boxes at once; Django renders up to four templates for each. All else is Django's."""

    LINES = frozenset(
        f"django/forms/widgets/{kind}.html"
        for kind in ("text", "number", "email", "url", "password", "hidden", "date", "time", "checkbox")
    )
    BOXES = frozenset(f"django/forms/widgets/{kind}_option.html" for kind in ("checkbox", "radio"))

    def render(self, template_name, context, request=None):
        if template_name in self.LINES:
            return _input(context["widget"])
        if template_name in self.BOXES and not context["widget"]["wrap_label"]:
            return _input(context["widget"])
        return super().render(template_name, context, request)


def _input(widget: dict[str, Any]) -> SafeString:
    about = {"type": widget["type"], "name": widget["name"]}
    if widget["value"] is not None:
        about["value"] = str(widget["value"])
    return SafeString(f"<input{_attributes(about | widget['attrs'])}>")


class LongSelect(forms.Select):
    """A list of choices, written at once: Django draws each of them with a template of its own."""

    def render(self, name, value, attrs=None, renderer=None):
        chosen = self.format_value(value)
        options = "".join(
            f'<option value="{escaped(key)}"{" selected" if str(key) in chosen else ""}>{escaped(label)}</option>'
            for key, label in self.choices
        )
        about = self.build_attrs(self.attrs, {**(attrs or {}), "name": name})
        return SafeString(f"<select{_attributes(about)}>{options}</select>")


def _attributes(about: dict[str, Any]) -> str:
    """The attributes of an element, as Django writes them; their names are ours."""
    return "".join(
        f" {name}" if value is True else f' {name}="{escaped(value)}"'
        for name, value in about.items()
        if value is not False
    )


class DayField(forms.DateField):
    """A day, with the browser's own calendar; typed by hand, 24/11/2026 is understood too."""

    widget = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    default_error_messages = {
        "invalid": "Nous ne comprenons pas cette date. Écrivez-la comme 24/11/2026.",
        "required": "Choisissez une date.",
    }
    default_validators = [
        MinValueValidator(FIRST_DAY, "Vérifiez l'année : cette date est trop ancienne."),
        MaxValueValidator(LAST_DAY, "Vérifiez l'année : cette date est trop lointaine."),
    ]


class HourField(forms.TimeField):
    """An hour of the clock in Paris, with the browser's own input; 20h30 is understood too."""

    widget = forms.TimeInput(format="%H:%M", attrs={"type": "time"})
    input_formats = ["%H:%M", "%H:%M:%S", "%Hh%M", "%H h %M", "%Hh", "%H h"]
    default_error_messages = {
        "invalid": "Nous ne comprenons pas cette heure. Écrivez-la comme 20:30.",
        "required": "Écrivez l'heure, par exemple 20:30.",
    }


def moment(day: date, clock: time) -> datetime:
    """The moment, in UTC, when the clocks of Paris show `clock` on `day`; of an hour that comes twice, the first.

    Raises ValidationError for the hour that summer time skips.
    """
    local = datetime.combine(day, clock, tzinfo=timezone.get_default_timezone())
    instant = local.astimezone(UTC)
    if timezone.localtime(instant).time() != clock:
        raise ValidationError(
            "Cette heure n'existe pas : cette nuit-là, les montres avancent d'une heure. Choisissez-en une autre."
        )
    return instant
