"""Who came: a structure's outings of a week on one page, saved at once; reminders that are kind and few (E1)."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from common import audit, outbox
from common.dates import local_day, start_of
from common.errors import DomainError
from common.text import plain
from evaluations.emails import attendance as emails
from evaluations.models import NoAttendanceReminder, OutingComment
from invitations.models import Booking, Invitation, InvitationQuerySet
from invitations.services.attendance import note_attendance
from offers.models import Performance
from partners.models import Structure, User

Status = Invitation.Status
WEEK = timedelta(days=7)


# --- What the page shows ------------------------------------------------------------------------------


@dataclass
class Line:
    """One invitation: what may be said of it, and what stands there at first – said already, or read from the door."""

    invitation: Invitation
    proposed: str
    chosen: str = ""

    def __post_init__(self) -> None:
        self.chosen = self.proposed

    @property
    def is_open(self) -> bool:
        """Whether the structure answers: neither the door nor the team did, and nobody cancelled."""
        return self.invitation.is_expected

    @property
    def name(self) -> str:
        return f"p-{self.invitation.pk}"


@dataclass
class Outing:
    """One date of the structure's week: its people, party by party. `door`: the venue noted people of that date."""

    performance: Performance
    door: bool
    parties: list[list[Line]] = field(default_factory=list)
    comment: OutingComment | None = None

    @property
    def comment_name(self) -> str:
        return f"mot-{self.performance.pk}"

    @property
    def version_name(self) -> str:
        return f"v-{self.performance.pk}"

    @property
    def version(self) -> int:
        """Of its comment; 0 where there is none."""
        return self.comment.version if self.comment else 0

    @property
    def lines(self) -> list[Line]:
        return [line for party in self.parties for line in party]

    @property
    def is_open(self) -> bool:
        """Whether the structure hasn't said of everybody, of whom it may, whether they came."""
        return any(line.invitation.status == Status.VALID for line in self.lines)


def monday_of(day: date) -> date:
    """The first day of its week."""
    return day - timedelta(days=day.weekday())


def first_day(*, at: datetime) -> date:
    """The earliest day of which a structure may still say who came: names of earlier ones are erased (F2)."""
    return local_day(at) - timedelta(days=settings.ATTENDANCE_DAYS)


def unsaid(*, at: datetime) -> InvitationQuerySet:
    """Invitations of past dates of which neither the structure nor the door said anything."""
    return (
        Invitation.objects.answerable(at=at)
        .filter(~_noted_at_door(), status=Status.VALID, performance__cancelled_at=None)
        .order_by("performance__starts_at")
    )


def _noted_at_door() -> Exists:
    entered = Invitation.objects.filter(performance=OuterRef("performance"), admitted_at__isnull=False)
    return Exists(entered)


def weeks(*, structure: Structure, at: datetime) -> dict[date, int]:
    """The structure's weeks with outings, by their Monday, latest first, and how many are still unsaid. Two queries."""
    gone = Booking.objects.live().past(at=at).filter(structure=structure)
    gone = gone.filter(performance__starts_at__gte=start_of(first_day(at=at)))
    days = {local_day(one) for one in gone.values_list("performance__starts_at", flat=True)}
    waiting = Counter(
        monday_of(local_day(moment)) for _, moment in _dates(unsaid(at=at).of_structure(structure))
    )
    return {monday: waiting[monday] for monday in sorted({monday_of(day) for day in days}, reverse=True)}


def _dates(invitations: QuerySet) -> set[tuple[UUID, datetime]]:
    return set(invitations.values_list("performance", "performance__starts_at"))


def week_of(*, structure: Structure, monday: date, at: datetime) -> list[Outing]:
    """The structure's outings of a week that may be spoken of at `at`, in their order. Two queries."""
    since = max(monday, first_day(at=at))
    rows = (
        Invitation.objects.of_structure(structure)
        .filter(
            performance__starts_at__gte=start_of(since),
            performance__starts_at__lt=start_of(monday + WEEK),
            performance__starts_at__lte=at,
            performance__cancelled_at=None,
        )
        .select_related("performance__event__venue__commune", "booking")
        .annotate(door=_noted_at_door())
        .order_by("performance__starts_at", "performance", "booking__created_at", "booking", "position")
    )
    outings: dict[UUID, Outing] = {}
    for invitation in rows:
        outing = outings.setdefault(
            invitation.performance_id, Outing(invitation.performance, invitation.door)
        )
        known = invitation.status != Status.VALID or not invitation.door
        line = Line(invitation, proposed=invitation.status if known else Status.NO_SHOW)
        if not outing.parties or outing.parties[-1][0].invitation.booking_id != invitation.booking_id:
            outing.parties.append([])
        outing.parties[-1].append(line)
    for comment in OutingComment.objects.filter(structure=structure, performance__in=outings):
        outings[comment.performance_id].comment = comment
    return list(outings.values())


