"""`manage.py count_figures`: count a season now, as every night does (E4)."""

import json
import time

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from common.errors import DomainError
from evaluations.models import Tally
from evaluations.services import tallies
from partners.seasons import Season


class Command(BaseCommand):
    help = "Compte les chiffres d'une saison, comme chaque nuit ; ceux d'une saison arrêtée ne changent plus (code 2)."

    def add_arguments(self, parser):
        parser.add_argument(
            "--season",
            type=int,
            metavar="AAAA",
            help="année où elle commence ; sans elle, celles de cette nuit",
        )
        parser.add_argument("--json", action="store_true", help="écrit un objet JSON")

    def handle(self, *, season, **options):
        now = timezone.now()
        counted = []
        for one in [Season(season)] if season is not None else tallies.due(at=now):
            started = time.monotonic()
            try:
                done = tallies.count(tallies.ask(season=one, at=now), clock=timezone.now)
            except DomainError as refusal:
                raise CommandError(refusal.sentence, returncode=2) from refusal
            lines = Tally.objects.current().of(one).count()
            seconds = round(time.monotonic() - started, 1)
            counted.append({"season": str(one), "counted": done, "lines": lines, "seconds": seconds})
        if options["json"]:
            self.stdout.write(json.dumps(counted, indent=2))
            return
        for said in counted:
            state = "comptée" if said["counted"] else "déjà en cours"
            self.stdout.write(
                f"Saison {said['season']} : {state}, {said['lines']} lignes, {said['seconds']} s."
            )
        if not counted:
            self.stdout.write("Rien à compter : c'est déjà fait aujourd'hui.")
