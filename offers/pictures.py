"""A picture as a venue hands it in, drawn anew: no metadata, no second file inside, no bomb (safety: uploads).

What comes out is WebP, which every browser since 2020 reads: the picture whole, for another crop one day, and cropped
for a page and for a card. A picture to be kept as a file (`redraw`) comes out as a JPEG, which old PCs open too.
"""

import warnings
from dataclasses import dataclass
from hashlib import sha256
from io import BytesIO

from django.conf import settings
from PIL import Image, ImageOps, UnidentifiedImageError

from common.errors import DomainError

FORMATS = {"JPEG": b"\xff\xd8\xff", "PNG": b"\x89PNG\r\n\x1a\n", "WEBP": b"RIFF"}
WHOLE_MAX = 1600  # pixels of the longer side
FILE_MAX = 2400  # the same of a file to keep: an A4 page stays readable on paper
PAGE, CARD = (1200, 675), (320, 240)  # pixels
LEAST = 200  # pixels of the shorter side: below, nothing is to be recognised
QUALITY, FILE_QUALITY = 78, 85
UNREADABLE = "Nous ne pouvons pas lire cette image : choisissez une photo JPEG, PNG ou WebP, telle que prise."


@dataclass(frozen=True, slots=True)
class Drawn:
    """A picture drawn anew: WebP files and the size of the whole, in pixels."""

    whole: bytes
    page: bytes
    card: bytes
    width: int
    height: int
    focus: tuple[int, int]  # per cent from the left and from the top

    @property
    def name(self) -> str:
        """What it is called: the same for the same picture cropped alike, and for no other."""
        return sha256(bytes(self.focus) + self.whole + self.page + self.card).hexdigest()


def draw(content: bytes, *, focus: tuple[int, int] = (50, 50)) -> Drawn:
    """Draw an upload anew, cropped around `focus`.

    Raises DomainError, with a sentence, for what isn't a JPEG, PNG or WebP picture of a sensible size.
    """
    if len(content) > settings.PICTURE_MAX_BYTES:
        raise DomainError(too_heavy(), field="picture")
    return _crops(_opened(content), focus)


def redraw(content: bytes) -> bytes:
    """An upload drawn anew as one JPEG, whole. Raises DomainError as `draw` does."""
    if len(content) > settings.PICTURE_MAX_BYTES:
        raise DomainError(too_heavy(), field="picture")
    kept = BytesIO()
    _bare(_opened(content, most=FILE_MAX)).save(kept, "JPEG", quality=FILE_QUALITY, optimize=True)
    return kept.getvalue()


def crop_again(whole: bytes, *, focus: tuple[int, int]) -> Drawn:
    """The same picture cropped around another point."""
    with Image.open(BytesIO(whole), formats=["WEBP"]) as picture:
        picture.load()
        return _crops(picture, focus, whole=whole)


def too_heavy() -> str:
    """What is said of a file that is too large."""
    most = settings.PICTURE_MAX_BYTES // 1_000_000
    return f"Cette image dépasse {most} Mo : réduisez-la, ou choisissez-en une autre."


def _opened(content: bytes, *, most: int = WHOLE_MAX) -> Image.Image:
    """The upload as one upright picture in RGB, at most `most` wide or high."""
    formats = [name for name, start in FORMATS.items() if content.startswith(start)]
    if not formats:
        raise DomainError(UNREADABLE, field="picture")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            picture: Image.Image = Image.open(BytesIO(content), formats=formats)
            if picture.width * picture.height > settings.PICTURE_MAX_PIXELS:
                raise DomainError(
                    f"Cette image est trop grande ({picture.width} × {picture.height} points) : réduisez-la de moitié.",
                    field="picture",
                )
            if min(picture.size) < LEAST:
                raise DomainError(
                    f"Cette image est trop petite ({picture.width} × {picture.height} points) : il lui en faut au "
                    f"moins {LEAST} de chaque côté.",
                    field="picture",
                )
            picture.draft("RGB", (most, most))  # a JPEG is read at the size that is needed
            if picture.mode not in {"RGB", "RGBA", "L"}:
                picture = picture.convert("RGBA" if _is_transparent(picture) else "RGB")
            picture.thumbnail((most, most), Image.Resampling.LANCZOS)  # first: what follows copies it
            return _flat(ImageOps.exif_transpose(picture))
    except (
        UnidentifiedImageError,
        OSError,
        SyntaxError,
        ValueError,
        EOFError,
        Image.DecompressionBombError,
        Image.DecompressionBombWarning,
    ):
        raise DomainError(UNREADABLE, field="picture") from None


def _is_transparent(picture: Image.Image) -> bool:
    return picture.mode in {"RGBA", "LA", "PA"} or "transparency" in picture.info


def _flat(picture: Image.Image) -> Image.Image:
    """On white where it is transparent: a logo stays readable in the dark."""
    if _is_transparent(picture):
        layer = picture.convert("RGBA")
        picture = Image.new("RGBA", layer.size, "white")
        picture.alpha_composite(layer)
    return picture.convert("RGB")


def _crops(picture: Image.Image, focus: tuple[int, int], *, whole: bytes = b"") -> Drawn:
    around = (focus[0] / 100, focus[1] / 100)
    page, card = (_webp(ImageOps.fit(picture, size, centering=around)) for size in (PAGE, CARD))
    return Drawn(whole or _webp(picture), page, card, picture.width, picture.height, focus)


def _webp(picture: Image.Image) -> bytes:
    kept = BytesIO()
    _bare(picture).save(kept, "WEBP", quality=QUALITY, method=4)
    return kept.getvalue()


def _bare(picture: Image.Image) -> Image.Image:
    """Nothing but its points: what the file said beside them isn't copied."""
    bare = Image.new("RGB", picture.size)
    bare.paste(picture)
    return bare
