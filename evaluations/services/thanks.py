"""Thanking venues: a word, and a mail once a season."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction

from common import audit, outbox
from common.dates import local_day
from common.errors import DomainError
from evaluations.emails import thanks as emails
from evaluations.figures import Dimension
from evaluations.models import Tally, Thanks
from partners.models import User, Venue
from partners.seasons import Season


@transaction.atomic
def thank(*, venue: Venue, text: str, by: User, at: datetime) -> Thanks:
    """Write a word to a venue: staff's is shown at once, a structure's once staff have read it (F1).

    Raises DomainError for an empty or a too long one, and for more than a structure writes in a day.
    """
    text = text.strip()
    if not 1 <= len(text) <= settings.THANKS_MAX:
        raise DomainError(f"Écrivez un mot de {settings.THANKS_MAX} caractères au plus.", field="text")
    today = Thanks.objects.filter(structure=by.structure_id, written_at__gte=at - timedelta(days=1))
    if by.structure_id and today.count() >= settings.THANKS_A_DAY:
        raise DomainError("Vous avez beaucoup écrit aujourd'hui, merci ! Revenez demain.", field="text")
    word = Thanks.objects.create(
        venue=venue,
        text=text,
        structure=by.structure,
        written_by=by,
        written_at=at,
        shown_at=None if by.structure_id else at,
    )
    audit.record(at=at, actor=by, verb="mot écrit au lieu", subject=word)
    return word


@transaction.atomic
def show(*, thanks: Thanks, by: User, at: datetime) -> None:
    """Let the venue read a structure's word. Raises DomainError where that was decided already."""
    _decide(thanks, by=by, at=at, verb="mot montré au lieu", shown_at=at)


@transaction.atomic
def set_aside(*, thanks: Thanks, by: User, at: datetime) -> None:
    """Keep a word from the venue: it names somebody, or isn't one. Raises DomainError as `show` does."""
    _decide(thanks, by=by, at=at, verb="mot mis de côté", set_aside_at=at)


def _decide(thanks: Thanks, *, by: User, at: datetime, verb: str, **decision: Any) -> None:
    if not Thanks.objects.waiting().filter(pk=thanks.pk).update(**decision):
        raise DomainError("Ce mot est déjà montré au lieu ou mis de côté.")
    audit.record(at=at, actor=by, verb=verb, subject=thanks)


def thank_venues(*, at: datetime) -> int:
    """Once a season is over, write to each venue what its seats became: once, in the days of THANKS_DAYS; how many.

    Doing it twice writes nothing twice. A venue of which nothing may be shown is thanked without a number.
    """
    season = Season.of(local_day(at)).previous
    ago = (local_day(at) - season.ends_on).days
    first, last = settings.THANKS_DAYS
    if not first <= ago <= last:
        return 0
    written = 0
    figures = Tally.objects.current().of(season).filter(dimension=Dimension.VENUE).whole_season()
    venues = Venue.objects.in_bulk([line.key for line in figures if line.booked != 0])
    for line in figures:
        venue = venues.get(UUID(line.key))
        if venue is None:
            continue
        readers = User.objects.filter(venue=venue, is_active=True)
        outbox.post(
            *(
                emails.season_thanks(venue=venue, season=season, figures=line, reader=one, at=at)
                for one in readers
            )
        )
        written += bool(readers)
    return written
