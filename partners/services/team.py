"""Who may act for a structure: the référent·e invites, removes, hands over (A4). Staff do it with the same verbs."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from common import audit, outbox
from common.errors import DomainError
from common.throttle import Throttle
from partners import emails
from partners.models import AccessLink, Structure, User
from partners.services.accounts import open_account
from partners.services.links import send_access_link


def invite_colleague(
    *, structure: Structure, display_name: str, email: str, by: User, at: datetime
) -> tuple[User, bool]:
    """Open a colleague's account, or open the one they had here again, and mail the link; whether it is a new one.

    Raises DomainError for an address that has another account, TooManyAttempts after TEAM_INVITATIONS in a day.
    """
    _count_invitation(structure, at=at)  # a refused one too: refusals tell which addresses have an account
    return _invite(structure, display_name, email, by=by, at=at)


@transaction.atomic
def _invite(
    structure: Structure, display_name: str, email: str, *, by: User, at: datetime
) -> tuple[User, bool]:
    Structure.objects.select_for_update(no_key=True).get(pk=structure.pk)  # two at once open one account
    email = User.objects.normalize_email(email).lower()
    known = User.objects.filter(email=email).first()
    if known and (known.structure_id != structure.pk or known.role != User.Role.WORKER or known.is_active):
        raise _already_known(known, structure)
    account = _reopen(known, display_name, by=by, at=at) if known else None
    if account is None:
        account = User(
            email=email, display_name=display_name, role=User.Role.WORKER, structure=structure, created_at=at
        )
        open_account(account=account, by=by, at=at)
    send_access_link(account=account, purpose=AccessLink.Purpose.FIRST, by=by, at=at)
    return account, known is None


def _already_known(account: User, structure: Structure) -> DomainError:
    if account.structure_id == structure.pk and account.is_active:
        return DomainError(
            "Cette personne est déjà dans votre liste. Son lien est perdu ? Renvoyez-le depuis la liste.",
            field="email",
        )
    # Whose it is, and where, is nobody else's business.
    return DomainError(
        "Cette adresse sert déjà à un autre compte. Prenez une autre adresse, ou écrivez à l'équipe "
        f"({settings.PORTAL_CONTACT_EMAIL}).",
        field="email",
    )


def _count_invitation(structure: Structure, *, at: datetime) -> None:
    Throttle(
        scope="invite",
        key=str(structure.pk),
        limit=settings.TEAM_INVITATIONS,
        within=timedelta(days=1),
        sentence="Beaucoup d'invitations sont parties aujourd'hui. Continuez demain, ou écrivez à l'équipe.",
    ).take(at=at)


def _reopen(account: User, display_name: str, *, by: User, at: datetime) -> User:
    """Somebody who left comes back: the account opens again, and its old password doesn't."""
    account.display_name, account.is_active, account.password_chosen_at = display_name, True, None
    account.set_unusable_password()
    account.save(update_fields=["display_name", "is_active", "password_chosen_at", "password"])
    audit.record(at=at, actor=by, verb="compte rouvert", subject=account)
    return account


@transaction.atomic
def close_account(*, account: User, by: User, at: datetime) -> None:
    """Close the account of somebody who left: refused from the next request on, links included (A4).

    Raises DomainError for the référent·e, who hands the role over first; staff may close any account but their own.
    """
    _lock_house(account)
    account.refresh_from_db(fields=["role", "is_active"])
    if account.pk == by.pk and not account.books:
        raise DomainError("Vous ne pouvez pas fermer votre propre compte : demandez à un·e collègue.")
    if account.role == User.Role.LEAD and by.role != User.Role.STAFF:
        raise DomainError(
            "Passez d'abord le rôle de référent·e à un·e collègue, puis retirez cette personne."
        )
    if account.is_superuser and not by.is_superuser:
        raise DomainError("Seul un compte qui a tous les droits en ferme un autre qui les a.")
    if not User.objects.filter(pk=account.pk, is_active=True).update(is_active=False):
        raise DomainError("Ce compte est déjà fermé : la personne n'entre plus.")
    account.is_active = False
    AccessLink.objects.filter(user=account).withdraw(at=at)
    audit.record(at=at, actor=by, verb="compte fermé", subject=account)


@transaction.atomic
def hand_over_lead(*, to: User, by: User, at: datetime) -> None:
    """Make somebody the référent·e of their structure; whoever was becomes an authorised person (A4).

    By the référent·e or by staff. Raises DomainError where the role has gone to somebody else meanwhile, or the
    person can't take it: closed account, no password chosen yet. Of two at once, one comes after the other.
    """
    _lock_house(to)
    to.refresh_from_db(fields=["role", "is_active", "password_chosen_at"])
    if not to.is_active or to.role not in {User.Role.WORKER, User.Role.LEAD}:
        raise DomainError(
            "Ce compte est fermé, ou n'est pas celui d'une structure : choisissez quelqu'un d'autre."
        )
    former = User.objects.leads().filter(structure=to.structure_id).first()
    if by.role != User.Role.STAFF and (former is None or former.pk != by.pk):
        raise DomainError("Vous n'êtes plus référent·e : le rôle vient de passer à quelqu'un d'autre.")
    if to.role == User.Role.LEAD:
        raise DomainError("Cette personne est déjà référent·e.")
    if to.password_chosen_at is None:
        raise DomainError(
            "Cette personne n'a pas encore choisi son mot de passe : attendez qu'elle ait ouvert le portail une fois."
        )
    User.objects.filter(structure=to.structure_id, role=User.Role.LEAD).update(role=User.Role.WORKER)
    to.role = User.Role.LEAD
    to.save(update_fields=["role"])
    outbox.post(emails.became_lead(account=to, at=at))
    audit.record(
        at=at, actor=by, verb="rôle de référent·e passé", subject=to, avant=str(former.pk) if former else ""
    )


def _lock_house(account: User) -> None:
    """Whoever changes a structure's team waits for whoever is changing it."""
    if account.structure_id:
        Structure.objects.select_for_update(no_key=True).get(pk=account.structure_id)
