"""The texts that ship, read from conventions/data: what the first migration of a kind writes (B1)."""

import tomllib
from pathlib import Path

DATA = Path(__file__).parent / "data"


def read_text(name: str) -> dict:
    """The text `<name>.toml`: title, preamble, annex, and articles in order, each with heading and body.

    A variant names its `base`, whose articles it takes; its own come `after` the one whose heading they name.
    """
    found = tomllib.loads((DATA / f"{name}.toml").read_text(encoding="utf-8"))
    if base := found.get("base"):
        whole = read_text(base.removesuffix(".toml"))
        articles = list(whole["articles"])
        for article in found["articles"]:
            headings = [each["heading"] for each in articles]
            articles.insert(headings.index(article["after"]) + 1, article)
        return {**whole, "title": found["title"], "articles": articles}
    return {
        "title": found["title"],
        "preamble": found["preamble"].strip(),
        "annex": found["annex"]["body"].strip(),
        "articles": [
            {"heading": each["heading"], "body": each["body"].strip()} for each in found["articles"]
        ],
    }
