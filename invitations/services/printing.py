"""Several outings printed at once: drawn while the worker waits if they are few, else in the background (D2)."""

from datetime import datetime

from django.conf import settings

from common.background import after_commit
from common.errors import DomainError
from invitations.models import Booking, Invitation, PrintRun
from invitations.services import drawing, papers
from invitations.tasks import make_print_run
from partners.models import Structure

NOTHING_LEFT = "Ces sorties sont annulées ou déjà passées : il n’y a plus rien à imprimer."


def start(*, structure: Structure, bookings: list[Booking], at: datetime) -> PrintRun:
    """One PDF for several outings of one structure, soonest first. They arrive with their dates.

    What was cancelled or has begun is left out. Raises DomainError where nothing remains, or too much.
    """
    if not bookings:
        raise DomainError("Cochez au moins une sortie à imprimer.")
    going = [booking for booking in bookings if booking.is_to_come(at=at)]
    if not going:
        raise DomainError(NOTHING_LEFT)
    if len(going) > settings.PRINT_RUN_MAX:
        raise DomainError(f"Cochez {settings.PRINT_RUN_MAX} sorties au plus : imprimez les autres ensuite.")
    run = PrintRun.objects.create(
        structure=structure, bookings=[str(booking.pk) for booking in going], asked_at=at
    )
    _draw(run, list(drawing.papers_of(run)), at=at)
    return run


def print_run(*, run: PrintRun, at: datetime) -> bytes | None:
    """The PDF, its outings noted as printed; None while a large one is still being drawn.

    Who cancelled since it was drawn has no paper in it. Raises DomainError where nobody goes any more.
    """
    live = list(drawing.papers_of(run))
    if not live:
        raise DomainError(NOTHING_LEFT)
    if run.made_at and run.shows != drawing.what_they_show(live):
        PrintRun.objects.filter(pk=run.pk).update(asked_at=at, made_at=None, content=None)
        run.refresh_from_db()
        _draw(run, live, at=at)
    if run.content is None:
        return None
    papers.note_printed(at=at, pk__in=run.bookings)
    return bytes(run.content)  # PostgreSQL lends a view


def _draw(run: PrintRun, live: list[Invitation], *, at: datetime) -> None:
    if papers.is_large(live):
        after_commit(make_print_run, str(run.pk))
    else:
        drawing.draw_run(run=run, at=at)
        run.refresh_from_db()
