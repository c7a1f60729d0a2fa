"""What a phone takes along to a door without network: the lists of the dates that are near, unreadable without the
papers themselves (D9, F1; docs/door.md).
"""

import json
import os
from base64 import b64encode
from collections import defaultdict
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet
from django.urls import reverse

from common.crypto import keyed_hash
from common.dates import start_of
from common.sealing import seal, slow_lookup
from common.templatetags.ui import day_long, hour
from invitations.models import Admission, Invitation
from invitations.services.admissions import doubts
from invitations.services.door import Verdict, doors, state
from offers.models import Performance
from partners.models import User


def milliseconds(at: datetime) -> int:
    """A moment as browsers count."""
    return round(at.timestamp() * 1000)


def spoken_start(performance: Performance) -> str:
    """« mardi 24 novembre 2026, 20 h 30 »."""
    return f"{day_long(performance.starts_at)}, {hour(performance.starts_at)}"


def lists(*, by: User, have: Collection[str], at: datetime) -> list[dict[str, Any]]:
    """The list of each of the venue's dates whose names it may read at `at`, ready for JSON.

    A name is only there encrypted, with the token of its party's papers as the key; beside it stand opaque identifiers
    and what became of them. A list whose version the phone says it has comes without what is sealed.
    """
    performances = Performance.objects.visible_to(by).near_door(at=at).with_place().order_by("starts_at")
    return [_list(performance, by=by, have=have, at=at) for performance in performances]


def _list(performance: Performance, *, by: User, have: Collection[str], at: datetime) -> dict[str, Any]:
    invitations = Invitation.objects.at_door_of(by, at=at).filter(performance=performance)
    people = list(invitations.select_related("booking__structure").order_by("booking", "position"))
    opens, closes = doors(performance)
    wiped = start_of(performance.day + timedelta(days=settings.DOOR_CLOSES_DAYS_AFTER + 1))
    version = _version(people)
    about = {
        "id": str(performance.pk),
        "title": performance.event.title,
        "when": spoken_start(performance),
        "opens": milliseconds(opens),
        "closes": milliseconds(closes),
        "wiped": milliseconds(wiped),
        "version": version,
        "states": _states(people, performance, at=at),
        "doubts": len(doubts(performance)),
        "page": reverse("invitations:door_list", args=[performance.pk]),
    }
    return about if version in have else about | _sealed(people)


def _version(people: list[Invitation]) -> str:
    """Changes with whoever is on the list; keyed, so that nobody can try names on it."""
    return keyed_hash(json.dumps([[str(one.pk), one.full_name, one.is_live] for one in people]))[:32]


def _sealed(people: list[Invitation]) -> dict[str, Any]:
    salt, iterations = os.urandom(16), settings.DOOR_NUMBER_ITERATIONS
    parties = defaultdict(list)
    for one in people:
        if one.is_live:
            parties[one.booking_id].append(one)
    codes = {}
    for one in people:
        names = {str(other.pk): other.full_name for other in parties[one.booking_id] if one.is_live}
        lookup, box = seal(json.dumps(names), code=one.token, salt=salt)
        codes[lookup] = [str(one.pk), box]
    return {
        "salt": b64encode(salt).decode(),
        "iterations": iterations,
        "codes": codes,
        "numbers": {slow_lookup(one.number, salt=salt, iterations=iterations): str(one.pk) for one in people},
        "people": {
            str(one.pk): {
                "kind": one.get_kind_display(),
                "party": [str(other.pk) for other in parties[one.booking_id] if one.is_live],
            }
            for one in people
        },
    }


def _states(people: list[Invitation], performance: Performance, *, at: datetime) -> dict[str, Any]:
    """What became of those who can't simply enter: the verdict, since when, and on which phone."""
    found: QuerySet[Admission] = Admission.objects.standing().of_date(performance)
    phones: dict[tuple[UUID, datetime | None], str] = {
        (one.invitation_id, one.at): one.phone for one in found
    }
    states = {}
    for one in people:
        one.performance = performance
        verdict = state(one, at=at)
        if verdict not in {Verdict.ADMITTED, Verdict.WRONG_DATE}:
            since = one.admitted_at or one.cancelled_at
            phone = phones.get((one.pk, one.admitted_at), "")
            states[str(one.pk)] = [verdict, since and milliseconds(since), phone]
    return states
