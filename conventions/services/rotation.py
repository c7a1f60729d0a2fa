"""The yearly renewal of access: reminders before the season, links and codes from its first day on (A5, A6).

The database says what is due: run twice it does nothing twice, and what a night missed the next run does. Structures
are taken some hundred at a time, each time in one transaction, so that a run that is killed loses nothing.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from common import audit, outbox
from common.dates import local_day, start_of
from common.models import AuditEntry
from conventions.emails import access as emails
from conventions.models import Access, AccessReminder, AccessRenewal, Agreement, access_at, grace_ends_at
from conventions.models.agreements import AWAITING, State
from conventions.services.agreements import structures_under_agreement
from partners.models import AccessLink, Structure, User, VisitorAccess
from partners.seasons import Season
from partners.services import write_links

CHUNK = 500  # structures in one transaction
ONE_DAY = timedelta(days=1)


@dataclass
class Renewed:
    """What a run did, or would do: counts, and the structures concerned by their identifiers."""

    on: date
    reminder: int | None = None  # days before the season
    reminded: list[UUID] = field(default_factory=list)
    opened: list[UUID] = field(default_factory=list)
    links: int = 0
    codes: int = 0


def renew(*, at: datetime, on: date | None = None) -> Renewed:
    """Send the reminders that are due, then renew each structure's access for the season that runs.

    `on` is the day that decides, today unless a former one is caught up.
    """
    done = Renewed(on or local_day(at))
    _in_chunks(_remind_some, done, at=at)
    _in_chunks(_open_some, done, at=at)
    return done


def _in_chunks(act, done: Renewed, *, at: datetime) -> None:
    last: UUID | None = None
    while (last := act(done, at=at, after=last)) is not None:
        pass


def _take_some(due: QuerySet[Structure], *, after: UUID | None) -> tuple[list[UUID], UUID | None]:
    """Lock the next structures that are due; those that another run did meanwhile are left out. And the last one."""
    following = due.filter(pk__gt=after) if after else due
    wanted = list(following.order_by("pk").values_list("pk", flat=True)[:CHUNK])
    if not wanted:
        return [], None
    locked = Structure.objects.select_for_update(no_key=True).filter(pk__in=wanted).order_by("pk")
    list(locked.values_list("pk", flat=True))
    return list(due.filter(pk__in=wanted).order_by("pk").values_list("pk", flat=True)), wanted[-1]


# --- From the season's first day on: links and codes --------------------------------------------------------


def to_open(*, on: date) -> QuerySet[Structure]:
    """Structures under an agreement in force on `on` whose access wasn't renewed for its season yet."""
    opened = AccessRenewal.objects.opened().of_season(Season.of(on)).filter(structure=OuterRef("pk"))
    return structures_under_agreement(on=on).filter(~Exists(opened))


def to_link(structures: QuerySet[Structure] | Sequence[UUID], *, on: date, at: datetime) -> QuerySet[User]:
    """Accounts of these structures that need a link: an older season's password, or none and no link on its way."""
    on_its_way = AccessLink.objects.usable(at=at).filter(user=OuterRef("pk"))
    stale = Q(password_chosen_at__lt=start_of(Season.of(on).starts_on))
    never = Q(password_chosen_at=None) & ~Exists(on_its_way)
    return User.objects.filter(stale | never, structure__in=structures, is_active=True)


def to_code(structures: QuerySet[Structure], *, on: date) -> QuerySet[Structure]:
    """Those of these structures that have no visitor code of the season yet."""
    codes = VisitorAccess.objects.filter(
        structure=OuterRef("pk"), season_year=Season.of(on).year, revoked_at=None
    )
    return structures.filter(~Exists(codes))


