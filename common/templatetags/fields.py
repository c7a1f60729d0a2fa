"""Fields of a form as crispy draws them, without a template for each: for forms that many people wait for."""

from django import forms, template
from django.forms import BoundField
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from common.text import escaped

register = template.Library()

STAR = '<span class="asteriskField">*</span>'


@register.filter
def as_field(bound: BoundField) -> SafeString:
    """A line to type, a list or a box to tick, with its label, its help and what must be put right."""
    widget = bound.field.widget
    box = isinstance(widget, forms.CheckboxInput)
    look = (
        "form-check-input" if box else "form-select" if isinstance(widget, forms.Select) else "form-control"
    )
    control = bound.as_widget(attrs={"class": f"{look} is-invalid" if bound.errors else look})
    said = "form-check-label" if box else "form-label"
    required, star = (" requiredField", STAR) if bound.field.required else ("", "")
    label = f'<label for="{escaped(bound.id_for_label)}" class="{said}{required}">{escaped(bound.label)}{star}</label>'
    about = _refusals(bound) + _help(bound)
    if box:
        inside = f'<div id="div_{escaped(bound.auto_id)}" class="form-check">{control}{label}{about}</div>'
        return SafeString(f'<div class="mb-3">{inside}</div>')
    return SafeString(f'<div id="div_{escaped(bound.auto_id)}" class="mb-3">{label}{control}{about}</div>')


def _refusals(bound: BoundField) -> SafeString:
    if not bound.errors:
        return SafeString()
    said = ((number, bound.auto_id, error) for number, error in enumerate(bound.errors, start=1))
    return format_html(
        '<div id="{}_error" class="invalid-feedback">{}</div>',
        bound.auto_id,
        format_html_join("", '<p id="error_{}_{}"><strong>{}</strong></p>', said),
    )


def _help(bound: BoundField) -> SafeString:
    if not bound.help_text:
        return SafeString()
    return SafeString(
        f'<div id="{escaped(bound.auto_id)}_helptext" class="form-text">{bound.help_text}</div>'
    )
