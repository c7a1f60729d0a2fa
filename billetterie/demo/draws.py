"""Two scarce dates of the season, shared by fair draws: one that still takes requests, one that was drawn yesterday.

Written as the services leave them, with seeds and identifiers of the season's own chance: what was drawn can be
checked with `manage.py verify_draw`.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

from billetterie.demo.chance import Chance
from billetterie.demo.outings import Outings, Party, Status
from billetterie.demo.partners import House, at_hour
from billetterie.demo.programme import Date, invent_event, trace
from common.models import AuditEntry
from invitations import emails, fairness
from invitations.models import Booking, Draw, DrawGuest, DrawRequest, Invitation, Participant
from invitations.services.sharing import explain
from offers.models import Performance
from partners.seasons import Season

EVENT = {
    "title": "Le Grand Bal des réverbères",
    "kind": "show",
    "text": (
        "Une seule piste, trente danseuses et danseurs, et le public au milieu : on danse, on regarde, on se laisse "
        "porter. La troupe ne passe que deux soirs, et la salle est petite.\n\n"
        "Les places se partagent par un tirage équitable : on demande tranquillement, et tout le monde reçoit sa "
        "réponse en même temps."
    ),
    "duration": 80,
    "languages": "sans paroles",
    "age": 6,
    "with": ["relaxed"],
}
SEATS = 34
DRAWN_AFTER, OPEN_AFTER = timedelta(days=9), timedelta(days=12)  # when the two dates are
HOUSES = 14  # structures that ask for the date that was drawn; half as many for the other
SIZES = ((1, 20), (2, 35), (3, 20), (4, 15), (5, 10))


class Draws:
    """The two dates, around the day `on`; people ask for them after the season's other outings."""

    def __init__(self, *, chance: Chance, venue: House, houses: Sequence[House], outings: Outings, on: date):
        self.chance, self.venue, self.houses, self.outings, self.on = chance, venue, houses, outings, on
        self.requests: list[DrawRequest] = []
        self.guests: list[DrawGuest] = []
        self.parties: dict[UUID, Party] = {}
        self.people: dict[UUID, list[Participant]] = defaultdict(list)
        for person in outings.rows.participants:
            self.people[person.structure_id].append(person)

    def load(self) -> None:
        """Write both dates and their draws, and what the winners booked into the season's rows."""
        event = invent_event(self.chance, EVENT, self.venue, on=self.on)
        event.save(force_insert=True)
        drawn = self.performance(event, at_hour(self.on + DRAWN_AFTER, 20, 30))
        coming = self.performance(event, at_hour(self.on + OPEN_AFTER, 20, 30))
        closed, opened = at_hour(self.on - timedelta(days=1), 12), at_hour(self.on - timedelta(days=6), 9)
        done = self.draw(drawn.row, opened_at=opened, closes_at=closed)
        asked = self.ask(done, self.houses[:HOUSES])
        self.hold(done, drawn, asked, at=closed + timedelta(seconds=20))
        waiting = self.draw(
            coming.row,
            opened_at=at_hour(self.on - timedelta(days=3), 10),
            closes_at=at_hour(self.on + timedelta(days=5), 12),
        )
        self.ask(waiting, self.houses[: HOUSES // 2])
        lines = [trace(self.chance, event.created_at, self.venue, "événement publié", event)]
        AuditEntry.objects.bulk_create(lines)
        Performance.objects.bulk_create([drawn.row, coming.row])
        Draw.objects.bulk_create([done, waiting])
        self.outings.dates = [*self.outings.dates, drawn, coming]

    def write(self) -> None:
        """Write the requests, once the bookings of the winners stand in the database."""
        DrawRequest.objects.bulk_create(self.requests)
        DrawGuest.objects.bulk_create(self.guests)

    def performance(self, event, starts_at: datetime) -> Date:
        """A date that no other outing touches: all its seats are kept."""
        row = Performance(
            id=self.chance.uuid(), event=event, starts_at=starts_at, capacity=SEATS, seats_left=SEATS
        )
        return Date(row, kept=SEATS)

    def draw(self, row: Performance, *, opened_at: datetime, closes_at: datetime) -> Draw:
        seed = f"{self.chance.getrandbits(256):064x}"
        draw = Draw(
            id=self.chance.uuid(),
            performance=row,
            opened_at=opened_at,
            closes_at=closes_at,
            seed=seed,
            commitment=fairness.commitment(seed),
            algorithm=fairness.ALGORITHM,
        )
        row.draw_until = closes_at
        desk = self.venue.team[0]
        self.outings.trace(opened_at, desk, "tirage ouvert", draw, empreinte=draw.commitment)
        return draw

    # --- Asking ------------------------------------------------------------------------------------------

    def ask(self, draw: Draw, houses: Iterable[House]) -> list[DrawRequest]:
        """Some requests of each structure that may book; two and more of the demonstration's own."""
        asked = []
        for number, house in enumerate(houses):
            latest = min(draw.closes_at, self.outings.now)
            if not house.may_book(on=self.on - timedelta(days=1), day=draw.performance.day):
                continue
            code = f"{self.chance.getrandbits(48):012x}"
            willing = [
                one
                for one in self.people[house.partner.pk]
                if self.outings.has_time(one, draw.performance.starts_at)
            ]
            for person in self.chance.sample(willing, min(len(willing), 3 if number == 0 else 2)):
                at = draw.opened_at + (latest - draw.opened_at) * self.chance.uniform(0.05, 0.95)
                asked.append(self.request(draw, house, person, code=code, at=at))
        self.requests += asked
        return asked

    def request(
        self, draw: Draw, house: House, person: Participant, *, code: str, at: datetime
    ) -> DrawRequest:
        # The booking that it becomes if it is served, and its papers: invented as every party's are.
        booking = Booking(
            id=self.chance.uuid(),
            structure=house.partner,
            performance=draw.performance,
            participant=person,
            person_ref=person.person_ref,
            booked_by=self.chance.choice(house.team),
        )
        party = Party(booking, self.outings.papers(booking, person, seats=self.chance.pick(*SIZES)))
        request = DrawRequest(
            id=self.chance.uuid(),
            draw=draw,
            structure=house.partner,
            participant=person,
            person_ref=person.person_ref,
            requested_by=booking.booked_by,
            key=self.chance.uuid(),
            public_id=f"{self.chance.getrandbits(48):012x}",
            structure_code=code,
            seats=len(party.invitations),
            requested_at=at,
        )
        self.parties[request.pk] = party
        self.guests += [self.guest(request, paper) for paper in party.invitations[1:]]
        self.outings.trace(
            at, request.requested_by, "places demandées", request, places=request.seats, confirmé=True
        )
        return request

    def guest(self, request: DrawRequest, paper: Invitation) -> DrawGuest:
        return DrawGuest(
            id=self.chance.uuid(),
            request=request,
            given_name=paper.given_name,
            family_name=paper.family_name,
            companion_reason=paper.companion_reason,
            position=paper.position,
        )

    # --- Drawing -----------------------------------------------------------------------------------------

    def hold(self, draw: Draw, one: Date, asked: Sequence[DrawRequest], *, at: datetime) -> None:
        """Draw, as `invitations.services.sharing.hold_draw` does."""
        outings, seats = self.counts(draw.performance, before=at)
        by_id = {request.public_id: request for request in asked}
        published = [
            fairness.Request(one.public_id, one.structure_code, one.seats, outings[one.person_ref])
            for one in asked
        ]
        had = {request.structure_code: seats[request.structure_id] for request in asked}
        turns = fairness.allocate(published, seats=SEATS, had=had, lots=fairness.Lots(draw.seed))
        draw.drawn_at = one.row.drawn_at = at
        for turn in turns:
            self.settle(by_id[turn.request.id], turn, at=at)
        served = {request.pk for request in asked if request.is_served}
        self.guests = [guest for guest in self.guests if guest.request_id not in served]
        draw.record = fairness.publish(
            turns,
            [],
            had=had,
            draw=str(draw.pk),
            date=one.row.starts_at.isoformat(),
            opened_at=draw.opened_at.isoformat(),
            closes_at=draw.closes_at.isoformat(),
            drawn_at=at.isoformat(),
            commitment=draw.commitment,
            seed=draw.seed,
            seats=SEATS,
        )
        self.outings.trace(at, "portail", "tirage fait", draw, demandes=len(asked), servies=len(served))

    def counts(self, row: Performance, *, before: datetime) -> tuple[Counter, Counter]:
        """Outings by person and seats by structure, of the season of `row`, as they were booked `before`."""
        outings: Counter[UUID] = Counter()
        seats: Counter[UUID] = Counter()
        season = Season.of(row.day)
        for party in self.outings.parties:
            booking = party.booking
            if booking.created_at < before and booking.performance.day in season and party.live:
                seats[booking.structure_id] += len(party.live)
                outings[booking.person_ref] += party.invitations[0].status != Status.EXCUSED
        return outings, seats

    def settle(self, request: DrawRequest, turn: fairness.Turn, *, at: datetime) -> None:
        request.rank, request.reason = turn.rank, explain(turn)
        if not turn.served:
            request.outcome = DrawRequest.Outcome.NOT_SERVED
            self.outings.tell(emails.draw_without_seats, request=request, at=at)
            return
        party = self.parties[request.pk]
        party.booking.key, party.booking.created_at = request.pk, at
        self.outings.enter(party, at=at, drawn=True)
        request.outcome, request.booking = DrawRequest.Outcome.SERVED, party.booking
