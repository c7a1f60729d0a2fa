from allauth.account.auth_backends import AuthenticationBackend

from partners.models import User
from partners.second_factor import ENABLED


class AccountBackend(AuthenticationBackend):
    """allauth's sign-in by e-mail; the account comes with its structure and venue in one query.

    `has_second_factor` comes with it: taken off, it is missing on the next request.
    """

    def get_user(self, user_id):
        accounts = User.objects.select_related("structure", "venue").annotate(has_second_factor=ENABLED)
        user = accounts.filter(pk=user_id).first()
        return user if user and self.user_can_authenticate(user) else None
