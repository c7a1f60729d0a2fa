"""What a structure may still take, on pages of the rooms below."""

from collections.abc import Sequence

from django import template

from invitations.services import quotas
from offers.models import Event, Performance

register = template.Library()


@register.inclusion_tag("invitations/partials/shares.html", takes_context=True)
def event_shares(context, event: Event, dates: Sequence[Performance]) -> dict:
    """The quotas of an event for the structure of whoever reads: how many seats it has left, and why (C3)."""
    structure = context["request"].user.own_structure
    return {"shares": quotas.on_event(structure=structure, event=event, dates=dates)}
