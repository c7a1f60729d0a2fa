"""Papers, and the only module that knows WeasyPrint (D2).

A template `<app>/pdf/<name>.html` extends `common/pdf/base.html` and is dressed by the static files
`common/pdf/paper.css` and `<app>/pdf/<name>.css`. What is costly is made once per process and kept: the fonts,
and each style sheet once read. It must not be made before a process forks, as the fonts lie in a folder that the
first process to end takes away; nothing is made at import.
"""

import re
import unicodedata
from base64 import b64encode
from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from pathlib import Path
from threading import Lock
from typing import Any
from urllib.parse import unquote, urlsplit

import pydyf
import segno
from django.conf import settings
from django.contrib.staticfiles import finders
from django.template.loader import render_to_string
from PIL import Image
from weasyprint import CSS, HTML
from weasyprint.document import Document, Page
from weasyprint.formatting_structure import boxes
from weasyprint.images import RasterImage
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import URLFetcher, URLFetcherResponse

from common import sheets as stacking
from common.languages import FRENCH, Phrasebook, speaking

# Letters that the Latin fonts lack, and the style sheet that brings them: most papers need none of them.
SCRIPTS = {
    "common/pdf/cyrillic.css": re.compile("[\u0400-\u052f\u1c80-\u1c8a\u2116\u2de0-\u2dff\ua640-\ua69f]"),
    "common/pdf/arabic.css": re.compile(
        "[\u0600-\u06ff\u0750-\u077f\u0870-\u08ff\ufb50-\ufdff\ufe70-\ufefc]"
    ),
    "common/pdf/ethiopic.css": re.compile("[\u1200-\u139f\u2d80-\u2ddf\uab00-\uab2f]"),
}
# Emoji, which no font here draws, and marks that turn the reading direction of what follows them.
NOT_FOR_PAPER = re.compile(
    "[\U0001f000-\U0001faff\u2600-\u27bf\ufe0e\ufe0f\u202a-\u202e\u2066-\u2069\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]"
)
TIGHTEST = 4
# How small the letters of a paper get, step by step (`tightness`), then after how many lines its texts are cut.
STEPS = [
    *((tightness, None) for tightness in range(TIGHTEST + 1)),
    (TIGHTEST, 4),
    (TIGHTEST, 2),
    (TIGHTEST, 1),
]
POINTS_PER_PIXEL = 0.75
QUIET = b"\xff" * 4  # the white around a QR code, in dots
INKED = bytes([255, 0]) + bytes(254)  # from a code's dots, 1 for dark, to a picture's
HTML_MAX = 4_000_000  # characters: some hundred pages, which take about 150 MB and ten seconds

LAID_OUT_MAX = 24  # strips that stay laid out, the last used ones: some MB

_laid_out: dict[tuple, Page] = {}
_one_at_a_time = Lock()  # Pango's map of fonts can't be read by two threads at once


class PaperTooLong(ValueError):
    """The text is longer than any paper of the portal could be."""


def render_pdf(
    *, template: str, context: dict, title: str, lang: str = "fr", pages: int | None = None
) -> bytes:
    """The template as a tagged PDF (PDF/UA-1) with its language and title; the same bytes for the same content.

    `context` comes to the template with `title`, `lang` and `tightness`. Where `pages` is given and the text
    takes more, it is set smaller, step by step (`tightness` 1 to 4). Nothing but the portal's own static files
    and `data:` is ever read: an address that a text brought in is left out. Raises PaperTooLong past HTML_MAX.
    """
    with _one_at_a_time:
        for tightness in range(TIGHTEST + 1):
            html = render_to_string(
                template, {**context, "title": title, "lang": lang, "tightness": tightness}
            )
            document = _lay_out(html, template.removesuffix(".html") + ".css")
            if pages is None or len(document.pages) <= pages:
                break
        return document.write_pdf(pdf_variant="pdf/ua-1", pdf_tags=True)


@dataclass(frozen=True, eq=False)
class Strip:
    """A part of a page over its whole width. Sheets that hold the same Strip share it: it is drawn once.

    One that is `about_nobody` stays laid out in memory for the next papers of the same outing.
    """

    template: str
    context: Mapping[str, object]
    about_nobody: bool = False


