"""How long a writer waits for another one before it gives up with a sentence, on both databases."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.db import OperationalError, connection, transaction

from common.errors import DomainError

BUSY = "Beaucoup de demandes en ce moment, réessayez."
LOCK_NOT_AVAILABLE = "55P03"  # PostgreSQL's code for a lock that wasn't had in time


@contextmanager
def short_wait() -> Iterator[None]:
    """A transaction in which no lock is waited for longer than LOCK_WAIT_SECONDS.

    Raises DomainError with BUSY where one would be, and nothing is written then.
    """
    try:
        with _sqlite_waits(), transaction.atomic():
            if connection.vendor == "postgresql":
                with connection.cursor() as cursor:
                    cursor.execute(f"SET LOCAL lock_timeout = {_milliseconds()}")
            yield
    except OperationalError as error:
        if _gave_up(error):
            raise DomainError(BUSY) from error
        raise


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
    try:
        yield
    finally:
        connection.connection.execute(f"PRAGMA busy_timeout = {usual}")


def _gave_up(error: OperationalError) -> bool:
    code = getattr(error.__cause__, "pgcode", None)
    return code == LOCK_NOT_AVAILABLE or "database is locked" in str(error)
