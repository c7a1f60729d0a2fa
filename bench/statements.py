"""Counting SQL statements, of the requests that ask for it: the others are timed without."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.db import connection

ASKED = "X-Bench-Count"
COUNTED = "X-Bench-Statements"


class Count:
    """A number of statements, as Django's `execute_wrapper` counts them."""

    def __init__(self) -> None:
        self.statements = 0

    def __call__(self, execute, sql, params, many, context):
        self.statements += 1
        return execute(sql, params, many, context)


@contextmanager
def counting() -> Iterator[Count]:
    """Count the statements of a block; `.statements` of what it yields says how many."""
    count = Count()
    with connection.execute_wrapper(count):
        yield count


class StatementsMiddleware:
    """Says in a header how many statements the answer took, sessions included."""

    def __init__(self, get_response: Callable) -> None:
        self.get_response = get_response

    def __call__(self, request):
        if ASKED not in request.headers:
            return self.get_response(request)
        with counting() as count:
            response = self.get_response(request)
        response[COUNTED] = str(count.statements)
        return response
