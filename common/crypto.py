"""Encryption of names at rest, and keyed hashes for look-ups (F2).

The keys live in the environment, never in the database. The first key encrypts, all of them decrypt: put a
new one in front to rotate, then run `manage.py rotate_names`.
"""

import hashlib
import hmac
from functools import cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.db import models


@cache
def _box(keys: tuple[str, ...]) -> MultiFernet:
    try:
        return MultiFernet([Fernet(key.strip()) for key in keys])
    except ValueError as error:
        raise ImproperlyConfigured(
            "PORTAIL_NAMES_KEYS doit contenir des clés Fernet (32 octets en base64), séparées par des virgules."
        ) from error


def box() -> MultiFernet:
    """The keys of this installation, ready to encrypt and decrypt bytes."""
    return _box(tuple(settings.NAMES_KEYS))


def keyed_hash(text: str) -> str:
    """A look-up value for a secret `text`: 64 hexadecimal digits that tell nothing without HMAC_KEY."""
    return hmac.new(settings.HMAC_KEY.encode(), text.encode(), hashlib.sha256).hexdigest()


def fingerprint(content: bytes) -> str:
    """The SHA-256 of a document, 64 hexadecimal digits, kept beside it and quoted to whoever has a copy."""
    return hashlib.sha256(content).hexdigest()


class EncryptedTextField(models.TextField):
    """Text that the database only holds encrypted. It can't be filtered on; empty text stays empty.

    `max_length` counts the characters typed, not those stored.
    """

    def get_db_prep_save(self, value, connection):
        value = super().get_db_prep_save(value, connection)
        if value and not hasattr(
            value, "as_sql"
        ):  # an expression (bulk_update) asks again for each value in it
            value = box().encrypt(value.encode()).decode()
        return value

    def from_db_value(self, value, expression, connection):
        try:
            return box().decrypt(value).decode() if value else value
        except InvalidToken as error:
            raise ImproperlyConfigured(
                "Un nom ne se déchiffre pas : PORTAIL_NAMES_KEYS ne contient pas la clé avec laquelle il fut écrit."
            ) from error

    def get_lookup(self, lookup_name):
        if lookup_name not in {"isnull", "exact"}:
            raise ValidationError(f"Un champ chiffré ne se cherche pas ({lookup_name}).")
        return super().get_lookup(lookup_name)


class EncryptedBinaryField(models.BinaryField):
    """Bytes that the database only holds encrypted (documents that carry names)."""

    def get_db_prep_save(self, value, connection):
        if value and not hasattr(value, "as_sql"):
            value = box().encrypt(bytes(value))
        return super().get_db_prep_save(value, connection)

    def from_db_value(self, value, expression, connection):
        return box().decrypt(bytes(value)) if value else value


EncryptedField = EncryptedTextField | EncryptedBinaryField


def encrypted_fields(model: type[models.Model]) -> list[EncryptedField]:
    """The fields of `model` that the database only holds encrypted."""
    return [field for field in model._meta.local_concrete_fields if isinstance(field, EncryptedField)]


def as_stored(field: EncryptedField) -> models.ExpressionWrapper:
    """What the database holds for `field`, not decrypted: for backups and the rotation of keys."""
    kept: models.Field = (
        models.BinaryField() if isinstance(field, EncryptedBinaryField) else models.TextField()
    )
    return models.ExpressionWrapper(models.F(field.attname), output_field=kept)
