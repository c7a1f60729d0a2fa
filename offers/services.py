"""What venues do with their offer, and the taking and giving back of seats (C1, C3).

Seats move by one guarded UPDATE, with a database constraint as the second net, on both databases. Whoever
frees seats or changes a date takes its row first (`lock`): always structure, then event, then date, then
booking, then invitations, then venue, so that two of them never wait for each other.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F, Q
from django.utils import timezone

from common import audit
from common.errors import DomainError
from offers.imports import Outcome, Parsed, load_programme, parse_programme
from offers.models import Event, Performance, ProgrammeUpload, Quota
from partners.models import User, Venue

# What a venue says of an event, with what follows from it: a form never writes the state that it was opened in.
WRITTEN = [
    column.name
    for column in Event._meta.concrete_fields
    if column.editable and not column.primary_key and column.name not in ("venue", "state")
] + ["city", "search_text"]


class RefusedDates(DomainError):
    """Some dates of a new event can't be: `refusals` has each one's refusal, by its rank among the dates."""

    def __init__(self, refusals: dict[int, DomainError]) -> None:
        super().__init__(next(iter(refusals.values())).sentence)
        self.refusals = refusals


def _venue_of(user: User) -> Venue:
    if user.venue is None:
        raise DomainError("Ce compte n'est rattaché à aucun lieu : demandez à l'équipe.")
    return user.venue


def _refuse_suspended(venue: Venue) -> None:
    if venue.is_suspended:
        raise DomainError(venue.pause)


def _open_row(performance: Performance, *, at: datetime):
    """The date's row, while it can be booked, and no draw is to come (D7). Only its own columns stand in the
    condition, so that PostgreSQL checks it anew after waiting for another booking of the same date."""
    return Performance.objects.not_awaiting_draw().filter(
        Q(booking_deadline=None) | Q(booking_deadline__gt=at),
        pk=performance.pk,
        cancelled_at=None,
        starts_at__gt=at,
    )


def take_seats(
    *, performance: Performance, seats: int, at: datetime, past_queue: bool = False, unnamed: bool = False
) -> bool:
    """Take `seats` seats of a date open at `at`, all or none; whether they were taken (D3, D7).

    With `unnamed` they are held until people are named for them (D10).

    While parties wait for the date nobody takes seats, but with `past_queue`: whoever says so holds the date and
    has seen that the seats fit nobody who waits (D5).
    """
    free = _open_row(performance, at=at).filter(seats_left__gte=seats)
    if not past_queue:
        free = free.filter(parties_waiting=0)
    held = {"seats_held": F("seats_held") + seats} if unnamed else {}
    return bool(free.update(seats_left=F("seats_left") - seats, **held))


def hold_seats(*, performance: Performance, seats: int, parties: int, at: datetime) -> bool:
    """Hold `seats` of a date's free seats for `parties` that leave the line; whether they were held, all or none.

    Nothing is held once the date can't be booked any more (D5).
    """
    free = _open_row(performance, at=at).filter(seats_left__gte=seats, parties_waiting__gte=parties)
    return bool(
        free.update(
            seats_left=F("seats_left") - seats,
            seats_held=F("seats_held") + seats,
            parties_waiting=F("parties_waiting") - parties,
        )
    )


def use_held_seats(*, performance: Performance, seats: int, at: datetime) -> bool:
    """Book `seats` seats that were held, while the date can be booked; whether it was done (D5, D10)."""
    held = _open_row(performance, at=at).filter(seats_held__gte=seats)
    return bool(held.update(seats_held=F("seats_held") - seats))


def keep_held(*, performance: Performance, seats: int) -> None:
    """Hold seats that somebody of a group leaves, for somebody else of the group (D10)."""
    Performance.objects.filter(pk=performance.pk).update(seats_held=F("seats_held") + seats)


def let_go(*, performance: Performance, seats: int) -> None:
    """Free held seats that nobody took (D5, D10)."""
    Performance.objects.filter(pk=performance.pk).update(
        seats_left=F("seats_left") + seats, seats_held=F("seats_held") - seats
    )


def count_waiting(*, performance: Performance, parties: int) -> None:
    """Count so many parties more that wait for a date; fewer with a negative number (D5)."""
    Performance.objects.filter(pk=performance.pk).update(parties_waiting=F("parties_waiting") + parties)


def lock(performance: Performance) -> Performance:
    """The date's row, with its event and venue, held until the end of the transaction.

    SQLite holds the whole file by itself.
    """
    rows = Performance.objects.select_related("event__venue").select_for_update(no_key=True, of=("self",))
    return rows.get(pk=performance.pk)


def hold_offer(performance: Performance) -> bool:
    """Whether the date's event is still on offer, its venue's row held until the end of the transaction.

    Whoever withdraws the event holds its dates meanwhile, and whoever suspends the venue holds the venue: what is
    seen here, after taking the date's row, is final. It is the last lock of all.
    """
    offered = Venue.objects.filter(
        events__performances=performance, events__state=Event.State.PUBLISHED, suspended_at=None
    )
    return offered.only("pk").select_for_update(of=("self",), no_key=True).first() is not None


def _lock_event(event: Event) -> Event:
    """The event's row, held like a date's: what is done to its dates as a whole is done one after the other."""
    return Event.objects.select_for_update(no_key=True).get(pk=event.pk)


def keep_for_draw(*, performance: Performance, until: datetime | None) -> None:
    """Keep a date from being booked until it is drawn (D7), requests being made up to `until`; None lets go of it."""
    Performance.objects.filter(pk=performance.pk).update(draw_until=until)


def open_after_draw(*, performance: Performance, at: datetime) -> None:
    """Let a date that was drawn at `at` be booked: by the winners, then by anybody (D7)."""
    Performance.objects.filter(pk=performance.pk).update(drawn_at=at)


def give_back_seats(*, performance: Performance, seats: int) -> None:
    """Put freed seats back."""
    Performance.objects.filter(pk=performance.pk).update(seats_left=F("seats_left") + seats)


def _refuse_impossible(performance: Performance, *, at: datetime) -> None:
    if performance.starts_at <= at:
        raise DomainError("Cette date est déjà passée : choisissez une date à venir.", field="starts_at")
    _refuse_seats(performance.capacity)
    if performance.ends_at and performance.ends_at <= performance.starts_at:
        raise DomainError("La fin vient avant le début : vérifiez les heures.", field="ends_at")
    if performance.booking_deadline and performance.booking_deadline > performance.starts_at:
        raise DomainError(
            "La date limite vient après la séance : choisissez un jour avant, ou laissez vide.",
            field="booking_deadline",
        )
    if performance.booking_deadline and performance.booking_deadline <= at:
        raise DomainError(
            "La date limite est déjà passée : personne ne pourrait réserver. Choisissez un jour à venir.",
            field="booking_deadline",
        )


def _refuse_seats(capacity: int) -> None:
    if not 0 <= capacity <= settings.SEATS_MAX:
        raise DomainError(f"Donnez entre 0 et {settings.SEATS_MAX} places.", field="capacity")


@transaction.atomic
def publish_event(*, event: Event, performances: Iterable[Performance], by: User, at: datetime) -> Event:
    """Save a new event with its dates (C1).

    Raises RefusedDates, having saved nothing, when some can't be, and DomainError while the venue is suspended.
    """
    if not event.venue_id:
        event.venue = _venue_of(by)
    _refuse_suspended(event.venue)
    event.prepare_search()
    event.save()
    audit.record(at=at, actor=by, verb="événement publié", subject=event)
    refusals = {}
    for rank, performance in enumerate(performances):
        performance.event = event
        try:
            add_performance(performance=performance, by=by, at=at)
        except DomainError as refusal:
            refusals[rank] = refusal
    if refusals:
        raise RefusedDates(refusals)
    return event


@transaction.atomic
def update_event(*, event: Event, by: User, at: datetime) -> Event:
    """Save what was changed in an event, apart from its venue and state."""
    event.prepare_search()
    event.save(update_fields=WRITTEN)
    audit.record(at=at, actor=by, verb="événement modifié", subject=event)
    return event


@transaction.atomic
def add_performance(*, performance: Performance, by: User, at: datetime) -> Performance:
    """Save one more date of an event, all its seats free.

    Raises DomainError for a date that can't be, and while the venue is suspended.
    """
    _refuse_suspended(performance.event.venue)
    _refuse_impossible(performance, at=at)
    performance.seats_left = performance.capacity
    _lock_event(performance.event)  # sent twice at once, the second waits, and hears that the date is there
    if Performance.objects.filter(event=performance.event, starts_at=performance.starts_at).exists():
        raise DomainError(
            f"Il y a déjà une séance le {timezone.localtime(performance.starts_at):%d/%m/%Y à %H:%M}.",
            field="starts_at",
        )
    performance.save(force_insert=True)
    audit.record(at=at, actor=by, verb="séance ajoutée", subject=performance, places=performance.capacity)
    return performance


@transaction.atomic
def set_capacity(*, performance: Performance, capacity: int, by: Any, at: datetime) -> Performance:
    """Give more seats, or withdraw some that nobody has booked (C1, C3).

    Raises DomainError, with the number booked, for fewer seats than are taken; nothing changes then.
    """
    _refuse_seats(capacity)
    locked = lock(performance)
    if locked.starts_at <= at or locked.cancelled_at:
        raise DomainError(
            "Cette séance est passée ou annulée : ses places ne changent plus.", field="capacity"
        )
    if capacity < locked.seats_taken:
        raise DomainError(
            f"Places déjà réservées pour cette séance : {locked.seats_taken}. Vous pouvez descendre jusqu'à "
            f"{locked.seats_taken}. Rien n'a été changé.",
            field="capacity",
        )
    was = locked.capacity
    locked.seats_left += capacity - was
    locked.capacity = capacity
    locked.save(update_fields=["capacity", "seats_left"])
    audit.record(at=at, actor=by, verb="places changées", subject=locked, avant=was, après=capacity)
    return locked


@transaction.atomic
def give_seats(*, event: Event, capacity: int, by: User, at: datetime) -> int:
    """Give `capacity` seats to each date to come of `event` that has none yet (C3); how many dates that were.

    Raises DomainError where the number can't be, or no date waits for seats.
    """
    _refuse_seats(capacity)
    if capacity == 0:
        raise DomainError("Donnez au moins une place.", field="capacity")
    _lock_event(event)
    given = event.performances.upcoming(at=at).seatless().update(capacity=capacity, seats_left=capacity)
    if not given:
        raise DomainError("Toutes les dates à venir ont déjà des places.", field="capacity")
    audit.record(at=at, actor=by, verb="places données", subject=event, dates=given, places=capacity)
    return given


@transaction.atomic
def set_quota(*, quota: Quota, by: Any, at: datetime) -> Quota:
    """Let every structure take at most `quota.seats` seats of what the unsaved `quota` counts (C3).

    It takes the place of the one that stood there. What structures hold already they keep. Raises DomainError for
    a number or a period that can't be.
    """
    if not quota.seats or not 1 <= quota.seats <= settings.SEATS_MAX:
        raise DomainError(
            f"Donnez entre 1 et {settings.SEATS_MAX} places par structure, ou retirez le quota.",
            field="seats",
        )
    if quota.starts_on and (not quota.ends_on or quota.ends_on < quota.starts_on):
        raise DomainError("La période finit avant de commencer : vérifiez les deux jours.", field="ends_on")
    known = Quota.objects.open().like(quota).first()
    if known and known.seats == quota.seats:
        return known
    quota.since = at
    try:
        with transaction.atomic():
            if known:
                _close(known, at=at)
            quota.save(force_insert=True)
    except IntegrityError:  # two at once: one number stands there
        raise DomainError(
            "Ce quota vient d'être changé par quelqu'un d'autre : rechargez la page.", field="seats"
        ) from None
    audit.record(at=at, actor=by, verb="quota fixé", subject=quota, places=quota.seats)
    return quota


@transaction.atomic
def lift_quota(*, quota: Quota, by: Any, at: datetime) -> None:
    """Take a quota away. Raises DomainError where it is no longer in force."""
    if not _close(quota, at=at):
        raise DomainError("Ce quota n'est déjà plus en vigueur : il n'y a rien à retirer.")
    audit.record(at=at, actor=by, verb="quota retiré", subject=quota)


def _close(quota: Quota, *, at: datetime) -> bool:
    return bool(Quota.objects.open().filter(pk=quota.pk).update(until=max(at, quota.since)))


@transaction.atomic
def withdraw_event(*, event: Event, by: User, at: datetime) -> Event:
    """Take an event out of the catalogue. Raises DomainError while somebody holds seats for a date to come.

    Its dates are held meanwhile: whoever books one of them waits, and then sees that the event is gone.
    """
    _lock_event(event)
    dates = event.performances.upcoming(at=at).order_by("pk").select_for_update(no_key=True)
    taken = sum(date.seats_taken for date in dates)
    if taken:
        raise DomainError(
            f"Places réservées pour des dates à venir : {taken}. Annulez d'abord ces séances : "
            "les personnes seront prévenues."
        )
    Event.objects.filter(pk=event.pk).update(state=Event.State.WITHDRAWN)
    audit.record(at=at, actor=by, verb="événement retiré", subject=event)
    return event


@transaction.atomic
def publish_again(*, event: Event, by: User, at: datetime) -> Event:
    """Put a draft or a withdrawn event on offer, with the dates it has; one that is on offer stays as it is.

    Raises DomainError while the venue is suspended.
    """
    _refuse_suspended(event.venue)
    locked = _lock_event(event)
    if locked.state != Event.State.PUBLISHED:
        locked.state = Event.State.PUBLISHED
        locked.save(update_fields=["state"])
        audit.record(at=at, actor=by, verb="événement publié", subject=locked)
    return locked


@transaction.atomic
def keep_upload(*, by: User, filename: str, content: bytes, at: datetime) -> ProgrammeUpload:
    """Keep a programme file until the venue confirms its preview; it takes the place of the one before (C2).

    Raises UnreadableFile for a file that can't be used as a whole. Files nobody confirmed are swept on the way.
    """
    _read(content)
    # Of several files at once each waits here for the one before, and then takes its place.
    venue = Venue.objects.select_for_update(no_key=True).get(pk=_venue_of(by).pk)
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
    _refuse_suspended(upload.venue)
    outcome = load_programme(venue=upload.venue, parsed=_read(bytes(upload.content)), at=at, by=by)
    if not outcome.errors:
        upload.delete()
    return outcome


def _read(content: bytes) -> Parsed:
    return parse_programme(content, most=settings.IMPORT_WEB_DATES_MAX)


def follow_venue(venue: Venue) -> None:
    """Where a venue's name or commune changed, let the catalogue search and filter by the new one (C4)."""
    events = list(Event.objects.filter(venue=venue).select_related("venue__commune"))
    for event in events:
        event.prepare_search()
    Event.objects.bulk_update(events, ["city", "search_text"], batch_size=200)
