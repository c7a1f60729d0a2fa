"""The ledger of what was erased: it outlives the database that it stands in, so that no backup brings a name back (F2).

`manage.py restore` keeps the ledger of the database that it replaces, adds the copy that it is given, and has what
stands in them erased again.
"""

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, models

from common.errors import DomainError
from common.models import Erased

BATCH = 500  # rows in one statement
UNREADABLE = "Ce fichier n'est pas une copie des effacements (manage.py erasures) : rien n'a été changé."


def remember(model: type[models.Model], rows: Iterable[UUID], *, at: datetime) -> None:
    """Note that the names of these rows were erased; call it in the transaction that erases them."""
    write(Erased(row=row, model=model._meta.label_lower, at=at) for row in rows)


def write(entries: Iterable[Erased]) -> None:
    """Add entries; those that stand there already are left as they are."""
    Erased.objects.bulk_create(entries, batch_size=BATCH, ignore_conflicts=True)


def read() -> list[Erased]:
    """All entries of this database; none where its schema is older than the ledger, or it is empty."""
    known = Erased._meta.db_table in connection.introspection.table_names()
    return list(Erased.objects.all()) if known else []


def as_json(entries: Iterable[Erased]) -> list[dict[str, str]]:
    """A copy to keep away from the database: identifiers and moments, nobody's name."""
    return [{"model": one.model, "row": str(one.row), "at": one.at.isoformat()} for one in entries]


def from_json(text: str) -> list[Erased]:
    """Read a copy. Raises DomainError where it is something else."""
    try:
        return [_entry(one) for one in json.loads(text)]
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise DomainError(UNREADABLE) from error


def _entry(one: dict[str, Any]) -> Erased:
    at = datetime.fromisoformat(one["at"])
    if at.tzinfo is None:
        raise ValueError("a moment has a time zone")
    return Erased(model=one["model"], row=UUID(one["row"]), at=at)
