from datetime import timedelta
from io import BytesIO
from uuid import uuid4

import factory
from django.utils import timezone
from PIL import Image

from conventions.tests.factories import AgreementFactory
from invitations.models import (
    Booking,
    Draw,
    DrawRequest,
    GroupOuting,
    Invitation,
    MaterialRequest,
    News,
    Participant,
    SeatsCall,
    UsageAlert,
    UsageNote,
    VenueDocument,
    WaitlistEntry,
)
from invitations.services import changes, demand, groups, material, news, waitlist
from invitations.services.booking import Companion, Guest, book
from invitations.services.draws import ask, open_draw
from offers.models import Performance
from offers.tests.factories import PerformanceFactory
from partners.tests.factories import StructureFactory, UserFactory


class ParticipantFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Participant

    structure = factory.SubFactory(StructureFactory)
    given_name = factory.Sequence(lambda n: f"Zéphirine{n}")
    family_name = "Quatremarre"


class WaitlistEntryFactory(factory.django.DjangoModelFactory):
    """The row of one person who waits, and nothing else of what `join` writes."""

    class Meta:
        model = WaitlistEntry

    performance = factory.SubFactory(PerformanceFactory)
    participant = factory.SubFactory(ParticipantFactory)
    structure = factory.SelfAttribute("participant.structure")
    person_ref = factory.SelfAttribute("participant.person_ref")
    joined_by = factory.LazyAttribute(lambda entry: UserFactory(structure=entry.structure))
    key = factory.LazyFunction(uuid4)
    seats = 1
    line = factory.Sequence(lambda n: n + 1)
    joined_at = factory.LazyFunction(timezone.now)


class SeatsCallFactory(factory.django.DjangoModelFactory):
    """A venue was told today that three people wait for a date; `.signed` is what its link holds."""

    class Meta:
        model = SeatsCall

    performance = factory.SubFactory(PerformanceFactory)
    sent_on = factory.LazyFunction(timezone.localdate)
    sent_at = factory.LazyFunction(timezone.now)
    people = 3

    @classmethod
    def _create(cls, model_class, *args, **kwargs):
        call = super()._create(model_class, *args, **kwargs)
        call.signed = demand.link(call).rstrip("/").rpartition("/")[2]
        return call


class UsageAlertFactory(factory.django.DjangoModelFactory):
    """An open alert about one person's week; with `unused` or `heavy`, about a structure's seats."""

    class Meta:
        model = UsageAlert

    class Params:
        unused = factory.Trait(
            kind="unused", person_ref=None, days=60, count=12, seats=32, usual=0.1, median=0.08
        )
        heavy = factory.Trait(kind="heavy", person_ref=None, days=60, count=96, usual=40.0, median=30.0)

    structure = factory.SubFactory(StructureFactory)
    person_ref = factory.LazyFunction(uuid4)
    since = factory.LazyFunction(timezone.localdate)
    days = 7
    count = 3
    seen_at = factory.LazyFunction(timezone.now)


class UsageNoteFactory(factory.django.DjangoModelFactory):
    """A conversation about an alert; `due`: staff meant to call back today."""

    class Meta:
        model = UsageNote

    class Params:
        due = factory.Trait(look_again_on=factory.LazyFunction(timezone.localdate))

    alert = factory.SubFactory(UsageAlertFactory)
    spoken_on = factory.LazyFunction(timezone.localdate)
    spoken_with = "lead"
    agreed = "La structure rappelle chacun·e la veille."
    by = factory.LazyFunction(lambda: UserFactory(staff=True))
    written_at = factory.LazyFunction(timezone.now)

    @classmethod
    def _create(cls, model_class, *args, **kwargs):
        note = super()._create(model_class, *args, **kwargs)
        UsageAlert.objects.filter(pk=note.alert_id).update(look_again_on=note.look_again_on)
        return note


def a_worker(**fields):
    """A worker whose structure may book: agreement signed, conditions accepted."""
    worker = UserFactory(**fields)
    AgreementFactory(structure=worker.structure)
    return worker


def a_booking(*, by=None, performance=None, guests=0, companions=0, at=None, participant=None) -> Booking:
    """A booking made through the service, by a worker of a structure that may book."""
    by = by or a_worker()
    return book(
        performance=performance or PerformanceFactory(capacity=max(10, 1 + guests + companions)),
        participant=participant or ParticipantFactory(structure=by.structure),
        guests=[Guest(f"Ondine{n}", "Quatremarre") for n in range(guests)],
        companions=[Companion(f"Barnabé{n}", "Accompagne", "wished") for n in range(companions)],
        confirmed=True,
        key=uuid4(),
        by=by,
        at=at or timezone.now(),
    )


def an_outing(
    structure, *, at, attended=0, no_show=0, excused=0, valid=0, cancelled=0, said=0, performance=None
) -> Booking:
    """The rows of a booking with so many invitations of each state, for a date that starts at `at`.

    `attended` people were seen by the desk; of `said` the structure says that they came, of `no_show` that they didn't.
    """
    performance = performance or PerformanceFactory(starts_at=at, capacity=200)
    person = ParticipantFactory(structure=structure)
    by = structure.users.first() or UserFactory(structure=structure)
    booking = Booking.objects.create(
        structure=structure,
        performance=performance,
        participant=person,
        person_ref=person.person_ref,
        booked_by=by,
        key=uuid4(),
        created_at=at - timedelta(days=3),
    )
    states = {
        "attended": attended,
        "no_show": no_show,
        "excused": excused,
        "valid": valid,
        "cancelled": cancelled,
        "said": said,
    }
    Invitation.objects.bulk_create(
        Invitation(
            booking=booking,
            performance=performance,
            kind="guest",
            given_name="Ondine",
            family_name="Quatremarre",
            number=uuid4().hex[:9],
            token=uuid4().hex[:22],
            status="attended" if state == "said" else state,
            admitted_at=at if state == "attended" else None,
            noted_at=at if state in {"said", "no_show"} else None,
            cancelled_at=at if state == "cancelled" else None,
        )
        for state, count in states.items()
        for _ in range(count)
    )
    return booking


