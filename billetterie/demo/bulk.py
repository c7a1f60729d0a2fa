"""Writing many rows: COPY on PostgreSQL, else `bulk_create`, which takes three times as long there."""

import csv
import json
from collections.abc import Callable, Sequence
from io import StringIO
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections, models
from django.db.backends.base.base import BaseDatabaseWrapper

NULL = r"\N"


def write(model: type[models.Model], rows: Sequence[models.Model]) -> None:
    """Write unsaved `rows` of `model`, as their fields save them: names encrypted."""
    connection = connections[DEFAULT_DB_ALIAS]
    if connection.vendor == "postgresql" and rows:
        _copy(connection, model, rows)
    else:
        model._default_manager.bulk_create(rows, batch_size=500)


def learn_sizes() -> None:
    """Let PostgreSQL look at what was written: until it has, it plans queries as for empty tables."""
    connection = connections[DEFAULT_DB_ALIAS]
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")


def _copy(connection: BaseDatabaseWrapper, model: type[models.Model], rows: Sequence[models.Model]) -> None:
    fields = model._meta.concrete_fields
    cells = [(field.attname, _cell(connection, field)) for field in fields]
    lines = StringIO()
    csv.writer(lines).writerows([cell(getattr(row, name)) for name, cell in cells] for row in rows)
    lines.seek(0)
    quoted = connection.ops.quote_name
    columns = ", ".join(quoted(field.column) for field in fields)
    with connection.cursor() as cursor:
        # Foreign keys are checked now, not all at once at the end: a million checks to come take memory.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.copy_expert(
            f"COPY {quoted(model._meta.db_table)} ({columns}) FROM STDIN (FORMAT csv, NULL '{NULL}')", lines
        )
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def _cell(connection: BaseDatabaseWrapper, field: models.Field) -> Callable[[Any], Any]:
    """What turns a value of `field` into its cell."""
    if isinstance(field, models.JSONField):
        return json.dumps

    def cell(value: Any) -> Any:
        return NULL if value is None else field.get_db_prep_save(value, connection)

    return cell
