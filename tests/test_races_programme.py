"""A venue's desk that presses twice, or at two screens at once: real threads and connections."""

from datetime import timedelta

import pytest
from django.utils import timezone

from offers import services
from offers.models import Performance, ProgrammeUpload
from offers.tests.factories import EventFactory
from partners.tests.factories import UserFactory
from tests.racing import RACE, ROUNDS, kinds, together

pytestmark = RACE
SCREENS = 4


@pytest.mark.parametrize("_", range(ROUNDS))
def test_one_file_waits_for_a_venues_word_however_many_are_handed_in_at_once(_):
    desk, now = UserFactory(venue_desk=True), timezone.now()

    def act():
        return services.keep_upload(by=desk, filename="saison.csv", content=b"titre;date\n", at=now)

    outcomes = together([act] * SCREENS)
    assert kinds(outcomes) == {"ProgrammeUpload": SCREENS}
    assert ProgrammeUpload.objects.count() == 1


@pytest.mark.parametrize("_", range(ROUNDS))
def test_the_same_date_added_at_once_is_added_once_and_the_others_hear_why(_):
    desk, now = UserFactory(venue_desk=True), timezone.now()
    event = EventFactory(venue=desk.venue)

    def act():
        date = Performance(event=event, starts_at=now + timedelta(days=5), capacity=10)
        return services.add_performance(performance=date, by=desk, at=now)

    outcomes = together([act] * SCREENS)
    assert kinds(outcomes) == {"Performance": 1, "DomainError": SCREENS - 1}
    assert event.performances.count() == 1
