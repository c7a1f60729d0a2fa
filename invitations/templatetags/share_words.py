"""What a structure may still take, on pages of the rooms below."""

from collections.abc import Iterable, Sequence

from django import template

from invitations.services import quotas
from offers.models import Performance

register = template.Library()


@register.simple_tag(takes_context=True)
def shares_of(context, dates: Iterable[Performance]) -> Sequence[quotas.Share]:
    """What the structure of whoever reads may still take of these dates (C3); nothing for those who book nothing."""
    user = context["request"].user
    if not getattr(user, "books", False):
        return []
    return quotas.on_dates(structure=user.own_structure, dates=list(dates))


@register.filter
def over_dates(shares: Sequence[quotas.Share]) -> list[quotas.Share]:
    """Those that count several dates together."""
    return [share for share in shares if not share.quota.performance_id]


@register.filter
def of_date(shares: Sequence[quotas.Share] | None, performance: Performance) -> quotas.Share | None:
    """The one for this date alone; none where a page brings no shares."""
    return next((share for share in shares or () if share.quota.performance_id == performance.pk), None)


@register.filter
def used_up(shares: Sequence[quotas.Share] | None, performance: Performance) -> quotas.Share | None:
    """One of which the structure has taken all that it may, so that it can't book this date; none where it can."""
    return next((share for share in shares or () if not share.left and share.quota.counts(performance)), None)
