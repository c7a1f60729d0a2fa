"""What a phone at the door sends: JSON, read as strictly as a form (D9)."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.core.exceptions import SuspiciousOperation

from invitations.services.admissions import Claim

LABEL_MAX = 4
CODE_MAX = 30
BROKEN = (ValueError, TypeError, KeyError, AttributeError, OverflowError, OSError, RecursionError)


@dataclass(frozen=True)
class Handover:
    """Which phone speaks, and what it did or would like to do, told in the server's time."""

    phone: str
    claims: list[Claim]


def read_handover(body: bytes, *, at: datetime) -> Handover:
    """What the phone sent. Its clock may be wrong: it says what it shows now, which is `at`; nothing lies ahead of it.

    Raises SuspiciousOperation (400) for what no phone of ours sends.
    """
    try:
        sent = json.loads(body)
        ahead = _moment(sent["clock"]) - at
        claims = [_claim(row, ahead=ahead, at=at) for row in sent["claims"]]
        phone = sent["phone"]
    except BROKEN as error:
        raise SuspiciousOperation("not what a phone at the door sends") from error
    if not isinstance(phone, str) or not phone.isalnum() or len(phone) > LABEL_MAX:
        raise SuspiciousOperation("not the name of a phone")
    return Handover(phone, claims)


def read_code(body: bytes) -> str:
    """The code that somebody showed or typed. Raises SuspiciousOperation (400) for what no phone of ours sends."""
    try:
        code = json.loads(body)["code"]
    except BROKEN as error:
        raise SuspiciousOperation("not what a phone at the door sends") from error
    if not isinstance(code, str) or len(code) > CODE_MAX or "\x00" in code:
        raise SuspiciousOperation("not a code")
    return code


def _claim(row: dict[str, Any], *, ahead: timedelta, at: datetime) -> Claim:
    undone = row.get("undone_at")
    return Claim(
        key=UUID(row["key"]),
        invitation=UUID(row["invitation"]),
        at=min(_moment(row["at"]) - ahead, at),
        undone_at=None if undone is None else min(_moment(undone) - ahead, at),
    )


def _moment(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC)
