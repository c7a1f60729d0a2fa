"""Public lists that partners are described with: kinds of structure (A2)."""

import csv
from functools import cache
from pathlib import Path

from common.errors import DomainError

DATA = Path(__file__).parent / "data"
TYPES = DATA / "structure_types.csv"
COLUMNS = ["code", "label", "country", "official"]
UNREADABLE = "« {} » n'est pas la liste des types de structures : docs/territory.md dit d'où elle vient."


@cache
def structure_types() -> list[tuple[str, str]]:
    """(code, label) of every type of structure, French ones first, in the order of the shipped list."""
    return [
        (row["code"], row["label"] + (" (Belgique)" if row["country"] == "BE" else ""))
        for row in _rows(TYPES, *COLUMNS[:3])
    ]


def refresh_types(*, official: Path, path: Path) -> tuple[int, list[str], list[str]]:
    """Compare our types in `path` with the official list, and note beside each of them what it says there.

    Our words and our order stay; a French type whose label is empty takes the official one: so a type is added by a
    line with its code. Types that only we have, Belgium's among them, keep an empty official label. Returns how many
    are official, the codes that were and aren't any more, and those that we don't offer. Raises DomainError with a
    sentence for a file that isn't such a list.
    """
    listed = {row["value"]: row["label"] for row in _rows(official, "value", "label")}
    ours = _rows(path, *COLUMNS)
    gone = [row["code"] for row in ours if row["official"] and row["code"] not in listed]
    for row in ours:
        row["official"] = listed.get(row["code"], "") if row["country"] == "FR" else ""
        row["label"] = row["label"] or row["official"]
        if not row["label"]:
            raise DomainError(
                f"« {row['code']} » n'est pas dans la liste officielle : donnez-lui un libellé."
            )
    with path.open("w", encoding="utf-8", newline="") as lines:
        written = csv.DictWriter(lines, COLUMNS, lineterminator="\n")
        written.writeheader()
        written.writerows(ours)
    kept = {row["code"] for row in ours}
    return sum(bool(row["official"]) for row in ours), gone, sorted(set(listed) - kept)


def _rows(path: Path, *columns: str) -> list[dict[str, str]]:
    """The rows of a CSV with these columns."""
    try:
        with path.open(encoding="utf-8", newline="") as lines:
            rows = [{column: row[column] or "" for column in columns} for row in csv.DictReader(lines)]
    except (OSError, ValueError, KeyError, csv.Error) as error:
        raise DomainError(UNREADABLE.format(path)) from error
    if not rows:
        raise DomainError(UNREADABLE.format(path))
    return rows
