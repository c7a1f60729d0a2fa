"""Which kind of event a word, a title or keywords speak of (C1, C2)."""

import re

from common.text import normalise
from offers.models import Event

Kind = Event.Kind

# In this order: a "visite de l'exposition" is a visit, a "match d'improvisation" is a show.
WORDS = (
    (Kind.WORKSHOP, r"ateliers?|stages?|initiations?|workshop"),
    (Kind.VISIT, r"visites?|balades?|guided visit|visit"),
    (Kind.SHOW, r"match d.impro\w*|cine.concerts?"),
    (Kind.CINEMA, r"cinemas?|films?|projections?|courts?.metrages?|cine.?club"),
    (Kind.EXHIBITION, r"expositions?|expos?|vernissages?|exhibition"),
    (Kind.CONCERT, r"concerts?|recitals?|jazz|musiques?|orchestres?|choeurs?|chorale"),
    (Kind.TALK, r"conferences?|debats?|rencontres?|tables? rondes?|causeries?|talk"),
    (Kind.MATCH, r"match|matchs|matches|tournois?"),
    (
        Kind.SHOW,
        r"spectacles?|theatre|danse|cirque|opera|marionnettes?|contes?|humour|one.(?:wo)?man.show|show",
    ),
)
PATTERNS = tuple((kind, re.compile(rf"\b(?:{words})\b")) for kind, words in WORDS)


def kind_named(*texts: str) -> Kind | None:
    """The kind that the first telling one of `texts` names, or None."""
    for text in map(normalise, texts):
        for kind, pattern in PATTERNS:
            if pattern.search(text):
                return kind
    return None
