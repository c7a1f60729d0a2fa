"""`manage.py remove_second_factor`: the way back in when the only person with all rights lost the phone (F4)."""

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from common import audit
from common.errors import DomainError
from partners.models import User
from partners.second_factor import take_off


class Command(BaseCommand):
    help = (
        "Retire la double vérification d'un compte dont le téléphone est perdu ; tracé, et dit par mail "
        "(code 2 : refus)."
    )

    def add_arguments(self, parser):
        parser.add_argument("email", help="adresse du compte")
        parser.add_argument("--reason", required=True, help="pourquoi, en une phrase : elle reste au journal")

    def handle(self, *args, **options):
        account = User.objects.filter(email__iexact=options["email"]).first()
        if account is None:
            raise CommandError(f"Aucun compte n'a l'adresse {options['email']}.", returncode=2)
        try:
            take_off(account=account, reason=options["reason"], by=audit.SYSTEM, at=timezone.now())
        except DomainError as refusal:
            raise CommandError(refusal.sentence, returncode=2) from refusal
        self.stdout.write("Double vérification retirée. La personne est prévenue par mail.")
