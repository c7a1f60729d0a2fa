"""`manage.py erase_names`: the night's erasure of names, or what it would erase on a day (F2)."""

from dataclasses import asdict
from typing import Any

from django.utils import timezone

from common.dates import start_of
from common.management.day import DayCommand
from invitations.services import erasure


class Command(DayCommand):
    help = (
        "Efface les noms arrivés à leur terme, comme chaque nuit ; avec --dry-run, dit seulement combien le seraient "
        "à la date donnée (des nombres, aucun nom)."
    )

    def add_arguments(self, parser):
        super().add_arguments(parser)
        parser.add_argument(
            "--again",
            action="store_true",
            help="même si la nuit est faite, et avec tout ce qui fut effacé sur demande : ce que fait restore",
        )

    def act(self, on, *, at, options):
        if options["dry_run"]:
            return {"dry_run": True, **asdict(erasure.forecast(on=on))}
        at = at if on == timezone.localdate() else start_of(on)
        if options["again"]:
            return {"dry_run": False, "on": on, "again": erasure.erase_again(at=at)}
        night = erasure.erase_due(at=at)
        counted = {name: getattr(night, name) for name in ("dates", "invitations", "others", "people")}
        return {"dry_run": False, "on": on, **counted}

    @staticmethod
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
