"""One-time links by which people choose their password, and what choosing one ends (A4, A5)."""

import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from common import audit, outbox
from common.crypto import keyed_hash
from common.errors import DomainError
from common.models import OutboxMessage
from common.throttle import Throttle
from partners import emails
from partners.models import AccessLink, User

SPENT = "Ce lien a déjà servi, ou il est trop vieux. Demandez-en un autre : il arrive par mail."
LETTERS = "23456789abcdefghjkmnpqrstuvwxyz"  # no two that look or sound alike: it is read from a screen, once
GROUPS, GROUP = 5, 4  # 99 bits


def find_link(token: str) -> AccessLink | None:
    """The link whose token somebody brought, spent or not, with its account."""
    return AccessLink.objects.select_related("user").filter(token_hash=keyed_hash(token)).first()


def generate_password() -> str:
    """A fresh password that people can read and type: `k7qm-9xtb-…`."""
    return "-".join("".join(secrets.choice(LETTERS) for _ in range(GROUP)) for _ in range(GROUPS))


@transaction.atomic
def choose_password(*, link: AccessLink, password: str, at: datetime) -> None:
    """Use a link up and give its account a password; every session of the account ends.

    Raises DomainError where the link is used, replaced or too old, or the account closed. Of two at once, one wins.
    """
    account = User.objects.select_for_update(no_key=True).get(pk=link.user_id)
    mine = AccessLink.objects.filter(pk=link.pk)
    if not account.is_active or not mine.usable(at=at).update(used_at=at):
        raise DomainError(SPENT)
    keep_password(account=account, password=password, at=at)
    audit.record(at=at, actor=account, verb="mot de passe choisi", subject=account, objet=link.purpose)


@transaction.atomic
def keep_password(*, account: User, password: str, at: datetime) -> None:
    """Give an account the password that its person chose: its sessions end, and so do links on their way."""
    account.set_password(password)
    account.password_chosen_at = at
    account.save(update_fields=["password", "password_chosen_at"])
    AccessLink.objects.filter(user=account).withdraw(at=at)


@transaction.atomic
def send_access_link(*, account: User, purpose: str, by: User | str, at: datetime) -> AccessLink:
    """Mail a link to choose a password; those sent before stop working. Raises DomainError for a closed account."""
    if not User.objects.select_for_update(no_key=True).filter(pk=account.pk, is_active=True).exists():
        raise DomainError(f"Le compte {account.email} est fermé : rouvrez-le d'abord.")
    [link], messages = write_links(accounts=[account], purpose=purpose, at=at)
    outbox.post(*messages)
    audit.record(at=at, actor=by, verb="lien de mot de passe envoyé", subject=account, objet=purpose)
    return link


def write_links(
    *, accounts: Iterable[User], purpose: str, at: datetime
) -> tuple[list[AccessLink], list[OutboxMessage]]:
    """Write a fresh link for each account and withdraw the older ones; returns the links and the mails to post.

    For many at once: a constant number of statements, inside the transaction of whoever calls.
    """
    accounts = list(accounts)
    AccessLink.objects.filter(user__in=accounts).withdraw(at=at)
    letter = emails.access_letter(purpose=purpose, at=at)
    links, messages = [], []
    for account in accounts:
        link, token = AccessLink.draw(user=account, purpose=purpose, at=at)
        links.append(link)
        messages.append(emails.access_link(letter, link=link, token=token))
    AccessLink.objects.bulk_create(links, batch_size=500)
    return links, messages


def send_password_link(*, account: User, by: User, at: datetime) -> None:
    """Mail the person a link to choose a password (A4); it serves once, for ACCESS_LINK_HOURS.

    Raises DomainError for a closed account, or one with more rights than those of `by`.
    """
    if account.is_superuser and not by.is_superuser:
        raise DomainError("Seul un compte qui a tous les droits envoie un lien à un autre qui les a.")
    send_access_link(account=account, purpose=account.next_purpose, by=by, at=at)


def send_fresh_link(*, account: User, at: datetime, by: User | None = None) -> None:
    """Mail another link to the person who asks for it themselves; it only ever goes to the account's own address.

    `by` is the référent·e who asks for it, if it isn't the person.

    Raises TooManyAttempts after ACCESS_LINK_REQUESTS, DomainError for a closed account.
    """
    Throttle(
        scope="access-link",
        key=str(account.pk),
        limit=settings.ACCESS_LINK_REQUESTS,
        within=timedelta(minutes=settings.ACCESS_LINK_REQUESTS_MINUTES),
        sentence="Plusieurs liens viennent de partir. Ils sont dans la boîte mail, ou dans les indésirables ; sinon, "
        "attendez un moment.",
    ).take(at=at)
    send_access_link(account=account, purpose=account.next_purpose, by=by or account, at=at)