@transaction.atomic
def _open_some(done: Renewed, *, at: datetime, after: UUID | None) -> UUID | None:
    keys, last = _take_some(to_open(on=done.on), after=after)
    if not keys:
        return last
    season = Season.of(done.on)
    known = AccessRenewal.objects.of_season(season).filter(structure__in=keys)
    already = set(known.values_list("structure_id", flat=True))
    known.update(opened_at=at)
    AccessRenewal.objects.bulk_create(
        AccessRenewal(structure_id=key, season_year=season.year, opened_at=at)
        for key in keys
        if key not in already
    )
    links = _send_links(keys, on=done.on, at=at)
    codes = _draw_codes(keys, season=season, on=done.on)
    AuditEntry.objects.bulk_create(
        audit.entry(
            at=at,
            actor=audit.SYSTEM,
            verb="accès de la saison renouvelés",
            subject=Structure(pk=key),
            saison=str(season),
            liens=links[key],
            code=key in codes,
        )
        for key in keys
    )
    done.opened += keys
    done.links += links.total()
    done.codes += len(codes)
    return last


def _send_links(keys: Sequence[UUID], *, on: date, at: datetime) -> Counter[UUID | None]:
    """Mail a link to whoever needs one; how many per structure."""
    accounts = list(
        to_link(keys, on=on, at=at).only("email", "display_name", "structure", "password_chosen_at")
    )
    by_purpose = {
        AccessLink.Purpose.RENEWAL: [account for account in accounts if account.password_chosen_at],
        AccessLink.Purpose.FIRST: [account for account in accounts if not account.password_chosen_at],
    }
    for purpose, theirs in by_purpose.items():
        if theirs:
            _, messages = write_links(accounts=theirs, purpose=purpose, at=at)
            outbox.post(*messages)
    return Counter(account.structure_id for account in accounts)


def _draw_codes(keys: Sequence[UUID], *, season: Season, on: date) -> set[UUID]:
    """Draw the season's visitor code where there is none; for which structures (A6)."""
    without = list(to_code(Structure.objects.filter(pk__in=keys), on=on))
    codes = [VisitorAccess.draw(structure=structure, season=season) for structure in without]
    VisitorAccess.objects.bulk_create(codes)
    return {structure.pk for structure in without}


# --- Before it: reminders to the référent·e -------------------------------------------------------------------


def reminder_on(on: date) -> tuple[Season, int | None]:
    """The season that reminders of `on` are about, and the latest of them that is due: days before its start.

    Older ones are passed over, so that nobody gets two in one night; the last one is caught up until the grace ends.
    """
    steps, season = settings.ACCESS_REMINDER_DAYS, Season.of(on)
    if start_of(on) < grace_ends_at(season):
        return season, min(steps)
    left = (season.next.starts_on - on).days
    return season.next, min((step for step in steps if left <= step), default=None)


def to_remind(*, on: date) -> QuerySet[Structure]:
    """Structures under an agreement, before the season, whose référent·e has the latest reminder still to come."""
    season, step = reminder_on(on)
    if step is None:
        return Structure.objects.none()
    before = min(on, season.starts_on - ONE_DAY)
    reminded = AccessReminder.objects.filter(
        renewal__structure=OuterRef("pk"), renewal__season_year=season.year, days_before__lte=step
    )
    lead = User.objects.leads().filter(structure=OuterRef("pk"))
    return structures_under_agreement(on=before).filter(Exists(lead) | ~Q(email=""), ~Exists(reminded))


@transaction.atomic
def _remind_some(done: Renewed, *, at: datetime, after: UUID | None) -> UUID | None:
    season, step = reminder_on(done.on)
    keys, last = _take_some(to_remind(on=done.on), after=after)
    if not keys or step is None:
        return last
    AccessRenewal.objects.bulk_create(
        (AccessRenewal(structure_id=key, season_year=season.year) for key in keys), ignore_conflicts=True
    )
    renewals = list(AccessRenewal.objects.of_season(season).filter(structure__in=keys))
    AccessReminder.objects.bulk_create(
        AccessReminder(renewal=renewal, days_before=step, sent_at=at) for renewal in renewals
    )
    outbox.post(*_reminders(keys, renewals, season=season, step=step, at=at))
    done.reminder = step
    done.reminded += keys
    return last


