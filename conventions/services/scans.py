"""A page signed by hand, as its file comes in: really a PDF or a JPEG, and nothing more (safety: uploads)."""

import re
import warnings
import zlib
from collections.abc import Iterator
from io import BytesIO

from django.conf import settings
from PIL import Image, ImageOps, UnidentifiedImageError

from common.errors import DomainError

JPEG_QUALITY = 88
HEADER = re.compile(rb"%PDF-(1\.[0-7]|2\.0)")
TRAILER = re.compile(rb"startxref\s+(\d+)\s+%%EOF\s*\Z")
# What a scanner never writes: programs, files inside the file, passwords.
ACTIVE = re.compile(
    rb"/((JavaScript|Launch|EmbeddedFiles?|RichMedia|Rendition|Encrypt|GoToE|SubmitForm)\b|XFA[\s\[\d])"
)
SHORT = re.compile(rb"/JS\b")
STREAM = re.compile(rb"stream\r?\n.*?endstream", re.DOTALL)  # pictures, in which any three letters may meet
BEGINNING = re.compile(rb"stream\r?\n")
ESCAPED = re.compile(rb"#([0-9A-Fa-f]{2})")  # /J#61vaScript is /JavaScript
OBJECTS = re.compile(rb"[\x00\s%]*[\d%]")  # how a packed list of objects begins, once unpacked
UNPACKED_MAX = 50_000_000
NOT_A_SCAN = (
    "Ce fichier n'est ni un PDF ni une photo JPEG lisible : numérisez la convention signée, ou prenez-la en photo, "
    "et déposez ce fichier-là."
)


def checked_scan(content: bytes) -> tuple[bytes, str]:
    """What is kept of an upload, and its media type: a PDF as it came, a JPEG drawn anew without its metadata.

    Raises DomainError for anything else: too large, not what it says, two formats at once, a bomb, a PDF that acts.
    """
    if len(content) > settings.SCAN_MAX_BYTES:
        raise DomainError(too_large(), field="scan")
    if content.startswith(b"%PDF-"):
        _check_pdf(content)
        return content, "application/pdf"
    if content.startswith(b"\xff\xd8\xff"):
        return _redraw_jpeg(content), "image/jpeg"
    raise DomainError(NOT_A_SCAN, field="scan")


def too_large() -> str:
    """What is said of a file that is too large."""
    return (
        f"Ce fichier dépasse {settings.SCAN_MAX_BYTES // 1_000_000} Mo : numérisez en noir et blanc ou en qualité "
        "moyenne, puis recommencez."
    )


def _check_pdf(content: bytes) -> None:
    """A whole PDF from the first byte to the last, whose table of objects is where it says, and that does nothing."""
    found = TRAILER.search(content[-2048:])
    start = int(found[1]) if found else -1
    table = content[start : start + 40].lstrip() if 0 < start < len(content) else b""
    if not HEADER.match(content) or not (table.startswith(b"xref") or re.match(rb"\d+\s+\d+\s+obj", table)):
        raise DomainError(NOT_A_SCAN, field="scan")
    if _acts(content) or any(_acts(unpacked) for unpacked in _packed_objects(content)):
        raise DomainError(
            "Ce PDF contient un programme, un mot de passe ou un autre fichier : imprimez-le, signez, numérisez, puis "
            "déposez la page numérisée.",
            field="scan",
        )


def _acts(content: bytes) -> bool:
    """Whether a name of ACTIVE stands anywhere: a comment may pretend that a picture begins and ends around it."""
    plain = ESCAPED.sub(lambda code: bytes.fromhex(code[1].decode()), content)
    return bool(ACTIVE.search(plain) or SHORT.search(STREAM.sub(b"", plain)))


def _packed_objects(content: bytes) -> Iterator[bytes]:
    """The lists of objects that newer PDFs hold compressed. Raises DomainError for a bomb."""
    whole, left = memoryview(content), UNPACKED_MAX
    for found in BEGINNING.finditer(content):
        packed = zlib.decompressobj()
        try:
            begins = packed.decompress(whole[found.end() : found.end() + 4096], 64)
            if not OBJECTS.match(begins):
                continue
            unpacked = zlib.decompressobj().decompress(whole[found.end() :], left + 1)
        except zlib.error:
            continue
        left -= len(unpacked)
        if left < 0:
            raise DomainError(NOT_A_SCAN, field="scan")
        yield unpacked


def _redraw_jpeg(content: bytes) -> bytes:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            picture = Image.open(BytesIO(content), formats=["JPEG"])
            if picture.width * picture.height > settings.SCAN_MAX_PIXELS:
                raise DomainError(
                    "Cette photo est trop grande : prenez-la en qualité moyenne, puis recommencez.",
                    field="scan",
                )
            upright = ImageOps.exif_transpose(picture).convert("RGB")
    except (
        UnidentifiedImageError,
        OSError,
        SyntaxError,
        ValueError,
        Image.DecompressionBombError,
        Image.DecompressionBombWarning,
    ):
        raise DomainError(NOT_A_SCAN, field="scan") from None
    upright.info.clear()  # comments and profiles, which saving would write again
    kept = BytesIO()
    upright.save(kept, "JPEG", quality=JPEG_QUALITY, optimize=True)
    return kept.getvalue()
