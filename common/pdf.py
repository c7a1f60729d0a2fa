"""Papers, and the only module that knows WeasyPrint (D2).

A template `<app>/pdf/<name>.html` extends `common/pdf/base.html` and is dressed by the static files
`common/pdf/paper.css` and `<app>/pdf/<name>.css`. What is costly is made once per process and kept: the fonts,
and each style sheet once read. It must not be made before a process forks, as the fonts lie in a folder that the
first process to end takes away; nothing is made at import.
"""

import re
import unicodedata
from functools import cache
from pathlib import Path
from threading import Lock
from urllib.parse import unquote, urlsplit

import segno
from django.conf import settings
from django.contrib.staticfiles import finders
from django.template.loader import render_to_string
from weasyprint import CSS, HTML
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import URLFetcher, URLFetcherResponse

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
HTML_MAX = 4_000_000  # characters: some hundred pages, which take about 150 MB and ten seconds

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
            document = _lay_out(html, template)
            if pages is None or len(document.pages) <= pages:
                break
        return document.write_pdf(pdf_variant="pdf/ua-1", pdf_tags=True)


def qr_svg(text: str) -> str:
    """A QR code of `text` with its quiet zone, as the `data:` address of a square SVG, for `<img src>`.

    Level M: a fold, a stain or a poor copy may spoil 15 % of it. The symbol is 80 % of the picture's width at
    least, so 40 mm on paper give 32. The mask is fixed, which spares trying eight of them.
    """
    code = segno.make_qr(text, error="m", boost_error=False, mask=0)
    return code.svg_data_uri(border=4, omitsize=True, svgclass=None, lineclass=None, encode_minimal=True)


def _lay_out(html: str, template: str):
    if len(html) > HTML_MAX:
        raise PaperTooLong(f"{template}: {len(html)} characters")
    html = NOT_FOR_PAPER.sub("", unicodedata.normalize("NFC", html))
    for stylesheet, letters in SCRIPTS.items():
        if letters.search(html):
            _stylesheet(stylesheet)
    dress = [_stylesheet("common/pdf/paper.css"), _stylesheet(template.removesuffix(".html") + ".css")]
    page = HTML(string=html, base_url=_roots()[0].as_uri() + "/", url_fetcher=_OwnFiles())
    return page.render(stylesheets=dress, font_config=_fonts())


@cache
def _fonts() -> FontConfiguration:
    return FontConfiguration()


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
