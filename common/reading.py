"""From the bytes of somebody's file to its text, or to a sentence that says why not.

What every import shares: encodings as spreadsheets write them, the separator of a table, files that are none.
"""

import csv
import io
import re
from collections.abc import Callable, Sequence

from common.errors import DomainError

CONTAINERS = (
    (b"PK\x03\x04", "Ce fichier est un classeur ou une archive (XLSX, ODS…). Enregistrez la feuille en CSV."),
    (
        b"\xd0\xcf\x11\xe0",
        "Ce fichier est un ancien classeur Excel (XLS). Enregistrez la feuille au format CSV.",
    ),
    (b"%PDF", "Ce fichier est un PDF, dont on ne peut pas lire les lignes. Envoyez plutôt un tableau CSV."),
    (b"\x1f\x8b", "Ce fichier est compressé. Décompressez-le, puis envoyez le fichier qu'il contient."),
)
# Whatever a text may hold besides letters: line ends, tabs, and the form feed that old exports leave.
CONTROL = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f]")
SEPARATORS = ";,\t|"
SEPARATOR_LINE = re.compile(r"sep=([;,\t|])\r?\n", re.IGNORECASE)
MAX_COLUMNS = 300


class UnreadableFile(DomainError):
    """The file as a whole can't be used: binary, empty, or of no form that the portal knows."""


def read_text(content: bytes, *, wanted: str) -> str:
    """The text of `content`, without byte-order marks; UTF-8, UTF-16 with its mark, else Windows-1252.

    `wanted` is the French sentence that says what to send instead. Raises UnreadableFile when the file is empty, a
    known container (XLSX, PDF…), or holds NUL or other control characters, which no text has.
    """
    for signature, sentence in CONTAINERS:
        if content.startswith(signature):
            raise UnreadableFile(sentence)
    text = _decode(content).lstrip("\ufeff")
    if CONTROL.search(text):
        raise UnreadableFile(f"Ce fichier n'est pas un texte lisible. {wanted}")
    if not text.strip():
        raise UnreadableFile("Ce fichier est vide. Vérifiez l'export, puis envoyez-le à nouveau.")
    return text


def _decode(content: bytes) -> str:
    """Windows-1252 gives a meaning to nearly every byte: what isn't text shows by its control characters."""
    encodings = ("utf-16",) if content[:2] in (b"\xff\xfe", b"\xfe\xff") else ("utf-8", "cp1252")
    for encoding in encodings:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    return "\x00"


def separator_of(text: str, *, known: Callable[[Sequence[str]], int]) -> tuple[str, str]:
    """The separator of a CSV, and its text without Excel's "sep=" line.

    `known` counts the headings that make sense; the separator whose first row has most of them is the right one.
    """
    if declared := SEPARATOR_LINE.match(text):
        return declared[1], text[declared.end() :]

    def sense(separator: str) -> tuple[int, int]:
        try:
            headings = next(filter(None, csv.reader(io.StringIO(text, newline=""), delimiter=separator)), [])
        except csv.Error:
            return 0, 0
        return known(headings[:MAX_COLUMNS]), len(headings)

    return max(SEPARATORS, key=sense), text
