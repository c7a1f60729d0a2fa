"""Names are erased by themselves, every night (F2). What a person asks for at once: `own_data.py` (F3).

What is due is asked of the rows that hold names, not of a calendar: a night that was missed, killed half-way or run
twice leaves nothing behind and does nothing twice. Figures don't change: bookings keep `person_ref`.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, astuple, dataclass
from datetime import date, datetime, timedelta
from operator import add
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, QuerySet

from common import audit, ledger
from common.dates import local_day
from common.models import AuditEntry, Erased
from invitations.models import (
    Booking,
    DrawGuest,
    DrawRequest,
    ErasureNight,
    GroupOuting,
    Invitation,
    Participant,
    PartyDocument,
    WaitlistEntry,
    WaitlistGuest,
)
from invitations.models.erasure import dates_end, kept_papers_end, leaving
from invitations.services import drawing
from partners.models import Structure
from partners.services import hold

NOBODY = {"given_name": "", "family_name": "", "forget": False}
# What holds a name beside an invitation, by the way from it to its date.
BESIDE: tuple[tuple[QuerySet, str], ...] = (
    (Booking.objects.exclude(participant=None), "performance"),
    (GroupOuting.objects.exclude(label=""), "performance"),
    (WaitlistEntry.objects.exclude(participant=None), "performance"),
    (WaitlistGuest.objects.all(), "entry__performance"),
    (DrawRequest.objects.exclude(participant=None), "draw__performance"),
    (DrawGuest.objects.all(), "request__draw__performance"),
    (PartyDocument.objects.exclude(booking=None), "booking__performance"),
    (PartyDocument.objects.exclude(group=None), "group__performance"),
)


# --- What is due ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Due:
    """How much is to be erased on a day."""

    on: date
    dates: int
    invitations: int
    kept_papers: int  # of people already erased, who kept their paper for the outing
    people: int

    @property
    def is_nothing(self) -> bool:
        return not (self.dates or self.kept_papers or self.people)


def forecast(*, on: date) -> Due:
    """What the night of the day `on` erases, as things stand; nothing is written."""
    dates = dates_due(on=on)
    return Due(
        on=on,
        dates=len(dates),
        invitations=_named_before(dates_end(on=on)).count(),
        kept_papers=_papers_due(on=on).count(),
        people=leaving(Participant.objects.all(), on=on).count(),
    )


def dates_due(*, on: date) -> list[UUID]:
    """The dates of which something still holds a name, and shouldn't on the day `on`. One statement."""
    before = dates_end(on=on)
    first = _named_before(before).values_list("performance")
    others = (rows.filter(**{f"{path}__starts_at__lt": before}).values_list(path) for rows, path in _beside())
    return sorted(pk for (pk,) in first.order_by().union(*others))


def is_late(*, at: datetime) -> bool:
    """Whether the night's work was missed: since yesterday nobody ended it, though there was something to do."""
    yesterday = local_day(at) - timedelta(days=1)
    if ErasureNight.objects.whole().filter(on__gte=yesterday).exists():
        return False
    return ErasureNight.objects.exists() or not forecast(on=yesterday).is_nothing


def _beside() -> Iterator[tuple[QuerySet, str]]:
    return ((rows.order_by(), path) for rows, path in BESIDE)


def _named_before(moment: datetime) -> QuerySet[Invitation]:
    return Invitation.objects.named().filter(performance__starts_at__lt=moment)


def _papers_due(*, on: date) -> QuerySet[Invitation]:
    kept = Invitation.objects.named().filter(forget=True)
    return kept.filter(performance__starts_at__lt=kept_papers_end(on=on))


# --- The night -----------------------------------------------------------------------------------------------


def erase_due(*, at: datetime) -> ErasureNight:
    """Erase every name that is due, and return what the night has erased; a night that is done already isn't repeated.

    Some dates, or one structure's people, in one transaction: killed half-way, the next turn goes on where it stopped.
    """
    night, _ = ErasureNight.objects.get_or_create(on=local_day(at), defaults={"began_at": at})
    if night.ended_at is None:
        erase(on=night.on, night=night, at=at)
        ErasureNight.objects.filter(pk=night.pk, ended_at=None).update(ended_at=at)
        night.refresh_from_db()
    return night


