"""Limits on attempts, counted in the database: exact whatever runs at once, and on every installation."""

from datetime import datetime, timedelta
from ipaddress import ip_address, ip_network

from django.db import IntegrityError, transaction
from django.db.models import F

from common.crypto import keyed_hash
from common.errors import TooManyAttempts
from common.models import Attempts


def network_of(address: str) -> str:
    """What attempts are counted by: the address itself, or its /64 for IPv6, where one person has so many.

    An IPv4 address written as IPv6 counts as itself: all of them share one /64.
    """
    parsed = ip_address(address)
    parsed = getattr(parsed, "ipv4_mapped", None) or parsed
    return str(ip_network(f"{parsed}/64", strict=False)) if parsed.version == 6 else str(parsed)


class Throttle:
    """At most `limit` failures per `key` within a window that starts with the first one.

    `take(at=…)` counts an attempt before anything is looked up, and refuses attempt `limit + 1` with
    TooManyAttempts; `give_back()` takes it off again where it succeeded. The key is hashed: no address or account
    stands in the table.
    """

    def __init__(self, *, scope: str, key: str, limit: int, within: timedelta, sentence: str) -> None:
        self._slot = f"{scope}:{keyed_hash(key)[:32]}"
        self._limit, self._within, self._sentence = limit, within, sentence

    def take(self, *, at: datetime) -> None:
        """Count one attempt. Raises TooManyAttempts, and counts nothing, where the limit is reached."""
        running = Attempts.objects.filter(slot=self._slot, until__gt=at)
        if running.filter(count__lt=self._limit).update(count=F("count") + 1):
            return
        if running.filter(count__gte=self._limit).exists():  # not one that another attempt opened since
            raise TooManyAttempts(self._sentence)
        Attempts.objects.filter(until__lte=at).delete()
        try:
            with transaction.atomic():
                Attempts.objects.create(slot=self._slot, count=1, until=at + self._within)
        except IntegrityError:  # another attempt opened the window between the two lines
            self.take(at=at)

    def give_back(self) -> None:
        """Take one attempt off: it succeeded."""
        Attempts.objects.filter(slot=self._slot, count__gt=0).update(count=F("count") - 1)