def a_draw(*, performance=None, closes_in=timedelta(days=3), at=None) -> Draw:
    """A fair draw of a date in ten days, opened through the service by the venue's desk."""
    at = at or timezone.now()
    performance = performance or PerformanceFactory(starts_at=at + timedelta(days=10))
    desk = UserFactory(venue_desk=True, venue=performance.event.venue)
    return open_draw(performance=performance, closes_at=at + closes_in, by=desk, at=at)


def a_request(
    draw, *, by=None, guests=0, companions=0, participant=None, key=None, at=None, confirmed=True
) -> DrawRequest:
    """A request made through the service, by a worker of a structure that may book."""
    by = by or a_worker()
    return ask(
        performance=Performance.objects.with_place().get(pk=draw.performance_id),
        participant=participant or ParticipantFactory(structure=by.structure),
        guests=[Guest(f"Ondine{n}", "Quatremarre") for n in range(guests)],
        companions=[Companion(f"Barnabé{n}", "Accompagne", "wished") for n in range(companions)],
        confirmed=confirmed,
        key=key or uuid4(),
        by=by,
        at=at or timezone.now(),
    )


def a_photo(comment: bytes = b"") -> bytes:
    """A JPEG as small as one may be."""
    kept = BytesIO()
    Image.new("RGB", (240, 200), "plum").save(kept, "JPEG", comment=comment)
    return kept.getvalue()


def a_document(*, event, title="Dossier", content=None, at=None) -> VenueDocument:
    """A file that a venue sends through the service to those who booked its event."""
    desk = UserFactory(venue_desk=True, venue=event.venue)
    content = a_photo() if content is None else content
    return material.send_document(event=event, title=title, content=content, by=desk, at=at or timezone.now())


def a_material_request(*, event, by, wish="Des photos de la salle", at=None) -> MaterialRequest:
    """What somebody whose structure goes to an event asks of its venue."""
    return material.ask_material(event=event, wish=wish, by=by, at=at or timezone.now())


def a_piece_of_news(*, at=None, days=7, by=None, **fields) -> News:
    """News that staff write for all structures, or those that `fields` say, until so many days from now."""
    at = at or timezone.now()
    told = {"title": "Une rencontre samedi", "text": "Venez nombreux."} | fields
    wanted = News(expires_on=timezone.localdate(at) + timedelta(days=days), **told)
    return news.publish(news=wanted, by=by or UserFactory(staff=True), at=at)


def a_move(performance, *, by=timedelta(days=1), at=None, word=""):
    """A date moved through the service by its venue's desk, a day later unless told."""
    now = Performance.objects.with_place().get(pk=performance.pk)
    return changes.move_date(
        performance=now,
        starts_at=now.starts_at + by,
        by=UserFactory(venue_desk=True, venue=now.event.venue),
        at=at or timezone.now(),
        word=word,
    )


def a_full_date(*, seats=1, **fields):
    """A date of which every seat is booked, by one party."""
    performance = PerformanceFactory(capacity=seats, **fields)
    a_booking(performance=performance, guests=seats - 1)
    performance.refresh_from_db()
    return performance


def a_group(
    *,
    by=None,
    performance=None,
    seats=6,
    named=0,
    companions=0,
    wait=False,
    at=None,
    key=None,
    label="Atelier du jeudi",
) -> GroupOuting:
    """A group booked through the service for a date in ten days, with so many of its people named."""
    by, at = by or a_worker(), at or timezone.now()
    performance = performance or PerformanceFactory(capacity=20, starts_at=at + timedelta(days=10))
    group = groups.book_group(
        performance=performance,
        label=label,
        seats=seats,
        wait=wait,
        key=key or uuid4(),
        by=by,
        at=at,
    )
    if named:
        name(group, by=by, people=named, companions=companions, at=at)
    return GroupOuting.objects.get(pk=group.pk)


def name(group, *, by, people=1, companions=0, key=None, at=None):
    """Name so many people of a group, put on the structure's list first."""
    return groups.name_people(
        group=group,
        people=[ParticipantFactory(structure=by.structure) for _ in range(people)],
        companions=[Companion(f"Barnabé{n}", "Accompagne", "wished") for n in range(companions)],
        confirmed=True,
        key=key or uuid4(),
        by=by,
        at=at or timezone.now(),
    )


def a_waiting_party(
    *, performance=None, guests=0, companions=0, by=None, at=None, person=None
) -> WaitlistEntry:
    """A party in the waiting list of a date, full where none is given."""
    by = by or a_worker()
    return waitlist.join(
        performance=performance or a_full_date(seats=1 + guests + companions),
        participant=person or ParticipantFactory(structure=by.structure),
        guests=[Guest(f"Ondine{n}", "Attend") for n in range(guests)],
        companions=[Companion(f"Barnabé{n}", "Attend", "needed") for n in range(companions)],
        confirmed=True,
        key=uuid4(),
        by=by,
        at=at or timezone.now(),
    )
