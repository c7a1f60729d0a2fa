"""What happens to accounts and visitor codes."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.auth.models import Group
from django.db import transaction
from django.db.models import Exists, OuterRef

from common import audit, outbox
from common.codes import clean_code
from common.dates import local_day
from common.errors import DomainError
from common.throttle import Throttle
from partners import emails
from partners.accounts import network_of
from partners.models import Structure, TermsAcceptance, TermsOfUse, User, VisitorAccess
from partners.seasons import Season

TEAM = "Équipe"  # the group that migration 0004 makes


def terms_to_accept(*, user: User, at: datetime) -> TermsOfUse | None:
    """The version of the conditions of use that this account still has to accept, if any (A4)."""
    accepted = TermsAcceptance.objects.filter(user=user, terms=OuterRef("pk"))
    terms = TermsOfUse.objects.annotate(accepted=Exists(accepted)).current(at=at)
    return None if terms is None or terms.accepted else terms


def require_terms(*, user: User, at: datetime) -> None:
    """Raise DomainError where the conditions of use in force aren't accepted yet (A4)."""
    if terms_to_accept(user=user, at=at):
        raise DomainError("Lisez et acceptez d'abord les conditions d'utilisation, puis réservez.")


@transaction.atomic
def accept_terms(*, user: User, terms: TermsOfUse, at: datetime) -> None:
    """Note that an account accepts a version (A4). Accepting twice changes nothing."""
    _, first = TermsAcceptance.objects.get_or_create(user=user, terms=terms, defaults={"accepted_at": at})
    if first:
        audit.record(at=at, actor=user, verb="conditions acceptées", subject=terms)


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
        sentence="Trop d'essais. Attendez un moment, ou demandez le code à la personne qui vous accompagne.",
    )
    throttle.take(at=at)
    access = (
        VisitorAccess.objects.open(on=local_day(at)).matching(typed).first() if clean_code(typed) else None
    )
    if access is None:
        raise DomainError(
            "Ce code n'est pas le bon. Regardez-le encore une fois, ou demandez-le à la personne qui vous "
            "accompagne.",
            field="code",
        )
    return access


@transaction.atomic
def revoke_visitor_access(*, access: VisitorAccess, by: User, at: datetime) -> None:
    """Close a code at once, sessions included (A6). Raises DomainError where it is closed already."""
    if not VisitorAccess.objects.filter(pk=access.pk, revoked_at=None).update(revoked_at=at):
        raise DomainError("Ce code est déjà retiré : il n'ouvre plus rien.")
    audit.record(at=at, actor=by, verb="code visiteur retiré", subject=access)


@transaction.atomic
def open_account(*, account: User, by: User, at: datetime) -> User:
    """Save a new account, which nobody can sign in to until its person has chosen a password (A4)."""
    account.set_unusable_password()
    account.save(force_insert=True)
    audit.record(at=at, actor=by, verb="compte ouvert", subject=account, rôle=account.role)
    return account


@transaction.atomic
def change_account(*, account: User, fields: Sequence[str], by: User, at: datetime) -> User:
    """Save what staff changed in an account; `fields` names it.

    A former e-mail address stops opening the account, and links sent there stop working.
    """
    # Only what was changed: the rest may have changed meanwhile, a password for one.
    account.save(update_fields=[field for field in fields if field not in {"groups", "user_permissions"}])
    EmailAddress.objects.filter(user=account).exclude(email=account.email).delete()
    audit.record(at=at, actor=by, verb="compte modifié", subject=account, champs=list(fields))
    return account


@transaction.atomic
def join_team(*, account: User, by: User, at: datetime) -> bool:
    """Give an account of the team that has no rights yet those of daily work; whether it got them.

    Only an account that enters staff's pages gets any, and one that was given rights keeps to those.
    """
    if account.role != User.Role.STAFF or not account.is_staff or account.is_superuser:
        return False
    team = Group.objects.filter(name=TEAM).first()
    if team is None or account.groups.exists() or account.user_permissions.exists():
        return False
    account.groups.add(team)
    audit.record(at=at, actor=by, verb="droits donnés", subject=account, groupe=team.pk)
    return True


@transaction.atomic
def send_password_link(*, account: User, by: User, at: datetime) -> None:
    """Mail the person a link to choose a password (A4); it serves once, and for PASSWORD_RESET_TIMEOUT seconds.

    Raises DomainError for a closed account, or one with more rights than those of `by`.
    """
    if not account.is_active:
        raise DomainError(f"Le compte {account.email} est fermé : rouvrez-le d'abord.")
    if account.is_superuser and not by.is_superuser:
        raise DomainError("Seul un compte qui a tous les droits envoie un lien à un autre qui les a.")
    outbox.post(emails.password_link(account=account, at=at))
    audit.record(at=at, actor=by, verb="lien de mot de passe envoyé", subject=account)
