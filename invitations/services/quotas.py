"""What each structure may take of scarce seats, and what is left to it (C3)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_
from uuid import UUID

from django.db.models import Aggregate, Count, Q, Sum

from invitations.models import GroupOuting, Invitation, WaitlistEntry
from offers.models import Performance, Quota
from partners.models import Structure


@dataclass(frozen=True)
class Share:
    """A quota, and how many of its seats one structure holds: booked, or held until it answers or names people."""

    quota: Quota
    held: int

    @property
    def left(self) -> int:
        return max(self.quota.seats - self.held, 0)

    @property
    def sentence(self) -> str:
        """What a structure reads of it."""
        return self.quota.sentence(held=self.held)

    def fits(self, *, seats: int) -> bool:
        """Whether it leaves room for `seats` more."""
        return seats <= self.left

    def obstacle(self, *, seats: int) -> str:
        """Why a party of `seats` can't be booked, as a sentence; empty where it can."""
        if self.fits(seats=seats):
            return ""
        if not self.left:
            return f"{self.sentence} Choisissez une autre sortie."
        return (
            f"{self.sentence} Votre groupe compte {seats} personnes : retirez des personnes, "
            "ou choisissez une autre sortie."
        )


def on_date(*, structure: Structure, performance: Performance) -> list[Share]:
    """The structure's shares for one date: none in one statement, else four."""
    return shares(structure=structure, quotas=Quota.objects.open().on_performance(performance))


def on_dates(*, structure: Structure, dates: Sequence[Performance]) -> list[Share]:
    """The structure's shares for dates that a page shows together: none in one statement, else three."""
    found = Quota.objects.open().on_dates(dates) if dates else []
    return shares(structure=structure, quotas=[quota for quota in found if any(map(quota.counts, dates))])


def left_to(structures: Iterable[Structure], *, performance: Performance) -> dict[UUID, int]:
    """How many seats of a date each structure may still take, by its key; empty where no quota counts the date.

    Whoever asks holds the structures' rows.
    """
    found = list(Quota.objects.open().on_performance(performance))
    if not found:
        return {}
    return {one.pk: min(share.left for share in shares(structure=one, quotas=found)) for one in structures}


def shares(*, structure: Structure, quotas) -> list[Share]:
    """How much of each quota the structure holds, in three statements for all of them."""
    found = list(quotas)
    if not found:
        return []
    papers = Invitation.objects.live().filter(booking__structure=structure)
    offered = WaitlistEntry.objects.offered().filter(structure=structure)
    groups = GroupOuting.objects.open().filter(structure=structure)
    conditions = [quota.counted("performance") for quota in found]
    booked = _figures(papers, [Count("pk", filter=one) for one in conditions], conditions)
    held = _figures(offered, [Sum("seats", filter=one, default=0) for one in conditions], conditions)
    unnamed = _figures(groups, [Sum("unnamed", filter=one, default=0) for one in conditions], conditions)
    return [Share(quota, sum(all_)) for quota, *all_ in zip(found, booked, held, unnamed, strict=True)]


def _figures(rows, figures: list[Aggregate], conditions: list[Q]) -> list[int]:
    """Each figure of the rows that meet any of the conditions, in one statement."""
    counted = rows.filter(reduce(or_, conditions)).order_by()
    return list(counted.aggregate(**{f"figure{n}": figure for n, figure in enumerate(figures)}).values())


def too_small(*, structure: Structure, performance: Performance, seats: int) -> Share | None:
    """The first of the structure's shares of a date that leaves no room for `seats` more; None where all do.

    Whoever books asks while holding the structure's row: two workers of one structure ask one after the other.
    """
    found = on_date(structure=structure, performance=performance)
    return next((share for share in found if not share.fits(seats=seats)), None)


def obstacle(*, structure: Structure, performance: Performance, seats: int) -> str:
    """Why the structure can't take `seats` more of a date, as a sentence; empty where it can. Asked as `too_small`."""
    share = too_small(structure=structure, performance=performance, seats=seats)
    return share.obstacle(seats=seats) if share else ""
