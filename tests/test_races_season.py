"""Midnight between two seasons, while many book: nobody goes on an agreement that is over (B4, A5)."""

from datetime import timedelta

import pytest
from django.utils import timezone

from common.dates import start_of
from common.errors import DomainError
from common.locks import BUSY
from conventions.services import rotation
from conventions.tests.factories import AgreementFactory
from invitations.models import Booking
from invitations.services.booking import book
from invitations.tests.factories import ParticipantFactory
from offers.tests.factories import PerformanceFactory
from partners.seasons import Season
from partners.tests.factories import UserFactory
from tests.racing import CROWD, RACE, ROUNDS, assert_sound, kinds, together

pytestmark = RACE
STEP = timedelta(milliseconds=200)


@pytest.mark.parametrize("_", range(ROUNDS))
def test_bookings_at_midnight_cross_no_season(_):
    midnight = start_of(Season.of(timezone.localdate()).next.starts_on)
    tonight = PerformanceFactory(capacity=60, starts_at=midnight - STEP)
    tomorrow = PerformanceFactory(capacity=60, starts_at=midnight + timedelta(days=1))

    def booking(number):
        """Number by number a moment later; every other structure goes on next season."""
        goes_on, date = bool(number % 2), (tonight, tomorrow)[number // 2 % 2]
        worker = UserFactory()
        AgreementFactory(structure=worker.structure, this_season=not goes_on)
        person = ParticipantFactory(structure=worker.structure)
        at = midnight + (number - CROWD // 2) * STEP
        allowed = at < date.starts_at and (goes_on or (date is tonight and at < midnight))

        def act():
            return book(performance=date, participant=person, confirmed=True, key=person.pk, by=worker, at=at)

        return act, allowed

    acts = [booking(number) for number in range(CROWD)]
    *outcomes, renewal = together(
        [*(act for act, _ in acts), lambda: rotation.renew(at=midnight + timedelta(hours=1))]
    )
    assert not isinstance(renewal, Exception)
    assert set(kinds(outcomes)) == {"Booking", "DomainError"}
    for made, (_, allowed) in zip(outcomes, acts, strict=True):
        busy = isinstance(made, DomainError) and made.sentence == BUSY  # a queue of writers may be too long
        assert busy or isinstance(made, Booking) == allowed
    assert_sound()
