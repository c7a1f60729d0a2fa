"""`manage.py survey_programmes FOLDER`: what the portal makes of every programme file in a folder, as a table (C2)."""

import re
from argparse import ArgumentTypeError
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from offers.imports import Parsed, UnreadableFile, parse_programme
from offers.imports.reading import MAX_BYTES

ENDINGS = (".csv", ".tsv", ".json", ".jsonld", ".ics", ".xlsx", ".html", ".htm")
HEADING = re.compile(r"^## (?P<folder>[\w-]+/)[^(]*(?:\((?P<source>[\w.-]+/[\w.-]+))?")
BEGIN, END = "<!-- survey: begin -->", "<!-- survey: end -->"
NAMED = re.compile(r"^\| *(?P<path>[^|]+?) *\| *(?P<source>[^|]+?) *\|")
SHOWN = 160  # characters of a sentence


class Command(BaseCommand):
    help = (
        "Lit tous les fichiers de programme d'un dossier, sans toucher à la base, et dit ce que chacun devient, en "
        "Markdown. Un README.md du dossier, avec des tableaux « fichier | source », donne leurs noms."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", metavar="DOSSIER", type=Path)
        parser.add_argument(
            "--into", metavar="FICHIER", type=Path, help=f"remplace ce qui est entre « {BEGIN} » et « {END} »"
        )
        parser.add_argument(
            "--only",
            metavar="DÉBUT",
            nargs="+",
            default=[""],
            help="seulement les chemins qui commencent ainsi",
        )
        parser.add_argument(
            "--on", metavar="JOUR", type=_day, help="le jour dont la saison compte ; aujourd'hui"
        )

    def handle(
        self, *args: Any, folder: Path, into: Path | None, only: list[str], on: date | None, **options: Any
    ) -> None:
        if not folder.is_dir():
            raise CommandError(f"« {folder} » n'est pas un dossier.")
        table = "\n".join(_table(folder, tuple(only), on or timezone.localdate()))
        if into is None:
            self.stdout.write(table)
            return
        text = into.read_text(encoding="utf-8")
        before, begun, rest = text.partition(BEGIN)
        _, ended, after = rest.partition(END)
        if not (begun and ended):
            raise CommandError(f"« {into} » n'a pas les marques « {BEGIN} » et « {END} ».")
        into.write_text(f"{before}{BEGIN}\n{table}\n{END}{after}", encoding="utf-8")


def _table(folder: Path, only: tuple[str, ...], on: date) -> Iterator[str]:
    sources = _sources(folder)
    yield "| file | outcome |"
    yield "|---|---|"
    for file in sorted(
        path for path in folder.rglob("*") if path.suffix.lower() in ENDINGS and path.is_file()
    ):
        path = file.relative_to(folder).as_posix()
        if path.startswith(only):
            yield f"| {_name(path, sources)} | {_outcome(file, on)} |"


def _outcome(file: Path, on: date) -> str:
    try:
        with file.open("rb") as stream:
            parsed = parse_programme(stream.read(MAX_BYTES + 1), on=on)
    except UnreadableFile as refusal:
        return f"refused: {_cell(refusal.sentence)}"
    if parsed.errors:
        first = parsed.errors[0]
        field = f", {first.field}" if first.field else ""
        more = f" (and {len(parsed.errors) - 1} more)" if len(parsed.errors) > 1 else ""
        return f"refused: row {first.row}{_cell(field)}: {_cell(first.message)}{more}"
    return _loaded(parsed)


def _loaded(parsed: Parsed) -> str:
    dates = sum(len(event.performances) for event in parsed.events)
    left = f", {len(parsed.skipped)} left out: {_cell(parsed.skipped[0].reason)}" if parsed.skipped else ""
    return f"{'loads' if dates else 'nothing to load'}: {len(parsed.events)} events, {dates} dates{left}"


def _cell(text: str) -> str:
    text = " ".join(text.replace("|", "/").split())
    return text if len(text) <= SHOWN else f"{text[: SHOWN - 1]}…"


def _sources(folder: Path) -> dict[str, str]:
    """What the folder's README says of where files come from: the beginning of a path → its source.

    Paths stand under the heading of their folder, « ## events/ », which may name a source for all; « name (20) » is
    a folder of twenty files, « same » the source of the line above.
    """
    readme, within, source, sources = folder / "README.md", "", "", {}
    if not readme.is_file():
        return {}
    for line in readme.read_text(encoding="utf-8").splitlines():
        if heading := HEADING.match(line):
            within = heading["folder"]
            if heading["source"]:
                sources[within] = heading["source"]
        elif named := NAMED.match(line):
            source = source if named["source"].startswith("same") else named["source"].split(" (")[0]
            for name in named["path"].split(",") if "/" in source else ():
                bare = re.sub(r" *\(\d+\)$|\*.*$", "", name.strip())
                sources[bare if (folder / bare).exists() else within + bare] = source
    return sources


def _name(path: str, sources: dict[str, str]) -> str:
    """« owner/name: file » where the README knows it, else the path within the folder."""
    known = max((name for name in sources if path.startswith(name)), key=len, default="")
    return f"{sources[known]}: {path.rpartition('/')[2]}" if known else path


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ArgumentTypeError(f"« {text} » n'est pas un jour comme 2026-11-22.") from None
