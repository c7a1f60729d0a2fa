"""`manage.py backup`: the whole database in one file, while the portal runs."""

import os
import sys
import tempfile
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from common import backup
from common.errors import DomainError


class Command(BaseCommand):
    help = "Sauvegarde toute la base dans un fichier ; le portail peut tourner (code 2 si ce n'est pas possible)."

    def add_arguments(self, parser):
        parser.add_argument("file", metavar="FICHIER", help="fichier à écrire ; « - » : la sortie standard")

    def handle(self, *, file, **options):
        try:
            manifest = self.to_stdout() if file == "-" else self.to_file(Path(file))
        except DomainError as refusal:
            raise CommandError(refusal.sentence, returncode=2) from refusal
        except OSError as error:
            raise CommandError(f"Impossible d'écrire {file} : {error.strerror}.", returncode=2) from error
        self.stderr.write(f"Sauvegarde écrite : {manifest.rows} lignes dans {len(manifest.tables)} tables.")

    def to_stdout(self) -> backup.Manifest:
        if sys.stdout.isatty():
            raise CommandError(
                "Dirigez la sortie vers un fichier : manage.py backup - > portail.backup", returncode=2
            )
        return backup.backup(sys.stdout.buffer, at=timezone.now())

    def to_file(self, path: Path) -> backup.Manifest:
        """Write beside it, readable by this account alone; it takes its name once it is whole."""
        if path.exists():
            raise already_there(path)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=".sauvegarde-")
        unfinished = Path(name)
        try:
            with open(handle, "wb") as out:
                manifest = backup.backup(out, at=timezone.now(), folder=path.parent)
                out.flush()
                os.fsync(out.fileno())
            os.link(unfinished, path)  # unlike a rename, never over an older backup
        except FileExistsError:
            raise already_there(path) from None
        finally:
            unfinished.unlink()
        return manifest


def already_there(path: Path) -> CommandError:
    return CommandError(f"{path} existe déjà : donnez un autre nom.", returncode=2)
