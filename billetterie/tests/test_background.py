"""What runs by itself (docs/operations.md)."""

import json
import subprocess
import sys

from django.conf import settings

KNOWN = """
import json
from billetterie.celery import app
app.loader.import_default_modules()  # what a worker does when it starts, and tests don't
print(json.dumps(sorted(app.tasks)))
"""


def test_worker_knows_every_task_that_is_due_by_the_clock():
    done = subprocess.run(
        [sys.executable, "-c", KNOWN], cwd=settings.BASE_DIR, capture_output=True, text=True, check=True
    )
    sent = {one["task"] for one in settings.CELERY_BEAT_SCHEDULE.values()}
    assert sent <= set(json.loads(done.stdout))
