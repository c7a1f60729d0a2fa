"""Suspending a partner's account: at once, against a reason, with its history kept (A13)."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from common.errors import DomainError
from common.models import AuditEntry
from partners.models import Suspension
from partners.services import lift_suspension, suspend
from partners.tests.factories import StructureFactory, UserFactory, VenueFactory

pytestmark = pytest.mark.django_db
REASON = "Des invitations revendues."


@pytest.fixture
def staff():
    return UserFactory(staff=True)


@pytest.mark.parametrize("factory", [StructureFactory, VenueFactory])
def test_suspended_partner_says_so_and_keeps_its_history(factory, staff):
    partner, now = factory(), timezone.now()
    suspend(partner=partner, reason=f" {REASON} ", by=staff, at=now)
    partner.refresh_from_db()
    assert partner.suspended_at >= now and partner.suspension_reason == REASON
    assert partner.name in partner.pause and "equipe@portail.example" in partner.pause
    first = Suspension.objects.of(partner).open().get()
    assert (first.since, first.reason) == (partner.suspended_at, REASON)

    later = now + timedelta(days=3)
    lift_suspension(partner=partner, by=staff, at=later)
    partner.refresh_from_db()
    assert (partner.suspended_at, partner.suspension_reason, partner.pause) == (None, "", "")
    suspend(partner=partner, reason="Encore.", by=staff, at=later)
    assert [row.until for row in Suspension.objects.of(partner)] == [None, later]
    verbs = AuditEntry.objects.filter(subject__contains=str(partner.pk)).values_list("verb", flat=True)
    assert sorted(verbs) == ["compte suspendu", "compte suspendu", "suspension levée"]


def test_suspension_without_a_reason_is_refused(staff):
    structure = StructureFactory()
    with pytest.raises(DomainError, match="motif") as refused:
        suspend(partner=structure, reason="  ", by=staff, at=timezone.now())
    assert refused.value.field == "reason" and not Suspension.objects.exists()


def test_suspending_twice_and_lifting_what_is_not_suspended_are_refused(staff):
    structure, now = StructureFactory(), timezone.now()
    with pytest.raises(DomainError, match="n'est pas suspendu"):
        lift_suspension(partner=structure, by=staff, at=now)
    suspend(partner=structure, reason=REASON, by=staff, at=now)
    with pytest.raises(DomainError, match="déjà suspendu"):
        suspend(partner=structure, reason=REASON, by=staff, at=now)
    assert Suspension.objects.count() == 1


def test_suspension_never_reads_earlier_than_the_row_was_held(staff):
    """A booking that came first may bear a later moment than the click that suspends."""
    structure, clicked = StructureFactory(), timezone.now() - timedelta(seconds=5)
    assert suspend(partner=structure, reason=REASON, by=staff, at=clicked).since > clicked


def test_database_refuses_two_suspensions_at_once_and_one_lifted_before_it_began(staff):
    structure, now = StructureFactory(), timezone.now()
    suspend(partner=structure, reason=REASON, by=staff, at=now)
    with pytest.raises(IntegrityError), transaction.atomic():
        Suspension.objects.create(structure=structure, since=now, reason=REASON)
    with pytest.raises(IntegrityError), transaction.atomic():
        Suspension.objects.update(until=now - timedelta(days=1))
    with pytest.raises(IntegrityError), transaction.atomic():
        Suspension.objects.create(since=now, reason=REASON)
