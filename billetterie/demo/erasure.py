"""The nights before the season's day erased names (F2): what is left is what a real portal would still hold."""

from datetime import date, timedelta

from django.conf import settings

from billetterie.demo.partners import House, at_hour
from common.dates import months_before
from invitations.models import Booking, Participant, WaitlistEntry
from invitations.services import erasure

NIGHTS = 5
LEAVES_IN = (1, 12)  # days: two people of ours who never went out leave the list tonight, and in a while


def load_erasure(*, house: House, on: date) -> None:
    """Let the last nights pass, and two people of `house` be about to leave its list; call it when all is written."""
    _let_people_leave(house, on=on)
    for night in range(NIGHTS, 0, -1):
        erasure.erase_due(at=at_hour(on - timedelta(days=night), 0, 20))


def _let_people_leave(house: House, *, on: date) -> None:
    out = Booking.objects.values("person_ref")
    waiting = WaitlistEntry.objects.values("participant")
    idle = Participant.objects.filter(structure=house.partner.pk).exclude(person_ref__in=out)
    idle = idle.exclude(pk__in=waiting.exclude(participant=None)).order_by("created_at", "pk")
    for days, person in zip(LEAVES_IN, idle, strict=False):
        last = months_before(on + timedelta(days=days - 1), settings.PERSON_KEPT_MONTHS)
        Participant.objects.filter(pk=person.pk).update(created_at=at_hour(last, 10))
