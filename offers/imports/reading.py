"""From the bytes of a file to its text, or to a sentence that says why not (C2)."""

import re

from offers.imports.records import UnreadableFile

MAX_BYTES = 32 * 1024 * 1024

CONTAINERS = (
    (b"PK\x03\x04", "Ce fichier est un classeur ou une archive (XLSX, ODS…). Enregistrez la feuille en CSV."),
    (
        b"\xd0\xcf\x11\xe0",
        "Ce fichier est un ancien classeur Excel (XLS). Enregistrez la feuille au format CSV.",
    ),
    (b"%PDF", "Ce fichier est un PDF, dont on ne peut pas lire les dates. Exportez votre programme en CSV."),
    (b"\x1f\x8b", "Ce fichier est compressé. Décompressez-le, puis envoyez le fichier qu'il contient."),
)
NOT_TEXT = "Ce fichier n'est pas un texte lisible. Envoyez un export OpenAgenda (JSON) ou un tableau CSV."
# Whatever a text may hold besides letters: line ends, tabs, and the form feed that old exports leave.
CONTROL = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f]")


def read_text(content: bytes) -> str:
    """The text of `content`, without byte-order marks; UTF-8, UTF-16 with its mark, else Windows-1252.

    Raises UnreadableFile when it is empty, too large, a known container (XLSX, PDF…), or holds NUL or other
    control characters, which no programme has.
    """
    if len(content) > MAX_BYTES:
        raise UnreadableFile(
            f"Ce fichier dépasse {MAX_BYTES // 1024 // 1024} Mo. Exportez une saison à la fois, ou coupez-le en deux."
        )
    for signature, sentence in CONTAINERS:
        if content.startswith(signature):
            raise UnreadableFile(sentence)
    text = _decode(content).lstrip("\ufeff")
    if CONTROL.search(text):
        raise UnreadableFile(NOT_TEXT)
    if not text.strip():
        raise UnreadableFile("Ce fichier est vide. Vérifiez l'export, puis envoyez-le à nouveau.")
    return text


def _decode(content: bytes) -> str:
    encodings = ("utf-16",) if content[:2] in (b"\xff\xfe", b"\xfe\xff") else ("utf-8", "cp1252")
    for encoding in encodings:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise UnreadableFile(NOT_TEXT)