def _reminders(keys, renewals, *, season: Season, step: int, at: datetime):
    """The mails, one per structure: what is ready for the season, and what isn't."""
    agreements = Agreement.objects.filter(structure=OuterRef("pk")).covering(season.starts_on)
    structures = Structure.objects.filter(pk__in=keys).annotate(
        signed=Exists(agreements.filter(signed_on__isnull=False)),
        under_way=Exists(agreements.in_state(*AWAITING, State.PARTNER_SIGNED)),
    )
    leads = User.objects.leads().filter(structure__in=keys)
    lead_of = {lead.structure_id: lead for lead in leads}
    confirmed = {renewal.structure_id for renewal in renewals if renewal.confirmed_at}
    letters: dict[tuple[bool, ...], outbox.Letter] = {}
    for structure in structures:
        about = (structure.signed, structure.under_way, structure.pk in confirmed)
        if about not in letters:
            letters[about] = emails.reminder_letter(
                season=season, signed=about[0], under_way=about[1], confirmed=about[2], at=at
            )
        yield emails.access_reminder(
            letters[about], structure=structure, lead=lead_of.get(structure.pk), season=season, step=step
        )


# --- What a day would bring ---------------------------------------------------------------------------------


@dataclass
class Forecast:
    """What a run on `on` would do, and who stands where that day; written nowhere."""

    run: Renewed
    season: Season
    accounts: dict[str, int]  # by Access
    falls_out: int  # accounts that could enter the day before
    falls_out_structures: list[UUID]
    unconfirmed: int  # structures under an agreement whose list isn't confirmed for the season


def forecast(*, on: date, at: datetime) -> Forecast:
    """What would happen on `on`, as things stand at `at`: the runs in between done, and nothing else changed."""
    today = local_day(at)
    moment = at if on == today else start_of(on)
    run = Renewed(on)
    _, step = reminder_on(on)
    reminded, opened = to_remind(on=on), to_open(on=on)
    if on > today:
        # What runs from today to the day before do isn't left to do on that day.
        if step is not None and reminder_on(on - ONE_DAY) == reminder_on(on):
            reminded = reminded.exclude(pk__in=to_remind(on=max(today, on - ONE_DAY)))
        opened = opened.exclude(pk__in=_opened_before(on, today))
    run.reminded = list(reminded.order_by("pk").values_list("pk", flat=True))
    run.reminder = step if run.reminded else None
    run.opened = list(opened.order_by("pk").values_list("pk", flat=True))
    run.links = to_link(opened, on=on, at=moment).count()
    run.codes = to_code(opened, on=on).count()
    people = User.objects.filter(is_active=True, structure__isnull=False)
    standing = people.annotate(access=access_at(moment), before=access_at(moment - ONE_DAY))
    out = standing.filter(access=Access.OUT).exclude(before=Access.OUT)
    confirmed = AccessRenewal.objects.confirmed().of_season(Season.of(on)).filter(structure=OuterRef("pk"))
    return Forecast(
        run=run,
        season=Season.of(on),
        accounts={state.value: standing.filter(access=state).count() for state in Access},
        falls_out=out.count(),
        falls_out_structures=list(
            Structure.objects.filter(users__in=out).distinct().order_by("pk").values_list("pk", flat=True)
        ),
        unconfirmed=structures_under_agreement(on=on).filter(~Exists(confirmed)).count(),
    )


def _opened_before(on: date, today: date) -> QuerySet[Structure]:
    """Structures that a run between today and the day before `on` renews for the season of `on`."""
    first = max(Season.of(on).starts_on, today)
    if first >= on:
        return Structure.objects.none()
    yesterday = on - ONE_DAY
    ran = Agreement.objects.filter(signed_on__lte=yesterday, starts_on__lte=yesterday, ends_on__gte=first)
    return Structure.objects.filter(agreements__in=ran)
