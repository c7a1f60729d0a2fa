"""What every form shares: refusals of a rule stand by the field they are about."""

from collections.abc import Callable
from typing import Any

from django import forms

from common.errors import DomainError


def attach(form: forms.BaseForm, error: DomainError) -> None:
    """Show a rule's refusal by its field, or above the form where it names none of this form's."""
    form.add_error(error.field if error.field in form.fields else None, error.sentence)


def attempt(form: forms.BaseForm, service: Callable, **arguments: Any) -> Any:
    """What `service` returns; None where it refuses, with its sentence attached to the form."""
    try:
        return service(**arguments)
    except DomainError as error:
        attach(form, error)
        return None
