"""A season for load: as many structures and invitations as asked for, on top of the small one, the same for a seed.

Structures are invented by the hundred and written with their outings, then let go: memory depends on the number
of dates, not on that of invitations. What is written obeys the rules of a real season (`manage.py audit`).
"""

from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta

from stdnum import luhn

from billetterie.demo import bulk
from billetterie.demo.chance import Chance
from billetterie.demo.outings import Outings, Party
from billetterie.demo.partners import (
    House,
    accept_terms,
    at_hour,
    fill_team,
    full_name,
    invent_agreement,
    invent_renewals,
    invent_user,
    invent_visitor_access,
    read_structures,
    read_venues,
)
from billetterie.demo.programme import (
    WEEKDAYS,
    Date,
    invent_event,
    invent_performance,
    moment,
    read_events,
    trace,
)
from common.codes import ALPHABET
from common.models import AuditEntry, OutboxMessage
from conventions.models import AccessRenewal, Agreement
from offers.models import Event, Performance
from partners.models import Commune, Structure, User, Venue, VisitorAccess
from partners.seasons import Season

DAYS_BEFORE, DAYS_AFTER = 300, 90
DATES_TO_COME_MAX, DATES_OVER_MAX = 5_500, 16_500
DATES_EACH = 8  # of an event
SEATS_EACH = 1.7  # given for each invitation
SEATS_MIN = 20
VENUES_MIN = 80
PAPERS_EACH = 7  # of a person in the season
UNSIGNED_SHARE = 0.03  # of the structures have no agreement yet
CANCELLED_DATES_SHARE = 0.01
STRUCTURES_AT_ONCE = 100
ROWS_AT_ONCE = 5_000
CODES = len(ALPHABET) ** 8
STRIDE = 0x9E3779B97 | 1  # odd, so that `position * STRIDE` meets every code once


class NumberedChance(Chance):
    """Chance whose codes never come twice, without remembering any: among a million, two drawn would be the same."""

    def __init__(self, seed: str) -> None:
        super().__init__(seed)
        self.position = self.randrange(CODES)

    def code(self, length: int = 8) -> str:
        self.position = (self.position + STRIDE) % CODES
        rest, body = self.position, ""
        for _ in range(length):
            rest, digit = divmod(rest, len(ALPHABET))
            body += ALPHABET[digit]
        return body + luhn.calc_check_digit(body, alphabet=ALPHABET)


