"""The audit trail (F5): what people do to the state of things leaves one entry each, without names."""

from datetime import datetime
from typing import Any

from django.db import models

from common.models import AuditEntry

SYSTEM = "portail"
HOLDER = "porteur·se du papier"  # whoever holds an invitation in hand


def entry(*, at: datetime, actor: Any, verb: str, subject: models.Model, **details: Any) -> AuditEntry:
    """An entry not yet saved, for services that write several at once.

    `actor` is an account, or a word (`SYSTEM`, `HOLDER`); `details` must be JSON and hold no name.
    """
    return AuditEntry(
        at=at,
        actor=actor if isinstance(actor, str) else f"compte {actor.pk}",
        verb=verb,
        subject=f"{subject._meta.label_lower} {subject.pk}",
        details=details,
    )


def record(*, at: datetime, actor: Any, verb: str, subject: models.Model, **details: Any) -> AuditEntry:
    """Write one entry; call it inside the transaction of the change itself."""
    line = entry(at=at, actor=actor, verb=verb, subject=subject, **details)
    line.save(force_insert=True)
    return line
