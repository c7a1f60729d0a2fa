"""`manage.py rotate_names`: names of people under the first key of PORTAIL_NAMES_KEYS."""

from collections import Counter

from django.core.management.base import BaseCommand, CommandError

from common.errors import DomainError
from common.rotation import rotate_names


class Command(BaseCommand):
    help = (
        "Chiffre de nouveau les noms avec la première clé de PORTAIL_NAMES_KEYS ; à relancer sans crainte "
        "(code 2 si une clé manque)."
    )

    def handle(self, *args, **options):
        seen: Counter[str] = Counter()
        rewritten: Counter[str] = Counter()
        try:
            for batch in rotate_names():
                name = str(batch.model._meta.verbose_name_plural)
                seen[name] += batch.seen
                rewritten[name] += batch.rewritten
                self.stderr.write(f"{name} : {seen[name]} vus, {rewritten[name]} chiffrés de nouveau")
        except DomainError as refusal:
            raise CommandError(refusal.sentence, returncode=2) from refusal
        self.stdout.write(
            f"{rewritten.total()} fiches chiffrées de nouveau, sur {seen.total()} : toutes sont sous la première clé."
        )
