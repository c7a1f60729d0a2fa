"""Limits on attempts, counted in the shared cache."""

from datetime import timedelta

from django.core.cache import cache

from common.crypto import keyed_hash
from common.errors import TooManyAttempts


class Throttle:
    """At most `limit` failures per `key` within a window that starts with the first one.

    `check()` before the look-up refuses attempt `limit + 1` with `TooManyAttempts`; `failed()` counts one.
    The key is hashed: no address or account stands in the cache.
    """

    def __init__(self, *, scope: str, key: str, limit: int, within: timedelta, sentence: str) -> None:
        self._slot = f"throttle:{scope}:{keyed_hash(key)[:32]}"
        self._limit, self._seconds, self._sentence = limit, int(within.total_seconds()), sentence

    def check(self) -> None:
        """Raise TooManyAttempts where the limit is reached."""
        if cache.get(self._slot, 0) >= self._limit:
            raise TooManyAttempts(self._sentence)

    def failed(self) -> None:
        """Count one failure."""
        cache.add(self._slot, 0, self._seconds)
        try:
            cache.incr(self._slot)
        except ValueError:  # it ran out between the two lines
            cache.set(self._slot, 1, self._seconds)
