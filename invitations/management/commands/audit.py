"""`manage.py audit`: does everything in the database hold together?"""

import json

from django.core.management.base import BaseCommand

from invitations import invariants


class Command(BaseCommand):
    help = "Vérifie que places, invitations, conventions, mails et journal s'accordent (code 1 si ce n'est pas le cas)."

    def add_arguments(self, parser):
        parser.add_argument("--json", action="store_true", help="écrit un objet JSON")

    def handle(self, *args, **options):
        report = invariants.audit()
        if options["json"]:
            self.stdout.write(json.dumps(report.as_json(), ensure_ascii=False, indent=2))
        else:
            for violation in report.violations:
                self.stdout.write(f"{violation.code} ({violation.count}) : {violation.sentence}")
                self.stdout.write("  " + ", ".join(violation.ids))
            counts = ", ".join(f"{count} {name}" for name, count in report.checked.items())
            verdict = f"{len(report.violations)} écarts" if report.violations else "Tout concorde"
            self.stdout.write(f"{verdict} : {counts}.")
        if report.violations:
            raise SystemExit(1)
