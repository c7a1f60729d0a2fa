"""For tests of many at once: real threads, a connection for each, and what must hold afterwards."""

import os
import threading
from collections import Counter
from uuid import uuid4

import pytest
from django.db import connection, connections
from django.utils import timezone

from conventions.services.membership import record_donation
from conventions.tests.factories import DonationFactory
from invitations.invariants import audit
from invitations.services.booking import Guest, book
from invitations.tests.factories import ParticipantFactory, a_worker

# What commits is wiped away afterwards; the reference rows (conditions of use) are put back.
RACE = [pytest.mark.django_db(transaction=True, serialized_rollback=True), pytest.mark.drill]
FULL = os.environ.get("PORTAIL_DRILLS") == "full"
ROUNDS = 20 if FULL else 2
CROWD = 50
# Writers of SQLite queue, and the queue of 200 is long; on PostgreSQL they race.
REQUESTS = 200 if FULL or connection.vendor == "postgresql" else 60


def together(acts) -> list:
    """What each act returned or raised, all started at the same moment, each on its own connection."""
    acts = list(acts)
    gate, outcomes = threading.Barrier(len(acts)), [None] * len(acts)

    def run(index, act):
        gate.wait()
        try:
            outcomes[index] = act()
        except Exception as error:  # whatever comes is what the test looks at
            outcomes[index] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


def booker(performance, *, seats=1, key=None, worker=None, person=None):
    worker = worker or a_worker()
    person = person or ParticipantFactory(structure=worker.structure)
    guests = [Guest(f"Ondine{n}", "Quatremarre") for n in range(seats - 1)]

    def act():
        return book(
            performance=performance, participant=person, guests=guests,
            confirmed=True, key=key or uuid4(), by=worker, at=timezone.now(),
        )  # fmt: skip

    return act


def giver(staff, structure):
    """Somebody of the team who records a gift, with its receipt."""

    def act():
        donation = DonationFactory.build(structure=structure)
        return record_donation(donation=donation, by=staff, at=timezone.now())

    return act


def kinds(outcomes) -> Counter:
    return Counter(type(outcome).__name__ for outcome in outcomes)


def assert_sound():
    assert audit().violations == []
