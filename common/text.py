"""Text as people search it, and as it may be shown."""

import unicodedata


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
