"""What is compiled once finds what the ORM finds, whatever the values; and no compiled query goes unwatched."""

import sys
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db.models import Model
from django.utils import timezone

from common.compiled import Compiled
from conventions.tests.factories import AgreementFactory
from invitations.services import booking
from invitations.tests.factories import a_worker
from offers.tests.factories import PerformanceFactory, QuotaFactory
from partners import backends
from partners.models import TermsOfUse
from partners.tests.factories import UserFactory

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


QUERIES = {backends.account: accounts, booking._date: dates}


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
