"""What changed of a date after people booked it, and who has been told (C6, D12)."""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q, Sum
from django.urls import reverse

from common.dates import local_day, start_of
from common.models import Identified
from invitations.models.bookings import Booking
from invitations.models.draws import DrawRequest
from invitations.models.groups import GroupOuting
from invitations.models.people import structure_of
from invitations.models.waiting import WaitlistEntry
from offers.facts import Difference, begins, differences
from offers.models import Performance
from partners.models import Structure, User

# A notice's column for each kind of party.
KINDS = {"booking": "booking", "groupouting": "group", "waitlistentry": "entry", "drawrequest": "request"}


class DateChangeQuerySet(models.QuerySet):
    def with_figures(self):
        """With `people` whom it concerns and those of them who `know`."""
        known = Sum("notices__seats", filter=Q(notices__told_at__isnull=False), default=0)
        return self.annotate(people=Sum("notices__seats", default=0), know=known)


class DateChange(Identified):
    """One change of a date, or its cancellation, at a moment when somebody had booked it or waited for it."""

    performance = models.ForeignKey(
        Performance, on_delete=models.PROTECT, related_name="changes", verbose_name="séance"
    )
    at = models.DateTimeField("changée le")
    cancelled = models.BooleanField("annulée", default=False)
    word = models.CharField("mot du lieu", max_length=300, blank=True)

    people: int  # set by `with_figures`
    know: int

    objects = DateChangeQuerySet.as_manager()

    class Meta:
        verbose_name = "changement de séance"
        verbose_name_plural = "changements de séances"
        ordering = ["-at"]
        indexes = [models.Index(fields=["performance", "-at"])]

    def __str__(self) -> str:
        return f"{'Annulation' if self.cancelled else 'Changement'} · {self.performance}"


class ChangeNoticeQuerySet(models.QuerySet):
    def visible_to(self, user):
        """What the account's own structure has to say (F1)."""
        return self.filter(structure=structure_of(user))

    def about(self, party):
        """The last one about a booking, a group, or a party that waits or asks; None where its date never changed."""
        column = KINDS[party._meta.model_name]
        return self.filter(**{column: party}).with_outing().order_by("-change__at").first()

    def untold(self):
        """Those that nobody has ticked off."""
        return self.filter(told_at=None)

    def to_tell(self, *, at: datetime):
        """Those still worth saying: the date is ahead, and the party hasn't given it up by itself."""
        return self.untold().ahead(at=at).concerned()

    def ahead(self, *, at: datetime):
        """Those about dates that haven't started."""
        return self.filter(change__performance__starts_at__gt=at)

    def concerned(self):
        """Those whose party still goes or waits; what the venue cancelled concerns it all the same."""
        return self.filter(
            Q(change__cancelled=True)
            | Q(booking__isnull=False, booking__cancelled_at=None)
            | (Q(group__isnull=False) & ~Q(group__state=GroupOuting.State.CANCELLED))
            | Q(entry__state__in=WaitlistEntry.LIVE)
            | Q(request__outcome=DrawRequest.Outcome.WAITING)
        )

    def near(self, *, at: datetime):
        """Those to tell whose date is so near that somebody should make sure."""
        soon = start_of(local_day(at) + timedelta(days=settings.CHANGE_NEAR_DAYS + 1))
        return self.to_tell(at=at).filter(change__performance__starts_at__lt=soon)

    def to_remind(self, *, at: datetime):
        """Those of tomorrow and of today that were announced a while ago, and not yet reminded of."""
        tomorrow = start_of(local_day(at) + timedelta(days=2))
        fresh = at - timedelta(hours=settings.CHANGE_REMINDER_HOURS)
        return self.to_tell(at=at).filter(
            change__performance__starts_at__lt=tomorrow, change__at__lte=fresh, reminded_at=None
        )

    def with_outing(self):
        """With the date, the event and its place, and the party, in the same query."""
        return self.select_related(
            "change__performance__event__venue__commune",
            *("booking__participant", "group", "entry__participant", "request__participant"),
            *("told_by", "booker", "structure"),
        )


