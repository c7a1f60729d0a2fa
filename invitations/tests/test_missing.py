"""Dates that a venue's file no longer holds are kept, taken off the offer or cancelled, as the venue says (C2, C6)."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from common.models import OutboxMessage
from invitations.invariants import audit
from invitations.services import missing
from invitations.tests.factories import a_booking
from offers.models import Event, ProgrammeImport
from offers.tests.factories import EventFactory, PerformanceFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def record(cast):
    """Three dates vanished: two of the ball, one of them booked by two people, and one of the concert."""
    now, venue = timezone.now(), cast.desk.venue
    ball, concert = EventFactory(venue=venue, title="Bal"), EventFactory(venue=venue, title="Concert")
    dates = [PerformanceFactory(event=ball, starts_at=now + timedelta(days=days)) for days in (3, 5)]
    dates.append(PerformanceFactory(event=concert, starts_at=now + timedelta(days=4)))
    a_booking(by=cast.worker, performance=dates[0], guests=1)
    return ProgrammeImport.objects.create(
        venue=venue, source="csv", done_at=now, missing=[date.pk.hex for date in dates]
    )


def settle(record, cast, **answers):
    chosen = {Event.objects.get(title=title).pk: answer for title, answer in answers.items()}
    done = missing.settle(record=record, answers=chosen, by=cast.desk, at=timezone.now())
    record.refresh_from_db()
    assert record.missing == [] and not audit().violations
    return done


def seats(title):
    return list(Event.objects.get(title=title).performances.values_list("capacity", "seats_left"))


def test_dates_that_nobody_speaks_of_are_kept(record, cast):
    assert settle(record, cast) == {"keep": 3, "withdraw": 0, "cancel": 0, "told": 0}
    assert seats("Bal") == [(10, 8), (10, 10)]


def test_dates_taken_off_the_offer_keep_who_booked(record, cast):
    assert settle(record, cast, Bal="withdraw", Concert="withdraw")["withdraw"] == 3
    assert seats("Bal") == [(2, 0), (0, 0)]
    assert Event.objects.get(title="Bal").is_published
    assert Event.objects.get(title="Concert").is_withdrawn  # nothing of it is left


def test_dates_cancelled_are_told_to_who_booked(record, cast):
    before = OutboxMessage.objects.count()
    assert settle(record, cast, Bal="cancel") == {"keep": 1, "withdraw": 0, "cancel": 2, "told": 1}
    assert not Event.objects.get(title="Bal").performances.filter(cancelled_at=None).exists()
    assert OutboxMessage.objects.count() == before + 1


def test_an_event_is_not_withdrawn_while_another_date_has_seats(record, cast):
    PerformanceFactory(event=Event.objects.get(title="Concert"), starts_at=timezone.now() + timedelta(days=9))
    settle(record, cast, Concert="withdraw")
    assert Event.objects.get(title="Concert").is_published


def test_the_page_asks_and_does_what_is_answered(record, cast):
    desk, page = cast.browser("desk"), reverse("invitations:import_missing", args=[record.pk])
    shown = desk.get(page).content.decode()
    assert "2 places réservées" in shown and "personne n’a réservé" in shown
    ball = Event.objects.get(title="Bal")
    answer = desk.post(page, {f"event-{ball.pk}": "cancel", "event-x": "cancel"}, follow=True)
    assert "annulées : 2 (réservations prévenues : 1)" in answer.content.decode()
    assert seats("Concert") == [(10, 10)]
    assert "plus rien à décider" in desk.get(page).content.decode()


def test_an_answer_that_is_none_keeps(record, cast):
    page = reverse("invitations:import_missing", args=[record.pk])
    ball = Event.objects.get(title="Bal")
    cast.browser("desk").post(page, {f"event-{ball.pk}": "supprimer"})
    assert seats("Bal") == [(10, 8), (10, 10)]


def test_dates_of_another_venue_are_never_touched(record, cast):
    stranger = PerformanceFactory()
    ProgrammeImport.objects.update(missing=[stranger.pk.hex])
    record.refresh_from_db()
    assert missing.missing_dates(record=record, at=timezone.now()) == []
