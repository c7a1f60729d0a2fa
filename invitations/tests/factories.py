from datetime import timedelta
from uuid import uuid4

import factory
from django.utils import timezone

from conventions.tests.factories import AgreementFactory
from invitations.models import Booking, Draw, DrawRequest, Participant
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
