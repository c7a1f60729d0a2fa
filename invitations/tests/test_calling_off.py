"""A whole event is cancelled at once: everybody is told, once each, and nobody is left waiting (C6)."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from common.errors import DomainError
from common.models import OutboxMessage
from invitations.invariants import audit
from invitations.models import ChangeNotice, Invitation, WaitlistEntry
from invitations.services import draws
from invitations.services.calling_off import cancel_event, what_stops
from invitations.tests.factories import (
    a_booking,
    a_draw,
    a_full_date,
    a_group,
    a_move,
    a_request,
    a_waiting_party,
)
from offers.models import Event
from offers.tests.factories import PerformanceFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def season(cast):
    """An event of four dates: one that the worker booked twice, a full one with a line, one with a draw, a free one."""
    booked = PerformanceFactory(event__venue=cast.desk.venue, capacity=20)
    later = timezone.now() + timedelta(days=11)
    full = a_full_date(event=booked.event, starts_at=later)
    drawn = PerformanceFactory(event=booked.event, capacity=2, starts_at=later + timedelta(days=1))
    PerformanceFactory(event=booked.event, starts_at=later + timedelta(days=2))
    a_booking(by=cast.worker, performance=booked, guests=1)
    a_booking(by=cast.worker, performance=booked)
    a_group(performance=booked)
    a_waiting_party(by=cast.worker, performance=full)
    a_request(a_draw(performance=drawn))
    return booked.event


def test_cancelled_event_tells_everybody_once_and_leaves_nobody_waiting(cast, season):
    now = timezone.now()
    stops = what_stops(event=season, at=now)
    assert (stops.dates, stops.going, stops.waiting) == (4, 4, 2)
    told = cancel_event(event=season, by=cast.desk, at=now, word="Un dégât des eaux.")
    assert told == stops.going + stops.waiting == ChangeNotice.objects.filter(change__cancelled=True).count()
    mails = OutboxMessage.objects.filter(effect__startswith="dates-changed")
    assert mails.filter(recipient=cast.worker.email).count() == 1
    text = mails.get(recipient=cast.worker.email).text
    assert "ces 2 dates" in text and "Un dégât des eaux." in text
    season.refresh_from_db()
    assert season.is_withdrawn and not Invitation.objects.live().exists()
    assert not WaitlistEntry.objects.live().exists()
    assert not season.performances.filter(cancelled_at=None).exists()
    home = cast.browser("worker").get("/").text
    assert "annulée par le lieu" in home
    assert audit().violations == []
    with pytest.raises(DomainError, match="plus de date à venir"):
        cancel_event(event=season, by=cast.desk, at=now)


def test_venue_cancels_an_event_on_one_page_that_says_what_ends(cast, season):
    browser, page = cast.browser("desk"), reverse("invitations:event_cancel", args=[season.pk])
    assert "Annuler l’événement" in browser.get(reverse("offers:event_manage", args=[season.pk])).text
    shown = browser.get(page).text
    assert "4 dates à venir" in shown and "4 sorties réservées, 2 demandes en attente" in shown
    assert "300 caractères" in browser.post(page, {"word": "x" * 301}).text
    assert Event.objects.get().is_published
    answer = browser.post(page, {"word": ""}, follow=True)
    assert "Réservations et demandes prévenues : 6" in answer.text
    assert "il n’y a rien à annuler" in browser.get(page).text
    assert "rien à annuler" in browser.post(page, {"word": ""}).text


def test_request_of_a_moved_date_is_taken_back_and_of_a_cancelled_one_is_not():
    one, other = a_request(a_draw()), a_request(a_draw())
    a_move(one.draw.performance)
    draws.take_back(request=one, by=one.requested_by, at=timezone.now())
    cancel_event(event=other.draw.performance.event, by="essai", at=timezone.now())
    with pytest.raises(DomainError, match="annulé cette séance"):
        draws.take_back(request=other, by=other.requested_by, at=timezone.now())
