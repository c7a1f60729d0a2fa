"""What is down doesn't stop the bookings (safety, drills)."""

import json
import os
import subprocess
import sys

import pytest
from django.conf import settings

BOOK = """
import django
django.setup()
import json
from django.core.management import call_command
call_command("migrate", verbosity=0)
call_command("createcachetable")
from common.models import OutboxMessage
from invitations.models import Booking
from invitations.tests.factories import a_booking
a_booking(guests=6)
print(json.dumps([Booking.objects.count(), OutboxMessage.objects.count()]))
"""


@pytest.mark.slow
@pytest.mark.once
@pytest.mark.drill
def test_bookings_go_on_while_the_broker_is_away(tmp_path):
    environment = {
        **os.environ,
        "PORTAIL_ENV": "demo",  # in tests, tasks don't pass by the broker
        "PORTAIL_VAR": str(tmp_path),
        "DATABASE_URL": f"sqlite:///{tmp_path}/portail.sqlite3",
        "DJANGO_SETTINGS_MODULE": "billetterie.settings",
        "PORTAIL_BROKER_URL": "redis://127.0.0.1:1/0",
    }
    done = subprocess.run(
        [sys.executable, "-c", BOOK], env=environment, cwd=settings.BASE_DIR, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1]) == [1, 1]
    assert "Connection refused" in done.stderr  # it was asked, and didn't answer
