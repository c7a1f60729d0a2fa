"""`manage.py verify_agreements`: is the evidence of agreements what it was when they were signed?"""

import json

from django.core.management.base import BaseCommand, CommandError

from conventions.services.proof import verify


class Command(BaseCommand):
    help = "Vérifie la chaîne de preuves, les documents et les signatures des conventions (code 1 si l'un est altéré)."

    def add_arguments(self, parser):
        parser.add_argument("--json", action="store_true", help="écrit un objet JSON")
        parser.add_argument(
            "--since",
            default="",
            metavar="RANG:SCEAU",
            help="une fin de chaîne notée lors d'une vérification passée : elle doit être encore là",
        )

    def handle(self, *args, **options):
        rank, _, _ = options["since"].partition(":")
        if options["since"] and not rank.isdigit():
            raise CommandError(
                "--since s'écrit RANG:SCEAU, comme la fin de chaîne que cette commande affiche."
            )
        verdict = verify(since=options["since"])
        if options["json"]:
            self.stdout.write(json.dumps(verdict.as_json(), ensure_ascii=False, indent=2))
        else:
            for one in verdict.alterations:
                self.stdout.write(f"{one.agreement or 'chaîne'} : {one.what}")
            word = "Tout est intact" if verdict.sound else f"{verdict.altered} altérations"
            self.stdout.write(
                f"{word} : {verdict.entries} preuves, {verdict.documents} documents, "
                f"{verdict.agreements} conventions. Fin de chaîne : {verdict.head}"
            )
        if not verdict.sound:
            raise SystemExit(1)
