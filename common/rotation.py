"""Names of people under a new key: every encrypted value is written again with the first of the keys (F2)."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from allauth.mfa.models import Authenticator
from cryptography.fernet import Fernet, InvalidToken
from django.apps import apps
from django.conf import settings
from django.db import models, transaction

from common.crypto import as_stored, box, encrypted_fields
from common.errors import DomainError

SEALED = ("secret", "seed")  # in the data of allauth's second factors, what is encrypted
BATCH = 500  # rows read, and rewritten where needed, in one transaction


@dataclass(frozen=True)
class Rotated:
    """One batch: of which model, rows looked at, rows written again."""

    model: type[models.Model]
    seen: int
    rewritten: int


def rotate_names() -> Iterator[Rotated]:
    """Write what isn't under the first key again, batch by batch; yields after each.

    It may be stopped and run again: what is done stays done. The portal may be running, provided that all of its
    processes have the new keys. Raises DomainError where a value opens with none of the keys.
    """
    first = Fernet(settings.NAMES_KEYS[0].strip())
    for model in apps.get_models(include_auto_created=True):
        if encrypted_fields(model):
            last = None
            while batch := rotate_batch(model, after=last, first=first):
                rotated, last = batch
                yield rotated
    if (second_factors := rotate_second_factors(first=first)).seen:
        yield second_factors


@transaction.atomic
def rotate_second_factors(*, first: Fernet) -> Rotated:
    """The same for the secrets of second factors, which allauth keeps inside JSON; some per account of the team."""
    seen, stale = 0, []
    for row in Authenticator.objects.select_for_update().order_by("pk"):
        sealed = {name: row.data[name] for name in SEALED if name in row.data}
        seen += bool(sealed)
        if any(not opens(first, value) for value in sealed.values()):
            clear = {name: opened(value, row._meta.label, row.pk) for name, value in sealed.items()}
            row.data |= {name: first.encrypt(text).decode() for name, text in clear.items()}
            stale.append(row)
    Authenticator.objects.bulk_update(stale, ["data"], batch_size=BATCH)
    return Rotated(Authenticator, seen, len(stale))


@transaction.atomic
def rotate_batch(model: type[models.Model], *, after: Any, first: Fernet) -> tuple[Rotated, Any] | None:
    """The rows that follow the primary key `after`, and the last of them; None where there are none left."""
    fields = encrypted_fields(model)
    rows = model._base_manager.select_for_update().order_by("pk")
    if after is not None:
        rows = rows.filter(pk__gt=after)
    found = list(rows.values_list("pk", *(as_stored(field) for field in fields))[:BATCH])
    if not found:
        return None
    stale = [
        reopened(model, pk, fields, values)
        for pk, *values in found
        if any(value and not opens(first, value) for value in values)
    ]
    model._base_manager.bulk_update(stale, [field.name for field in fields])
    return Rotated(model, len(found), len(stale)), found[-1][0]


def opens(key: Fernet, value: str | bytes) -> bool:
    """Whether `value` was written with `key`."""
    try:
        key.decrypt(value if isinstance(value, str) else bytes(value))
    except InvalidToken:
        return False
    return True


def reopened(model: type[models.Model], pk: Any, fields: list, values: list) -> models.Model:
    """A row that holds nothing but its key and its values in clear, which saving encrypts with the first key."""
    row = model(pk=pk)
    for field, value in zip(fields, values, strict=True):
        clear = opened(value, model._meta.label, pk) if value else value
        setattr(row, field.attname, clear.decode() if value and isinstance(value, str) else clear)
    return row


def opened(value: str | bytes, label: str, pk: Any) -> bytes:
    """What `value` says. Raises DomainError where no key opens it."""
    try:
        return box().decrypt(value if isinstance(value, str) else bytes(value))
    except InvalidToken as error:
        raise DomainError(
            f"Une valeur ({label} {pk}) ne s'ouvre avec aucune clé de PORTAIL_NAMES_KEYS : ajoutez-y "
            "l'ancienne, à la fin, après une virgule. Rien n'est perdu ; relancez ensuite."
        ) from error
