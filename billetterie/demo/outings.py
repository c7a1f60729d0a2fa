"""The invented people, and where they went or will go: bookings in every state, as the services leave them.

Written in bulk, structure by structure, with the rules of `invitations.services.booking` kept: what `manage.py
audit` checks. Every row is told by the same mail and the same line of the trail as a real one.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import accumulate
from uuid import UUID

from django.conf import settings
from django.db import models

from billetterie.demo import bulk, names
from billetterie.demo.chance import Chance
from billetterie.demo.partners import House, at_hour
from billetterie.demo.programme import Date
from common import audit
from common.dates import local_day
from common.models import AuditEntry, OutboxMessage
from common.text import normalise
from invitations import emails
from invitations.models import (
    Booking,
    ChangeNotice,
    DateChange,
    GroupOuting,
    Invitation,
    Language,
    Participant,
    PartyDocument,
    UsageAlert,
    WaitlistEntry,
    WaitlistGuest,
)
from invitations.services.promotion import answer_by
from invitations.use import busiest_week
from offers import facts
from offers.models import Performance, Quota
from partners.models import Structure, User

Status, Kind, Reason = Invitation.Status, Invitation.Kind, Invitation.CompanionReason

LANGUAGES = (
    (Language.FRENCH, 60),
    (Language.ARABIC, 8),
    (Language.DARI, 6),
    (Language.UKRAINIAN, 6),
    (Language.ENGLISH, 6),
    (Language.PORTUGUESE, 4),
    (Language.SPANISH, 4),
    (Language.TURKISH, 3),
    (Language.TIGRINYA, 3),
)
OUTINGS = ((0, 20), (1, 45), (2, 22), (3, 13))  # how many a person has in the season shown
COMPANY = ((0, 42), (1, 28), (2, 16), (3, 10), (6, 2), (8, 2))  # how many come along
OUTCOMES = ((Status.ATTENDED, 74), (Status.NO_SHOW, 10), (Status.EXCUSED, 8), (Status.VALID, 8))
UNSAID_DAYS = 9  # outings of so many days still wait for structures to say who came
LATELY = 8  # people of the demonstration's own structure who went out in them
CANCELLED_SHARE = 0.08
GUEST_CANCELLED_SHARE = 0.06
FULL_DATES = 8
LINE = (2, 4, 1, 3)  # people of each party that waits for the fullest date, ours the second
CANCELLED_DATES = 4


@dataclass
class Party:
    """One booking with its papers, in memory until it is written."""

    booking: Booking
    invitations: list[Invitation]

    @property
    def live(self) -> list[Invitation]:
        return [paper for paper in self.invitations if paper.status != Status.CANCELLED]


@dataclass
class Rows:
    """What waits to be written, in an order that foreign keys accept."""

    participants: list[Participant] = field(default_factory=list)
    groups: list[GroupOuting] = field(default_factory=list)
    bookings: list[Booking] = field(default_factory=list)
    changes: list[DateChange] = field(default_factory=list)
    notices: list[ChangeNotice] = field(default_factory=list)
    invitations: list[Invitation] = field(default_factory=list)
    documents: list[PartyDocument] = field(default_factory=list)
    waiting: list[WaitlistEntry] = field(default_factory=list)
    waiting_guests: list[WaitlistGuest] = field(default_factory=list)
    quotas: list[Quota] = field(default_factory=list)
    mails: list[OutboxMessage] = field(default_factory=list)
    trail: list[AuditEntry] = field(default_factory=list)

    def write(self) -> None:
        """Write all rows, and hold none any more."""
        kinds: list[tuple[type[models.Model], list]] = [
            (Participant, self.participants),
            (GroupOuting, self.groups),
            (Booking, self.bookings),
            (DateChange, self.changes),
            (ChangeNotice, self.notices),
            (Invitation, self.invitations),
            (PartyDocument, self.documents),
            (WaitlistEntry, self.waiting),
            (WaitlistGuest, self.waiting_guests),
            (Quota, self.quotas),
            (OutboxMessage, self.mails),
            (AuditEntry, self.trail),
        ]
        for model, rows in kinds:
            bulk.write(model, rows)
            rows.clear()


class Outings:
    """People going out, around the day `on`; what is past and what is to come is told from its first minute."""

    def __init__(self, *, chance: Chance, dates: Sequence[Date], on: date) -> None:
        self.chance, self.dates, self.on = chance, dates, on
        self.now = at_hour(on, 0)
        self.rows = Rows()
        self.parties: list[Party] = []
        self.people: dict[UUID, list[Participant]] = {}  # by structure
        self.called_off: dict[UUID, DateChange] = {}  # by date
        self.weeks: dict[UUID, list[datetime]] = defaultdict(list)  # by person, the outings already booked
        near = at_hour(on + timedelta(days=21), 0)
        lately = [one for one in dates if self.is_lately(one.row)]
        self.on_paper = {one.row.pk for one in lately[::2]}  # dates whose venue noted nobody
        self.weights = list(accumulate(1 if one.row.starts_at < near else 0.3 for one in dates))

    # --- People and their outings ------------------------------------------------------------------

    def go_out(self, house: House, *, people: int, busy: bool = False) -> None:
        """Invent `people` people for a structure, and their outings; with `busy`, the first has three in a week."""
        ours = self.invent_people(house.partner, people)
        self.rows.participants += ours
        self.people[house.partner.pk] = ours
        for number, person in enumerate(ours):
            if busy and number == 0:
                self.book_a_week(house, person, outings=settings.USAGE_ALERT_OUTINGS + 1)
                continue
            for _ in range(self.chance.pick(*OUTINGS)):
                self.book_somewhere(house, person)

    def invent_people(self, structure: Structure, count: int) -> list[Participant]:
        """People of one structure's list, no two of the same name."""
        met: set[str] = set()
        people = []
        while len(people) < count:
            given, family = self.chance.choice(names.GIVEN), self.chance.choice(names.FAMILY)
            if (name := normalise(f"{given} {family}")) in met:
                continue
            met.add(name)
            people.append(
                Participant(
                    id=self.chance.uuid(),
                    structure=structure,
                    given_name=given,
                    family_name=family,
                    language=self.chance.pick(*LANGUAGES),
                    person_ref=self.chance.uuid(),
                    created_at=at_hour(self.on - timedelta(days=min(330, self.chance.randint(76, 400))), 10),
                )
            )
        return people

    def book_somewhere(self, house: House, person: Participant, *, most: int = settings.PARTY_MAX) -> int:
        """One outing of a person, on a date with room that leaves the week reasonable; returns the seats taken.

        None are taken where no such date is found.
        """
        seats = min(1 + self.chance.pick(*COMPANY), most)
        for one in self.chance.choices(self.dates, cum_weights=self.weights, k=6):
            at = self.booking_moment(house, one.row)
            if at and one.takes(seats) and self.has_time(person, one.row.starts_at):
                self.book(house, one, person, seats=seats, at=at)
                return seats
        return 0

    def has_time(self, person: Participant, starts_at: datetime) -> bool:
        """Whether one more outing leaves the person's week reasonable, and nothing else is at that hour."""
        booked = self.weeks[person.person_ref]
        outings, _ = busiest_week([*booked, starts_at], around=starts_at)
        return outings <= settings.USAGE_ALERT_OUTINGS and starts_at not in booked

    def book_a_week(self, house: House, person: Participant, *, outings: int) -> None:
        """Several outings of one person within the week to come, one a day: the hint of reasonable use shows."""
        days = set()
        for one in self.dates:
            day = one.row.day
            soon = (
                self.on + timedelta(days=1) <= day <= self.on + timedelta(days=settings.USAGE_ALERT_DAYS - 1)
            )
            if soon and day not in days and one.takes(2) and (at := self.booking_moment(house, one.row)):
                days.add(day)
                self.book(house, one, person, seats=2, at=at, sure=True)
            if len(days) == outings:
                return

    def is_lately(self, performance: Performance) -> bool:
        """Whether it took place in the last days, of which structures have still to say who came (E1)."""
        return self.now - timedelta(days=UNSAID_DAYS) < performance.starts_at < self.now

    def book_lately(self, house: House) -> None:
        """Some people's outings of the last days: every other date of them had a list on paper."""
        gone = [one for one in self.dates if self.is_lately(one.row) and one.takes(3)]
        for rank, person in enumerate(self.people[house.partner.pk][1 : LATELY + 1]):
            for one in gone[rank::LATELY]:
                at = self.booking_moment(house, one.row)
                if at and not self.weeks[person.person_ref]:
                    self.book(house, one, person, seats=1 + rank % 3, at=at)

    def booking_moment(self, house: House, performance: Performance) -> datetime | None:
        """When a structure booked for a date: in office hours, in time, with an agreement; None where it couldn't."""
        latest = min(performance.day, self.on) - timedelta(days=1)
        day = latest - timedelta(days=int(self.chance.triangular(0, 25, 4)))
        at = at_hour(day, self.chance.randint(9, 17), self.chance.randint(0, 59))
        if at >= performance.closes_at or not house.may_book(on=day, day=performance.day):
            return None
        return at

    # --- One booking ---------------------------------------------------------------------------------

    def book(
        self, house: House, one: Date, person: Participant, *, seats: int, at: datetime, sure: bool = False
    ) -> None:
        """Book a party, then let happen what happens; with `sure`, it stands and waits for its day."""
        performance = one.row
        booking = Booking(
            id=self.chance.uuid(),
            structure=house.partner,
            performance=performance,
            participant=person,
            person_ref=person.person_ref,
            booked_by=self.chance.choice(house.team),
            key=self.chance.uuid(),
            created_at=at,
            told=facts.written(performance) if performance.starts_at > self.now else "",
        )
        party = Party(booking, self.papers(booking, person, seats=seats))
        self.enter(party, at=at)
        if not sure:
            self.let_happen(party)
        if booking.cancelled_at is None:
            self.print_papers(party)

    def enter(self, party: Party, *, at: datetime, drawn: bool = False) -> None:
        """Take a party's seats, and tell and trace it; `drawn`: a fair draw gave them."""
        booking, seats = party.booking, len(party.invitations)
        booking.performance.seats_left -= seats
        self.weeks[booking.person_ref].append(booking.performance.starts_at)
        self.parties.append(party)
        self.rows.bookings.append(booking)
        self.rows.invitations += party.invitations
        self.tell(emails.booking_made, booking=booking, seats=seats, at=at, drawn=drawn)
        self.trace(at, booking.booked_by, "réservé", booking, places=seats)

    def papers(self, booking: Booking, person: Participant, *, seats: int) -> list[Invitation]:
        """One invitation each: the person, then family, friends and now and then somebody who accompanies."""
        met = {normalise(person.full_name)}
        papers = [self.paper(booking, Kind.PARTICIPANT, person.given_name, person.family_name, 0)]
        while len(papers) < seats:
            kind, family = Kind.GUEST, person.family_name if self.chance.yes(0.6) else ""
            if len(papers) == seats - 1 and self.chance.yes(0.2):
                kind, family = Kind.COMPANION, ""
            given, family = self.chance.choice(names.GIVEN), family or self.chance.choice(names.FAMILY)
            if (name := normalise(f"{given} {family}")) not in met:
                met.add(name)
                papers.append(self.paper(booking, kind, given, family, len(papers)))
        return papers

    def paper(self, booking: Booking, kind: str, given: str, family: str, position: int) -> Invitation:
        reason = self.chance.choice([Reason.WISHED, Reason.NEEDED]) if kind == Kind.COMPANION else ""
        return Invitation(
            id=self.chance.uuid(),
            booking=booking,
            performance=booking.performance,
            kind=kind,
            companion_reason=reason,
            given_name=given,
            family_name=family,
            number=self.chance.code(),
            token=self.chance.token(),
            position=position,
        )

    def print_papers(self, party: Party) -> None:
        """Most papers are printed soon; a large party's were drawn in the background."""
        booking, at = party.booking, party.booking.created_at
        over = booking.performance.starts_at < self.now
        if self.chance.yes(0.9 if over else 0.6):
            booking.printed_at = at + timedelta(minutes=self.chance.randint(1, 50))
        asked_lately = at > self.now - timedelta(days=settings.PDF_KEPT_DAYS)
        if len(party.live) > settings.PDF_INLINE_MAX and asked_lately and not over:
            self.rows.documents.append(PartyDocument(id=self.chance.uuid(), booking=booking, asked_at=at))

    # --- What happens to it --------------------------------------------------------------------------

    def let_happen(self, party: Party) -> None:
        """It is cancelled, or one guest is; then, once its date is over, each came or didn't."""
        booking = party.booking
        until = min(booking.performance.starts_at, self.now)
        if self.chance.yes(CANCELLED_SHARE):
            self.cancel(party, at=self.moment_between(booking.created_at, until))
        elif len(party.invitations) > 1 and self.chance.yes(GUEST_CANCELLED_SHARE):
            self.cancel_guest(party, at=self.moment_between(booking.created_at, until))
        if booking.cancelled_at is None and booking.performance.starts_at < self.now:
            self.attend(party)

    def moment_between(self, earliest: datetime, latest: datetime) -> datetime:
        return earliest + (latest - earliest) * self.chance.uniform(0.05, 0.95)

    def cancel(self, party: Party, *, at: datetime) -> None:
        """The whole party's outing ends, by the worker or by the link on the paper."""
        booking = party.booking
        booking.cancelled_at = at
        freed = self.end(party.live, at=at)
        booking.performance.seats_left += freed
        by: User | str = booking.booked_by if self.chance.yes(0.8) else "porteur·se du papier"
        self.trace(at, by, "réservation annulée", booking, places=freed)
        if by != booking.booked_by:
            self.tell(emails.booking_cancelled, booking=booking, at=at)

    def cancel_guest(self, party: Party, *, at: datetime) -> None:
        guest = party.invitations[-1]
        party.booking.performance.seats_left += self.end([guest], at=at)
        self.trace(at, party.booking.booked_by, "invitation annulée", guest, places=1)

    def end(self, papers: Iterable[Invitation], *, at: datetime) -> int:
        ended = 0
        for paper in papers:
            paper.status, paper.cancelled_at = Status.CANCELLED, at
            ended += 1
        return ended

    def attend(self, party: Party) -> None:
        """Parties mostly come or stay away together; of who didn't, structures say it, but for the last days (E1)."""
        outcome = self.chance.pick(*OUTCOMES)
        starts_at = party.booking.performance.starts_at
        noted_at = starts_at + timedelta(hours=15)
        unsaid = self.is_lately(party.booking.performance)
        on_paper = party.booking.performance.pk in self.on_paper
        for paper in party.live:
            alone = outcome == Status.ATTENDED and paper.position and self.chance.yes(0.06)
            paper.status = Status.NO_SHOW if alone else outcome
            early = self.chance.randint(2, 25) if paper.status == Status.ATTENDED else 0
            if on_paper:
                paper.status = Status.VALID
            elif paper.status == Status.ATTENDED:
                paper.admitted_at = starts_at - timedelta(minutes=early)
                self.trace(paper.admitted_at, "accueil", "admis·e", paper)
            elif unsaid:
                paper.status = Status.VALID
            elif paper.status != Status.VALID:
                paper.noted_at = noted_at
                self.trace(noted_at, party.booking.booked_by, "présence notée", paper, réponse=paper.status)

    # --- What happens to dates -------------------------------------------------------------------------

    def cancel_dates(self) -> None:
        """Venues cancel some dates: every booking ends at the same moment, and everybody who booked is told."""
        booked = self.live_parties()
        candidates = [
            one for one in self.dates if booked[one.row.pk] and not one.kept and self.untouched(booked, one)
        ]
        for one in self.chance.sample(candidates, CANCELLED_DATES):
            performance, parties = one.row, booked[one.row.pk]
            last = max(
                party.booking.created_at for party in self.parties if party.booking.performance is performance
            )
            at = self.moment_between(last, min(performance.starts_at, self.now))
            parties = [party for party in parties if party.booking.cancelled_at is None]
            performance.cancelled_at = at
            for party in parties:
                party.booking.cancelled_at = at
                performance.seats_left += self.call_off(party, at=at)
            self.trace(at, "lieu", "séance annulée", performance, réservations=len(parties))
        self.rows.documents = [one for one in self.rows.documents if one.booking.cancelled_at is None]

    def call_off(self, party: Party, *, at: datetime) -> int:
        """End a party whose date the venue cancels; whoever booked was told, and told the people within a day."""
        booking, live, now = party.booking, list(party.live), facts.written(party.booking.performance)
        change = self.called_off.get(booking.performance.pk)
        if change is None:
            change = DateChange(id=self.chance.uuid(), performance=booking.performance, at=at, cancelled=True)
            self.called_off[booking.performance.pk] = change
            self.rows.changes.append(change)
        notice = ChangeNotice(
            id=self.chance.uuid(),
            change=change,
            structure=booking.structure,
            booker=booking.booked_by,
            booking=booking,
            seats=len(live),
            before=now,
            after=now,
            told_at=at + timedelta(hours=self.chance.randint(1, 24)),
            told_by=booking.booked_by,
        )
        notice.mail = self.tell(_called_off, booking=booking, notice=notice, at=at).effect
        self.rows.notices.append(notice)
        self.trace(notice.told_at, booking.booked_by, "changement dit", notice)
        return self.end(live, at=at)

    def untouched(self, booked: dict[UUID, list[Party]], one: Date) -> bool:
        """Whether nobody has entered, nor is anything else settled, that cancelling the date would contradict."""
        return all(paper.status == Status.VALID for party in booked[one.row.pk] for paper in party.live)

    def fill_dates(self) -> None:
        """Some dates to come have no seat left: the venue gave as many as were asked for."""
        busiest = sorted(
            (
                one
                for one in self.dates
                if one.row.starts_at > self.now and not one.row.cancelled_at and not one.kept
            ),
            key=lambda one: (-one.row.seats_taken, one.row.pk),
        )
        for one in busiest[:FULL_DATES]:
            one.row.capacity, one.row.seats_left = one.row.seats_taken, 0

    def queue_up(self, houses: Sequence[House]) -> None:
        """Parties wait for two full dates: for the first ours among others, for the second seats are held for ours.

        The second event's seats are shared between structures.
        """
        full = [one.row for one in self.dates if self.is_full(one.row)]
        first = full[0]
        # The further the date, the longer the answer may take: it is still due when the day is over.
        second = max(
            (row for row in full[1:] if row.event_id != first.event_id),
            key=lambda row: (row.starts_at, row.pk),
        )
        others = [
            house for house in houses[1:] if self.may_wait(house, first) and self.may_wait(house, second)
        ]
        ours, line = houses[0], others[: len(LINE) - 1]
        for house, seats in zip([line[0], ours, *line[1:]], LINE, strict=True):
            self.wait(house, first, seats=seats)
        self.wait(ours, second, seats=2, offered=True)
        self.wait(line[0], second, seats=3)
        self.rows.quotas.append(
            Quota(
                id=self.chance.uuid(), venue=second.event.venue, event=second.event, seats=6, since=self.now
            )
        )

    def is_full(self, performance: Performance) -> bool:
        """Whether somebody could wait for a date."""
        ahead = performance.closes_at > self.now + timedelta(days=3) and not performance.cancelled_at
        return bool(ahead and performance.capacity > max(LINE) and performance.seats_left == 0)

    def may_wait(self, house: House, performance: Performance) -> bool:
        on = self.on - timedelta(days=1)
        return house.may_book(on=on, day=performance.day) and bool(self.free_person(house, performance))

    def free_person(self, house: House, performance: Performance) -> Participant | None:
        """Somebody of a structure's list who has nothing at that hour, and no busy week around it."""
        taken = [entry.person_ref for entry in self.rows.waiting]
        people = self.people.get(house.partner.pk, [])
        return next(
            (
                one
                for one in people
                if one.person_ref not in taken and self.has_time(one, performance.starts_at)
            ),
            None,
        )

    def wait(self, house: House, performance: Performance, *, seats: int, offered: bool = False) -> None:
        """A party joins the line of a full date; with `offered`, seats came free last evening and are held for it."""
        person = self.free_person(house, performance)
        assert person
        entry = WaitlistEntry(
            id=self.chance.uuid(),
            structure=house.partner,
            performance=performance,
            participant=person,
            person_ref=person.person_ref,
            joined_by=house.team[0],
            key=self.chance.uuid(),
            seats=seats,
            line=1 + sum(other.performance_id == performance.pk for other in self.rows.waiting),
            joined_at=at_hour(self.on - timedelta(days=1), 9, len(self.rows.waiting)),
        )
        self.rows.waiting.append(entry)
        self.trace(entry.joined_at, entry.joined_by, "liste d'attente rejointe", entry, places=seats)
        met = {normalise(person.given_name)}
        while len(met) < seats:
            given = self.chance.choice(names.GIVEN)
            if normalise(given) not in met:
                self.rows.waiting_guests.append(
                    WaitlistGuest(
                        id=self.chance.uuid(),
                        entry=entry,
                        kind=Kind.GUEST,
                        given_name=given,
                        family_name=person.family_name,
                        position=len(met),
                    )
                )
                met.add(normalise(given))
        if not offered:
            performance.parties_waiting += 1
            return
        at = at_hour(self.on - timedelta(days=1), 17)
        entry.state, entry.offered_at = WaitlistEntry.State.OFFERED, at
        entry.answer_by = answer_by(performance=performance, at=at)
        performance.capacity += seats
        performance.seats_held += seats
        self.tell(emails.seats_offered, entry=entry, at=at)
        self.trace(at, audit.SYSTEM, "places proposées", entry, places=seats, passés=0)

    def live_parties(self) -> dict[UUID, list[Party]]:
        """The bookings that stand, by date."""
        found: dict[UUID, list[Party]] = defaultdict(list)
        for party in self.parties:
            if party.booking.cancelled_at is None:
                found[party.booking.performance_id].append(party)
        return found

    def alerts(self) -> list[UsageAlert]:
        """What the nightly review notes for staff (D8)."""
        moments: dict[tuple[UUID, UUID], list[datetime]] = defaultdict(list)
        since = self.now - timedelta(days=settings.USAGE_ALERT_DAYS)
        for party in self.parties:
            booking = party.booking
            if booking.cancelled_at is None and booking.performance.starts_at >= since:
                moments[booking.structure_id, booking.person_ref].append(booking.performance.starts_at)
        found = []
        for (structure_id, person_ref), theirs in moments.items():
            count, first = busiest_week(theirs)
            if first and count > settings.USAGE_ALERT_OUTINGS:
                found.append(
                    UsageAlert(
                        id=self.chance.uuid(),
                        structure_id=structure_id,
                        person_ref=person_ref,
                        since=local_day(first),
                        count=count,
                        days=settings.USAGE_ALERT_DAYS,
                        seen_at=self.now,
                    )
                )
        return found

    # --- Writing ---------------------------------------------------------------------------------------

    def tell(self, write: Callable[..., OutboxMessage], **about) -> OutboxMessage:
        """A mail of `invitations.emails` that was sent in its time: loading a season writes to nobody."""
        mail = write(**about)
        mail.id = self.chance.uuid()
        mail.tries, mail.sent_at = 1, mail.created_at + timedelta(seconds=self.chance.randint(1, 20))
        self.rows.mails.append(mail)
        return mail

    def trace(self, at: datetime, actor: User | str, verb: str, subject: models.Model, **details) -> None:
        line = audit.entry(at=at, actor=actor, verb=verb, subject=subject, **details)
        line.id = self.chance.uuid()
        self.rows.trail.append(line)

    def write(self) -> None:
        """Write everything, and the dates with the seats that are left."""
        self.rows.write()
        UsageAlert.objects.bulk_create(self.alerts())
        self.write_seats()

    def write_seats(self) -> None:
        """Write what bookings left of the dates."""
        Performance.objects.bulk_update(
            [one.row for one in self.dates],
            ["capacity", "seats_left", "seats_held", "parties_waiting", "cancelled_at"],
            batch_size=200,
        )


def _called_off(*, booking: Booking, notice: ChangeNotice, at: datetime) -> OutboxMessage:
    """What whoever booked was told of a date that the venue cancelled."""
    notice.news = []
    mail = emails.dates_changed(reader=booking.booked_by.email, notices=[notice], at=at)
    mail.effect = f"dates-changed {booking.pk}"
    return mail
