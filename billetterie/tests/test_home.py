"""What home pages show."""

from datetime import timedelta

import pytest
from django.utils import timezone

from billetterie.home import events_soon
from offers.tests.factories import EventFactory, PerformanceFactory

pytestmark = pytest.mark.django_db


def test_event_that_plays_every_evening_leaves_room_for_others():
    now, nightly = timezone.now(), EventFactory()
    evenings = [PerformanceFactory(event=nightly, starts_at=now + timedelta(days=day)) for day in (1, 2, 3)]
    others = [PerformanceFactory(starts_at=now + timedelta(days=day)) for day in (4, 5)]
    assert events_soon(2, at=now) == [evenings[0], others[0]]
    assert events_soon(5, at=now) == [evenings[0], *others]
