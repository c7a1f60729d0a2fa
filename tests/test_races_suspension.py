"""A suspension that commits between the page and the click: real threads and connections (A13)."""

import threading
import time
from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from common.errors import DomainError
from conventions.models import Agreement, Breach
from conventions.services import breaches
from conventions.tests.factories import AgreementFactory, a_breach, answering
from invitations.models import Booking
from invitations.tests.factories import a_worker
from offers.tests.factories import PerformanceFactory
from partners.models import Structure, User
from partners.services import lift_suspension, suspend
from partners.tests.factories import UserFactory, VenueFactory
from tests.racing import RACE, ROUNDS, assert_sound, booker, kinds, together

pytestmark = RACE
WORKERS = 8


def suspending(partner):
    """Suspend, and return how many bookings there are once that has committed: there must never be more."""
    staff = UserFactory(staff=True)

    def act() -> int:
        suspend(partner=partner, reason="Des invitations revendues.", by=staff, at=timezone.now())
        return Booking.objects.count()

    return act


@pytest.mark.parametrize("_", range(ROUNDS))
def test_nothing_is_booked_beyond_a_suspension_of_the_structure(_):
    worker, performance = a_worker(), PerformanceFactory(capacity=60)
    outcomes = together(
        [*(booker(performance, worker=worker) for _ in range(WORKERS)), suspending(worker.structure)]
    )
    assert set(kinds(outcomes)) <= {"Booking", "DomainError", "int"}
    assert outcomes[-1] == Booking.objects.count() == kinds(outcomes)["Booking"]
    assert_sound()


@pytest.mark.parametrize("_", range(ROUNDS))
def test_nothing_is_booked_beyond_a_suspension_of_the_venue(_):
    venue = VenueFactory()
    dates = [PerformanceFactory(event__venue=venue, capacity=30) for _ in range(2)]
    outcomes = together([*(booker(dates[n % 2]) for n in range(WORKERS)), suspending(venue)])
    assert set(kinds(outcomes)) <= {"Booking", "DomainError", "int"}
    assert outcomes[-1] == Booking.objects.count() == kinds(outcomes)["Booking"]
    assert_sound()


@pytest.mark.parametrize("_", range(ROUNDS))
def test_suspending_at_once_suspends_once_and_lifting_at_once_lifts_once(_):
    worker, staff = a_worker(), UserFactory(staff=True)
    outcomes = together([suspending(worker.structure) for _ in range(4)])
    assert kinds(outcomes) == {"int": 1, "DomainError": 3}

    def lift():
        return lift_suspension(partner=worker.structure, by=staff, at=timezone.now())

    assert kinds(together([lift] * 4)) == {"Suspension": 1, "DomainError": 3}
    assert_sound()


@pytest.mark.parametrize("_", range(ROUNDS))
def test_breaches_noticed_at_once_from_both_sides_open_one_procedure(_):
    agreement = AgreementFactory()
    lead, staff = answering(agreement.partner), UserFactory(staff=True)

    def noticing(by):
        mine = Agreement.objects.select_related("structure").get(pk=agreement.pk)
        return lambda: breaches.notice(agreement=mine, grounds="Essai.", by=by, at=timezone.now())

    outcomes = together([noticing(by) for by in (lead, staff, lead, staff)])
    assert kinds(outcomes) == {"Breach": 1, "DomainError": 3}
    assert Breach.objects.get().letters.count() == 1
    assert_sound()


@pytest.mark.parametrize("_", range(ROUNDS))
def test_agreement_to_resume_against_termination_ends_one_way(_):
    breach = a_breach(agreement=AgreementFactory(running=True), at=timezone.now() - timedelta(days=40))
    staff, now = UserFactory(staff=True), timezone.now()
    sent = (now - timedelta(days=20)).date()
    breaches.prepare_letter(breach=breach, by=staff, at=now)
    case = {"by": staff, "at": now}
    breaches.send_letter(breach=Breach.objects.get(), sent_on=sent, tracking_number="1A", **case)
    breaches.present_letter(breach=Breach.objects.get(), presented_on=sent, **case)
    mine = Breach.objects.with_parties().get()
    outcomes = together(
        [lambda: breaches.drop(breach=mine, **case), lambda: breaches.terminate_due(at=timezone.now())]
    )
    ended = Breach.objects.get()
    resumed = not isinstance(outcomes[0], Exception)
    assert ended.state == ("reinstated" if resumed else "terminated") and outcomes[1] == int(not resumed)
    assert (ended.agreement.terminated_on is None) == resumed
    assert ended.partner.is_suspended != resumed
    assert_sound()


def test_a_form_that_waits_for_the_suspension_is_refused():
    """The account was read before; its structure's row is being suspended when the booking asks for it."""
    worker = User.objects.select_related("structure").get(pk=a_worker().pk)
    act = booker(PerformanceFactory(), worker=worker)
    structure = Structure.objects.get(pk=worker.structure_id)
    staff, row_is_held = UserFactory(staff=True), threading.Event()

    @transaction.atomic
    def suspend_slowly():
        made = suspend(partner=structure, reason="Essai.", by=staff, at=timezone.now())
        row_is_held.set()
        time.sleep(0.5)  # nobody else can see it yet
        return made

    def book_meanwhile():
        row_is_held.wait(timeout=10)
        return act()

    _, refusal = together([suspend_slowly, book_meanwhile])
    assert isinstance(refusal, DomainError) and "en pause" in refusal.sentence
    assert not Booking.objects.exists()
    assert_sound()
