"""The file of a programme, from its preview to the venue's word (C2)."""

from datetime import datetime

from django.conf import settings
from django.db import transaction

from offers.imports import Outcome, Parsed, load_programme, parse_programme
from offers.models import ProgrammeUpload
from offers.services.standing import refuse_suspended, venue_of
from partners.models import User, Venue


@transaction.atomic
def keep_upload(*, by: User, filename: str, content: bytes, at: datetime) -> ProgrammeUpload:
    """Keep a programme file until the venue confirms its preview; it takes the place of the one before (C2).

    Raises UnreadableFile for a file that can't be used as a whole. Files nobody confirmed are swept on the way.
    """
    _read(content)
    # Of several files at once each waits here for the one before, and then takes its place.
    venue = Venue.objects.select_for_update(no_key=True).get(pk=venue_of(by).pk)
    ProgrammeUpload.objects.filter(venue=venue).delete()
    ProgrammeUpload.objects.stale(at=at).delete()
    return ProgrammeUpload.objects.create(
        venue=venue, by=by, filename=filename[:200], content=content, created_at=at
    )


def preview_upload(*, upload: ProgrammeUpload, at: datetime) -> Outcome:
    """What loading the file would do; writes nothing."""
    return load_programme(venue=upload.venue, parsed=_read(bytes(upload.content)), at=at, dry_run=True)


@transaction.atomic
def load_upload(*, upload: ProgrammeUpload, by: User, at: datetime) -> Outcome:
    """Write the whole file into the venue's offer and throw it away; with any error in it, neither (C2).

    Raises DomainError while the venue is suspended.
    """
    refuse_suspended(upload.venue)
    outcome = load_programme(venue=upload.venue, parsed=_read(bytes(upload.content)), at=at, by=by)
    if not outcome.errors:
        upload.delete()
    return outcome


def _read(content: bytes) -> Parsed:
    return parse_programme(content, most=settings.IMPORT_WEB_DATES_MAX)
