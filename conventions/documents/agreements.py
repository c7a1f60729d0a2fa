"""Agreements on paper: what is sent to be signed, the signed original, a specimen of a text (B1, B2)."""

from typing import Any

from common.pdf import render_pdf

TEMPLATE = "conventions/pdf/agreement.html"


def agreement_pdf(*, words: dict, specimen: bool = False) -> bytes:
    """The agreement to sign, with room for signatures by hand; `specimen` marks each page as such."""
    return _render(words, specimen=specimen)


def original_pdf(*, words: dict, signatures: dict[str, Any]) -> bytes:
    """The same words, signed by both parties, and the page that tells how and when (B2).

    `signatures` holds `partner` and `association` (name, capacity, at, how), `term`, `frozen_sha256` and, for one
    signed on paper, `scan_sha256`.
    """
    return _render(words, signatures=signatures)


def _render(words: dict, **context: Any) -> bytes:
    title = f"{words['title']} · {words['partner']['name']}"
    return render_pdf(template=TEMPLATE, context={"words": words, **context}, title=title)
