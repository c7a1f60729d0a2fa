"""A thousand promotions: within five seconds of work at once, and how much one by one (D5)."""

import time
from uuid import uuid4

from django.db import connection
from django.db.models import F
from django.utils import timezone

from common.models import OutboxMessage
from invitations.models import WaitlistEntry
from invitations.services import demand, promotion
from invitations.tests.factories import ParticipantFactory, a_worker
from offers.models import Performance
from offers.tests.factories import PerformanceFactory
from tests.racing import FULL, RACE, assert_sound

pytestmark = RACE
PROMOTIONS = 1_000 if FULL else 50
AT_ONCE, EACH = 0.005, 0.03  # seconds of processor a promotion, whatever else the machine does


def a_line(parties: int) -> Performance:
    """A full date for which so many people wait, one seat each, written at once."""
    performance, worker = PerformanceFactory(capacity=0), a_worker()
    people = ParticipantFactory.build_batch(parties, structure=worker.structure)
    ParticipantFactory._meta.model.objects.bulk_create(people, batch_size=500)
    WaitlistEntry.objects.bulk_create(
        (
            WaitlistEntry(
                structure=worker.structure,
                performance=performance,
                participant=person,
                person_ref=person.person_ref,
                joined_by=worker,
                key=uuid4(),
                seats=1,
                line=number,
                joined_at=timezone.now(),
            )
            for number, person in enumerate(people, start=1)
        ),
        batch_size=500,
    )
    Performance.objects.filter(pk=performance.pk).update(parties_waiting=parties)
    return performance


def judge(seconds: float, *, each: float) -> None:
    offered = WaitlistEntry.objects.offered().count()
    assert offered == PROMOTIONS == OutboxMessage.objects.filter(effect__startswith="seats-offered").count()
    assert_sound()
    allowed = 0.5 + PROMOTIONS * each * (1 if connection.vendor == "postgresql" else 4)
    assert seconds <= allowed, f"{offered} promotions took {seconds:.1f} s of processor"


def test_seats_that_come_free_one_by_one(record_property):
    performance = a_line(PROMOTIONS)
    began = time.process_time()
    for _ in range(PROMOTIONS):
        Performance.objects.filter(pk=performance.pk).update(
            capacity=F("capacity") + 1, seats_left=F("seats_left") + 1
        )
        promotion.tend(performance=performance, at=timezone.now())
    seconds = time.process_time() - began
    record_property("seconds", seconds)
    judge(seconds, each=EACH)


def test_seats_that_are_added_at_once(record_property):
    performance = a_line(PROMOTIONS)
    began = time.process_time()
    demand.change_seats(performance=performance, capacity=PROMOTIONS, by="essai", at=timezone.now())
    seconds = time.process_time() - began
    record_property("seconds", seconds)
    judge(seconds, each=AT_ONCE)
