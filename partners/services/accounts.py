"""What staff do with accounts: opening, changing, rights (A4)."""

from collections.abc import Sequence
from datetime import datetime

from allauth.account.models import EmailAddress
from django.contrib.auth.models import Group
from django.db import transaction

from common import audit
from partners.models import AccessLink, User

TEAM = "Équipe"  # the group that migration 0004 makes


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
    if "email" in fields:
        AccessLink.objects.filter(user=account).withdraw(at=at)
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