# --- What is said ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Said:
    """A comment as it was typed, and the version that its page showed: 0 for none."""

    performance: Performance
    text: str
    version: int


@transaction.atomic
def save_week(
    *, structure: Structure, answers: Mapping[UUID, str], comments: Iterable[Said], by: User, at: datetime
) -> dict[str, int]:
    """Keep what a structure says of its outings: `answers` and their return as `note_attendance`, and `comments`.

    Raises DomainError, its field the date's id, for a comment that a colleague changed meanwhile: nothing is kept then.
    """
    Structure.objects.select_for_update(no_key=True).get(pk=structure.pk)
    noted = note_attendance(structure=structure, answers=answers, by=by, at=at)
    for said in comments:
        _comment(said, structure=structure, by=by, at=at)
    return noted


def _comment(said: Said, *, structure: Structure, by: User, at: datetime) -> None:
    text, rows = plain(said.text), OutingComment.objects.filter(structure=structure)
    found = rows.filter(performance=said.performance).first()
    before = found or OutingComment(structure=structure, performance=said.performance, version=0)
    if text == before.text:
        return
    if said.version != before.version:
        raise DomainError(
            f"Un·e collègue a écrit ici entre-temps : « {before.text or 'rien'} ». Complétez, puis enregistrez.",
            field=str(said.performance.pk),
        )
    audit.record(
        at=at, actor=by, verb="mot sur la sortie" if text else "mot sur la sortie effacé", subject=before
    )
    if not text:
        before.delete()
        return
    before.text, before.version, before.written_by, before.written_at = text, said.version + 1, by, at
    before.save()


@transaction.atomic
def erase_comment(*, comment: OutingComment, by: User, at: datetime) -> None:
    """Staff take a comment away: it tells who somebody is."""
    audit.record(at=at, actor=by, verb="mot sur la sortie effacé", subject=comment)
    comment.delete()


# --- Reminders ------------------------------------------------------------------------------------------


def waiting(*, structure: Structure, at: datetime) -> tuple[int, date | None]:
    """How many of a structure's outings nobody said anything of, and the Monday of the latest; (0, None) where it
    wants no reminder. Two queries."""
    if NoAttendanceReminder.objects.filter(structure=structure).exists():
        return 0, None
    dates = _dates(unsaid(at=at).of_structure(structure))
    latest = max((monday_of(local_day(moment)) for _, moment in dates), default=None)
    return len(dates), latest


@transaction.atomic
def choose_reminders(*, wanted: bool, by: User, at: datetime) -> None:
    """Note whether the account's structure wants to be reminded of who came, on its home page and by mail."""
    mine = NoAttendanceReminder.objects.filter(structure=by.own_structure)
    if wanted:
        mine.delete()
    else:
        mine.get_or_create(structure=by.own_structure, defaults={"said_by": by, "said_at": at})
    verb = "rappels « Qui est venu » voulus" if wanted else "rappels « Qui est venu » refusés"
    audit.record(at=at, actor=by, verb=verb, subject=by.own_structure)


@transaction.atomic
def remind(*, at: datetime) -> int:
    """From ATTENDANCE_MAIL's hour of its weekday on, and for two days, write to each structure that has outings of
    last week of which nobody knows who came: one mail a week; returns how many structures.

    Doing it twice writes nothing twice.
    """
    now, (weekday, hour) = timezone.localtime(at), settings.ATTENDANCE_MAIL
    monday = monday_of(now.date()) - WEEK
    begins = start_of(monday + WEEK + timedelta(days=weekday)) + timedelta(hours=hour)
    if not begins <= at < begins + timedelta(days=2):
        return 0
    rows = unsaid(at=at).filter(
        performance__starts_at__gte=start_of(monday), performance__starts_at__lt=start_of(monday + WEEK)
    )
    dates = Counter(structure for structure, _ in set(rows.values_list("booking__structure", "performance")))
    refused = NoAttendanceReminder.objects.values("structure")
    asked = Structure.objects.filter(pk__in=dates, suspended_at=None).exclude(pk__in=refused)
    written = [
        emails.who_came(structure=structure, reader=reader, monday=monday, outings=dates[structure.pk], at=at)
        for structure in asked
        if (reader := _reader(structure))
    ]
    outbox.post(*written)
    return len(written)


def _reader(structure: Structure) -> str:
    """The référent·e, else the structure itself; empty where neither has an address."""
    lead = structure.users.leads().first()
    return lead.email if lead else structure.email