@dataclass(frozen=True)
class Done:
    """How much was erased."""

    dates: int = 0
    invitations: int = 0
    others: int = 0
    people: int = 0

    def __add__(self, other: "Done") -> "Done":
        return Done(*map(add, astuple(self), astuple(other)))

    @property
    def names(self) -> int:
        """How many names, wherever they stood."""
        return self.invitations + self.others + self.people


def erase(*, on: date, at: datetime, night: ErasureNight | None = None) -> Done:
    """Erase what is due on the day `on`, step by step; each is counted in `night` as it is done."""
    due = dates_due(on=on)
    done = Done()
    for first in range(0, len(due), settings.ERASURE_DATES):
        done += _step(night, _erase_dates, due[first : first + settings.ERASURE_DATES])
    done += _step(night, _erase_kept_papers, on=on, at=at)
    everybody = leaving(Participant.objects.all(), on=on)
    for structure_id in list(everybody.order_by("structure").values_list("structure", flat=True).distinct()):
        done += _step(night, _erase_people, structure_id, on=on, at=at)
    drawing.drop_old(at=at)
    return done


@transaction.atomic
def _step(night: ErasureNight | None, work: Callable[..., Done], *what: Any, **when: Any) -> Done:
    """One transaction's work, counted with it."""
    done = work(*what, **when)
    if night is not None and done != Done():
        added = {name: F(name) + number for name, number in asdict(done).items()}
        ErasureNight.objects.filter(pk=night.pk).update(**added)
    return done


def _erase_dates(dates: Sequence[UUID]) -> Done:
    named = Invitation.objects.named().filter(performance__in=dates).update(**NOBODY)
    others = 0
    for rows, path in _beside():
        found = rows.filter(**{f"{path}__in": dates})
        if rows.model in (Booking, WaitlistEntry, DrawRequest):
            found.update(participant=None)  # the person stays on the list for a while, apart from this outing
        elif rows.model is GroupOuting:
            others += found.update(label="")
        else:
            others += found.delete()[0]
    return Done(dates=len(dates), invitations=named, others=others)


def _erase_kept_papers(*, on: date, at: datetime) -> Done:
    papers = list(_papers_due(on=on).values_list("pk", flat=True))
    ledger.remember(Invitation, papers, at=at)
    return Done(invitations=Invitation.objects.filter(pk__in=papers).update(**NOBODY))


def _erase_people(structure_id: UUID, *, on: date, at: datetime) -> Done:
    """Whoever books for somebody of the list holds the structure's row, too: it sees them, or that they are gone."""
    hold(Structure(pk=structure_id))
    people = list(leaving(Participant.objects.filter(structure=structure_id), on=on))
    forget_people(people, at=at)
    AuditEntry.objects.bulk_create(
        audit.entry(at=at, actor=audit.SYSTEM, verb="personne effacée", subject=one) for one in people
    )
    return Done(people=len(people))


def forget_people(people: Sequence[Participant], *, at: datetime) -> None:
    """Take people off their list, for good and after every restore; whoever calls holds their structure."""
    found = [person.pk for person in people]
    ledger.remember(Participant, found, at=at)
    Participant.objects.filter(pk__in=found).delete()


# --- After a restore -----------------------------------------------------------------------------------------


def erase_again(*, at: datetime) -> int:
    """Erase what the ledger says and what is due: an older backup may have brought it back. Returns how many names.

    Doing it twice changes nothing.
    """
    erased = 0
    with transaction.atomic():
        for model in (Participant, WaitlistGuest, DrawGuest):
            erased += _again(model).delete()[1].get(model._meta.label, 0)
        papers = Invitation.objects.named().filter(pk__in=_again(Invitation).values("pk"))
        PartyDocument.objects.filter(
            Q(booking__invitations__in=papers) | Q(group__bookings__invitations__in=papers)
        ).delete()
        erased += papers.update(**NOBODY)
    return erased + erase(on=local_day(at), at=at).names


def _again(model: type[Participant | WaitlistGuest | DrawGuest | Invitation]) -> QuerySet:
    said = Erased.objects.filter(model=model._meta.label_lower)
    return model._default_manager.filter(pk__in=said.values("row"))
