"""The list of the team's controls (E5): alerts of use (D8) and findings side by side. Reads only."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import CharField, Count, Q, QuerySet, Value
from django.urls import reverse

from common.dates import start_of
from evaluations.models import Finding
from invitations.models import UsageAlert
from partners.models import Structure, Venue
from partners.seasons import Season

ALERT, FINDING = "alert", "finding"


@dataclass(frozen=True)
class Subject:
    """One subject of the list: how it is called, which kinds of alerts or of findings it gathers."""

    slug: str
    label: str
    alerts: tuple[str, ...] = ()
    findings: tuple[str, ...] = ()


SUBJECTS = [
    Subject("absences", "Places réservées restées vides", alerts=(UsageAlert.Kind.UNUSED,)),
    Subject("usage", "Usage intense", alerts=(UsageAlert.Kind.HEAVY, UsageAlert.Kind.WEEK)),
    Subject("dormantes", "Structures qui ne réservent plus", findings=(Finding.Kind.DORMANT,)),
    Subject("places", "Places jamais réservées", findings=(Finding.Kind.UNBOOKED,)),
    Subject(
        "accueil",
        "Accueil dans les lieux",
        findings=(Finding.Kind.WELCOME, Finding.Kind.OPINIONS, Finding.Kind.DOOR),
    ),
]
OPEN, CLOSED = "ouverts", "traites"


@dataclass(frozen=True)
class Line:
    """One row of the list, whichever table it comes from."""

    subject: str
    partner: Structure | Venue
    sentence: str
    url: str
    seen_at: datetime
    look_again_on: date | None
    closed_at: datetime | None
    spoken_of: bool
    outcome: str = ""  # in words, where it is closed


def subject_of(slug: str) -> Subject | None:
    """The subject of that name."""
    return next((one for one in SUBJECTS if one.slug == slug), None)


def _rows(season: Season, *, closed: bool, current: bool) -> tuple[Any, Any]:
    """Alerts and findings of a season. What is open belongs to the `current` one, however old."""
    seen = Q(seen_at__gte=start_of(season.starts_on), seen_at__lt=start_of(season.next.starts_on))
    in_time = Q() if current and not closed else seen
    which = in_time & Q(closed_at__isnull=not closed)
    return UsageAlert.objects.filter(which), Finding.objects.filter(which)


def counts(season: Season, *, closed: bool, current: bool) -> list[tuple[Subject, int]]:
    """How many of each subject. Two queries."""
    alerts, findings = _rows(season, closed=closed, current=current)

    def by_kind(rows: QuerySet) -> dict[str, int]:
        return dict(rows.order_by().values_list("kind").annotate(number=Count("pk")))

    told, found = by_kind(alerts), by_kind(findings)
    return [
        (
            one,
            sum(told.get(kind, 0) for kind in one.alerts) + sum(found.get(kind, 0) for kind in one.findings),
        )
        for one in SUBJECTS
    ]


def listed(
    season: Season, *, subject: Subject | None, closed: bool, current: bool, on: date, page: Any, size: int
) -> tuple[Page, list[Line]]:
    """One page of the list, what needs somebody first, and its lines. Five queries, whatever there is."""
    alerts, findings = _rows(season, closed=closed, current=current)
    if subject:
        alerts, findings = alerts.filter(kind__in=subject.alerts), findings.filter(kind__in=subject.findings)
    keys = [
        rows.with_need(on=on)
        .order_by()
        .annotate(table=Value(table, output_field=CharField()))
        .values_list("need", "seen_at", "pk", "table")
        for rows, table in ((alerts, ALERT), (findings, FINDING))
    ]
    found = Paginator(keys[0].union(keys[1], all=True).order_by("need", "-seen_at", "pk"), size).get_page(
        page
    )
    shown = [(pk, table) for _, _, pk, table in found.object_list]
    of = {table: [pk for pk, other in shown if other == table] for table in (ALERT, FINDING)}
    lines = {
        **_alerts(UsageAlert.objects.with_need(on=on).select_related("structure").filter(pk__in=of[ALERT])),
        **_findings(
            Finding.objects.with_partner().filter(pk__in=of[FINDING]).prefetch_related("outcomes"),
        ),
    }
    return found, [lines[pk] for pk, _ in shown]


def _alerts(rows: QuerySet) -> dict[Any, Line]:
    named = {kind: one.label for one in SUBJECTS for kind in one.alerts}
    return {
        row.pk: Line(
            subject=named[row.kind],
            partner=row.structure,
            sentence=row.sentence,
            url=reverse("admin:invitations_usagealert_change", args=[row.pk]),
            seen_at=row.seen_at,
            look_again_on=row.look_again_on,
            closed_at=row.closed_at,
            spoken_of=row.spoken_of,
            outcome=row.outcome,
        )
        for row in rows
    }


def _findings(rows: QuerySet) -> dict[Any, Line]:
    named = {kind: one.label for one in SUBJECTS for kind in one.findings}
    lines = {}
    for row in rows:
        noted = list(row.outcomes.all())
        lines[row.pk] = Line(
            subject=named[row.kind],
            partner=row.partner,
            sentence=row.sentence,
            url=reverse("evaluations:finding", args=[row.pk]),
            seen_at=row.seen_at,
            look_again_on=row.look_again_on,
            closed_at=row.closed_at,
            spoken_of=bool(noted),
            outcome=noted[-1].said if noted else "De retour à l'ordinaire.",
        )
    return lines