class ChangeNotice(Identified):
    """That the people of one party must be told of a change: ticked off by whoever told them.

    `before` and `after` are as `offers.facts.written`: what the people knew, what holds. A party has at most one
    to tell: another change before it was told is added to it.
    """

    PARTIES = tuple(KINDS.values())

    change = models.ForeignKey(
        DateChange, on_delete=models.PROTECT, related_name="notices", verbose_name="changement"
    )
    structure = models.ForeignKey(
        Structure, on_delete=models.PROTECT, related_name="change_notices", verbose_name="structure"
    )
    booker = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name="réservé par")
    booking = models.ForeignKey(
        Booking, on_delete=models.PROTECT, null=True, related_name="notices", verbose_name="réservation"
    )
    group = models.ForeignKey(
        GroupOuting, on_delete=models.PROTECT, null=True, related_name="notices", verbose_name="groupe"
    )
    entry = models.ForeignKey(
        WaitlistEntry, on_delete=models.PROTECT, null=True, related_name="notices", verbose_name="attente"
    )
    request = models.ForeignKey(
        DrawRequest,
        on_delete=models.PROTECT,
        null=True,
        related_name="notices",
        verbose_name="demande de tirage",
    )
    seats = models.PositiveSmallIntegerField("personnes")
    before = models.TextField("ce que les personnes savaient", editable=False)
    after = models.TextField("ce qui vaut maintenant", editable=False)
    mail = models.CharField("mail qui l'annonce", max_length=120, editable=False)
    told_at = models.DateTimeField("dit le", null=True, blank=True)
    told_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name="dit par"
    )
    reminded_at = models.DateTimeField("rappelé le", null=True, blank=True)

    news: list[Difference]  # since its booker was last told, set where it is announced

    objects = ChangeNoticeQuerySet.as_manager()

    class Meta:
        verbose_name = "changement à dire"
        verbose_name_plural = "changements à dire"
        ordering = ["change__performance__starts_at", "pk"]
        constraints = [
            models.CheckConstraint(
                name="notice_is_for_one_party",
                condition=Q(booking__isnull=False, group=None, entry=None, request=None)
                | Q(booking=None, group__isnull=False, entry=None, request=None)
                | Q(booking=None, group=None, entry__isnull=False, request=None)
                | Q(booking=None, group=None, entry=None, request__isnull=False),
            ),
            *(
                models.UniqueConstraint(
                    fields=[party], condition=Q(told_at=None), name=f"notice_to_tell_once_per_{party}"
                )
                for party in KINDS.values()
            ),
        ]
        indexes = [models.Index(fields=["structure", "told_at"])]

    def __str__(self) -> str:
        return f"À dire {str(self.pk)[:8]}"

    def get_absolute_url(self) -> str:
        return f"{reverse('invitations:to_tell')}#dire-{self.pk}"

    @property
    def party(self) -> Any:
        """Whom it is about: a booking, a group, a party that waits or asks."""
        return self.booking or self.group or self.entry or self.request

    @property
    def who(self) -> str:
        """Whom to tell, for their own structure (F1)."""
        if self.group:
            return self.group.label
        return self.party.participant.full_name if self.party.participant else "Personne effacée"

    @property
    def goes(self) -> bool:
        """Whether the party has seats, and doesn't only wait for some."""
        return bool(self.booking_id or self.group_id)

    @property
    def known_at(self) -> datetime | None:
        """When the people think that it begins."""
        return begins(self.before)

    @property
    def differences(self) -> list[Difference]:
        """What has changed since the people were last told; nothing for a cancellation."""
        return differences(self.before, self.after)

    @property
    def paper_is_old(self) -> bool:
        """Whether papers printed before the change say what is no longer true."""
        return self.goes and any(one.on_paper for one in self.differences)