@dataclass(frozen=True)
class Sheet:
    """One printed page: its strips from top to bottom, in the language of `book`.

    Sheets of one `family` (anything that can be compared) share strips and have letters of one size.
    """

    family: Hashable
    book: Phrasebook
    strips: tuple[Strip, ...]


def render_sheets(*, sheets: list[Sheet], dress: str, title: str) -> bytes:
    """One page for each of `sheets`, in that order, as `render_pdf` makes them: tagged, each in its language.

    `dress` is the style sheet of the strips. A family of sheets whose texts are too long is set smaller, step by step;
    where that isn't enough its texts are cut with « … », in the last step every one after its first line.
    """
    families: dict[Hashable, list[Sheet]] = {}
    for sheet in sheets:
        families.setdefault(sheet.family, []).append(sheet)
    with _one_at_a_time:
        drawn: dict[Strip, _Drawn] = {}
        pages: list[Page] = []
        documents = [
            _draw_family(family, dress=dress, title=title, drawn=drawn, pages=pages)
            for family in families.values()
        ]
        stacked = [
            stacking.Sheet(sheet.book.language.code, tuple(_placed([drawn[strip] for strip in sheet.strips])))
            for sheet in sheets
        ]
        whole = documents[0].copy(pages)
        whole.metadata.lang = FRENCH
        return whole.write_pdf(
            pdf_variant="pdf/ua-1", pdf_tags=True, finisher=lambda _, pdf: stacking.stack(pdf, stacked)
        )


@dataclass(frozen=True)
class _Drawn:
    strip: stacking.Strip
    height: float


def _placed(strips: list[_Drawn]) -> Iterator[tuple[stacking.Strip, float]]:
    down = 0.0
    for drawn in strips:
        yield drawn.strip, down * POINTS_PER_PIXEL
        down += drawn.height


def _draw_family(
    sheets: list[Sheet], *, dress: str, title: str, drawn: dict[Strip, _Drawn], pages: list[Page]
) -> Document:
    """Lay out the strips of `sheets`, a page each, so small or cut that every sheet holds.

    They are added to `pages`, and noted in `drawn`.
    """
    book = sheets[0].book
    strips = list(dict.fromkeys(strip for sheet in sheets for strip in sheet.strips))
    with speaking(book):
        texts = [render_to_string(strip.template, {**strip.context, "book": book}) for strip in strips]
    for tightness, lines in STEPS:
        looks = [(text, dress, book.language.code, tightness, lines) for text in texts]
        laid = {look: page for look in looks if (page := _laid_out.get(look))}
        missing = [look for look in looks if look not in laid]
        context = {"title": title, "lang": book.language.code, "tightness": tightness, "lines": lines}
        html = render_to_string(
            "common/pdf/strips.html",
            {**context, "language": book.language, "strips": [look[0] for look in missing]},
        )
        document = _lay_out(html, dress, _Plain)
        if len(document.pages) != len(missing):
            continue
        laid |= dict(zip(missing, document.pages, strict=True))
        tall = {
            strip: _strip_box(laid[look]).margin_height() for strip, look in zip(strips, looks, strict=True)
        }
        room = document.pages[0]._page_box.height
        if all(sum(tall[strip] for strip in sheet.strips) <= room for sheet in sheets):
            break
    else:
        raise PaperTooLong(f"{dress}: {len(html)} characters")
    for strip, look in zip(strips, looks, strict=True):
        drawn[strip] = _Drawn(stacking.Strip(len(pages), tuple(_langs(laid[look]._page_box))), tall[strip])
        pages.append(laid[look])
        if strip.about_nobody:
            _laid_out.pop(look, None)
            _laid_out[look] = laid[look]
    while len(_laid_out) > LAID_OUT_MAX:
        del _laid_out[next(iter(_laid_out))]
    return document


def _strip_box(page: Page) -> boxes.BlockBox:
    html = page._page_box.children[0]
    body = html.children[0]
    return body.children[0]


