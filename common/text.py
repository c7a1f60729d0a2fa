"""Text as people search it, and as it may be shown."""

import unicodedata

import nh3
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt

WRITTEN = MarkdownIt("commonmark", {"html": False})
SCHEMES = {"https", "http", "mailto", "tel"}
TAGS = {"p", "h2", "h3", "ul", "ol", "li", "strong", "em", "a", "br", "blockquote"}


def normalise(text: str) -> str:
    """Lower case, no accents, single spaces: « Où ÊTES-vous ? » gives « ou etes-vous ? ».

    Stored beside what is searched, because the two databases disagree on accents and case.
    """
    spread = unicodedata.normalize("NFKD", text.replace("œ", "oe").replace("Œ", "oe").replace("æ", "ae"))
    bare = "".join(char for char in spread if not unicodedata.combining(char))
    return " ".join(bare.casefold().split())


def masked_email(address: str) -> str:
    """`a•••••@tilleuls.example`: enough to know one's own address, not to learn it."""
    name, _, domain = address.partition("@")
    return f"{name[:1]}•••••@{domain}"


def formatted(text: str) -> SafeString:
    """What staff wrote with the few signs of Markdown, as HTML that holds nothing else (safety: text of others)."""
    html = nh3.clean(WRITTEN.render(text), tags=TAGS, attributes={"a": {"href"}}, url_schemes=SCHEMES)
    return mark_safe(html)  # noqa: S308 – cleaned on the line above
