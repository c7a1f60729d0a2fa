"""What accounts are told by mail (A4)."""

from datetime import datetime

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.urls import reverse

from common import outbox
from common.models import OutboxMessage
from partners.models import User


def password_link(*, account: User, at: datetime) -> OutboxMessage:
    """A link to choose a password: it serves once, until PASSWORD_RESET_TIMEOUT seconds have passed."""
    key = default_token_generator.make_token(account)
    path = reverse("account_reset_password_from_key", args=[user_pk_to_url_str(account), key])
    return outbox.compose(
        effect=f"password-link {account.pk} {at.isoformat()}",
        recipient=account.email,
        template="partners/emails/password_link",
        context={
            "account": account,
            "url": f"{settings.BASE_URL}{path}",
            "hours": settings.PASSWORD_RESET_TIMEOUT // 3600,
        },
        at=at,
    )
