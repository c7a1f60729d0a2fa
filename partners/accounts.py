"""How allauth behaves here: accounts are opened by the team, guessing is slowed, mails go through the outbox."""

from datetime import timedelta
from uuid import uuid4

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from common import outbox
from common.errors import TooManyAttempts
from common.throttle import Throttle, network_of
from partners.services.links import keep_password


class AccountAdapter(DefaultAccountAdapter):
    def is_open_for_signup(self, request) -> bool:
        return False

    def get_from_email(self) -> str:
        return settings.DEFAULT_FROM_EMAIL

    def get_reset_password_from_key_url(self, key: str) -> str:
        uid, _, token = key.partition("-")
        return settings.BASE_URL + reverse("account_reset_password_from_key", args=[uid, token])

    def send_mail(self, template_prefix: str, email: str, context: dict) -> None:
        """By the outbox, whose texts are encrypted at rest: they may carry a secret link."""
        mail = self.render_mail(template_prefix, email, {"email": email, **context})
        outbox.post(outbox.from_mail(mail, effect=f"account {uuid4()}", at=timezone.now()))

    def pre_authenticate(self, request, **credentials) -> None:
        """Count the guess before the password is looked at, per account and network, and per network.

        Whoever guesses from elsewhere locks out nobody: the rightful owner still signs in (F4).
        """
        network = network_of(self.get_client_ip(request))
        limits = {
            f"{credentials.get('email', '').lower()} {network}": settings.LOGIN_ATTEMPTS,
            network: settings.LOGIN_ATTEMPTS_NETWORK,
        }
        within = timedelta(minutes=settings.LOGIN_ATTEMPTS_MINUTES)
        self._guesses = [
            Throttle(scope="login", key=key, limit=limit, within=within, sentence="Trop d'essais.")
            for key, limit in limits.items()
        ]
        try:
            for guess in self._guesses:
                guess.take(at=timezone.now())
        except TooManyAttempts:
            raise self.validation_error("too_many_login_attempts") from None

    def authenticate(self, request, **credentials):
        user = super().authenticate(request, **credentials)
        if user:
            for guess in self._guesses:
                guess.give_back()
        return user

    def set_password(self, user, password: str) -> None:
        """A password chosen by « Mot de passe oublié » or changed counts as this season's, too (A5)."""
        keep_password(account=user, password=password, at=timezone.now())
