"""What partners are told by mail about their terms (A5)."""

from datetime import datetime

from django.conf import settings
from django.urls import reverse

from common import outbox
from common.dates import local_day
from common.models import OutboxMessage
from partners.models import Structure, User
from partners.seasons import Season


def reminder_letter(
    *, season: Season, signed: bool, under_way: bool, confirmed: bool, at: datetime
) -> outbox.Letter:
    """The reminder before a season, to be filled in by `access_reminder`: what is ready, and what isn't.

    It says how many days are left on the day it leaves, whatever day it was meant for.
    """
    return outbox.Letter(
        template="conventions/emails/access_reminder",
        context={
            "season": season,
            "days_left": (season.starts_on - local_day(at)).days,
            "signed": signed,
            "under_way": under_way,
            "confirmed": confirmed,
            "grace_days": settings.ACCESS_GRACE_DAYS,
            "url": settings.BASE_URL + reverse("conventions:team"),
        },
        blanks=["name", "structure"],
        at=at,
    )


def access_reminder(
    letter: outbox.Letter, *, structure: Structure, lead: User | None, season: Season, step: int
) -> OutboxMessage:
    """One structure's reminder: to its référent·e, or to its own address where there is none."""
    return letter.to(
        lead.email if lead else structure.email,
        effect=f"access-reminder {structure.pk} {season.year} {step}",
        name=lead.display_name if lead else structure.name,
        structure=structure.name,
    )
