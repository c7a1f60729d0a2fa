"""What stands out in the season's use of seats, and the conversation that staff had about one of them (D8)."""

from datetime import date, timedelta

from billetterie.demo.chance import Chance
from billetterie.demo.partners import at_hour
from invitations.models import UsageAlert, UsageNote, UsageReview
from invitations.services.usage_review import standing_out, uses
from invitations.use import Network, Period
from partners.models import User

SPOKEN_DAYS = 7  # days since the conversation, after which staff call back
AGREED = (
    "Deux familles n'avaient pas de moyen de transport le soir. La structure propose désormais des séances de "
    "l'après-midi, et rappelle chaque famille la veille. On regarde ensemble si cela suffit."
)


def load_usage(*, chance: Chance, on: date) -> None:
    """Review the season as the night before the day `on` would have; a structure is to be called back that day."""
    at, period = at_hour(on, 0), Period.before(on)
    found = uses(period)
    network = Network.of(found)
    UsageReview.objects.create(
        id=chance.uuid(),
        on=on,
        made_at=at,
        first=period.first,
        last=period.last,
        structures=len(found),
        taken=network.taken,
        rate=network.rate,
    )
    alerts = standing_out(found, network, at=at)
    for alert in alerts:
        alert.id = chance.uuid()
    UsageAlert.objects.bulk_create(alerts)
    staff = User.objects.filter(role=User.Role.STAFF, is_active=True).order_by("email").first()
    if alerts and staff:
        _speak(alerts[0], staff, chance=chance, on=on)


def _speak(alert: UsageAlert, staff: User, *, chance: Chance, on: date) -> None:
    spoken_on = on - timedelta(days=SPOKEN_DAYS)
    UsageNote.objects.create(
        id=chance.uuid(),
        alert=alert,
        spoken_on=spoken_on,
        spoken_with=UsageNote.With.LEAD,
        agreed=AGREED,
        look_again_on=on,
        by=staff,
        written_at=at_hour(spoken_on, 11),
    )
    UsageAlert.objects.filter(pk=alert.pk).update(
        look_again_on=on, seen_at=at_hour(spoken_on - timedelta(days=1), 1)
    )
