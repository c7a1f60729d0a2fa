"""The read-only codes of people accompanied (A6)."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from common import audit
from common.codes import clean_code
from common.dates import local_day
from common.errors import DomainError
from common.languages import say
from common.throttle import Throttle, network_of
from partners.models import Structure, User, VisitorAccess
from partners.seasons import Season


@transaction.atomic
def open_visitor_access(*, structure: Structure, by: User, at: datetime) -> VisitorAccess:
    """The structure's code for this season: the one it has, or a fresh one (A6)."""
    season = Season.of(local_day(at))
    Structure.objects.select_for_update(no_key=True).get(pk=structure.pk)  # two at once make one code
    existing = structure.visitor_accesses.filter(season_year=season.year, revoked_at=None).first()
    if existing:
        return existing
    access = VisitorAccess.draw(structure=structure, season=season)
    access.save(force_insert=True)
    audit.record(at=at, actor=by, verb="code visiteur créé", subject=access)
    return access


@transaction.atomic
def replace_visitor_access(*, access: VisitorAccess, by: User, at: datetime) -> VisitorAccess:
    """Revoke a code at once, sessions included, and draw a fresh one (A6)."""
    if VisitorAccess.objects.filter(pk=access.pk, revoked_at=None).exists():
        revoke_visitor_access(access=access, by=by, at=at)
    return open_visitor_access(structure=access.structure, by=by, at=at)


def enter_as_visitor(*, typed: str, address: str, at: datetime) -> VisitorAccess:
    """The access that a typed code opens. Raises DomainError, and TooManyAttempts after too many (A6).

    `address` is the network address, which limits guessing and is kept hashed, for minutes.
    """
    throttle = Throttle(
        scope="visitor",
        key=network_of(address),
        limit=settings.VISITOR_ATTEMPTS,
        within=timedelta(minutes=settings.VISITOR_ATTEMPTS_MINUTES),
        sentence=say("code.too_many"),
    )
    throttle.take(at=at)
    access = (
        VisitorAccess.objects.open(on=local_day(at)).matching(typed).first() if clean_code(typed) else None
    )
    if access is None:
        raise DomainError(say("code.wrong"), field="code")
    return access


@transaction.atomic
def revoke_visitor_access(*, access: VisitorAccess, by: User, at: datetime) -> None:
    """Close a code at once, sessions included (A6). Raises DomainError where it is closed already."""
    if not VisitorAccess.objects.filter(pk=access.pk, revoked_at=None).update(revoked_at=at):
        raise DomainError("Ce code est déjà retiré : il n'ouvre plus rien.")
    audit.record(at=at, actor=by, verb="code visiteur retiré", subject=access)
