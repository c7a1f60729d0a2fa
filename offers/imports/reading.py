"""From the bytes of a programme file to its text, or to a sentence that says why not (C2)."""

from common import reading
from common.reading import UnreadableFile

MAX_BYTES = 32 * 1024 * 1024
WANTED = "Envoyez un export OpenAgenda (JSON) ou un tableau CSV."


def read_text(content: bytes) -> str:
    """The text of `content`, as common.reading reads it. Raises UnreadableFile, also for a file too large."""
    if len(content) > MAX_BYTES:
        raise UnreadableFile(
            f"Ce fichier dépasse {MAX_BYTES // 1024 // 1024} Mo. Exportez une saison à la fois, ou coupez-le en deux."
        )
    return reading.read_text(content, wanted=WANTED)