def _langs(box: boxes.Box) -> Iterator[str]:
    """The language of each text and picture under `box`, in the order of the tags."""
    if isinstance(box, boxes.TextBox | boxes.ReplacedBox):
        yield box.style["lang"]
    for child in getattr(box, "children", ()):
        yield from _langs(child)


def qr_picture(text: str, *, error: str = "m") -> str:
    """A QR code of `text` with its quiet zone, as the `data:` address of a square picture, for `<img class="qr" src>`.

    Level M: a fold, a stain or a poor copy may spoil 15 % of it; 30 % at level H, for a cracked screen. The symbol is
    80 % of the picture's width at least, so 40 mm on paper give 32. One dot a square, which paper.css lets nobody
    smooth; the mask is fixed, which spares trying eight of them.
    """
    code = segno.make_qr(text, error=error, boost_error=False, mask=0)
    rows = [QUIET + row.translate(INKED) + QUIET for row in code.matrix]
    side = len(rows[0])
    above = below = QUIET * side
    png = BytesIO()
    # Grey, though it is black and white: WeasyPrint would make colours of one bit a dot.
    Image.frombytes("L", (side, side), above + b"".join(rows) + below).save(png, "PNG")
    return "data:image/png;base64," + b64encode(png.getvalue()).decode()


def _lay_out(html: str, dress: str, kind: type[HTML] = HTML) -> Document:
    if len(html) > HTML_MAX:
        raise PaperTooLong(f"{dress}: {len(html)} characters")
    html = NOT_FOR_PAPER.sub("", unicodedata.normalize("NFC", html))
    for stylesheet, letters in SCRIPTS.items():
        if letters.search(html):
            _stylesheet(stylesheet)
    sheets = [_stylesheet("common/pdf/paper.css"), _stylesheet(dress)]
    page = kind(string=html, base_url=_roots()[0].as_uri() + "/", url_fetcher=_OwnFiles())
    pictures = dict(_own_pictures())
    document = page.render(stylesheets=sheets, font_config=_fonts(), cache=pictures)
    for address, picture in pictures.items():
        if address.startswith("file:") and address not in _own_pictures():
            _own_pictures()[address] = _kept(picture)
    return document


class _Plain(HTML):
    """A page dressed by our sheets alone: matching WeasyPrint's own against every element takes a third of the time."""

    def _ua_stylesheets(self, forms=False):
        return [_stylesheet("common/pdf/plain.css")]


@cache
def _fonts() -> FontConfiguration:
    return FontConfiguration()


@cache
def _own_pictures() -> dict[str, Any]:
    """The portal's own pictures that this process has read, by their address."""
    return {}


def _kept(picture: Any) -> Any:
    """A picture that is packed for PDFs once: WeasyPrint does it for each, a millisecond a pictogram."""
    if isinstance(picture, RasterImage):
        pack = cache(picture.get_x_object)

        def packed(*how: Any) -> pydyf.Stream:
            stream = pack(*how)
            return pydyf.Stream(stream.stream, stream.extra)

        picture.get_x_object = packed
    return picture


@cache
def _stylesheet(path: str) -> CSS:
    """The static file `path`, read; its fonts join those of the process."""
    return CSS(filename=finders.find(path), url_fetcher=_OwnFiles(), font_config=_fonts())


@cache
def _roots() -> list[Path]:
    return [Path(folder).resolve() for folder in settings.STATICFILES_DIRS]


class _OwnFiles(URLFetcher):
    """Reads `data:` and the project's static files; refuses the rest, which WeasyPrint then leaves out.

    Refusing must be an ordinary exception: WeasyPrint's fatal one is a BaseException and would end the worker.
    """

    def fetch(self, url, headers=None):
        parts = urlsplit(url)
        if parts.scheme == "data":
            return super().fetch(url, headers)
        path = Path(unquote(parts.path)).resolve()
        if parts.scheme != "file" or not any(path.is_relative_to(root) for root in _roots()):
            raise ValueError("a paper holds nothing from elsewhere")
        return URLFetcherResponse(url, path.read_bytes())
