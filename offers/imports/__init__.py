"""Programmes of venues read from files (C2): `parse_programme` reads, `load_programme` writes."""

from common.reading import UnreadableFile
from offers.imports.detect import parse_programme
from offers.imports.loading import Outcome, load_programme
from offers.imports.records import Parsed

__all__ = ["Outcome", "Parsed", "UnreadableFile", "load_programme", "parse_programme"]
