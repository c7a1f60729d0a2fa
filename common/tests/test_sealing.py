"""What is sealed opens with its code, and with nothing else (D9)."""

from base64 import b64decode

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from common.codes import new_token
from common.sealing import seal, slow_lookup

SALT = bytes(16)


def opened(box, code, salt=SALT):
    """As the phone does it, by the standards alone (RFC 5869, AES-256-GCM)."""
    bits = HKDF(algorithm=SHA256(), length=48, salt=salt, info=b"porte").derive(code.encode())
    sealed = b64decode(box)
    return bits[:16].hex(), AESGCM(bits[16:]).decrypt(sealed[:12], sealed[12:], None).decode()


def test_sealed_text_opens_with_its_code_where_it_is_looked_for():
    code = new_token()
    lookup, box = seal("Zélie", code=code, salt=SALT)
    assert opened(box, code) == (lookup, "Zélie")
    assert code not in lookup + box


@pytest.mark.parametrize("salt", [SALT, bytes(15) + b"1"])
def test_sealed_text_opens_with_nothing_else(salt):
    code = new_token()
    _, box = seal("Zélie", code=code, salt=SALT)
    with pytest.raises(InvalidTag):
        opened(box, new_token() if salt == SALT else code, salt)


def test_two_seals_of_the_same_never_look_alike():
    code = new_token()
    assert seal("Zélie", code=code, salt=SALT)[1] != seal("Zélie", code=code, salt=SALT)[1]


def test_number_is_looked_for_elsewhere_with_each_salt():
    assert slow_lookup("7KQ2MB9XT", salt=SALT, iterations=2) != slow_lookup(
        "7KQ2MB9XT", salt=b"x" * 16, iterations=2
    )
