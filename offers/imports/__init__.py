"""Programmes of venues read from files (C2): `parse_programme` reads, `load_programme` writes."""

from common.reading import UnreadableFile
from offers.imports.detect import parse_programme, table_in
from offers.imports.loading import Outcome, Plan, load_programme, prepare_programme
from offers.imports.records import Parsed
from offers.imports.tables import Table

__all__ = [
    "Outcome",
    "Parsed",
    "Plan",
    "Table",
    "UnreadableFile",
    "load_programme",
    "parse_programme",
    "prepare_programme",
    "table_in",
]
