"""What this room does in the background, one module per subject. Each task is safe to run twice.

Celery finds the tasks by importing this package.
"""

from evaluations.tasks import attendance, controls, criee, reports, tallies, thanks  # noqa: F401
