"""Counting SQL statements, of the requests that ask for it: the others are timed without."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.db import connection

ASKED = "X-Bench-Count"
COUNTED = "X-Bench-Statements"
WAITED = "X-Bench-Waited"
TAKES_SEATS = 'UPDATE "offers_performance"'  # where bookings of one date wait for each other


class Count:
    """A number of statements, and the seconds that taking seats took, as Django's `execute_wrapper` tells."""

    def __init__(self) -> None:
        self.statements, self.waited = 0, 0.0

    def __call__(self, execute, sql, params, many, context):
        self.statements += 1
        begun = time.perf_counter()
        try:
            return execute(sql, params, many, context)
        finally:
            self.waited += (time.perf_counter() - begun) if sql.startswith(TAKES_SEATS) else 0


@contextmanager
def counting() -> Iterator[Count]:
    """Count the statements of a block; `.statements` of what it yields says how many."""
    count = Count()
    with connection.execute_wrapper(count):
        yield count


class StatementsMiddleware:
    """Says in headers how many statements the answer took, sessions included, and how long taking seats did."""

    def __init__(self, get_response: Callable) -> None:
        self.get_response = get_response

    def __call__(self, request):
        if ASKED not in request.headers:
            return self.get_response(request)
        with counting() as count:
            response = self.get_response(request)
        response[COUNTED], response[WAITED] = str(count.statements), str(count.waited)
        return response
