"""`manage.py restore`: a backup put in an empty database, or in the place of another."""

import sys
from pathlib import Path

from django.core.cache import cache
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from common import backup, ledger
from common.errors import DomainError
from common.models import Erased


class Command(BaseCommand):
    help = (
        "Met une sauvegarde dans la base, vérifie que tout y est, efface à nouveau ce qui l'était, puis lance l'audit "
        "(code 2 si elle est refusée, 1 si quelque chose ne concorde pas)."
    )
    requires_system_checks: list[str] = []  # on an empty machine there is nothing to check yet

    def add_arguments(self, parser):
        parser.add_argument(
            "file", metavar="FICHIER", help="fichier écrit par backup ; « - » : l'entrée standard"
        )
        parser.add_argument(
            "--replace", action="store_true", help="efface d'abord tout ce que la base contient"
        )
        parser.add_argument(
            "--erasures",
            metavar="FICHIER",
            help="copie des effacements (manage.py erasures), là où la base qui les tenait est perdue",
        )

    def handle(self, *, file, replace, erasures, **options):
        try:
            erased = self.erased(erasures)
            manifest = self.restore(file, replace=replace)
        except DomainError as refusal:
            raise CommandError(refusal.sentence, returncode=2) from refusal
        except OSError as error:
            raise CommandError(
                f"Impossible de lire {error.filename or file} : {error.strerror}.", returncode=2
            ) from error
        self.stdout.write(f"Sauvegarde du {manifest.moment} remise : {manifest.rows} lignes.")
        if wrong := backup.differences(manifest):
            raise CommandError(
                "La base n'est pas ce que dit la sauvegarde : "
                + ", ".join(wrong)
                + ". N'ouvrez pas le portail sur "
                "elle ; reprenez avec une base neuve ou une autre sauvegarde.",
                returncode=1,
            )
        self.stdout.write(f"Sommes de contrôle : les {len(manifest.tables)} tables concordent.")
        self.bring_up_to_date()
        ledger.write(erased)
        # By their names: what is erased, and what must hold, is known by higher rooms than this one. Each ends with
        # 1 where it doesn't.
        call_command("erase_names", again=True, stdout=self.stdout, stderr=self.stderr)
        call_command("audit", stdout=self.stdout, stderr=self.stderr)

    def erased(self, copy: str | None) -> list[Erased]:
        """What the database about to be replaced says was erased, and what a copy says."""
        kept = ledger.read()
        if copy:
            with open(copy, encoding="utf-8") as source:
                kept += ledger.from_json(source.read())
        return kept

    def restore(self, file: str, *, replace: bool) -> backup.Manifest:
        if file == "-":
            return backup.restore(sys.stdin.buffer, replace=replace)
        with open(file, "rb") as source:
            return backup.restore(source, replace=replace, folder=Path(file).resolve().parent)

    def bring_up_to_date(self) -> None:
        """Add what an older backup lacks, and forget what the cache says of another database (sessions too)."""
        call_command("migrate", interactive=False, verbosity=0)
        call_command("createcachetable", verbosity=0)
        cache.clear()
