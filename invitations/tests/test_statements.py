"""How many questions the pages of a booking ask the database: docs/performance.md promises so many and no more."""

from contextlib import contextmanager
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from invitations.models import Booking, WaitlistEntry
from invitations.services import demand
from invitations.services.booking import Guest
from invitations.services.waitlist import join
from invitations.tests.factories import ParticipantFactory
from offers.tests.factories import PerformanceFactory

pytestmark = pytest.mark.django_db
NOT_COUNTED = ("BEGIN", "SAVEPOINT", "RELEASE", "COMMIT", "PRAGMA")


class Tally:
    """How many statements a block took."""

    statements = 0


@contextmanager
def counted():
    """Count a block's statements, the session's aside: where there is Redis they aren't the database's."""
    tally = Tally()
    with CaptureQueriesContext(connection) as captured:
        yield tally
    asked = [query["sql"] for query in captured if not query["sql"].startswith(NOT_COUNTED)]
    tally.statements = sum("django_session" not in sql for sql in asked)


def party_of_three(person) -> dict:
    return {
        "key": uuid4(), "participant": person.pk, "confirmed": "on", "action": "book",
        "guest-TOTAL_FORMS": 2, "guest-INITIAL_FORMS": 0,
        "guest-0-given_name": "Ondine", "guest-0-family_name": "Quatremarre", "guest-0-role": "guest",
        "guest-1-given_name": "Zohra", "guest-1-family_name": "Quatremarre", "guest-1-role": "guest",
    }  # fmt: skip


def test_booking_takes_eighteen_statements_from_the_event_to_the_confirmation(cast):
    worker, performance = cast.worker, PerformanceFactory(capacity=40)
    people = ParticipantFactory.create_batch(12, structure=worker.structure)
    browser, form = cast.browser("worker"), reverse("invitations:book", args=[performance.pk])
    browser.get(reverse("home"))  # what the account's access is worth is kept in the session now
    with counted() as event:
        browser.get(reverse("offers:event", args=[performance.event_id]))
    with counted() as shown:
        assert browser.get(form).status_code == 200
    with counted() as sent:
        answer = browser.post(form, party_of_three(people[5]))
    booking = Booking.objects.get()
    with counted() as confirmed:
        assert browser.get(answer["Location"]).status_code == 200
    assert booking.invitations.count() == 3
    assert event.statements <= 4
    assert shown.statements <= 5
    assert sent.statements <= 10
    total = event.statements + shown.statements + sent.statements + confirmed.statements
    assert total <= 18


def test_booking_form_asks_as_much_for_a_long_list_as_for_a_short_one(cast):
    form = reverse("invitations:book", args=[PerformanceFactory().pk])
    browser, counts = cast.browser("worker"), set()
    browser.get(reverse("home"))
    for more in (1, 30):
        ParticipantFactory.create_batch(more, structure=cast.worker.structure)
        with counted() as shown:
            browser.get(form)
        counts.add(shown.statements)
    assert len(counts) == 1


def test_seats_added_for_many_parties_ask_as_much_as_for_few(cast):
    counts, now = set(), timezone.now()
    for parties in (2, 12):
        performance = PerformanceFactory(capacity=2, seats_left=0)
        for person in ParticipantFactory.create_batch(parties, structure=cast.worker.structure):
            guests = [Guest("Ondine", f"Quatremarre-{parties}")]
            join(
                performance=performance, participant=person, guests=guests, confirmed=True, key=uuid4(),
                by=cast.worker, at=now,
            )  # fmt: skip
        performance.refresh_from_db()
        with counted() as promoted:
            demand.change_seats(performance=performance, capacity=30, by="essai", at=now)
        assert WaitlistEntry.objects.offered().filter(performance=performance).count() == parties
        counts.add(promoted.statements)
    assert (
        max(counts) - min(counts) <= 1
    )  # the line is read by two hundred once the first ten have their seats
