"""`manage.py demo_check`: tries a running demonstration from outside and says how each step ended."""

import json
import time
from dataclasses import asdict
from io import StringIO
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.utils import timezone

from billetterie.demo.accounts import staff_code
from billetterie.demo.check import DemoCheck, Step, seconds_to_midnight


class Command(BaseCommand):
    help = "Essaie une démonstration en marche comme un navigateur ; écrit un objet JSON (code 1 si une étape cède)."

    def add_arguments(self, parser):
        parser.add_argument("--base-url", required=True, help="adresse du portail : http://127.0.0.1:8000")
        parser.add_argument("--json", action="store_true", help="sans les lignes de progrès")

    def handle(self, *args, **options):
        started = time.monotonic()
        if wait := seconds_to_midnight(timezone.localtime()):
            self.stderr.write(f"Il est presque minuit : l'essai attend {wait:.0f} s que le jour change.")
            time.sleep(wait)
        mail_folder = Path(settings.EMAIL_FILE_PATH) if settings.EMAIL_FILE_PATH else None
        check = DemoCheck(
            base_url=options["base_url"],
            today=timezone.localdate().isoformat(),
            mail_folder=mail_folder,
            staff_code=lambda: staff_code().digits,
        )
        steps = check.run(said=(lambda step: None) if options["json"] else self.say)
        steps.append(audit_step())
        if not options["json"]:
            self.say(steps[-1])
        ok = all(step.ok for step in steps)
        summary = {
            "ok": ok,
            "steps": [asdict(step) for step in steps],
            "seconds": round(time.monotonic() - started, 2),
        }
        self.stdout.write(json.dumps(summary, ensure_ascii=False, indent=2))
        if not ok:
            raise SystemExit(1)

    def say(self, step: Step) -> None:
        self.stderr.write(f"{'oui' if step.ok else 'NON'}  {step.name} ({step.seconds} s) : {step.detail}")


def audit_step() -> Step:
    """`manage.py audit` on the database that this environment has."""
    started, out = time.monotonic(), StringIO()
    try:
        call_command("audit", stdout=out)
        ok = True
    except SystemExit:
        ok = False
    return Step("audit finds nothing amiss", ok, round(time.monotonic() - started, 2), out.getvalue().strip())
