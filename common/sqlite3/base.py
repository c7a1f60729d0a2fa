"""SQLite lets one transaction write at a time. Whoever finds it taken sleeps longer and longer, and many pass before;
here writers queue instead: the threads of a process before a lock, and the processes before a locked file.
"""

import fcntl
import os
import threading
import time
from typing import Any

from django.db import OperationalError
from django.db.backends.sqlite3 import base

LOOK_AGAIN = 0.001  # seconds between two looks at the file
LOCKED = "database is locked"  # as SQLite itself says it

_one_per_process = threading.Lock()


class DatabaseWrapper(base.DatabaseWrapper):
    """One connection; it stands in the queue from the BEGIN of a transaction to its end."""

    _place: int | None = None  # the open file, while this connection is the one that writes
    patience: float | None = None  # seconds in the queue before it gives up; else as SQLite's own `timeout`

    def _start_transaction_under_autocommit(self) -> None:
        self._take_place()
        try:
            super()._start_transaction_under_autocommit()  # type: ignore[misc]  # missing in the stubs, as below
        except BaseException:
            self._leave_place()
            raise

    def _commit(self) -> Any:
        # What fails to commit is rolled back: that ends it.
        done = super()._commit()  # type: ignore[misc]
        self._leave_place()
        return done

    def _rollback(self) -> Any:
        try:
            return super()._rollback()  # type: ignore[misc]
        finally:
            self._leave_place()

    def _close(self) -> Any:
        try:
            return super()._close()  # type: ignore[misc]
        finally:
            self._leave_place()

    def _take_place(self) -> None:
        """Wait until nobody else writes. Raises OperationalError once the patience is over."""
        if self.is_in_memory_db():
            return
        patience = self.settings_dict["OPTIONS"].get("timeout", 5) if self.patience is None else self.patience
        until = time.monotonic() + patience
        if not _one_per_process.acquire(timeout=patience):
            raise OperationalError(LOCKED)
        try:
            self._place = _first_of(f"{self.settings_dict['NAME']}.queue", until=until)
        except BaseException:
            _one_per_process.release()
            raise

    def _leave_place(self) -> None:
        if self._place is not None:
            os.close(self._place)
            self._place = None
            _one_per_process.release()


def _first_of(queue: str, *, until: float) -> int:
    """The open file `queue`, locked against other processes. Raises OperationalError where it isn't had in time."""
    try:
        place = os.open(queue, os.O_CREAT | os.O_RDWR, 0o600)
    except OSError as error:  # a disk that is full or can't be written, as SQLite would say it
        raise OperationalError("unable to open database file") from error
    try:
        while True:
            try:
                fcntl.flock(place, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return place
            except BlockingIOError:
                if time.monotonic() >= until:
                    raise OperationalError(LOCKED) from None
                time.sleep(LOOK_AGAIN)
    except BaseException:
        os.close(place)
        raise
