"""`manage.py renew_access`: the yearly renewal of access, or what it would do on a day (A5)."""

import json
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from conventions.models import Access
from conventions.services import rotation


class Command(BaseCommand):
    help = (
        "Envoie les rappels et renouvelle les accès de la saison, comme chaque heure ; avec --dry-run, dit seulement "
        "ce qui se passerait à la date donnée (aucun nom de personne)."
    )

    def add_arguments(self, parser):
        parser.add_argument(
            "--on", type=date.fromisoformat, metavar="AAAA-MM-JJ", help="aujourd'hui par défaut"
        )
        parser.add_argument("--dry-run", action="store_true", help="n'écrit rien")
        parser.add_argument("--json", action="store_true", help="écrit un objet JSON")

    def handle(self, *args, **options):
        at, today = timezone.now(), timezone.localdate()
        on = options["on"] or today
        if on > today and not options["dry_run"]:
            raise CommandError(
                f"Le {on:%d/%m/%Y} n'est pas encore venu : rien n'a été changé. Ajoutez --dry-run pour voir ce qui se "
                "passerait.",
                returncode=2,
            )
        if options["dry_run"]:
            forecast = rotation.forecast(on=on, at=at)
            said = {**self.run(forecast.run, dry_run=True), **self.outlook(forecast)}
        else:
            said = self.run(rotation.renew(at=at, on=on), dry_run=False)
        self.stdout.write(
            json.dumps(said, ensure_ascii=False, indent=2) if options["json"] else in_words(said)
        )

    @staticmethod
    def run(run: rotation.Renewed, *, dry_run: bool) -> dict[str, Any]:
        """What was done, or would be."""
        return {
            "on": run.on.isoformat(),
            "dry_run": dry_run,
            "reminders": {
                "days_before": run.reminder,
                "count": len(run.reminded),
                "structures": [str(key) for key in run.reminded],
            },
            "openings": {"count": len(run.opened), "structures": [str(key) for key in run.opened]},
            "links": run.links,
            "visitor_codes": run.codes,
        }

    @staticmethod
    def outlook(forecast: rotation.Forecast) -> dict[str, Any]:
        """Who would stand where that day, if nobody chose a new password and nothing was signed until then."""
        return {
            "season": str(forecast.season),
            "accounts": forecast.accounts,
            "falls_out": {
                "accounts": forecast.falls_out,
                "count": len(forecast.falls_out_structures),
                "structures": [str(key) for key in forecast.falls_out_structures],
            },
            "unconfirmed": forecast.unconfirmed,
        }


def in_words(said: dict[str, Any]) -> str:
    """The same for people."""
    reminders, openings = said["reminders"], said["openings"]
    step = f" (J−{reminders['days_before']})" if reminders["count"] else ""
    lines = [
        f"{'Simulation, rien n’est écrit : le' if said['dry_run'] else 'Le'} {said['on']}",
        f"  rappels{step} : {reminders['count']}",
        f"  structures renouvelées : {openings['count']}",
        f"  liens envoyés : {said['links']}",
        f"  codes visiteur créés : {said['visitor_codes']}",
    ]
    if said["dry_run"]:
        accounts, falls = said["accounts"], said["falls_out"]
        lines += [
            f"  comptes de structures ce jour-là : {accounts[Access.OPEN]} à jour, {accounts[Access.GRACE]} en délai, "
            f"{accounts[Access.OUT]} fermés",
            f"  perdent l'accès ce jour-là : {falls['accounts']} comptes, dans {falls['count']} structures",
            f"  listes à confirmer pour la saison {said['season']} : {said['unconfirmed']}",
        ]
    return "\n".join(lines)
