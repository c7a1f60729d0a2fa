from allauth.account.auth_backends import AuthenticationBackend
from django.db.models import QuerySet

from common.compiled import compiled
from partners.models import User
from partners.second_factor import ENABLED


@compiled(pk=User._meta.pk)
def account(*, pk) -> QuerySet[User]:
    """The account with its structure or venue, and whether it has a second factor."""
    return User.objects.select_related("structure", "venue").annotate(has_second_factor=ENABLED).filter(pk=pk)


class AccountBackend(AuthenticationBackend):
    """allauth's sign-in by e-mail; the account comes with its structure and venue in one query.

    `has_second_factor` comes with it: taken off, it is missing on the next request.
    """

    def get_user(self, user_id):
        user = account.first(pk=user_id)
        return user if user and self.user_can_authenticate(user) else None
