"""The secret addresses that calendars and news readers follow (C9)."""

from datetime import datetime

from django.db import transaction

from common import audit
from common.errors import DomainError
from partners.models import Feed, Structure, User


@transaction.atomic
def open_feed(*, structure: Structure, kind: Feed.Kind, by: User, at: datetime) -> Feed:
    """A fresh address for one of a structure's feeds; the one it had answers no more (C9)."""
    Structure.objects.select_for_update(no_key=True).get(pk=structure.pk)  # two at once leave one address
    for feed in structure.feeds.open().filter(kind=kind):
        close_feed(feed=feed, by=by, at=at)
    feed = Feed.draw(structure=structure, kind=kind, at=at)
    feed.save(force_insert=True)
    audit.record(at=at, actor=by, verb="flux ouvert", subject=feed)
    return feed


@transaction.atomic
def close_feed(*, feed: Feed, by: User, at: datetime) -> None:
    """Close an address at once (C9). Raises DomainError where it is closed already."""
    if not Feed.objects.open().filter(pk=feed.pk).update(revoked_at=at):
        raise DomainError("Cette adresse est déjà fermée : elle ne répond plus.")
    audit.record(at=at, actor=by, verb="flux fermé", subject=feed)
