"""`manage.py demo_code`: what the application of the demonstration's staff account shows now."""

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError

from billetterie.demo import mark
from billetterie.demo.accounts import STAFF, staff_code
from common.errors import DomainError


class Command(BaseCommand):
    help = "Écrit le code à six chiffres que demande le compte de l'équipe de la démonstration."

    def handle(self, *args, **options):
        if not self.is_demonstration():
            raise CommandError(
                "Cette base ne contient pas la saison de démonstration, donc pas de compte dont lire le code. "
                "Lancez-la d'abord : ./portail demo"
            )
        try:
            code = staff_code()
        except DomainError as refusal:
            raise CommandError(refusal.sentence) from None
        self.stdout.write(
            f"{code.digits[:3]} {code.digits[3:]}   pour {STAFF.email}, encore {code.seconds} s. "
            "Un code sert une fois : pour se connecter de nouveau, attendez le suivant."
        )

    def is_demonstration(self) -> bool:
        try:
            return bool(mark.demonstration())
        except DatabaseError:  # not even a table: nothing was ever launched here
            return False
