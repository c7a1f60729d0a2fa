"""What becomes of a group's seats that have no name: they go back, once (D10). Beneath booking and groups."""

from datetime import datetime
from typing import Any

from common import audit
from invitations.models import GroupOuting, WaitlistEntry
from invitations.services import promotion
from offers import services as offers
from offers.models import Performance

State = GroupOuting.State
VERBS = {State.CLOSED: "noms du groupe clos", State.CANCELLED: "groupe annulé"}


def end(*, group: GroupOuting, state: str, performance: Performance, actor: Any, at: datetime) -> int | None:
    """End a group: its seats without a name come free and its rest waits no longer. None where that was done before.

    `performance` is held, and follows what is written; whoever calls passes on the seats, whose number is returned.
    """
    now = GroupOuting.objects.filter(pk=group.pk).exclude(state__in=[state, State.CANCELLED]).first()
    if now is None:
        return None
    GroupOuting.objects.filter(pk=group.pk).update(state=state, unnamed=0, ended_at=at)
    if now.unnamed:
        offers.let_go(performance=performance, seats=now.unnamed)
        performance.seats_left += now.unnamed
        performance.seats_held -= now.unnamed
    closed = WaitlistEntry.State.CLOSED
    let_rest_go(group=group, state=closed, performance=performance, actor=actor, at=at)
    audit.record(at=at, actor=actor, verb=VERBS[State(state)], subject=group, places=now.unnamed)
    return now.unnamed


def let_rest_go(
    *, group: GroupOuting, state: str, performance: Performance, actor: Any, at: datetime
) -> None:
    """End the wait of a group's rest, if it waits; seats that were offered to it come free, for whoever calls."""
    for entry in WaitlistEntry.objects.live().filter(group=group):
        promotion.end(entry=entry, state=state, performance=performance, actor=actor, at=at)


def call_off(*, performance: Performance, at: datetime) -> list[GroupOuting]:
    """End every group of a held date that the venue cancels; those that were ended, as they stood (C6)."""
    groups = GroupOuting.objects.filter(performance=performance).with_reader()
    ended = State.CANCELLED
    return [
        group
        for group in groups
        if end(group=group, state=ended, performance=performance, actor=audit.SYSTEM, at=at) is not None
    ]
