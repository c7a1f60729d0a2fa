"""Until when names are kept, and the nights on which they were erased (F2)."""

from datetime import date, datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q, Subquery

from common.dates import local_day, months_before, start_of
from invitations.models.bookings import Booking
from invitations.models.draws import DrawRequest
from invitations.models.people import Participant, ParticipantQuerySet
from invitations.models.waiting import WaitlistEntry


def dates_end(*, on: date) -> datetime:
    """The dates that started before this moment have no names left on the day `on`."""
    return start_of(on - timedelta(days=settings.NAMES_KEPT_DAYS))


def kept_papers_end(*, on: date) -> datetime:
    """The same for papers that somebody kept for the outing alone: once the door can't read them any more."""
    return start_of(on - timedelta(days=settings.DOOR_CLOSES_DAYS_AFTER))


def lists_end(*, on: date) -> datetime:
    """Whoever was added, and last went out, before this moment is on no list any more on the day `on`."""
    return start_of(months_before(on, settings.PERSON_KEPT_MONTHS))


def leaving(people: ParticipantQuerySet, *, on: date) -> ParticipantQuerySet:
    """Those of `people` whose names are erased on the day `on`: no outing for so long, and none that they wait for."""
    since = lists_end(on=on)
    theirs = Booking.objects.live().filter(person_ref=OuterRef("person_ref"))
    return people.filter(
        ~Exists(theirs.filter(performance__starts_at__gte=since)),
        ~Exists(WaitlistEntry.objects.live().filter(participant=OuterRef("pk"))),
        ~Exists(DrawRequest.objects.filter(participant=OuterRef("pk"), outcome=DrawRequest.Outcome.WAITING)),
        created_at__lt=since,
    )


def with_last_outing(people: ParticipantQuerySet) -> ParticipantQuerySet:
    """With `last_outing`, when the latest outing that each didn't cancel starts, or started."""
    theirs = Booking.objects.live().filter(person_ref=OuterRef("person_ref")).order_by()
    latest = theirs.values("person_ref").annotate(latest=models.Max("performance__starts_at"))
    return people.annotate(**{"last_outing": Subquery(latest.values("latest"))})


def leaves_on(person: Participant) -> date:
    """The day on which a person leaves the list unless they go out again; `person` comes `with_last_outing`."""
    last = local_day(max(filter(None, [person.created_at, person.last_outing])))
    day = months_before(last, -settings.PERSON_KEPT_MONTHS) + timedelta(days=1)
    while months_before(day, settings.PERSON_KEPT_MONTHS) <= last:  # the end of February
        day += timedelta(days=1)
    return day


def leaving_soon(people: ParticipantQuerySet, *, on: date) -> dict[UUID, date]:
    """Those of `people` who leave their list within PERSON_WARNED_DAYS unless they go out, and when. One query."""
    soon = leaving(people, on=on + timedelta(days=settings.PERSON_WARNED_DAYS))
    return {person.pk: leaves_on(person) for person in with_last_outing(soon)}


class ErasureNightQuerySet(models.QuerySet["ErasureNight"]):
    def whole(self):
        """Nights of which nothing is left to do."""
        return self.filter(ended_at__isnull=False)


class ErasureNight(models.Model):
    """What one night erased: how much, never whose (F2). Without `ended_at` it isn't done yet."""

    on = models.DateField("nuit du", primary_key=True)
    began_at = models.DateTimeField("commencée à")
    ended_at = models.DateTimeField("finie à", null=True, blank=True)
    dates = models.PositiveIntegerField("séances", default=0)
    invitations = models.PositiveIntegerField("noms d'invitations", default=0)
    others = models.PositiveIntegerField(
        "autres noms",
        default=0,
        help_text="De listes d'attente, de demandes de tirage, de groupes, de documents.",
    )
    people = models.PositiveIntegerField("personnes sorties des listes", default=0)

    objects = ErasureNightQuerySet.as_manager()

    class Meta:
        verbose_name = "nuit d'effacement"
        verbose_name_plural = "effacement des noms"
        ordering = ["-on"]
        constraints = [
            models.CheckConstraint(
                name="erasure_night_ends_after_it_began",
                condition=Q(ended_at=None) | Q(ended_at__gte=F("began_at")),
            )
        ]

    def __str__(self) -> str:
        return f"Nuit du {self.on:%d/%m/%Y}"
