"""The file of a programme, from its preview to the venue's word (C2)."""

from collections.abc import Mapping
from datetime import datetime

from django.conf import settings
from django.db import transaction

from common.background import after_commit
from common.errors import DomainError
from offers.imports import Table, table_in, work
from offers.models import ColumnMapping, ProgrammeImport, ProgrammeUpload
from offers.services.standing import refuse_suspended, venue_of
from offers.tasks import work_at_upload
from partners.models import User, Venue

Step = ProgrammeUpload.Step


def keep_upload(*, by: User, filename: str, content: bytes, at: datetime) -> ProgrammeUpload:
    """Keep a programme file until the venue confirms its preview; it takes the place of the one before (C2).

    Its columns are read as the venue chose for the last table with the same headings. Raises UnreadableFile for a
    file that can't be used as a whole. Files nobody confirmed are swept on the way.
    """
    venue, table = venue_of(by), table_in(content)
    upload = ProgrammeUpload(venue=venue, by=by, filename=filename[:200], content=content, created_at=at)
    upload.columns = _remembered(venue, table)
    _read(upload, table, at=at)
    with transaction.atomic():
        # Of several files at once each waits here for the one before, and then takes its place.
        Venue.objects.select_for_update(no_key=True).get(pk=venue.pk)
        ProgrammeUpload.objects.filter(venue=venue).delete()
        ProgrammeUpload.objects.stale(at=at).delete()
        upload.save(force_insert=True)
        _send_to_work(upload)
    return upload


def choose_columns(*, upload: ProgrammeUpload, columns: Mapping[str, int], at: datetime) -> ProgrammeUpload:
    """Read the table with each column as the venue says, and remember it for the next one with the same headings.

    Raises DomainError where no column says the title or the date, or the file isn't a table.
    """
    table = table_in(bytes(upload.content))
    if table is None:
        raise DomainError("Ce fichier n'est pas un tableau : ses colonnes ne se choisissent pas.")
    for abouts, said in ((("title",), "le titre"), (("day", "starts"), "la date")):
        if not any(about in columns for about in abouts):
            raise DomainError(f"Il manque {said}. En face de la bonne colonne, choisissez ce qu'elle dit.")
    upload.columns = dict(columns)
    _read(upload, table, at=at)
    with transaction.atomic():
        ColumnMapping.objects.update_or_create(
            venue=upload.venue,
            signature=table.signature,
            defaults={"columns": upload.columns, "chosen_at": at},
        )
        upload.save(update_fields=["columns", "step", "report", "worked_at", "rows_read"])
        _send_to_work(upload)
    return upload


def confirm_upload(*, upload: ProgrammeUpload, by: User, seats: int, at: datetime) -> ProgrammeImport | None:
    """Write the whole file into the venue's offer and throw it away; with any error in it, neither (C2).

    `seats` is given for each new date of which the file says none. Returns the record, None while a large file is
    still being written, or has errors. Raises DomainError for a number that can't be, and while the venue is
    suspended.
    """
    refuse_suspended(upload.venue)
    if not 0 <= seats <= settings.SEATS_MAX:
        raise DomainError(f"Donnez entre 0 et {settings.SEATS_MAX} places.", field="seats")
    upload.seats, upload.by = seats, by
    if not work.is_large(bytes(upload.content)):
        return work.write(upload=upload, at=at)
    with transaction.atomic():
        ready = ProgrammeUpload.objects.filter(pk=upload.pk, step=Step.READY)
        if ready.update(step=Step.LOADING, seats=seats, by=by, worked_at=None, rows_read=0):
            after_commit(work_at_upload, str(upload.pk))
    return None


def _remembered(venue: Venue, table: Table | None) -> dict[str, int] | None:
    if table is None:
        return None
    known = ColumnMapping.objects.filter(venue=venue, signature=table.signature).first()
    return known.columns if known else None


def _read(upload: ProgrammeUpload, table: Table | None, *, at: datetime) -> None:
    """Make the preview where it is soon made; a table whose columns say too little waits for them to be chosen."""
    upload.step, upload.report, upload.worked_at, upload.rows_read = Step.READY, None, None, 0
    if table is not None and upload.columns is None and table.missing:
        return
    if work.is_large(bytes(upload.content)):
        upload.step = Step.READING
    else:
        upload.report = work.preview(upload=upload, at=at)


def _send_to_work(upload: ProgrammeUpload) -> None:
    if upload.at_work:
        after_commit(work_at_upload, str(upload.pk))
