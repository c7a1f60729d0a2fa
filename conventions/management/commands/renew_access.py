"""`manage.py renew_access`: the yearly renewal of access, or what it would do on a day (A5)."""

from typing import Any

from common.management.day import DayCommand
from conventions.models import Access
from conventions.services import rotation


class Command(DayCommand):
    help = (
        "Envoie les rappels et renouvelle les accès de la saison, comme chaque heure ; avec --dry-run, dit seulement "
        "ce qui se passerait à la date donnée (aucun nom de personne)."
    )

    def act(self, on, *, at, options):
        if not options["dry_run"]:
            return self.run(rotation.renew(at=at, on=on), dry_run=False)
        forecast = rotation.forecast(on=on, at=at)
        return {**self.run(forecast.run, dry_run=True), **self.outlook(forecast)}

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

    @staticmethod
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
                f"  comptes de structures ce jour-là : {accounts[Access.OPEN]} à jour, "
                f"{accounts[Access.GRACE]} en délai, {accounts[Access.OUT]} fermés",
                f"  perdent l'accès ce jour-là : {falls['accounts']} comptes, dans {falls['count']} structures",
                f"  listes à confirmer pour la saison {said['season']} : {said['unconfirmed']}",
            ]
        return "\n".join(lines)
