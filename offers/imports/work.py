"""The work on a programme file: read it for its preview, write it once the venue says so (C2).

A file of usual size is worked at in the request, a large one in the background (`offers/tasks.py`). The row tells how
far it is, and each of both may be done twice.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from common.errors import DomainError
from offers.imports import Outcome, UnreadableFile, parse_programme, prepare_programme
from offers.imports.records import Verdict
from offers.models import Performance, ProgrammeImport, ProgrammeUpload

LINES_KEPT = 300  # of each kind, in a preview
Clock = Callable[[], datetime]
Step = ProgrammeUpload.Step


def is_large(content: bytes) -> bool:
    """Whether a file is worked at in the background."""
    return len(content) > settings.IMPORT_INLINE_BYTES


def preview(
    *, upload: ProgrammeUpload, at: datetime, told: Callable[[int, int], None] | None = None
) -> dict[str, Any]:
    """What loading the file would do, as its page shows it. Raises UnreadableFile where it can't be used as a whole."""
    parsed = parse_programme(bytes(upload.content), columns=upload.columns, told=told or _nobody)
    plan = prepare_programme(venue=upload.venue, parsed=parsed, at=at)
    return report_of(plan.outcome())


def make_preview(*, upload: ProgrammeUpload, clock: Clock) -> None:
    """Read a file that waits for it, telling how far that is; its preview or the refusal then stands in its row."""
    _begin(upload, clock)
    try:
        report = preview(upload=upload, at=clock(), told=_teller(upload, clock))
    except UnreadableFile as refusal:
        report = {"refusal": refusal.sentence}
    _reading(upload).update(step=Step.READY, report=report, worked_at=None)


def write(
    *, upload: ProgrammeUpload, at: datetime, told: Callable[[int, int], None] | None = None
) -> ProgrammeImport | None:
    """Write the whole file into the venue's offer and throw it away; with an error in it neither, and None.

    The record has the file's own identifier. Raises DomainError where it can't be written now.
    """
    parsed = parse_programme(bytes(upload.content), columns=upload.columns, told=told or _nobody)
    plan = prepare_programme(venue=upload.venue, parsed=parsed, at=at, seats=upload.seats)
    with transaction.atomic():
        row = ProgrammeUpload.objects.select_for_update(no_key=True).filter(pk=upload.pk).first()
        if row is None:  # done meanwhile, or another file took its place
            return ProgrammeImport.objects.filter(pk=upload.pk).first()
        outcome = plan.write(by=upload.by, record_id=upload.pk)
        if outcome.errors:
            row.step, row.report = Step.READY, report_of(outcome)
            row.save(update_fields=["step", "report"])
        else:
            row.delete()
    return outcome.record


def make_programme(*, upload: ProgrammeUpload, clock: Clock) -> None:
    """Write a file that its venue has confirmed, telling how far that is; a refusal then stands in its row."""
    _begin(upload, clock)
    try:
        write(upload=upload, at=clock(), told=_teller(upload, clock))
    except DomainError as refusal:
        rows = ProgrammeUpload.objects.filter(pk=upload.pk, step=Step.LOADING)
        rows.update(step=Step.READY, report={"refusal": refusal.sentence}, worked_at=None)


def report_of(outcome: Outcome) -> dict[str, Any]:
    """An outcome as its page shows it: figures, and of each kind of line the first ones."""
    by_state: dict[str, list[Verdict]] = {"new": [], "changed": [], "same": []}
    for verdict in outcome.verdicts:
        by_state[verdict.state].append(verdict)
    lines = {
        "errors": [[entry.row, entry.field, entry.message] for entry in outcome.errors[:LINES_KEPT]],
        "skipped": [[entry.row, "", entry.reason] for entry in outcome.skipped[:LINES_KEPT]],
        "notes": [[entry.row, "", entry.text] for entry in outcome.notes[:LINES_KEPT]],
    }
    for state, verdicts in by_state.items():
        lines[state] = [[entry.row, entry.title, entry.text] for entry in verdicts[:LINES_KEPT]]
    return {
        "created": outcome.created,
        "updated": outcome.updated,
        "unchanged": outcome.unchanged,
        "performances": outcome.performances,
        "added": outcome.added,
        "unseated": outcome.unseated,
        "missing": len(outcome.missing),
        "gone": _gone(outcome),
        "lines": lines,
        "counts": {
            "errors": len(outcome.errors),
            "skipped": len(outcome.skipped),
            "notes": len(outcome.notes),
            **{state: len(verdicts) for state, verdicts in by_state.items()},
        },
    }


def _gone(outcome: Outcome) -> list[list[str]]:
    """The first dates that the file no longer holds: title, and when."""
    dates = Performance.objects.filter(pk__in=outcome.missing[:10]).select_related("event")
    return [
        [date.event.title, f"{timezone.localtime(date.starts_at):%d/%m/%Y à %Hh%M}"]
        for date in sorted(dates, key=lambda date: date.starts_at)
    ]


def _nobody(done: int, total: int) -> None:
    pass


def _begin(upload: ProgrammeUpload, clock: Clock) -> None:
    ProgrammeUpload.objects.filter(pk=upload.pk).update(worked_at=clock(), rows_read=0)


def _teller(upload: ProgrammeUpload, clock: Clock) -> Callable[[int, int], None]:
    def tell(done: int, total: int) -> None:
        ProgrammeUpload.objects.filter(pk=upload.pk).update(rows_read=done, rows=total, worked_at=clock())

    return tell


def _reading(upload: ProgrammeUpload):
    return ProgrammeUpload.objects.filter(pk=upload.pk, step=Step.READING)
