"""Figures: those of the season as the night counted them, and those of a season before that nobody can look into."""

from datetime import date

from billetterie.demo.chance import Chance
from common.dates import start_of
from evaluations.figures import SeasonCount, Seats
from evaluations.figures.counting import months_of
from evaluations.models import Counting
from evaluations.services import tallies
from offers.models import Event
from partners.models import Structure, Venue
from partners.seasons import Season

SUMMER = {7, 8}  # months in which little is given
KINDS = [Event.Kind.SHOW, Event.Kind.CONCERT, Event.Kind.CINEMA, Event.Kind.VISIT, Event.Kind.WORKSHOP]


def load_figures(*, chance: Chance, on: date) -> None:
    """Count the season as the night before the day `on` did; and invent last season's figures, final ones."""
    night = start_of(on)
    past = Season.of(on).previous
    counting = Counting.objects.create(id=chance.uuid(), season_year=past.year, asked_at=night)
    tallies.write(counting, _invented(past, chance=chance), clock=lambda: night)
    Counting.objects.filter(pk=counting.pk).update(finished_at=night, is_current=True, is_final=True)
    for season in tallies.due(at=night):
        counting = Counting.objects.create(id=chance.uuid(), season_year=season.year, asked_at=night)
        tallies.count(counting, clock=lambda: night)


def _invented(season: Season, *, chance: Chance) -> SeasonCount:
    """A season in which every venue gave seats and every structure went out."""
    count = SeasonCount()
    structures = list(Structure.objects.order_by("name", "pk").values_list("pk", flat=True))
    for venue, sport in Venue.objects.order_by("slug").values_list("pk", "kind"):
        kinds = [Event.Kind.MATCH] if sport == Venue.Kind.SPORT else chance.sample(KINDS, 2)
        for month in months_of(season):
            for kind in kinds if month.month not in SUMMER else kinds[:1]:
                parties = [Seats(booked=chance.randint(2, 14)) for _ in range(chance.randint(2, 6))]
                booked = sum(party.booked for party in parties)
                count.add(month, venue, kind, Seats(given=booked + chance.randint(0, booked)))
                noted = chance.yes(0.9)
                for party, structure in zip(parties, chance.sample(structures, len(parties)), strict=True):
                    used = sum(chance.yes(0.84) for _ in range(party.booked)) if noted else 0
                    unknown = 0 if noted else party.booked
                    seats = Seats(booked=party.booked, used=used, unknown=unknown)
                    count.add(month, venue, kind, seats, structure=structure)
                    count.people[structure] = count.people.get(structure, 0) + chance.randint(1, 3)
    return count
