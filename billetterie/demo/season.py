"""Loading the demonstration season: everything in one transaction, the same for a seed and a day."""

from dataclasses import asdict, dataclass
from datetime import date

from django.conf import settings
from django.db import transaction

from billetterie.demo import mark
from billetterie.demo.attendance import load_attendance
from billetterie.demo.breach import load_breach
from billetterie.demo.candidacies import load_candidacies
from billetterie.demo.chance import Chance
from billetterie.demo.controls import load_controls
from billetterie.demo.desk import load_desk
from billetterie.demo.draws import Draws
from billetterie.demo.erasure import load_erasure
from billetterie.demo.figures import load_figures
from billetterie.demo.groups import load_group
from billetterie.demo.lately import Lately
from billetterie.demo.load import NumberedChance, load_more
from billetterie.demo.members import load_members
from billetterie.demo.opinions import load_opinions
from billetterie.demo.outings import Outings
from billetterie.demo.partners import load_houses
from billetterie.demo.programme import load_programme
from billetterie.demo.sheets import load_sheets
from billetterie.demo.usage import load_usage
from common.errors import DomainError
from invitations.models import Booking, Invitation, Participant
from offers.models import Event, Performance
from partners.models import Structure, Venue

PEOPLE = 600
OUR_PEOPLE = 24  # of whom on the list of the demonstration's own structure


@dataclass(frozen=True)
class Counts:
    """How much of everything the database holds."""

    structures: int
    venues: int
    events: int
    performances: int
    participants: int
    bookings: int
    invitations: int

    def __str__(self) -> str:
        return (
            f"{self.structures} structures, {self.venues} lieux, {self.events} événements, "
            f"{self.performances} séances, {self.participants} personnes, {self.bookings} réservations, "
            f"{self.invitations} invitations"
        )

    def as_json(self) -> dict[str, int]:
        return asdict(self)


def counts() -> Counts:
    """How much of everything the database holds now."""
    models = (Structure, Venue, Event, Performance, Participant, Booking, Invitation)
    return Counts(*(model.objects.count() for model in models))


@transaction.atomic
def load_season(*, seed: int, on: date, structures: int = 0, invitations: int = 0) -> Counts:
    """Invent the season around the day `on` from `seed` and mark the database as a demonstration.

    With `structures` and `invitations` it is made larger, to hold that many, for load; the season itself stays
    the same and counts among them.
    Raises DomainError, and writes nothing, in production and on a database that holds partners of its own.
    """
    if settings.PRODUCTION:
        raise DomainError(
            "La saison de démonstration ne se charge pas en production : ses comptes ont un mot de passe public."
        )
    if Structure.objects.exists() or Venue.objects.exists():
        raise DomainError(
            "Cette base contient déjà des structures ou des lieux qui ne viennent pas de la démonstration : "
            "rien n'a été changé. Chargez la saison inventée dans une base neuve (PORTAIL_VAR=un/autre/dossier)."
        )

    def chance(part: str) -> Chance:
        return Chance(f"{seed} {on.isoformat()} {part}")

    mark.mark_as_demonstration(seed=seed, on=on)
    houses, venues = load_houses(chance=chance("partners"), on=on)
    load_candidacies(chance=chance("candidacies"), structures=houses, on=on)
    load_members(chance=chance("members"), structures=houses, venues=venues, on=on)
    load_breach(chance=chance("breach"), houses=houses, on=on)
    dates = load_programme(chance=chance("programme"), venues=venues, on=on)
    outings = Outings(chance=chance("outings"), dates=dates, on=on)
    others, more = divmod(PEOPLE - OUR_PEOPLE, len(houses) - 1)
    outings.go_out(houses[0], people=OUR_PEOPLE, busy=True)
    for number, house in enumerate(houses[1:]):
        outings.go_out(house, people=others + (number < more))
    outings.cancel_dates()
    outings.fill_dates()
    outings.queue_up(houses)
    draws = Draws(chance=chance("draws"), venue=venues[0], houses=houses, outings=outings, on=on)
    draws.load()
    load_group(chance=chance("groups"), outings=outings, house=houses[0], on=on)
    outings.book_lately(houses[0])
    outings.write()
    draws.write()
    load_desk(chance=chance("desk"), house=venues[0], on=on)
    load_usage(chance=chance("usage"), on=on)
    Lately(chance=chance("lately"), ours=houses[0], venue=venues[0], on=on).load()
    load_opinions(chance=chance("criee"), structure=houses[0].partner, on=on)
    load_sheets(chance=chance("sheets"), structures=[house.partner for house in houses], on=on)
    load_attendance(chance=chance("attendance"), structure=houses[0].partner, on=on)
    if structures or invitations:
        load_more(
            chance=NumberedChance(f"{seed} {on.isoformat()} load"),
            structures=max(1, structures - Structure.objects.count()),
            invitations=max(0, invitations - Invitation.objects.count()),
            on=on,
        )
    load_controls(chance=chance("controls"), venue=venues[1].partner, on=on)
    load_erasure(house=houses[0], on=on)
    load_figures(chance=chance("figures"), on=on)
    return counts()
