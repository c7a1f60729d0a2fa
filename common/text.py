"""Text as people search it, and as it may be shown."""

import re
import unicodedata
from html import escape

import nh3
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt

WRITTEN = MarkdownIt("commonmark", {"html": False})
SCHEMES = {"https", "http", "mailto", "tel"}
# Control, format, surrogate, private and unassigned characters; two of them join and part letters in many scripts.
UNTYPED = {"Cc", "Cf", "Cs", "Co", "Cn"}
JOINERS = "\u200c\u200d"
TAGS = {"p", "h2", "h3", "ul", "ol", "li", "strong", "em", "a", "br", "blockquote"}


def normalise(text: str) -> str:
    """Lower case, no accents, single spaces: « Où ÊTES-vous ? » gives « ou etes-vous ? ».

    Stored beside what is searched, because the two databases disagree on accents and case.
    """
    spread = unicodedata.normalize("NFKD", text.replace("œ", "oe").replace("Œ", "oe").replace("æ", "ae"))
    bare = "".join([char for char in spread if not unicodedata.combining(char)])
    return " ".join(bare.casefold().split())


def plain(text: str, *, lines: bool = True) -> str:
    """What a stranger typed, as plain text that can stand anywhere: letters, signs, single spaces.

    Characters that nobody types and that turn the words around them, break a feed or hide are left out. With `lines`,
    line breaks stay, two in a row at most.
    """
    even = text.replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n").replace("\u2029", "\n")
    kept = (
        char
        for char in even
        if char in JOINERS or unicodedata.category(char) not in UNTYPED or char in "\n\t"
    )
    typed = "".join(kept)
    if not lines:
        return " ".join(typed.split())
    rows = [" ".join(row.split()) for row in typed.split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(rows)).strip()


def escaped(value: object) -> str:
    """A value as it stands in HTML, as Django's `conditional_escape` gives it, in one step instead of eight.

    For what is drawn by the hundred: an option of a list, an attribute of a field.
    """
    return value.__html__() if hasattr(value, "__html__") else escape(str(value))


def masked_email(address: str) -> str:
    """`a•••••@tilleuls.example`: enough to know one's own address, not to learn it."""
    name, _, domain = address.partition("@")
    return f"{name[:1]}•••••@{domain}"


def formatted(text: str) -> SafeString:
    """What staff wrote with the few signs of Markdown, as HTML that holds nothing else (safety: text of others)."""
    html = nh3.clean(WRITTEN.render(text), tags=TAGS, attributes={"a": {"href"}}, url_schemes=SCHEMES)
    return mark_safe(html)  # noqa: S308 – cleaned on the line above
