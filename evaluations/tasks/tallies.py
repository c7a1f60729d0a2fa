"""The night's figures (E4)."""

from celery import shared_task
from django.utils import timezone

from evaluations.models import Counting
from evaluations.services import tallies


@shared_task
def count_season(counting_id: str) -> None:
    """Count the season of one counting."""
    for counting in Counting.objects.filter(pk=counting_id):
        tallies.count(counting, clock=timezone.now)


@shared_task
def sweep_countings() -> None:
    """Count what the night or the team waits for (every ten minutes: the first turn after midnight is the night's)."""
    now = timezone.now()
    for season in tallies.due(at=now):
        tallies.ask(season=season, at=now)
    for counting in Counting.objects.idle(at=now):
        tallies.count(counting, clock=timezone.now)
