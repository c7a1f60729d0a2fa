"""Fields of a form as crispy draws them, without a template for each: for forms that many people wait for."""

from django import forms, template
from django.forms import BoundField
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

register = template.Library()


@register.filter
def as_field(bound: BoundField) -> SafeString:
    """A line to type, a list or a box to tick, with its label, its help and what must be put right."""
    widget = bound.field.widget
    box = isinstance(widget, forms.CheckboxInput)
    look = (
        "form-check-input" if box else "form-select" if isinstance(widget, forms.Select) else "form-control"
    )
    control = bound.as_widget(attrs={"class": f"{look} is-invalid" if bound.errors else look})
    label = format_html(
        '<label for="{}" class="{}{}">{}{}</label>',
        bound.id_for_label,
        "form-check-label" if box else "form-label",
        " requiredField" if bound.field.required else "",
        bound.label,
        SafeString('<span class="asteriskField">*</span>' if bound.field.required else ""),
    )
    about = format_html("{}{}", _refusals(bound), _help(bound))
    if box:
        return format_html(
            '<div class="mb-3"><div id="div_{}" class="form-check">{}{}{}</div></div>',
            bound.auto_id, control, label, about,
        )  # fmt: skip
    return format_html('<div id="div_{}" class="mb-3">{}{}{}</div>', bound.auto_id, label, control, about)


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
    return format_html(
        '<div id="{}_helptext" class="form-text">{}</div>', bound.auto_id, SafeString(bound.help_text)
    )
