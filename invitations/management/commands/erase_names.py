"""`manage.py erase_names`: the night's erasure of names, or what it would erase on a day (F2)."""

import json
from dataclasses import asdict
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from common.dates import start_of
from invitations.services import erasure


class Command(BaseCommand):
    help = (
        "Efface les noms arrivés à leur terme, comme chaque nuit ; avec --dry-run, dit seulement combien le seraient "
        "à la date donnée (des nombres, aucun nom)."
    )

    def add_arguments(self, parser):
        parser.add_argument(
            "--on", type=date.fromisoformat, metavar="AAAA-MM-JJ", help="aujourd'hui par défaut"
        )
        parser.add_argument("--dry-run", action="store_true", help="n'écrit rien")
        parser.add_argument(
            "--again",
            action="store_true",
            help="même si la nuit est faite, et avec tout ce qui fut effacé sur demande : ce que fait restore",
        )
        parser.add_argument("--json", action="store_true", help="écrit un objet JSON")

    def handle(self, *args, **options):
        at, today = timezone.now(), timezone.localdate()
        on = options["on"] or today
        if on > today and not options["dry_run"]:
            raise CommandError(
                f"Le {on:%d/%m/%Y} n'est pas encore venu : rien n'a été effacé. Ajoutez --dry-run pour voir ce qui le "
                "serait.",
                returncode=2,
            )
        said = self.act(on, at=at if on == today else start_of(on), options=options)
        self.stdout.write(
            json.dumps(said, ensure_ascii=False, indent=2, default=str) if options["json"] else in_words(said)
        )

    @staticmethod
    def act(on: date, *, at, options: dict[str, Any]) -> dict[str, Any]:
        """What was erased, or would be."""
        if options["dry_run"]:
            return {"dry_run": True, **asdict(erasure.forecast(on=on))}
        if options["again"]:
            return {"dry_run": False, "on": on, "again": erasure.erase_again(at=at)}
        night = erasure.erase_due(at=at)
        counted = {name: getattr(night, name) for name in ("dates", "invitations", "others", "people")}
        return {"dry_run": False, "on": on, **counted}


def in_words(said: dict[str, Any]) -> str:
    """The same for people."""
    if "again" in said:
        return f"Noms effacés à nouveau : {said['again']}."
    rest = (
        f"{said['kept_papers']} invitations gardées pour leur date"
        if said["dry_run"]
        else f"{said['others']} autres noms"
    )
    return (
        f"{'Simulation, rien n’est écrit : le' if said['dry_run'] else 'Le'} {said['on']:%d/%m/%Y}, "
        f"{said['invitations']} noms d'invitations de {said['dates']} séances, {rest}, "
        f"{said['people']} personnes des listes."
    )
