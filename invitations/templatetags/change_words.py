"""What the pages of other rooms say of changes: how many people know, what a party must be told (C6)."""

from collections.abc import Iterable
from uuid import UUID

from django import template

from invitations.models import ChangeNotice, DateChange
from offers.models import Performance

register = template.Library()


@register.simple_tag
def changes_of(dates: Iterable[Performance]) -> dict[UUID, DateChange]:
    """The last change of each of these dates that concerned somebody, with its figures. One query."""
    known = DateChange.objects.filter(performance__in=list(dates)).with_figures().order_by("at")
    return {change.performance_id: change for change in known}


@register.filter
def change_of(changes: dict[UUID, DateChange], performance: Performance) -> DateChange | None:
    """The change of one date."""
    return changes.get(performance.pk)


@register.simple_tag
def to_tell_of(party) -> ChangeNotice | None:
    """What a booking's, a group's or a waiting party's people must be told, or were told last. One query."""
    return ChangeNotice.objects.about(party)
