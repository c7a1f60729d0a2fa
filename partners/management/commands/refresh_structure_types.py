from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from common.errors import DomainError
from partners import reference


class Command(BaseCommand):
    help = "Met les types de structures en regard de la liste officielle (voir docs/territory.md)."

    def add_arguments(self, parser):
        parser.add_argument("official", type=Path, help="La liste officielle, typologies_de_structures.csv.")
        parser.add_argument(
            "--output", type=Path, default=reference.TYPES, help="Notre liste, lue puis réécrite."
        )

    def handle(self, *, official, output, **options):
        try:
            known, gone, others = reference.refresh_types(official=official, path=output)
        except DomainError as error:
            raise CommandError(error.sentence, returncode=2) from error
        self.stdout.write(f"{known} types de la liste officielle dans {output}.")
        if gone:
            self.stdout.write(f"Sortis de la liste officielle, gardés ici : {', '.join(gone)}.")
        self.stdout.write(
            f"{len(others)} types officiels que le portail ne propose pas : {', '.join(others)}."
        )