def load_more(*, chance: NumberedChance, structures: int, invitations: int, on: date) -> None:
    """Add `structures` structures, which hold `invitations` invitations between them, around the day `on`."""
    communes = list(Commune.objects.exclude(department="BE").order_by("code"))
    venues = _load_venues(chance, communes, count=max(VENUES_MIN, structures // 50), on=on)
    dates = _load_dates(chance, venues, invitations=invitations, on=on)
    outings = ManyOutings(chance=chance, dates=dates, on=on)
    outings.announce_cancellations()
    missing = invitations
    for first in range(0, structures, STRUCTURES_AT_ONCE):
        numbers = range(first, min(first + STRUCTURES_AT_ONCE, structures))
        houses = _load_structures(chance, communes, numbers, on=on, last=structures - 1)
        for number, house in zip(numbers, houses, strict=True):
            missing -= outings.go_out_together(house, papers=-(-missing // (structures - number)))
    outings.finish()


# --- Partners and programme ---------------------------------------------------------------------------------


def _load_venues(chance: Chance, communes: list[Commune], *, count: int, on: date) -> list[House]:
    patterns = read_venues()
    houses = []
    for number in range(count):
        row, commune = patterns[number % len(patterns)], communes[number % len(communes)]
        slug = f"{row['slug']}-{number}"
        venue = Venue(
            **{
                **row,
                "slug": slug,
                "name": f"{row['name']} – {commune.name}",
                "commune": commune,
                "postcode": commune.postcode,
            },
            id=chance.uuid(),
            email=f"accueil@{slug}.example",
            phone=f"+33465713{number % 1000:03}",
            website=f"https://{slug}.example/",
            created_at=at_hour(on - timedelta(days=500), 10),
        )
        house = House(venue)
        house.team.append(invent_user(chance, house, User.Role.VENUE, on=on))
        house.agreements.append(invent_agreement(chance, venue, Season.of(on)))
        houses.append(house)
    Venue.objects.bulk_create([house.partner for house in houses], batch_size=200)
    User.objects.bulk_create([house.team[0] for house in houses], batch_size=200)
    Agreement.objects.bulk_create([house.agreements[0] for house in houses], batch_size=500)
    return houses


def _load_dates(chance: Chance, venues: list[House], *, invitations: int, on: date) -> list[Date]:
    """Events that tour from venue to venue, with seats enough for everybody; their dates in order of time."""
    to_come = min(DATES_TO_COME_MAX, max(400, invitations // 3))
    over = min(DATES_OVER_MAX, invitations // SEATS_MIN)
    seats = max(SEATS_MIN, round(invitations * SEATS_EACH / (to_come + over)))
    patterns = [row for row in read_events() if "nightly" not in row]
    events, rows, trail = [], [], []
    for number in range(-(-(to_come + over) // DATES_EACH)):
        house = venues[number % len(venues)]
        pattern = patterns[number % len(patterns)]
        row = {**pattern, "state": Event.State.PUBLISHED, "seats": [seats // 2, seats * 3 // 2]}
        event = invent_event(chance, row, house, on=on)
        ahead = number * DATES_EACH < to_come
        days = range(1, DAYS_AFTER) if ahead else range(-DAYS_BEFORE, 0)
        if not ahead:
            event.created_at = at_hour(on - timedelta(days=DAYS_BEFORE + 60), 10)
        events.append(event)
        trail.append(trace(chance, event.created_at, house, "événement publié", event))
        for starts_at in _moments(chance, row, days, on=on):
            performance = invent_performance(chance, row, event, starts_at, on=on)
            rows.append(performance)
            trail.append(
                trace(
                    chance,
                    event.created_at,
                    house,
                    "séance ajoutée",
                    performance,
                    places=performance.capacity,
                )
            )
    bulk.write(Event, events)
    bulk.write(Performance, rows)
    bulk.write(AuditEntry, trail)
    return [Date(row) for row in sorted(rows, key=lambda row: (row.starts_at, row.pk))]


def _moments(chance: Chance, row: dict, days: range, *, on: date) -> list[datetime]:
    """DATES_EACH moments on days of the week on which the event is given."""
    weekdays = {WEEKDAYS.index(day) for day in row["days"].split()}
    fitting = [day for number in days if (day := on + timedelta(days=number)).weekday() in weekdays]
    return [moment(day, chance.choice(row["at"])) for day in chance.sample(fitting, DATES_EACH)]


def _load_structures(
    chance: Chance, communes: list[Commune], numbers: Iterable[int], *, on: date, last: int
) -> list[House]:
    """Some structures with accounts, agreements and visitor codes, written; the last of all may book."""
    patterns = read_structures()
    houses = []
    for number in numbers:
        round_, index = divmod(number, len(patterns))
        row, commune = patterns[index], communes[round_ % len(communes)]
        structure = Structure(
            id=chance.uuid(),
            name=f"{row['name']} – {commune.name}",
            type=row["type"],
            legal_status=row["legal_status"],
            commune=commune,
            postcode=commune.postcode,
            address=row["address"],
            people_accompanied=int(row["people"]),
            email=f"contact@structure-{number}.example",
            representative_name=full_name(chance),
            representative_capacity="Direction",
            created_at=at_hour(on - timedelta(days=600), 10),
        )
        house = House(structure)
        fill_team(chance, house, on=on)
        house.agreements = _agreements(chance, structure, on=on, signed=number == last)
        houses.append(house)
    users = [user for house in houses for user in house.team]
    Structure.objects.bulk_create([house.partner for house in houses])
    User.objects.bulk_create(users)
    accept_terms(chance, users, on=on)
    Agreement.objects.bulk_create([agreement for house in houses for agreement in house.agreements])
    VisitorAccess.objects.bulk_create(
        [invent_visitor_access(chance, house, on=on) for house in houses if house.may_book(on=on, day=on)]
    )
    AccessRenewal.objects.bulk_create(invent_renewals(chance, houses, on=on))
    return houses


def _agreements(chance: Chance, structure: Structure, *, on: date, signed: bool) -> list[Agreement]:
    """Signed for the season and the one before, and for the next where it is time; some aren't, unless `signed`."""
    season = Season.of(on)
    if chance.yes(UNSIGNED_SHARE) and not signed:
        return [invent_agreement(chance, structure, season, signed=False)]
    agreements = [invent_agreement(chance, structure, term) for term in (season.previous, season)]
    if season.ends_on - on < timedelta(days=45):
        signed_on = on - timedelta(days=chance.randint(1, 10))
        agreements.append(invent_agreement(chance, structure, season.next, signed_on=signed_on))
    return agreements


# --- Outings ------------------------------------------------------------------------------------------------


class ManyOutings(Outings):
    """Outings written structure by structure, of which nothing is remembered but the seats left."""

    def __init__(self, **about) -> None:
        super().__init__(**about)
        self.letters: dict[Callable, OutboxMessage] = {}

    def announce_cancellations(self) -> None:
        """Settle beforehand which dates their venues cancel, and when: bookings made before end at that moment."""
        for one in self.chance.sample(self.dates, round(len(self.dates) * CANCELLED_DATES_SHARE)):
            before = min(one.row.starts_at, self.now) - timedelta(days=self.chance.randint(1, 6))
            one.row.cancelled_at = before
            self.trace(before, "lieu", "séance annulée", one.row)

    def go_out_together(self, house: House, *, papers: int) -> int:
        """Invent a structure's people and outings until they hold `papers` invitations; returns how many they do.

        Fewer where the structure may not book, or finds no room.
        """
        if not any(agreement.signed_on for agreement in house.agreements):
            return 0
        people = self.invent_people(house.partner, max(1, papers // PAPERS_EACH))
        self.rows.participants += people
        missing, refused = papers, 0
        while missing and refused < 10 * len(people):
            seats = self.book_somewhere(house, self.chance.choice(people), most=missing)
            missing -= seats
            refused = 0 if seats else refused + 1
        self.parties.clear()
        self.weeks.clear()
        if len(self.rows.invitations) >= ROWS_AT_ONCE:
            self.flush()
        return papers - missing

    def booking_moment(self, house: House, performance: Performance) -> datetime | None:
        at = super().booking_moment(house, performance)
        return None if at and performance.cancelled_at and at >= performance.cancelled_at else at

    def let_happen(self, party: Party) -> None:
        """The venue cancels the date; or what happens to any booking."""
        booking, at = party.booking, party.booking.performance.cancelled_at
        if at is None:
            super().let_happen(party)
            return
        booking.cancelled_at = at
        booking.performance.seats_left += self.call_off(party, at=at)

    def tell(self, write: Callable[..., OutboxMessage], **about) -> OutboxMessage:
        """A mail of which the text is that of the first of its kind: rendering each would take most of the time."""
        first = self.letters.get(write) or self.letters.setdefault(write, write(**about))
        booking, at = about["booking"], about["at"]

        def copy(**_) -> OutboxMessage:
            return OutboxMessage(
                effect=f"{first.effect.split()[0]} {booking.pk}",
                recipient=booking.booked_by.email,
                subject=first.subject,
                text=first.text,
                created_at=at,
                next_try_at=at,
            )

        return super().tell(copy)

    def flush(self) -> None:
        """Write what waits. Large parties' papers are drawn when asked for: the worker isn't kept busy for hours."""
        self.rows.documents.clear()
        self.rows.write()

    def finish(self) -> None:
        """Fill some dates, and write the seats that are left."""
        self.fill_dates()
        self.flush()
        self.write_seats()
        bulk.learn_sizes()
