"""Changes to an event that is out: kept as one types, saved against what others saved meanwhile (C1)."""

from datetime import datetime

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F, Q
from django.utils import timezone

from common import audit, crypto
from common.errors import DomainError
from offers.models import Event, EventChange
from offers.services.events import SAID, update_event
from offers.services.seats import lock_event
from partners.models import User


class ChangedElsewhere(DomainError):
    """Another tab kept something else since this one was opened; `change` is as that one left it."""

    def __init__(self, change: EventChange) -> None:
        super().__init__(
            f"Quelqu'un modifie aussi cet événement, à {timezone.localtime(change.saved_at):%H h %M}, peut-être vous "
            "dans un autre onglet. Ce que vous avez écrit ici n'est pas encore gardé."
        )
        self.change = change


class EventChanged(DomainError):
    """What is saved of the event isn't what the change began from; `event` is as it stands now."""

    def __init__(self, event: Event) -> None:
        super().__init__(
            "Cet événement a été enregistré ailleurs pendant que vous écriviez. Rien n'est perdu : comparez, corrigez "
            "ce qu'il faut, puis enregistrez à nouveau."
        )
        self.event = event


def basis_of(event: Event) -> str:
    """A fingerprint of what is saved of an event: the same as long as nobody saves something else."""
    return crypto.fingerprint("\x1f".join(str(getattr(event, name)) for name in SAID).encode())


@transaction.atomic
def keep_change(
    *, event: Event, typed: str, basis: str, by: User, at: datetime, tab: str = "", seen: int | None = None
) -> EventChange:
    """Keep what was typed of an event that is out, as a form sends it; the event itself stays as it is.

    `basis` is what it began from (`basis_of`); `tab` says where it was typed and `seen` which version was opened there;
    None writes over any. Raises ChangedElsewhere where another tab wrote since, DomainError for too much text.
    """
    if len(typed) > settings.DRAFT_MAX:
        raise DomainError("Ce texte est trop long pour être gardé : raccourcissez la présentation.")
    mine = EventChange.objects.filter(event=event)
    if seen is not None:
        mine = mine.filter(Q(version=seen) | Q(tab=tab) if tab else Q(version=seen))
    kept = {"typed": typed, "basis": basis, "by": by, "tab": tab, "saved_at": at}
    if mine.update(**kept, version=F("version") + 1):
        return EventChange.objects.get(event=event)
    if known := EventChange.objects.filter(event=event).first():
        raise ChangedElsewhere(known)
    try:
        with transaction.atomic():
            return EventChange.objects.create(event=event, **kept)
    except IntegrityError:  # two at once
        raise ChangedElsewhere(EventChange.objects.get(event=event)) from None


@transaction.atomic
def revise_event(*, event: Event, basis: str, by: User, at: datetime) -> Event:
    """Save what was changed in an event, as `update_event`, where it still is as it was when the change began.

    Raises EventChanged, with what stands now, where somebody saved something else since; nothing is written then.
    """
    now = lock_event(event)
    if basis_of(now) != basis:
        raise EventChanged(now)
    updated = update_event(event=event, by=by, at=at)
    EventChange.objects.filter(event=event).delete()
    return updated


@transaction.atomic
def forget_change(*, event: Event, by: User, at: datetime) -> None:
    """Throw away what was typed and not saved."""
    if EventChange.objects.filter(event=event).delete()[0]:
        audit.record(at=at, actor=by, verb="changement abandonné", subject=event)
