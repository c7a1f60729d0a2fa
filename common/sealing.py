"""Text that only whoever holds its code can read: what a lost phone keeps tells nothing (D9).

static/invitations/js/codes.js opens what is sealed here; both say the same in two languages.
"""

import hashlib
import os
from base64 import b64encode

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

LOOKUP, KEY, NONCE = 16, 32, 12  # bytes
PURPOSE = b"porte"


def seal(text: str, *, code: str, salt: bytes) -> tuple[str, str]:
    """Where to look for a secret `code` of 128 bits, and `text` encrypted so that the same code opens it.

    The first is hexadecimal, the second base64 (nonce, then AES-256-GCM). Neither tells the code nor the text.
    """
    bits = HKDF(algorithm=SHA256(), length=LOOKUP + KEY, salt=salt, info=PURPOSE).derive(code.encode())
    nonce = os.urandom(NONCE)
    box = nonce + AESGCM(bits[LOOKUP:]).encrypt(nonce, text.encode(), None)
    return bits[:LOOKUP].hex(), b64encode(box).decode()


def slow_lookup(code: str, *, salt: bytes, iterations: int) -> str:
    """Where to look for a short `code` (40 bits), hexadecimal; slow, so that trying all of them takes long."""
    return hashlib.pbkdf2_hmac("sha256", code.encode(), salt, iterations, dklen=LOOKUP).hex()
