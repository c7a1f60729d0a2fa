"""`manage.py erasures`: a copy of the ledger of what was erased, to keep beside the backups."""

import json

from django.core.management.base import BaseCommand

from common import ledger


class Command(BaseCommand):
    help = "Écrit en JSON ce qui fut effacé (des identifiants, aucun nom) : restore --erasures le rejoue."

    def handle(self, *args, **options):
        self.stdout.write(json.dumps(ledger.as_json(ledger.read()), indent=0))
