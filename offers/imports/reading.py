"""From the bytes of a programme file to its text, or to a sentence that says why not (C2)."""

from common import reading
from common.reading import UnreadableFile

MAX_BYTES = 32 * 1024 * 1024
WANTED = "Envoyez un tableau (XLSX ou CSV), un calendrier (ICS) ou un export OpenAgenda (JSON)."


def check_size(content: bytes) -> None:
    """Raises UnreadableFile for a file too large."""
    if len(content) > MAX_BYTES:
        raise UnreadableFile(
            f"Ce fichier dépasse {MAX_BYTES // 1024 // 1024} Mo. Exportez une saison à la fois, ou coupez-le en deux."
        )


def read_text(content: bytes) -> str:
    """The text of `content`, as common.reading reads it. Raises UnreadableFile, also for a file too large."""
    check_size(content)
    return reading.read_text(content, wanted=WANTED)
