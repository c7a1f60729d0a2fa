"""The renewal campaign: whose agreement of a season is missing, all prepared and sent at once, and followed (B4)."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Count, QuerySet

from common import audit
from common.background import after_commit
from common.dates import local_day
from common.errors import DomainError
from common.models import AuditEntry
from conventions.models import Agreement, AgreementQuerySet, AgreementText
from conventions.tasks.signing import sweep_signatures
from partners.models import Structure, User, Venue
from partners.seasons import Season

State = Agreement.State
SHOWN = 20  # partners named on the page; the count tells the rest


def season_to_prepare(*, on: date) -> Season:
    """The season whose agreements are made on `on`: the next one once it is near, else the one that runs."""
    season = Season.of(on)
    near = season.ends_on - on < timedelta(days=settings.RENEWAL_OPENS_DAYS)
    return season.next if near else season


def agreements_for(season: Season) -> AgreementQuerySet:
    """Agreements that hold, or are made to hold, until the season's end at least."""
    return Agreement.objects.filter(starts_on__lte=season.ends_on, ends_on__gte=season.ends_on)


def partners_without(season: Season, model: type[Structure] | type[Venue]) -> QuerySet:
    """Partners with a signed agreement in the season before, and none for `season`, not even a draft.

    Who parted from us for a breach is left out: an agreement that was terminated isn't renewed by itself.
    """
    before = Agreement.objects.live().filter(
        signed_on__isnull=False,
        starts_on__lte=season.previous.ends_on,
        ends_on__gte=season.previous.starts_on,
    )
    going_on = agreements_for(season).live()
    return model._default_manager.filter(agreements__in=before).exclude(agreements__in=going_on).distinct()


def some_without(season: Season) -> list[Structure | Venue]:
    """The first of those partners, by name, for a page to show."""
    return [
        partner
        for model in (Structure, Venue)
        for partner in partners_without(season, model).order_by("name")[:SHOWN]
    ]


@dataclass(frozen=True)
class Step:
    """One state of the campaign: how many agreements stand there, and their share as part of a bar."""

    state: str
    label: str
    count: int
    start: float  # percent of the bar's width
    width: float


@dataclass(frozen=True)
class Campaign:
    """Where a season's agreements stand."""

    season: Season
    missing_structures: int
    missing_venues: int
    drafts: int
    waiting: int  # asked to be sent or reminded, and not yet done
    failed: int
    to_remind: int
    total: int
    steps: list[Step]

    @property
    def missing(self) -> int:
        return self.missing_structures + self.missing_venues


ORDER = [
    State.SIGNED, State.PARTNER_SIGNED, State.OPENED, State.SENT, State.DRAFT, State.RETURNED, State.REFUSED,
]  # fmt: skip


def follow(season: Season, *, at: datetime) -> Campaign:
    """Where the campaign of `season` stands, in a fixed number of queries."""
    ours = agreements_for(season)
    counted = ours.with_state().order_by().values("stands").annotate(count=Count("pk"))
    counts = {row["stands"]: row["count"] for row in counted}
    missing = [partners_without(season, model).count() for model in (Structure, Venue)]
    total = sum(counts.get(state.value, 0) for state in ORDER) + sum(missing)
    steps, start = [], 0.0
    for state in ORDER:
        if count := counts.get(state.value, 0):
            width = 100 * count / total
            steps.append(Step(state.value, state.label, count, round(start, 3), round(width, 3)))
            start += width
    if sum(missing):
        steps.append(Step("missing", "à préparer", sum(missing), round(start, 3), round(100 - start, 3)))
    return Campaign(
        season=season,
        missing_structures=missing[0],
        missing_venues=missing[1],
        drafts=counts.get(State.DRAFT.value, 0),
        waiting=ours.asked().count(),
        failed=ours.exclude(send_failure="").in_state(State.DRAFT).count(),
        to_remind=ours.to_remind(at=at).filter(reminder_asked_at=None).count(),
        total=total,
        steps=steps,
    )


@transaction.atomic
def prepare_renewals(*, season: Season, by: User, at: datetime) -> int:
    """A draft for everyone who has none for `season`; returns how many. Run twice it adds nothing.

    Raises DomainError where the season is over, or no text is published.
    """
    if season.ends_on < local_day(at):
        raise DomainError(f"La saison {season} est finie : choisissez la suivante.")
    drafts: list[Agreement] = []
    for model, kind in (
        (Structure, AgreementText.Kind.STRUCTURE),
        (Venue, AgreementText.Kind.VENUE),
    ):
        # The rows are locked in order, so that a campaign prepared twice at once drafts once.
        locked = model._default_manager.select_for_update(no_key=True).order_by("pk")
        partners = list(locked.filter(pk__in=partners_without(season, model).values("pk")))
        missing = set(partners_without(season, model).values_list("pk", flat=True))
        text = AgreementText.objects.current(kind=kind, at=at)
        if partners and text is None:
            raise DomainError(f"Aucun texte n'est publié pour « {kind.label} » : publiez-en un d'abord.")
        drafts += [
            Agreement.drafted(partner=partner, season=season, text=text, at=at)
            for partner in partners
            if partner.pk in missing
        ]
    Agreement.objects.bulk_create(drafts, batch_size=500)
    AuditEntry.objects.bulk_create(
        [
            audit.entry(at=at, actor=by, verb="convention préparée", subject=row, saison=str(season))
            for row in drafts
        ],
        batch_size=500,
    )
    return len(drafts)


@transaction.atomic
def ask_to_send(*, agreements: AgreementQuerySet, by: User, at: datetime) -> int:
    """Have these drafts sent in the background, one by one; returns how many."""
    asked = agreements.in_state(State.DRAFT).filter(send_asked_at=None)
    count = Agreement.objects.filter(pk__in=asked.values("pk")).update(
        send_asked_at=at, send_asked_by=by, send_failure=""
    )
    after_commit(sweep_signatures)
    return count


@transaction.atomic
def ask_to_remind(*, agreements: AgreementQuerySet, by: User, at: datetime) -> int:
    """Have these representatives reminded in the background, those alone whose last mail is old enough."""
    asked = agreements.to_remind(at=at).filter(reminder_asked_at=None)
    count = Agreement.objects.filter(pk__in=asked.values("pk")).update(reminder_asked_at=at, send_asked_by=by)
    after_commit(sweep_signatures)
    return count
