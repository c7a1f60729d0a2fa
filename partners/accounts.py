"""How allauth behaves here: accounts are opened by the team, guessing is slowed, mails go through the outbox."""

import time
from uuid import uuid4

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.authentication import get_authentication_records
from allauth.core import context
from django.conf import settings
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import timezone

from common import outbox
from common.errors import TooManyAttempts
from common.throttle import network_of
from partners import guessing
from partners.services.links import keep_password

WAYS_TO_CONFIRM = {
    "reauthenticate": "Avec votre mot de passe",
    "mfa_reauthenticate": "Avec un code de l'application, ou un code de secours",
    "mfa_reauthenticate:webauthn": "Avec votre clé d'accès",
}


class AccountAdapter(DefaultAccountAdapter):
    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "email_password_mismatch": "L'adresse e-mail ou le mot de passe n'est pas le bon. Vérifiez les deux, puis "
        "réessayez.",
        "enter_current_password": "Ce n'est pas votre mot de passe actuel. Tapez-le à nouveau.",
        "incorrect_password": "Ce n'est pas votre mot de passe. Tapez-le à nouveau.",
    }

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
        """Count the guess before the password is looked at (F4)."""
        email = credentials.get("email", "")
        self._guess = guessing.Guess.of_password(
            email=email,
            network=network_of(self.get_client_ip(request)),
            browser=guessing.known_browser(request, email),
        )
        try:
            self._guess.take(at=timezone.now())
        except TooManyAttempts as refusal:
            raise ValidationError(refusal.sentence, code="too_many_login_attempts") from None

    def authenticate(self, request, **credentials):
        user = super().authenticate(request, **credentials)
        if user:
            self._guess.give_back()
        return user

    def is_reauthentication_required(self, *, app, **options) -> bool:
        """Who signed in a moment ago, to an account without second factor, need not show again that it is them."""
        if not super().is_reauthentication_required(app=app, **options):
            return False
        account, records = (
            context.request.user,
            get_authentication_records(context.request, context.request.user),
        )
        fresh = bool(records) and time.time() - records[-1]["at"] < settings.ACCOUNT_REAUTHENTICATION_TIMEOUT
        return account.has_second_factor or not fresh

    def get_reauthentication_methods(self, user) -> list[dict]:
        methods = super().get_reauthentication_methods(user)
        return [{**method, "description": WAYS_TO_CONFIRM[method["id"]]} for method in methods]

    def post_login(self, request, user, **options):
        """Whoever got in, second factor included, is known in this browser from now on."""
        response = super().post_login(request, user, **options)
        guessing.remember_browser(request, response, user.email)
        return response

    def set_password(self, user, password: str) -> None:
        """A password chosen by « Mot de passe oublié » or changed counts as this season's, too (A5).

        Whoever may choose it is known in this browser from now on (F4).
        """
        keep_password(account=user, password=password, at=timezone.now())
        if context.request:
            context.request.known_to = user.email
