"""What is compiled once finds what the ORM finds, whatever the values; and no compiled query goes unwatched."""

import sys
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db.models import Model
from django.db.transaction import TransactionManagementError
from django.utils import timezone

from common.compiled import Compiled
from conventions.tests.factories import AgreementFactory
from invitations.services import booking, material, papers
from invitations.tests.factories import a_booking, a_document, a_worker
from invitations.views import booking as bookings
from offers.services import seats
from offers.tests.factories import EventFactory, PerformanceFactory, QuotaFactory
from offers.views import catalogue
from partners import backends
from partners.models import TermsOfUse
from partners.tests.factories import SuspensionFactory, UserFactory, VenueFactory

pytestmark = pytest.mark.django_db


def told(row: Model) -> dict:
    """All that a row and those that came with it hold."""
    held = {name: value for name, value in vars(row).items() if name != "_state"}
    return held | {name: told(other) for name, other in row._state.fields_cache.items() if other is not None}


def accounts() -> list[dict]:
    people = [UserFactory(), UserFactory(lead=True), UserFactory(venue_desk=True), UserFactory(staff=True)]
    return [{"pk": person.pk} for person in people] + [{"pk": 0}]


def dates() -> list[dict]:
    """Dates with and without a quota, covered by an agreement and not, for somebody who accepted the terms or not."""
    now, worker, unsigned = timezone.now(), a_worker(), UserFactory()
    plain, late = PerformanceFactory(), PerformanceFactory(starts_at=now + timedelta(days=900))
    counted = [PerformanceFactory() for _ in range(3)]
    QuotaFactory(event=counted[0].event)
    QuotaFactory(of_date=True, performance=counted[1])
    QuotaFactory(of_period=True, venue=counted[2].event.venue)
    AgreementFactory(structure=unsigned.structure, ends_on=timezone.localdate() - timedelta(days=3))
    TermsOfUse.objects.create(version="2", text="…", published_at=now - timedelta(hours=1))
    return [
        {"pk": pk, "account": by.pk, "structure": by.structure_id, "at": at, "today": timezone.localdate(at)}
        for pk in (plain.pk, late.pk, *(date.pk for date in counted), uuid4())
        for by in (worker, unsigned)
        for at in (now, now - timedelta(hours=2))
    ]


def offered_events() -> list[dict]:
    counted, plain = QuotaFactory().event, EventFactory()
    withdrawn, paused = (
        EventFactory(state="withdrawn"),
        EventFactory(venue=SuspensionFactory(structure=None, venue=VenueFactory()).venue),
    )
    return [{"pk": event.pk} for event in (counted, plain, withdrawn, paused)]


def events_dates() -> list[dict]:
    first = PerformanceFactory()
    second = PerformanceFactory(event=first.event, starts_at=first.starts_at + timedelta(days=3))
    moments = first.starts_at - timedelta(hours=1), first.starts_at, second.starts_at
    return [{"event": first.event_id, "at": at} for at in moments]


def venues_to_hold() -> list[dict]:
    withdrawn = PerformanceFactory(event=EventFactory(state="withdrawn"))
    return [{"performance": date.pk} for date in (PerformanceFactory(), withdrawn)]


def parties() -> list[dict]:
    """A party of three, the same person's other outing that week, and somebody else's eyes."""
    worker, date = a_worker(), PerformanceFactory()
    first = a_booking(by=worker, performance=date, guests=2)
    near = PerformanceFactory(starts_at=date.starts_at + timedelta(days=2))
    second = a_booking(by=worker, performance=near, participant=first.participant)
    structures = (worker.structure_id, a_worker().structure_id)
    return [{"structure": seen, "booking": found.pk} for seen in structures for found in (first, second)]


def own_bookings() -> list[dict]:
    found = a_booking(by=a_worker())
    return [{"structure": seen, "pk": found.pk} for seen in (found.structure_id, a_worker().structure_id)]


def events_gone_to() -> list[dict]:
    """An event with a document that was asked for, one with nothing, and one where somebody else goes."""
    worker, now = a_worker(), timezone.now()
    prepared, plain = (a_booking(by=worker).performance.event for _ in range(2))
    material.ask_material(event=prepared, wish="", by=worker, at=now)
    a_document(event=prepared)
    others = a_booking(by=a_worker()).performance.event
    asked = [(event, at) for event in (prepared, plain, others) for at in (now, now + timedelta(days=900))]
    return [{"event": event.pk, "structure": worker.structure_id, "at": at} for event, at in asked]


def papers_to_print() -> list[dict]:
    """A party one of whom has cancelled, and nobody's."""
    worker = a_worker()
    party = a_booking(by=worker, guests=2)
    booking.cancel_invitation(invitation=party.invitations.last(), by=worker, at=timezone.now())
    return [{"booking": party.pk}, {"booking": uuid4()}]


QUERIES = {
    backends.account: accounts,
    booking._date: dates,
    catalogue._dates_ahead: events_dates,
    catalogue._offered: offered_events,
    bookings._party: parties,
    bookings._whole_booking: own_bookings,
    papers._papers: papers_to_print,
    material._gone_to: events_gone_to,
    seats._held_venue: venues_to_hold,
}


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: query.build.__name__)
def test_a_compiled_query_finds_what_the_orm_finds(query):
    found = 0
    for values in QUERIES[query]():
        rows = query(**values)
        assert [told(row) for row in rows] == [told(row) for row in query.build(**values)]
        found += len(rows)
    assert found  # else nothing was compared


def test_every_compiled_query_is_compared_with_the_orm():
    rooms = ("common", "partners", "conventions", "offers", "invitations", "evaluations", "billetterie")
    modules = [module for name, module in list(sys.modules.items()) if name.split(".")[0] in rooms]
    known = [value for module in modules for value in vars(module).values() if isinstance(value, Compiled)]
    assert set(known) == set(QUERIES)


def test_a_compiled_query_refuses_none_which_would_find_nothing():
    with pytest.raises(ValueError, match="“pk” is None"):
        backends.account(pk=None)


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_a_compiled_query_holds_a_row_in_a_transaction_only():
    date = PerformanceFactory()
    with pytest.raises(TransactionManagementError):
        seats.hold_offer(date)
