"""Receipts issued, voided and paid for at once, with real threads: no number twice, none missing (B6)."""

import pytest
from django.db import transaction
from django.utils import timezone

from conventions.models import Membership, Receipt, ReceiptYear
from conventions.services.membership import pay_membership
from conventions.services.receipts import void_receipt
from conventions.tests.factories import MembershipFactory
from partners.tests.factories import StructureFactory, UserFactory
from tests.racing import CROWD, RACE, giver, kinds, together

pytestmark = RACE


@pytest.fixture
def staff(transactional_db):
    return UserFactory(staff=True)


def assert_no_gap():
    for year in ReceiptYear.objects.all():
        numbers = sorted(Receipt.objects.filter(year=year.year).values_list("number", flat=True))
        assert numbers == list(range(1, year.last + 1))


def failing(act):
    """The same act, in a transaction that comes to nothing."""

    def fail():
        with transaction.atomic():
            act()
            raise ZeroDivisionError

    return fail


def test_receipts_issued_at_once_have_neither_gap_nor_double(staff):
    structure = StructureFactory()
    act = giver(staff, structure)
    outcomes = together([act] * CROWD + [failing(act)] * 10)
    assert kinds(outcomes) == {"Receipt": CROWD, "ZeroDivisionError": 10}
    assert Receipt.objects.count() == CROWD
    assert_no_gap()


def test_membership_paid_by_two_hands_is_paid_once(staff):
    membership = MembershipFactory()
    today = timezone.localdate()

    def act():
        mine = Membership.objects.get(pk=membership.pk)
        return pay_membership(
            membership=mine, amount_cents=5_000, paid_on=today, means="cash", by=staff, at=timezone.now()
        )

    assert kinds(together([act] * 10)) == {"Receipt": 1, "DomainError": 9}
    assert_no_gap()


def test_receipt_voided_by_two_hands_is_voided_once(staff):
    receipt = giver(staff, StructureFactory())()

    def act():
        return void_receipt(
            receipt=Receipt.objects.get(pk=receipt.pk), reason="Erreur.", by=staff, at=timezone.now()
        )

    assert kinds(together([act] * 10)) == {"NoneType": 1, "DomainError": 9}
    assert_no_gap()


def test_lost_number_would_be_seen(staff):
    giver(staff, StructureFactory())()
    ReceiptYear.objects.update(last=2)
    with pytest.raises(AssertionError):
        assert_no_gap()
