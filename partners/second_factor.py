"""The second factor of accounts: an application of the phone or a passkey, and recovery codes (F4).

Staff need one before any page opens; others may have one. The secrets are allauth's rows, encrypted here.
"""

import io
from datetime import datetime, timedelta
from ipaddress import ip_address
from urllib.parse import urlsplit

import segno
from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from cryptography.fernet import InvalidToken
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.db import transaction
from django.db.models import Exists, OuterRef

from common import audit, outbox
from common.crypto import box
from common.errors import DomainError, TooManyAttempts
from common.throttle import Throttle
from partners import emails
from partners.models import User

KINDS = (
    Authenticator.Type.TOTP,
    Authenticator.Type.WEBAUTHN,
)  # recovery codes only stand in for one of these
ENABLED = Exists(Authenticator.objects.filter(user_id=OuterRef("pk"), type__in=KINDS))
REASON_MAX = 300
# The first day of a colleague: what opens without a second factor, by name in the site map.
FIRST_DAY = frozenset(
    {
        "mfa_index",
        "mfa_activate_totp",
        "mfa_add_webauthn",
        "account_reauthenticate",
        "account_logout",
        "health",
    }
)


class SecondFactorAdapter(DefaultMFAAdapter):
    """allauth's second factor as this portal has it: secrets encrypted, addresses from the settings, our words."""

    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": "Ce code n'est pas le bon, ou il a déjà servi. Attendez le suivant, puis tapez-le.",
        "cannot_generate_recovery_codes": "Les codes de secours viennent avec la double vérification : "
        "activez-la d'abord.",
    }

    def encrypt(self, text: str) -> str:
        return box().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        try:
            return box().decrypt(encrypted_text).decode()
        except InvalidToken as error:
            raise ImproperlyConfigured(
                "Une double vérification ne se déchiffre pas : PORTAIL_NAMES_KEYS ne contient pas la clé avec "
                "laquelle elle fut écrite."
            ) from error

    def get_totp_issuer(self) -> str:
        return settings.PORTAL_NAME

    def build_totp_svg(self, url: str) -> str:
        picture = io.BytesIO()
        segno.make_qr(url, error="m").save(picture, kind="svg", border=4, omitsize=True, xmldecl=False)
        return picture.getvalue().decode()

    def generate_authenticator_name(self, user, type) -> str:
        return "Clé d'accès"

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        return {"id": passkey_site(), "name": settings.PORTAL_NAME}


def passkey_site() -> str:
    """The name that passkeys are tied to: that of the portal's address (elsewhere than in production, as asked for)."""
    if not settings.PRODUCTION and context.request:
        return context.request.get_host().partition(":")[0]
    return urlsplit(settings.BASE_URL).hostname or ""


def passkeys_work() -> bool:
    """Whether browsers make passkeys here: never for an address that is only numbers, like the demonstration's."""
    try:
        ip_address(passkey_site())
    except ValueError:
        return True
    return False


def needed(account: User) -> bool:
    """Whether the account opens nothing before it has a second factor: those that enter staff's pages."""
    return account.role == User.Role.STAFF or account.is_staff or account.is_superuser


def use_code_once(*, account: User, code: str, at: datetime) -> None:
    """Raise ValidationError where the same code of an account served a moment ago.

    allauth remembers it in the cache for one period; with a phone that may be late it holds for three.
    """
    once = Throttle(
        scope="code-used",
        key=f"{account.pk} {''.join(filter(str.isalnum, code))}",
        limit=1,
        within=timedelta(minutes=5),
        sentence=SecondFactorAdapter.error_messages["incorrect_code"],
    )
    try:
        once.take(at=at)
    except TooManyAttempts as refusal:
        raise ValidationError(refusal.sentence, code="incorrect_code") from None


def warn_of_guesses(*, account: User, at: datetime) -> None:
    """Tell the owner, once a day, that somebody who has the password tries codes."""
    outbox.post(emails.codes_guessed(account=account, at=at))


@transaction.atomic
def note_change(*, account: User, change: str, at: datetime) -> None:
    """Note that the owner changed the second factor: traced, mailed to them, and every other session ends.

    `change` says what in the words of the journal: "application ajoutée".
    """
    end_sessions(account=account, at=at)
    audit.record(at=at, actor=account, verb="double vérification changée", subject=account, quoi=change)
    outbox.post(emails.second_factor_changed(account=account, change=change, at=at))


@transaction.atomic
def take_off(*, account: User, reason: str, by: User | str, at: datetime) -> None:
    """Take the second factor off an account whose owner lost the phone; sessions end, the owner is told.

    `by` is a colleague, or the word of whoever runs the server. A staff account sets one up anew at its next sign-in.
    Raises DomainError for oneself, for a staff account unless `by` has all rights, and where there is none.
    """
    reason = " ".join(reason.split())
    if isinstance(by, User):
        if by.pk == account.pk:
            raise DomainError(
                "Vous changez la vôtre vous-même, dans « Double vérification ». Téléphone perdu ? Demandez à une "
                "collègue ou un collègue."
            )
        if needed(account) and not by.is_superuser:
            raise DomainError("Pour un compte de l'équipe, demandez à une personne qui a tous les droits.")
    if not settings.SECOND_FACTOR_REASON_MIN <= len(reason) <= REASON_MAX:
        raise DomainError(
            f"Écrivez la raison en une phrase, de {settings.SECOND_FACTOR_REASON_MIN} à {REASON_MAX} caractères.",
            field="reason",
        )
    gone, _ = Authenticator.objects.filter(user=account).delete()
    if not gone:
        raise DomainError("Ce compte n'a pas de double vérification : il n'y a rien à retirer.")
    end_sessions(account=account, at=at)
    audit.record(at=at, actor=by, verb="double vérification retirée", subject=account, raison=reason)
    outbox.post(emails.second_factor_taken_off(account=account, at=at))


def end_sessions(*, account: User, at: datetime) -> None:
    """End every session of the account, at the next request of each."""
    account.sessions_ended_at = at
    account.save(update_fields=["sessions_ended_at"])
