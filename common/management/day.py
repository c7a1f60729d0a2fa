"""Commands that do a day's work by hand, or say what it would do on another day."""

import json
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone


class DayCommand(BaseCommand):
    """`--on` a day, today by default; `--dry-run`, without which a day to come is refused; `--json`."""

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
                f"Le {on:%d/%m/%Y} n'est pas encore venu : rien n'a été fait. Ajoutez --dry-run pour voir ce qui le "
                "serait.",
                returncode=2,
            )
        said = self.act(on, at=at, options=options)
        write: Callable[[dict[str, Any]], str] = in_json if options["json"] else self.in_words
        self.stdout.write(write(said))

    def act(self, on: date, *, at: datetime, options: dict[str, Any]) -> dict[str, Any]:
        """What was done for the day `on`, or would be with `--dry-run`; `at` is now."""
        raise NotImplementedError

    @staticmethod
    def in_words(said: dict[str, Any]) -> str:
        """What `act` returned, for people."""
        raise NotImplementedError


def in_json(said: dict[str, Any]) -> str:
    """What `act` returned, for other programs."""
    return json.dumps(said, ensure_ascii=False, indent=2, default=str)
