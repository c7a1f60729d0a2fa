from allauth.account.auth_backends import AuthenticationBackend

from partners.models import User


class AccountBackend(AuthenticationBackend):
    """allauth's sign-in by e-mail; the account comes with its structure and venue in one query."""

    def get_user(self, user_id):
        user = User.objects.select_related("structure", "venue").filter(pk=user_id).first()
        return user if user and self.user_can_authenticate(user) else None
