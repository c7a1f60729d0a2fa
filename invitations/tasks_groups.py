"""What group outings do in the background (D10). Apart from `tasks.py`, which booking itself wakes up."""

from celery import shared_task
from django.utils import timezone

from invitations.models import GroupOuting
from invitations.services import groups


@shared_task
def end_names(group_id: str) -> None:
    """Let the seats of one group that have no name go to others, if its deadline has passed (D10)."""
    for group in GroupOuting.objects.filter(pk=group_id).select_related("performance"):
        groups.end_names(group=group, at=timezone.now())


@shared_task
def sweep_groups() -> None:
    """Find the groups whose deadline has passed, and those to be reminded of it (every minute)."""
    now = timezone.now()
    for pk in GroupOuting.objects.overdue(at=now).values_list("pk", flat=True):
        end_names.delay(str(pk))
    for group in GroupOuting.objects.to_remind(at=now).with_reader():
        groups.remind(group=group, at=now)
