"""How allauth behaves here: accounts are opened by the team.

Its mails leave at once and not by the outbox: they carry a secret link, which must not rest in a table.
"""

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings


class AccountAdapter(DefaultAccountAdapter):
    def is_open_for_signup(self, request) -> bool:
        return False

    def get_from_email(self) -> str:
        return settings.DEFAULT_FROM_EMAIL
