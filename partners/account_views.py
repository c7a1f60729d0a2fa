"""allauth's pages of the second factor, as this portal has them (F4): traced, mailed, and in our order."""

from allauth.account.internal.flows.login import record_authentication
from allauth.mfa.base.views import AuthenticateView, IndexView
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.views import GenerateRecoveryCodesView
from allauth.mfa.totp.views import ActivateTOTPView, DeactivateTOTPView
from allauth.mfa.utils import is_mfa_enabled
from allauth.mfa.webauthn.views import AddWebAuthnView, RemoveWebAuthnView
from django.contrib.auth import update_session_auth_hash
from django.db import transaction
from django.shortcuts import redirect
from django.urls import reverse_lazy
from django.utils import timezone

from partners import second_factor


class SecondFactorView(IndexView):
    """What the account has, and what it may add; for staff who have nothing yet, their first day."""

    def get_context_data(self, **kwargs):
        account = self.request.user
        return {
            **super().get_context_data(**kwargs),
            "first_day": second_factor.needed(account) and not account.has_second_factor,
            "needed": second_factor.needed(account),
            "passkeys_work": second_factor.passkeys_work(),
        }


class SignInStepView(AuthenticateView):
    """The second step of signing in: a code, or a passkey where the account has one."""

    def get_context_data(self, **kwargs):
        kinds = Authenticator.objects.filter(user=self.stage.login.user).values_list("type", flat=True)
        return {
            **super().get_context_data(**kwargs),
            "has_passkey": Authenticator.Type.WEBAUTHN in kinds and second_factor.passkeys_work(),
            "has_application": Authenticator.Type.TOTP in kinds,
        }


class _Change:
    """A change of the second factor, noted in its own transaction; this session alone goes on."""

    change = ""

    @transaction.atomic
    def form_valid(self, form):
        response = super().form_valid(form)
        account = self.request.user
        second_factor.note_change(account=account, change=self.change, at=timezone.now())
        update_session_auth_hash(self.request, account)
        return response


class _Addition(_Change):
    """Who has just added one has shown who they are: the recovery codes open without asking again."""

    @transaction.atomic
    def form_valid(self, form):
        response = super().form_valid(form)
        record_authentication(self.request, self.request.user, "mfa", reauthenticated=True)
        return response


class AddApplicationView(_Addition, ActivateTOTPView):
    change = "application ajoutée"

    def dispatch(self, request, *args, **kwargs):
        """Sent twice, it is added once: the second answer isn't the page that takes it off."""
        if is_mfa_enabled(request.user, [Authenticator.Type.TOTP]):
            return redirect("mfa_index")
        return super().dispatch(request, *args, **kwargs)


class RemoveApplicationView(_Change, DeactivateTOTPView):
    change = "application retirée"


class AddPasskeyView(_Addition, AddWebAuthnView):
    change = "clé d'accès ajoutée"

    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        # allauth leaves what was typed, and the refusal, out of the page.
        return (
            context
            | {"form": kwargs.get("form") or self.get_form()}
            | {"passkeys_work": second_factor.passkeys_work()}
        )


class RemovePasskeyView(_Change, RemoveWebAuthnView):
    change = "clé d'accès retirée"
    success_url = reverse_lazy("mfa_index")


class NewCodesView(_Change, GenerateRecoveryCodesView):
    change = "nouveaux codes de secours"
