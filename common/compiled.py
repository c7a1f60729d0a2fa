"""Queries that Django turns into SQL once per process, and runs each time with other values.

Where a page asks one thing of the database, turning the query into SQL takes several times as long as its answer. Worth
it for the few queries that nearly every request runs; everywhere else a queryset is simpler.
"""

from collections.abc import Callable
from copy import copy
from typing import Any, Generic, TypeVar

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import Expression, Field, QuerySet
from django.db.models.sql.compiler import SQLCompiler
from django.db.transaction import TransactionManagementError

Row = TypeVar("Row")


class Blank(Expression):
    """Where a value will stand, of the kind that `field` holds."""

    def __init__(self, name: str, field: Field) -> None:
        super().__init__(output_field=field)
        self.name = name

    def as_sql(self, compiler, connection):
        return "%s", [self]


class Compiled(Generic[Row]):
    """What `compiled` makes of a function: called with its values, it returns the rows as a list."""

    def __init__(self, build: Callable[..., QuerySet], fields: dict[str, Field]) -> None:
        self.build, self.fields = build, fields
        self.__doc__ = build.__doc__
        self._known: dict[str, tuple[QuerySet, SQLCompiler, str, list]] = {}  # by kind of database

    def __call__(self, **values: Any) -> list[Row]:
        connection = connections[DEFAULT_DB_ALIAS]
        if connection.vendor not in self._known:
            self._known[connection.vendor] = self._compile()
        queryset, compiler, sql, params = self._known[connection.vendor]
        if queryset.query.select_for_update and connection.get_autocommit():
            raise TransactionManagementError("A row is held in a transaction.")
        ready = {
            name: field.get_db_prep_value(_given(name, values), connection)
            for name, field in self.fields.items()
        }
        told = [ready[param.name] if isinstance(param, Blank) else param for param in params]
        # From here on it is Django's own way from SQL to rows, with a compiler that has nothing left to do.
        mine: Any = copy(compiler)
        mine.connection = connection
        mine.as_sql = lambda *args, **kwargs: (sql, told)
        rows = queryset.all()
        rows.query.get_compiler = lambda *args, **kwargs: mine  # type: ignore[method-assign]
        return list(rows)

    def first(self, **values: Any) -> Row | None:
        """The first row, if there is one: for queries that find at most one."""
        return next(iter(self(**values)), None)

    def _compile(self) -> tuple[QuerySet, SQLCompiler, str, list]:
        queryset = self.build(**{name: Blank(name, field) for name, field in self.fields.items()})
        compiler = queryset.query.get_compiler(DEFAULT_DB_ALIAS)
        sql, params = compiler.as_sql()
        converters = compiler.get_converters([column for column, *_ in compiler.select])
        compiler.get_converters = lambda expressions: converters  # type: ignore[method-assign]
        return queryset, compiler, sql, list(params)


def compiled(**fields: Field) -> Callable[[Callable[..., QuerySet]], Compiled]:
    """Make a function that builds a queryset one that runs it, compiled once: `@compiled(pk=UUIDField())`.

    `fields` say what kind each of its values is; they reach the database as those of a column of that kind would.
    The function may do with them what a queryset does with `F` – hand them to conditions –, and nothing else: it runs
    once, and must read nothing that changes. A value may not be None, which SQL compares in other words.
    """
    return lambda build: Compiled(build, fields)


def _given(name: str, values: dict[str, Any]) -> Any:
    if (value := values[name]) is None:
        raise ValueError(f"“{name}” is None: a compiled query would find nothing.")
    return value
