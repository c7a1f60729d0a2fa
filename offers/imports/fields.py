"""A field of a file, read or refused by its name: what all readers do with a value."""

from collections.abc import Callable
from typing import TypeVar

from offers.imports.moments import BadMoment
from offers.imports.texts import BadText

Value = TypeVar("Value")


class BadField(ValueError):
    """A field that can't be taken in: (what the file calls it, French sentence)."""


def understood(name: str, read: Callable[..., Value], *values: object) -> Value:
    """What `read` makes of `values`. Raises BadField for the field `name` with the sentence of its refusal."""
    try:
        return read(*values)
    except (BadMoment, BadText) as problem:
        raise BadField(name, str(problem)) from None
