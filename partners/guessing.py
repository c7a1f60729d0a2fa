"""Guessing passwords and codes: every attempt is counted, and no attack keeps an owner out (F4).

A browser that has signed in to an account keeps a signed cookie that says so. Its attempts are counted apart;
those of all other browsers share one count per account, one per network and one overall. Whoever guesses from a
thousand addresses fills the shared counts and learns nothing; the owner's own browser goes on, and a link by mail
makes any browser a known one.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Self

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse

from common.codes import new_token
from common.crypto import keyed_hash
from common.errors import TooManyAttempts
from common.throttle import Throttle

SALT = "known-browser"


# --- Browsers that an account knows --------------------------------------------------------------


def _of(email: str) -> str:
    """What stands for an account in the cookie: nobody reads an address there."""
    return keyed_hash(f"{SALT} {email.strip().lower()}")[:16]


def _accounts(request: HttpRequest) -> dict[str, str]:
    try:
        return signing.loads(request.COOKIES.get(settings.KNOWN_BROWSER_COOKIE, ""), salt=SALT)
    except signing.BadSignature:
        return {}


def known_browser(request: HttpRequest, email: str) -> str:
    """The mark of this browser where somebody has signed in with `email` in it before; else an empty text."""
    return _accounts(request).get(_of(email), "")


def remember_browser(request: HttpRequest, response: HttpResponse, email: str) -> None:
    """Let `response` make this browser one that the account knows, under a fresh mark.

    A PC that many share remembers the last KNOWN_BROWSER_ACCOUNTS of them.
    """
    others = {account: mark for account, mark in _accounts(request).items() if account != _of(email)}
    latest = list({**others, _of(email): new_token()}.items())[-settings.KNOWN_BROWSER_ACCOUNTS :]
    response.set_cookie(
        settings.KNOWN_BROWSER_COOKIE,
        signing.dumps(dict(latest), salt=SALT),
        max_age=timedelta(days=settings.KNOWN_BROWSER_DAYS),
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


# --- Attempts ------------------------------------------------------------------------------------


class Guess:
    """One attempt, counted in several places at once."""

    def __init__(self, throttles: Sequence[Throttle]) -> None:
        self._throttles = throttles

    @classmethod
    def of_password(cls, *, email: str, network: str, browser: str) -> Self:
        """A password typed for `email`, from a `network`, in a `browser` that the account knows, or ""."""
        email = email.strip().lower()
        minutes = settings.LOGIN_ATTEMPTS_MINUTES
        if browser:
            limits = {f"{email} {browser}": settings.LOGIN_ATTEMPTS}
        else:
            limits = {
                f"{email} {network}": settings.LOGIN_ATTEMPTS,
                network: settings.LOGIN_ATTEMPTS_NETWORK,
                email: settings.LOGIN_ATTEMPTS_ACCOUNT,
                "": settings.LOGIN_ATTEMPTS_OVERALL,
            }
        sentence = (
            f"Trop d'essais à la suite : attendez {minutes} minutes. Pour entrer sans attendre, demandez un lien avec "
            "« Mot de passe oublié » : il ouvre ce compte à cet appareil."
        )
        return cls._limited("login", limits, minutes, sentence)

    @classmethod
    def of_code(cls, *, account: str, browser: str) -> Self:
        """A code of the second factor typed for the account with this identifier."""
        minutes = settings.CODE_ATTEMPTS_MINUTES
        sentence = f"Trop de codes faux à la suite : attendez {minutes} minutes, puis tapez un nouveau code."
        return cls._limited("code", {f"{account} {browser}": settings.CODE_ATTEMPTS}, minutes, sentence)

    @classmethod
    def _limited(cls, scope: str, limits: dict[str, int], minutes: int, sentence: str) -> Self:
        within = timedelta(minutes=minutes)
        return cls(
            [
                Throttle(scope=scope, key=key, limit=limit, within=within, sentence=sentence)
                for key, limit in limits.items()
            ]
        )

    def take(self, *, at: datetime) -> None:
        """Count the attempt everywhere. Raises TooManyAttempts, and counts nothing, where one count is full."""
        taken = []
        try:
            for throttle in self._throttles:
                throttle.take(at=at)
                taken.append(throttle)
        except TooManyAttempts:
            Guess(taken).give_back()
            raise

    def give_back(self) -> None:
        """Take the attempt off everywhere: it succeeded."""
        for throttle in self._throttles:
            throttle.give_back()
