"""Public lists that partners are described with: kinds of structure (A2)."""

import csv
from functools import cache
from pathlib import Path

DATA = Path(__file__).parent / "data"


@cache
def structure_types() -> list[tuple[str, str]]:
    """(code, label) of every type of structure, French ones first, in the order of the shipped list."""
    with (DATA / "structure_types.csv").open(encoding="utf-8", newline="") as lines:
        return [
            (row["code"], row["label"] + (" (Belgique)" if row["country"] == "BE" else ""))
            for row in csv.DictReader(lines)
        ]
