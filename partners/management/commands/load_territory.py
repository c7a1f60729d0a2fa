from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from common.errors import DomainError
from partners import territory


class Command(BaseCommand):
    help = "Charge les communes du territoire ; à relancer sans crainte (voir docs/territory.md)."

    def add_arguments(self, parser):
        parser.add_argument(
            "file", type=Path, nargs="?", default=territory.SHIPPED, help="CSV écrit par refresh_territory."
        )

    def handle(self, *, file, **options):
        try:
            held, left = territory.load(file)
        except DomainError as error:
            raise CommandError(error.sentence, returncode=2) from error
        self.stdout.write(f"{held} communes dans la liste ; {left} retirées, que personne n'utilisait.")
