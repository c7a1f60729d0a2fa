"""What the pages of la Criée say beside their phrases (E3)."""

from django import template
from django.conf import settings
from django.forms import BoundField

from partners.audience import PUBLIC, audience_for

register = template.Library()

STANCES = {"went": "check", "not": "cross", "else": "speech"}
REASONS = {"names": "person", "hurts": "warning", "advert": "euro", "subject": "search", "other": "help"}
PICTURES = {**STANCES, **REASONS, "": "star"}


@register.filter
def picture(value: str) -> str:
    """The icon of a choice: of a stance, of a reason; a kind of event has one of its own name."""
    return PICTURES.get(value, value)


@register.filter
def picks(bound: BoundField) -> list[dict]:
    """The choices of a field as pictures to touch: value, label, id, whether it is chosen."""
    chosen, choices = bound.value(), bound.field.choices  # type: ignore[attr-defined]
    return [
        {
            "value": value,
            "label": label,
            "id": f"{bound.auto_id}_{number}",
            "chosen": str(value) == str(chosen),
        }
        for number, (value, label) in enumerate(choices)
    ]


@register.simple_tag(takes_context=True)
def sees_programme(context: template.Context) -> bool:
    """Whether who reads may open the page of an event."""
    request = context["request"]
    return settings.PUBLIC_CATALOGUE or audience_for(request) is not PUBLIC
