"""Drafts of events: kept as one types, never lost, never seen by a structure (C1)."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F, Q
from django.utils import timezone

from common import audit
from common.errors import DomainError
from offers.models import Event, EventDraft, Performance
from offers.services.events import publish_event
from offers.services.pictures import forget_picture
from offers.services.standing import venue_of
from partners.models import User


class DraftChanged(DomainError):
    """Another tab kept the draft since this one opened it; `draft` is as that one left it."""

    def __init__(self, draft: EventDraft) -> None:
        super().__init__(
            f"Ce brouillon a été changé ailleurs à {timezone.localtime(draft.saved_at):%H h %M}, par exemple dans un "
            "autre onglet. Ce que vous avez écrit ici n'est pas encore gardé."
        )
        self.draft = draft


class DraftPublished(DomainError):
    """The draft has become an event already."""

    def __init__(self) -> None:
        super().__init__("Cet événement est déjà publié : changez-le depuis votre programme.")


@transaction.atomic
def keep_draft(
    *, draft_id: UUID, typed: str, by: User, at: datetime, tab: str = "", seen: int | None = None
) -> EventDraft:
    """Keep what was typed, as a form sends it, in the draft `draft_id`, new or not.

    `tab` says where it was typed and `seen` which version was opened there; None writes over any. Raises DraftChanged
    where another tab wrote since, DraftPublished where the event is out, DomainError for too much text or too
    many drafts; nothing changes then.
    """
    if len(typed) > settings.DRAFT_MAX:
        raise DomainError("Ce texte est trop long pour être gardé : raccourcissez la présentation.")
    mine = EventDraft.objects.filter(pk=draft_id, venue=venue_of(by))
    if seen is not None:
        mine = mine.filter(Q(version=seen) | Q(tab=tab) if tab else Q(version=seen))
    if mine.update(typed=typed, by=by, tab=tab, version=F("version") + 1, saved_at=at):
        return EventDraft.objects.get(pk=draft_id)
    if Event.objects.filter(pk=draft_id).exists():
        raise DraftPublished
    if known := EventDraft.objects.filter(pk=draft_id).first():
        raise DraftChanged(known)
    return _begin(EventDraft(id=draft_id, typed=typed, tab=tab), by=by, at=at)


def _begin(draft: EventDraft, *, by: User, at: datetime) -> EventDraft:
    draft.venue, draft.by, draft.saved_at = venue_of(by), by, at
    if EventDraft.objects.of(by).count() >= settings.DRAFTS_MAX:
        raise DomainError(
            f"Vous avez déjà {settings.DRAFTS_MAX} brouillons : publiez-en ou supprimez-en avant d'en commencer "
            "un autre."
        )
    try:
        with transaction.atomic():
            draft.save(force_insert=True)
    except IntegrityError:  # two at once
        raise DraftChanged(EventDraft.objects.get(pk=draft.pk)) from None
    audit.record(at=at, actor=by, verb="brouillon commencé", subject=draft)
    return draft


@transaction.atomic
def copy_event(*, event: Event, typed: str, by: User, at: datetime) -> EventDraft:
    """Begin a draft that says `typed`, with the picture of `event`. Raises DomainError for too many drafts."""
    copy = EventDraft(typed=typed, picture_id=event.picture_id, picture_alt=event.picture_alt)
    return _begin(copy, by=by, at=at)


@transaction.atomic
def publish_draft(
    *, draft_id: UUID, event: Event, performances: Iterable[Performance], by: User, at: datetime
) -> Event:
    """Publish an event under its draft's identifier, with its picture; the draft is gone then.

    Raises as `publish_event` does, and DraftPublished for a form sent twice; the draft stays then as it is.
    """
    draft = EventDraft.objects.of(by).select_for_update(no_key=True).filter(pk=draft_id).first()
    if draft is None:
        raise DraftPublished
    event.id, event.picture_id, event.picture_alt = draft.pk, draft.picture_id, draft.picture_alt
    published = publish_event(event=event, performances=performances, by=by, at=at)
    draft.delete()
    return published


@transaction.atomic
def discard_draft(*, draft: EventDraft, by: User, at: datetime) -> None:
    """Throw a draft away, with its picture where nothing else shows it."""
    audit.record(at=at, actor=by, verb="brouillon supprimé", subject=draft)
    picture = draft.picture_id
    draft.delete()
    forget_picture(picture)
