"""What somebody who goes out must know of a date, and which changes of it they are told (C6).

One rule for everybody who changes something, venue, staff or file. Told is what makes somebody come at the wrong hour,
to the wrong place or for nothing, stand before the door without what it asks for, or find that they can't go in: the
day and hour, the place, what is asked at the entrance, whom to call, a higher age, an access taken back. Not told are a
title put right, a longer presentation, another price, an end, an access that is added, spaces and accents.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from common.dates import local_day
from common.templatetags.ui import day_long, hour
from common.text import normalise
from offers.models import Access, Performance


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that changed: its name, what it was and what it is, the sentence that says so to the person.

    `on_paper`: invitations printed before say what is no longer true.
    """

    label: str
    before: str
    after: str
    says: str
    on_paper: bool = True


def written(performance: Performance) -> str:
    """What holds of a date, as text that can be kept and compared. Its event and venue are read."""
    event, venue = performance.event, performance.event.venue
    return json.dumps(
        {
            "begins": performance.starts_at.astimezone(UTC).isoformat(),
            "place": event.where,
            "address": _address(performance),
            "door": event.door_conditions,
            "contact": event.contact or (venue.phone.as_national if venue.phone else ""),
            "age": event.age_min or 0,
            "access": sorted(event.accesses),
        },
        ensure_ascii=False,
        sort_keys=True,
    )


def _address(performance: Performance) -> str:
    event, venue = performance.event, performance.event.venue
    if event.elsewhere:
        return event.address
    return ", ".join(part for part in (venue.address, venue.postcode) if part)


def begins(text: str) -> datetime | None:
    """When a date began as `written` says it; None where nothing was kept."""
    return datetime.fromisoformat(json.loads(text)["begins"]) if text else None


def differences(before: str, after: str) -> list[Difference]:
    """What somebody who knew `before` is told now that `after` holds, as `written`; nothing where one is unknown."""
    if not before or not after or before == after:
        return []
    return list(_differences(json.loads(before), json.loads(after)))


def _differences(was: dict, now: dict) -> Iterator[Difference]:
    if was["begins"] != now["begins"]:
        yield _moved(datetime.fromisoformat(was["begins"]), datetime.fromisoformat(now["begins"]))
    if _words(was["place"] + was["address"]) != _words(now["place"] + now["address"]):
        there = ", ".join(part for part in (now["place"], now["address"]) if part)
        yield Difference(
            "Lieu",
            ", ".join(part for part in (was["place"], was["address"]) if part),
            there,
            f"C’est à un autre endroit\u00a0: {there}.",
        )
    if _words(was["door"]) != _words(now["door"]):
        says = (
            f"À l’entrée\u00a0: {now['door']}"
            if now["door"]
            else "À l’entrée, il suffit de montrer l’invitation"
        )
        yield Difference("À l’entrée", was["door"] or "–", now["door"] or "–", _sentence(says))
    if _words(was["contact"]) != _words(now["contact"]):
        says = f"Le jour même, le contact est\u00a0: {now['contact']}" if now["contact"] else ""
        yield Difference("Contact", was["contact"] or "–", now["contact"] or "–", _sentence(says))
    if now["age"] > was["age"]:
        says = f"C’est maintenant à partir de {now['age']} ans."
        before = f"à partir de {was['age']} ans" if was["age"] else "tous les âges"
        yield Difference("Âge", before, f"à partir de {now['age']} ans", says, on_paper=False)
    for gone in sorted(set(was["access"]) - set(now["access"])):
        label = Access(gone).label
        yield Difference(
            "Accessibilité",
            label,
            "plus proposé",
            f"Ce n’est plus proposé\u00a0: {label[0].lower()}{label[1:]}.",
            on_paper=False,
        )


def _moved(was: datetime, now: datetime) -> Difference:
    before, after = f"{day_long(was)} à {hour(was)}", f"{day_long(now)} à {hour(now)}"
    if local_day(was) == local_day(now):
        says = f"C’est toujours le {day_long(now)}, mais à une autre heure\u00a0: {hour(now)}, et non {hour(was)}."
    else:
        says = f"Ce n’est plus le {before}\u00a0: c’est le {after}."
    return Difference("Jour et heure", before, after, says)


def _sentence(text: str) -> str:
    return text if not text or text[-1] in ".!?" else f"{text}."


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", normalise(text))
