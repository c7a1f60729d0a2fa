"""`manage.py import_programme FILE --venue SLUG`: a venue's programme from a file (C2)."""

import json
import sys
from pathlib import Path
from typing import Any, get_args

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from offers.imports import Outcome, UnreadableFile, load_programme, parse_programme
from offers.imports.detect import Form
from offers.imports.reading import MAX_BYTES
from partners.models import Venue

REFUSED, UNREADABLE = 1, 2
SHOWN = 20


class Command(BaseCommand):
    help = (
        "Charge le programme d'un lieu : tableau (XLSX, CSV), calendrier (ICS), export OpenAgenda (JSON), schema.org. "
        "Code de sortie : 0 fait, 1 refusé à cause d'erreurs (rien n'est écrit), 2 fichier illisible."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", metavar="FICHIER", type=Path)
        parser.add_argument(
            "--venue", metavar="LIEU", required=True, help="adresse du lieu dans le portail (slug)"
        )
        parser.add_argument(
            "--format", choices=get_args(Form), default="auto", help="par défaut : selon le contenu"
        )
        parser.add_argument("--dry-run", action="store_true", help="dit ce qui serait fait, sans rien écrire")
        parser.add_argument("--json", action="store_true", help="répond en JSON, pour un autre programme")

    def handle(self, *args: Any, file: Path, venue: str, format: Form, dry_run: bool, **options: Any) -> None:
        try:
            place = _venue(venue)
            parsed = parse_programme(_content(file), filename=file.name, format=format)
        except UnreadableFile as refusal:
            self.stderr.write(refusal.sentence)
            sys.exit(UNREADABLE)
        outcome = load_programme(venue=place, parsed=parsed, at=timezone.now(), dry_run=dry_run)
        if options["json"]:
            self.stdout.write(json.dumps(outcome.as_json(), ensure_ascii=False))
        else:
            self._summarise(outcome, dry_run=dry_run)
        if outcome.errors:
            sys.exit(REFUSED)

    def _summarise(self, outcome: Outcome, *, dry_run: bool) -> None:
        if outcome.errors:
            self.stdout.write(f"{_count(len(outcome.errors), 'erreur')} : rien n'a été écrit.")
        else:
            self.stdout.write(
                f"{'À blanc, rien n’est écrit : ' if dry_run else ''}"
                f"{_count(outcome.created, 'événement')} en plus, {outcome.updated} mis à jour, "
                f"{outcome.unchanged} sans changement ; {_count(outcome.performances, 'date')} dans le fichier."
            )
        if outcome.missing:
            self.stdout.write(
                f"{_count(len(outcome.missing), 'date')} à venir ne sont plus dans le fichier ; le portail les garde. "
                "La page du programme demande au lieu ce qu'elles deviennent."
            )
        self._list("Erreurs", [_where(e.row, e.field) + e.message for e in outcome.errors])
        self._list("Laissés de côté", [_where(s.row) + s.reason for s in outcome.skipped])
        self._list("À savoir", [_where(n.row) + n.text for n in outcome.notes])

    def _list(self, heading: str, lines: list[str]) -> None:
        if not lines:
            return
        self.stdout.write(f"{heading} :")
        for line in lines[:SHOWN]:
            self.stdout.write(f"  {line}")
        if len(lines) > SHOWN:
            self.stdout.write(f"  … et {len(lines) - SHOWN} de plus (--json les donne toutes).")


def _venue(slug: str) -> Venue:
    try:
        return Venue.objects.get(slug=slug)
    except Venue.DoesNotExist:
        raise UnreadableFile(
            f"Aucun lieu n'a l'adresse « {slug} » dans le portail. Vérifiez --venue."
        ) from None


def _content(file: Path) -> bytes:
    """The bytes of `file`, one more than allowed at most: enough to refuse a larger one without reading it whole."""
    try:
        with file.open("rb") as stream:
            return stream.read(MAX_BYTES + 1)
    except OSError as problem:
        raise UnreadableFile(
            f"Impossible d'ouvrir {file} : {problem.strerror}. Vérifiez le chemin."
        ) from None


def _where(row: int, field: str = "") -> str:
    return f"ligne {row}, {field} : " if field else f"ligne {row} : "


def _count(number: int, word: str) -> str:
    return f"{number} {word}{'s' if number > 1 else ''}"
