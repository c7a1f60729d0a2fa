"""Words typed with a slip of the hand, put right by the words of the programme (C4)."""

from datetime import datetime
from difflib import get_close_matches

from django.core.cache.backends.locmem import LocMemCache

from common.text import normalise
from offers.models import Event, Performance
from offers.models.events import search_words

KEPT_SECONDS = 60
ALIKE = 0.75  # how near a word must be: one slip in four letters, two in eight
SHORTEST = 4  # letters of a word that is worth putting right
_words = LocMemCache("words of the programme", {"TIMEOUT": KEPT_SECONDS})


def forget_words() -> None:
    """Read the programme anew next time."""
    _words.clear()


def corrected(text: str, *, at: datetime) -> str:
    """`text` with the words that the programme doesn't know replaced by the nearest it knows; empty if none is.

    One query a minute; only titles, venues, places, communes and kinds count, so that it stays quick.
    """
    known = _words.get_or_set("words", lambda: _read(at)) or frozenset()
    words = search_words(text)
    better = [_nearest(word, known) for word in words]
    return "" if better == words else " ".join(better)


def _nearest(word: str, known: frozenset[str]) -> str:
    if len(word) < SHORTEST or any(word in other for other in known):
        return word
    return next(iter(get_close_matches(word, known, n=1, cutoff=ALIKE)), word)


def _read(at: datetime) -> frozenset[str]:
    columns = ("event__title", "event__venue__name", "event__place_name", "event__city", "event__kind")
    rows = Performance.objects.open_for_booking(at=at).order_by().values_list(*columns).distinct()
    kinds = dict(Event.Kind.choices)
    text = " ".join(" ".join([*row[:-1], kinds[row[-1]]]) for row in rows)
    return frozenset(search_words(normalise(text)))
