"""News for structures to pass on: written by staff, ticked off by workers (C11)."""

from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from common import audit
from common.dates import local_day
from common.errors import DomainError
from invitations.models import News, NewsRelay
from partners.models import Structure, User


@transaction.atomic
def publish(*, news: News, by: User, at: datetime) -> News:
    """Show an unsaved piece of news to the structures that it is meant for.

    Raises DomainError for a last day that has passed, and for a venue and an event that don't belong together.
    """
    if news.expires_on < local_day(at):
        raise DomainError("Ce jour est déjà passé : personne ne verrait la nouvelle.", field="expires_on")
    if news.event and news.venue and news.event.venue_id != news.venue_id:
        raise DomainError("Cet événement n'est pas de ce lieu : choisissez l'un ou l'autre.", field="event")
    news.written_by, news.written_at = by, at
    news.save(force_insert=True)
    audit.record(at=at, actor=by, verb="nouvelle écrite", subject=news)
    return news


@transaction.atomic
def pass_on(*, news: News, by: User, at: datetime) -> None:
    """Note that the account's structure has passed it on; said twice, the first one counts."""
    _, fresh = NewsRelay.objects.get_or_create(
        news=news, structure=by.own_structure, defaults={"passed_by": by, "passed_at": at}
    )
    if fresh:
        audit.record(at=at, actor=by, verb="nouvelle transmise", subject=news)


@transaction.atomic
def take_back(*, news: News, by: User, at: datetime) -> None:
    """Note that it hasn't passed it on after all."""
    if NewsRelay.objects.filter(news=news, structure=by.own_structure).delete()[0]:
        audit.record(at=at, actor=by, verb="nouvelle à transmettre", subject=news)


def addressees(news: News) -> QuerySet[Structure]:
    """The structures that it is meant for, as `meant_for` says it from the other side."""
    found = Structure.objects.all()
    if news.structure_type:
        found = found.filter(type=news.structure_type)
    if news.commune_id:
        found = found.filter(commune=news.commune_id)
    if news.priority_areas:
        found = found.filter(priority=Structure.Priority.YES)
    live = {"bookings__cancelled_at": None, "bookings__isnull": False}
    if news.venue_id:
        found = found.filter(**live, bookings__performance__event__venue=news.venue_id)
    if news.event_id:
        found = found.filter(**live, bookings__performance__event=news.event_id)
    return found.distinct()
