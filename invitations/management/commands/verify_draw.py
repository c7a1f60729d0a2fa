"""`manage.py verify_draw`: was a fair draw what its published data says?"""

import json
from pathlib import Path
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError

from common.errors import DomainError
from invitations.models import Draw
from invitations.services.sharing import verify


class Command(BaseCommand):
    help = "Refait un tirage équitable à partir de ses données publiées et compare (code 1 si quelque chose diffère)."

    def add_arguments(self, parser):
        parser.add_argument("id", type=UUID, metavar="ID", help="identifiant du tirage, ou de sa séance")
        parser.add_argument(
            "--file",
            type=Path,
            metavar="FICHIER",
            help="données gardées par quelqu'un, à la place des nôtres",
        )

    def handle(self, *, id, file, **options):
        draw = Draw.objects.filter(pk=id).first() or Draw.objects.filter(performance=id).first()
        if draw is None:
            raise CommandError("Ce tirage n'existe pas : vérifiez l'identifiant.", returncode=2)
        try:
            wrong = verify(draw=draw, record=self.read(file) if file else draw.record)
        except DomainError as refusal:
            raise CommandError(refusal.sentence, returncode=2) from refusal
        for sentence in wrong:
            self.stdout.write(sentence)
        if wrong:
            raise SystemExit(1)
        self.stdout.write(
            f"Tout concorde : graine, empreinte et résultat des {draw.requests.count()} demandes."
        )

    def read(self, file: Path):
        """What the file holds. A file that can't be read is a slip of the hand; one that isn't JSON was altered."""
        try:
            return json.loads(file.read_text(encoding="utf-8"))
        except OSError as error:
            raise CommandError(f"Impossible de lire {file} : {error.strerror}.", returncode=2) from error
        except ValueError:
            return "illisible"
