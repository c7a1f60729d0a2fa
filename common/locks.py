"""How long a writer waits for another one before it gives up with a sentence, on both databases."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import cast

from django.conf import settings
from django.db import OperationalError, connection, transaction
from django.db.models import CharField, Func, QuerySet, Value
from django.db.models.lookups import IsNull

from common.errors import DomainError
from common.sqlite3.base import DatabaseWrapper

BUSY = "Beaucoup de demandes en ce moment, réessayez."
LOCK_NOT_AVAILABLE = "55P03"  # PostgreSQL's code for a lock that wasn't had in time


@contextmanager
def short_wait() -> Iterator[None]:
    """A transaction in which no lock is waited for longer than LOCK_WAIT_SECONDS.

    The first row that it locks is read `briefly`. Raises DomainError with BUSY where somebody would wait longer, and
    nothing is written then.
    """
    try:
        with _sqlite_waits(), transaction.atomic():
            yield
    except OperationalError as error:
        if _gave_up(error):
            raise DomainError(BUSY) from error
        raise


def briefly(rows: QuerySet) -> QuerySet:
    """`rows`, which are about to be locked first in a `short_wait`: with them PostgreSQL hears how long to wait.

    A condition that is always true sets its `lock_timeout` until the end of the transaction: conditions come before
    locks, and a statement of its own would cost every booking one more way to the database and back.
    """
    if connection.vendor != "postgresql":
        return rows
    patience = Func(
        Value("lock_timeout"),
        Value(str(_milliseconds())),
        Value(True),
        function="set_config",
        output_field=CharField(),
    )
    return rows.filter(IsNull(patience, False))


def _milliseconds() -> int:
    return int(settings.LOCK_WAIT_SECONDS * 1000)


@contextmanager
def _sqlite_waits() -> Iterator[None]:
    """SQLite locks the whole file when a transaction begins: its wait is shortened around that."""
    if connection.vendor != "sqlite" or connection.in_atomic_block:
        yield
        return
    connection.ensure_connection()
    usual = int(connection.settings_dict["OPTIONS"].get("timeout", 5) * 1000)
    connection.connection.execute(f"PRAGMA busy_timeout = {_milliseconds()}")
    writer = cast(DatabaseWrapper, connection)
    writer.patience = settings.LOCK_WAIT_SECONDS
    try:
        yield
    finally:
        writer.patience = None
        if connection.connection is not None:  # else it was lost, and the next one waits as usual
            connection.connection.execute(f"PRAGMA busy_timeout = {usual}")


def _gave_up(error: OperationalError) -> bool:
    code = getattr(error.__cause__, "pgcode", None)
    return code == LOCK_NOT_AVAILABLE or "database is locked" in str(error)
