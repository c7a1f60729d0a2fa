"""`manage.py demo_season`: the invented season, and the accounts to look at it with."""

import json
from argparse import ArgumentTypeError
from dataclasses import asdict
from datetime import date

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from billetterie.demo import accounts, mark, season, signatures
from common.errors import DomainError


def count(typed: str) -> int:
    """A number of rows from the command line."""
    if not typed.isdecimal():
        raise ArgumentTypeError(f"« {typed} » n'est pas un nombre entier ; écrivez par exemple 10000.")
    return int(typed)


class Command(BaseCommand):
    help = "Charge une saison inventée autour d'un jour ; avec --accounts, dit les comptes qui l'ouvrent."

    def add_arguments(self, parser):
        parser.add_argument("--seed", type=int, default=1, help="graine : la même donne la même saison (1)")
        parser.add_argument(
            "--on",
            type=date.fromisoformat,
            metavar="AAAA-MM-JJ",
            help="jour autour duquel inventer (aujourd'hui)",
        )
        parser.add_argument(
            "--structures", type=count, default=0, metavar="N", help="pour la charge : structures en tout"
        )
        parser.add_argument(
            "--invitations", type=count, default=0, metavar="N", help="pour la charge : invitations en tout"
        )
        parser.add_argument("--accounts", action="store_true", help="écrit les comptes et leur mot de passe")
        parser.add_argument("--json", action="store_true", help="écrit du JSON")

    def handle(self, *args, **options):
        if options["accounts"]:
            return self.show_accounts(as_json=options["json"])
        if held := mark.demonstration():
            return self.say(options, f"La saison de démonstration est déjà là ({held}).", season.counts())
        on = options["on"] or timezone.localdate()
        try:
            counts = season.load_season(
                seed=options["seed"],
                on=on,
                structures=options["structures"],
                invitations=options["invitations"],
            )
        except DomainError as refusal:
            raise CommandError(refusal.sentence) from None
        signatures.sign_some(on=on)
        return self.say(options, "Saison de démonstration chargée.", counts)

    def say(self, options: dict, sentence: str, counts: season.Counts) -> None:
        if options["json"]:
            self.stdout.write(
                json.dumps({"season": mark.demonstration(), **counts.as_json()}, ensure_ascii=False)
            )
        else:
            self.stdout.write(f"{sentence} {counts}.")

    def show_accounts(self, *, as_json: bool) -> None:
        if not mark.demonstration():
            raise CommandError(
                "Cette base ne contient pas la saison de démonstration, donc pas ses comptes. "
                "Chargez-la d'abord : ./portail manage demo_season"
            )
        entries = accounts.entries()
        if as_json:
            self.stdout.write(json.dumps([asdict(entry) for entry in entries], ensure_ascii=False, indent=2))
            return
        labels, signs = (
            max(len(value) for value in column)
            for column in zip(*((entry.label, entry.sign_in) for entry in entries), strict=True)
        )
        self.stdout.write(f"Comptes de démonstration (mot de passe : {accounts.PASSWORD})")
        for entry in entries:
            after = f"puis le code que donne : {entry.second_step}" if entry.second_step else ""
            said = f"  {entry.label:<{labels}}  {entry.sign_in:<{signs}}  {entry.place}{after}"
            self.stdout.write(said.rstrip())
