from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from common.errors import DomainError
from partners import territory


class Command(BaseCommand):
    help = (
        "Refait la liste des communes du territoire à partir de la liste officielle (voir docs/territory.md)."
    )

    def add_arguments(self, parser):
        parser.add_argument("folder", type=Path, help="Dossier qui contient communes.json et epci.json.")
        parser.add_argument(
            "--departments",
            nargs="+",
            default=settings.TERRITORY_DEPARTMENTS,
            help="Départements à garder (par défaut : %(default)s).",
        )
        parser.add_argument("--output", type=Path, default=territory.SHIPPED, help="Fichier CSV à écrire.")

    def handle(self, *, folder, departments, output, **options):
        try:
            communes = territory.cut_out(folder, departments=departments)
        except DomainError as error:
            raise CommandError(error.sentence, returncode=2) from error
        if not communes:
            raise CommandError(f"Aucune commune pour {', '.join(departments)} : rien n'est écrit.")
        territory.write(communes, path=output)
        self.stdout.write(f"{len(communes)} communes écrites dans {output}. Puis : manage.py load_territory")
