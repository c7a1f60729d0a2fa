"""Codes that people read aloud and type: no letter that looks like a digit, and a check character."""

import re
import secrets

from django.urls.converters import StringConverter
from stdnum import luhn

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # base32 without I, L, O, U
LOOKALIKES = str.maketrans({"I": "1", "L": "1", "O": "0", "U": "V"})


def new_code(length: int = 8) -> str:
    """`length` random characters and one check character (8 + 1: 40 bits)."""
    body = "".join(secrets.choice(ALPHABET) for _ in range(length))
    return body + luhn.calc_check_digit(body, alphabet=ALPHABET)


def clean_code(typed: str) -> str:
    """What somebody typed, without spaces and dashes, in capitals, look-alikes put right."""
    return "".join(char for char in typed.upper().translate(LOOKALIKES) if char in ALPHABET)


def is_code(code: str, length: int = 8) -> bool:
    """Whether `code` has the right length and a true check character: most typing slips fail here."""
    return len(code) == length + 1 and luhn.is_valid(code, alphabet=ALPHABET)


def spoken(code: str) -> str:
    """`7KQ2MB9XT` as people read it: `7KQ-2MB-9XT`."""
    return "-".join(code[start : start + 3] for start in range(0, len(code), 3))


def new_token() -> str:
    """128 random bits for a URL (22 characters)."""
    return secrets.token_urlsafe(16)


def is_token(text: str) -> bool:
    """Whether `text` looks like what `new_token` makes."""
    return re.fullmatch(TokenConverter.regex, text) is not None


class TokenConverter(StringConverter):
    """`<token:token>` in a site map: what `new_token` makes, and nothing else."""

    regex = "[A-Za-z0-9_-]{22}"
