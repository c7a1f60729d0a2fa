"""What venues give to prepare an outing, on pages of an event (C8)."""

from django import template
from django.utils import timezone

from invitations.services import material
from offers.models import Event

register = template.Library()


@register.simple_tag(takes_context=True)
def material_of(context, event: Event) -> material.Material | None:
    """What the structure of whoever reads has of the venue; None for those who don't go. One query for them."""
    user = context["request"].user
    if not getattr(user, "books", False):
        return None
    return material.material_of(event=event, user=user, at=timezone.now())
