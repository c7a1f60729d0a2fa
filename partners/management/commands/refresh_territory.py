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
        parser.add_argument(
            "--places",
            type=Path,
            help="Liste de lieux (cities500.json) où trouver le centre des communes ; sans elle, ceux du fichier "
            "à réécrire sont gardés.",
        )
        parser.add_argument("--output", type=Path, default=territory.SHIPPED, help="Fichier CSV à écrire.")

    def handle(self, *, folder, departments, places, output, **options):
        try:
            communes = territory.cut_out(folder, departments=departments)
            centres = territory.known_centres(output)
            if places:
                centres = territory.find_centres(folder, places=places, communes=communes)
        except DomainError as error:
            raise CommandError(error.sentence, returncode=2) from error
        if not communes:
            raise CommandError(f"Aucune commune pour {', '.join(departments)} : rien n'est écrit.")
        for commune in communes:
            commune.latitude, commune.longitude = centres.get(commune.code, (None, None))
        territory.write(communes, path=output)
        located = sum(commune.is_located for commune in communes)
        self.stdout.write(
            f"{len(communes)} communes écrites dans {output}, dont {located} avec leur centre. "
            "Puis : manage.py load_territory"
        )
