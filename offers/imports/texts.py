"""Texts of a file made plain: no tags, nothing that can't be printed (C2)."""

import html
import re
from urllib.parse import urlsplit

import nh3

MAX_TEXT = 50_000
TAG = re.compile(r"<[a-zA-Z/!]")
PARAGRAPH = re.compile(r"</?(?:p|div|section|article|ul|ol|table|blockquote|h[1-6])\b[^<>]*>", re.IGNORECASE)
ITEM = re.compile(r"<li\b[^<>]*>", re.IGNORECASE)
BREAK = re.compile(r"<(?:br|/tr)\b[^<>]*>", re.IGNORECASE)
MARKDOWN_ESCAPE = re.compile(r"\\([\\`*_{}\[\]()#+\-.!>~|])")
# Control characters, halves of surrogate pairs, and marks that turn the direction of writing around.
UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")
PLAIN = re.compile(r"[\w ,.;:!?'()/+-]{0,200}")
LINE_END = re.compile("\r\n?|[\u2028\u2029\f]")


class BadText(ValueError):
    """A text that can't be taken in; its message is a French sentence."""


def paragraphs(text: str) -> str:
    """Several lines of plain text out of HTML, Markdown or plain text.

    Markdown keeps its marks, which read well as text; only the backslashes before punctuation go.
    Raises BadText beyond MAX_TEXT characters: cutting it would change what the venue says. Also for a character
    given by a number with thousands of figures.
    """
    if PLAIN.fullmatch(text):  # nearly every cell of a table
        return " ".join(text.split())
    if len(text) > MAX_TEXT:
        raise BadText(f"Ce texte dépasse {MAX_TEXT} caractères. Raccourcissez-le.")
    text = UNPRINTABLE.sub("", LINE_END.sub("\n", text))
    text = _without_tags(text) if TAG.search(text) else MARKDOWN_ESCAPE.sub(r"\1", text)
    try:
        text = html.unescape(text)
    except ValueError:
        raise BadText("Un code « &#…; » de ce texte n'est pas celui d'un caractère. Retirez-le.") from None
    text = UNPRINTABLE.sub("", LINE_END.sub("\n", text))
    lines = [" ".join(line.split()) for line in text.split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def _without_tags(text: str) -> str:
    text = PARAGRAPH.sub("\n\n", " ".join(text.split()))
    text = BREAK.sub("\n", ITEM.sub("\n- ", text))
    return nh3.clean(text, tags=set(), clean_content_tags={"script", "style"})


def one_line(text: str) -> str:
    """The same on one line, for a title or a name."""
    return " ".join(paragraphs(text).split())


def joined(summary: str, text: str) -> str:
    """A summary above its text, or the text alone when it begins with its own summary."""
    if text.startswith(summary.rstrip(" .…")):
        return text
    return f"{summary}\n\n{text}".strip()


def web_address(text: str) -> str:
    """`text` as an http(s) address, its scheme added where only "www." was typed; "" when it isn't one.

    Raises BadText as `paragraphs`.
    """
    address = one_line(text)
    if address.lower().startswith("www."):
        address = f"https://{address}"
    try:
        parts = urlsplit(address)
    except ValueError:
        return ""
    usable = parts.scheme in ("http", "https") and "." in parts.netloc and not re.search(r"[\s<>\"]", address)
    return address if usable else ""


def without_city(address: str, *, postcode: str, city: str) -> str:
    """« 3 rue des Lilas, 69001 Lyon, France » without its end when postcode and city are known apart."""
    if not (postcode and city):
        return address
    kept = address
    for ending in ("France", city, postcode, city):
        if kept.casefold().endswith(ending.casefold()):
            kept = kept[: -len(ending)].rstrip(" ,–-")
    return kept or address


def postcode_in(address: str) -> str:
    """The five figures in an address, where its form has no field of its own for them."""
    found = re.search(r"\b\d{5}\b", address)
    return found[0] if found else ""


def full_postcode(text: str) -> str:
    """A postcode with the leading zero that spreadsheets eat: "1000" is "01000"."""
    return f"0{text}" if re.fullmatch(r"[1-9]\d{3}", text) else text
