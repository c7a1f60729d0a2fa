"""What the team looks at in the demonstration, and what it noted of some of it (E5)."""

from datetime import date, timedelta

from billetterie.demo.chance import Chance
from billetterie.demo.partners import at_hour
from evaluations.models import ControlNight, Finding, Outcome
from evaluations.services.control_night import spreads, standing_out
from partners.models import User, Venue
from partners.seasons import Season

TOLD = (
    "Une travailleuse sociale nous a appelés : deux personnes ont attendu vingt minutes à l'entrée, la liste n'était "
    "pas au guichet. Elles sont entrées après le début."
)
SPOKEN = "La billetterie imprime désormais la liste d'accueil la veille. On regarde si cela tient."
AGREED = "Le lieu n'annonçait ses dates que la veille : il les donnera désormais deux semaines avant."


def load_controls(*, chance: Chance, venue: Venue, on: date) -> None:
    """Make the controls as the night before the day `on` would have; of two of them the team noted something."""
    at, season = at_hour(on, 0), Season.of(on)
    people, structures, by_size = (one.stored if one else None for one in spreads(season, at=at))
    ControlNight.objects.create(
        id=chance.uuid(),
        on=on,
        made_at=at,
        season_year=season.year,
        people=people,
        structures=structures,
        by_size=by_size,
    )
    found = standing_out(at=at)
    for finding in found:
        finding.id = chance.uuid()
    Finding.objects.bulk_create(found)
    staff = User.objects.filter(role=User.Role.STAFF, is_active=True).order_by("email").first()
    told = Finding.objects.create(
        id=chance.uuid(),
        kind=Finding.Kind.WELCOME,
        venue=venue,
        words=TOLD,
        told_by=staff,
        since=on - timedelta(days=9),
        seen_at=at_hour(on - timedelta(days=9), 15),
    )
    _note(told, Outcome.Kind.FOLLOW, SPOKEN, staff, again=on + timedelta(days=12), chance=chance, on=on)
    for unbooked in [one for one in found if one.kind == Finding.Kind.UNBOOKED][:1]:
        _note(unbooked, Outcome.Kind.SPOKEN, AGREED, staff, again=None, chance=chance, on=on)


def _note(finding, kind, words, staff, *, again, chance, on) -> None:
    day = on - timedelta(days=7)
    Outcome.objects.create(
        id=chance.uuid(),
        finding=finding,
        kind=kind,
        words=words,
        on=day,
        look_again_on=again,
        by=staff,
        written_at=at_hour(day, 11),
    )
    closed_at = None if again else at_hour(day, 11)
    Finding.objects.filter(pk=finding.pk).update(look_again_on=again, closed_at=closed_at)
