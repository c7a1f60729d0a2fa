"""What venues read of a season, with thanks."""

from datetime import datetime

from common import outbox
from common.models import OutboxMessage
from evaluations.models import Tally
from partners.models import User, Venue
from partners.seasons import Season


def season_thanks(
    *, venue: Venue, season: Season, figures: Tally, reader: User, at: datetime
) -> OutboxMessage:
    """The season is over: what became of the venue's seats, and thanks."""
    return outbox.compose(
        effect=f"season-thanks {venue.pk} {season} {str(reader.pk)[:8]}",
        recipient=reader.email,
        template="evaluations/emails/season_thanks",
        context={"venue": venue, "season": season, "figures": figures},
        at=at,
    )
