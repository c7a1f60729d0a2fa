import logging
from datetime import timedelta

import pytest
from django.conf import settings as portal
from django.core import signing
from django.urls import reverse
from django.utils import timezone

from common.logs import HideSecretPaths
from common.models import OutboxMessage
from invitations.invariants import audit
from invitations.models import SeatsCall
from invitations.services import demand, waitlist
from invitations.services.booking import cancel_booking
from invitations.tasks import call_venues
from invitations.tests.factories import SeatsCallFactory, a_booking, a_full_date, a_waiting_party
from offers.models import Event, Performance
from partners.services import suspend
from partners.tests.factories import UserFactory

pytestmark = pytest.mark.django_db


def morning(days=0):
    """Ten o'clock in Paris, `days` from today."""
    return timezone.localtime().replace(hour=10, minute=0) + timedelta(days=days)


@pytest.fixture
def wanted():
    """A date in ten days that is full, with a desk that reads the venue's mails."""
    performance = a_full_date(seats=2, starts_at=timezone.now() + timedelta(days=10))
    UserFactory(venue_desk=True, venue=performance.event.venue, email="accueil@lieu.example")
    return performance


def mails():
    return OutboxMessage.objects.filter(effect__startswith="people-wait")


def said(response) -> str:
    return response.content.decode().replace("&#x27;", "'").replace("&nbsp;", " ")


def test_venue_hears_how_many_wait_once_a_day_and_only_when_somebody_new_does(wanted):
    a_waiting_party(performance=wanted, guests=1, at=morning(-1))
    assert [demand.call_venues(at=morning()) for _ in range(3)] == [1, 0, 0]
    mail = mails().get()
    assert mail.subject.startswith("2 personnes attendent") and mail.recipient == "accueil@lieu.example"
    assert "Attend" not in mail.text + mail.html
    assert demand.call_venues(at=morning(1)) == 0  # nobody new
    a_waiting_party(performance=wanted, at=morning() + timedelta(hours=3))
    assert demand.call_venues(at=morning(1)) == 1
    assert mails().filter(subject__startswith="3 personnes").exists()


def test_venue_is_not_called_at_night_nor_when_nobody_waits_nor_while_suspended(wanted):
    assert demand.call_venues(at=morning()) == 0
    entry = a_waiting_party(performance=wanted, at=morning(-1))
    assert demand.call_venues(at=morning().replace(hour=portal.WAITLIST_DEMAND_HOUR - 1)) == 0
    suspend(partner=wanted.event.venue, reason="Essai.", by=UserFactory(staff=True), at=timezone.now())
    assert demand.call_venues(at=morning()) == 0
    waitlist.leave(entry=entry, by="essai", at=timezone.now())
    assert not mails().exists()


def test_task_calls_at_its_hour(wanted, time_machine):
    a_waiting_party(performance=wanted)
    time_machine.move_to(morning(1))
    call_venues()
    assert mails().count() == 1


def test_link_shows_who_waits_and_a_scanner_that_follows_it_changes_nothing(client, wanted):
    a_waiting_party(performance=wanted, guests=1)
    call = SeatsCallFactory(performance=wanted)
    address = reverse("invitations:seats_call", args=[call.signed])
    for _ in range(10):
        page = said(client.get(address))
        client.head(address)
    assert "2 personnes attendent" in page and 'value="2"' in page
    wanted.refresh_from_db()
    assert wanted.capacity == 2 and not SeatsCall.objects.exclude(used_at=None).exists()


def test_one_click_adds_seats_once_and_serves_the_line(client, wanted):
    entry = a_waiting_party(performance=wanted, guests=1)
    call = SeatsCallFactory(performance=wanted)
    address = reverse("invitations:seats_call", args=[call.signed])
    page = said(client.post(address, {"seats": 3}, follow=True))
    assert "3 places ajoutées" in page
    again = said(client.post(address, {"seats": 3}))
    assert "3 places ajoutées" in again
    now = Performance.objects.get(pk=wanted.pk)
    assert (now.capacity, now.seats_left, now.seats_held) == (5, 1, 2)
    entry.refresh_from_db()
    assert entry.is_offered
    assert audit().violations == []


@pytest.mark.parametrize("typed", ["0", "-3", "x", "", "99999999"])
def test_number_that_can_not_be_gets_a_sentence(client, wanted, typed):
    call = SeatsCallFactory(performance=wanted)
    page = said(client.post(reverse("invitations:seats_call", args=[call.signed]), {"seats": typed}))
    assert "Écrivez un nombre entre 1 et" in page
    assert Performance.objects.get(pk=wanted.pk).capacity == 2


def test_more_seats_than_there_may_be_are_refused_and_the_link_still_serves(client, wanted):
    call = SeatsCallFactory(performance=wanted)
    address = reverse("invitations:seats_call", args=[call.signed])
    assert "Donnez entre" in said(client.post(address, {"seats": portal.SEATS_MAX}))
    assert "ajoutée" in said(client.post(address, {"seats": 1}, follow=True))


@pytest.mark.parametrize(
    "forged",
    ["x", "a.b:c", signing.dumps("0" * 32, salt="autre")],
    ids=["nothing", "unsigned", "for another page"],
)
def test_address_that_nobody_signed_leads_nowhere(client, forged):
    assert client.get(reverse("invitations:seats_call", args=[forged])).status_code == 404


def test_link_for_a_date_that_is_over_says_so(client, wanted):
    call = SeatsCallFactory(performance=wanted)
    Performance.objects.filter(pk=wanted.pk).update(starts_at=timezone.now())
    address = reverse("invitations:seats_call", args=[call.signed])
    assert "C’est trop tard" in said(client.get(address))
    assert "C’est trop tard" in said(client.post(address, {"seats": 2}))
    assert Performance.objects.get(pk=wanted.pk).capacity == 2


def test_link_stays_out_of_logs():
    line = logging.LogRecord("django", logging.INFO, "", 1, "GET /appel/abc.def:ghi/ 200", (), None)
    HideSecretPaths().filter(line)
    assert "abc" not in line.getMessage()


def test_venue_sees_the_demand_of_its_dates(cast):
    performance = a_full_date(seats=2, event__venue=cast.desk.venue)
    a_waiting_party(performance=performance, guests=1)
    browser = cast.browser("desk")
    assert "2 personnes en attente" in said(browser.get("/"))
    assert "1 demande en attente" in said(
        browser.get(reverse("offers:event_manage", args=[performance.event_id]))
    )
    address = reverse("invitations:performance_seats", args=[performance.pk])
    assert "2 personnes attendent" in said(browser.get(address))
    browser.post(address, {"capacity": 4})
    assert Performance.objects.get(pk=performance.pk).seats_held == 2


def test_freed_seats_need_no_call(wanted):
    entry = a_waiting_party(performance=wanted, at=morning(-1))
    cancel_booking(booking=wanted.bookings.get(), by="essai", at=timezone.now())
    entry.refresh_from_db()
    assert entry.is_offered and demand.call_venues(at=morning()) == 0
    assert a_booking(performance=Performance.objects.get(pk=wanted.pk))


def test_seats_given_to_a_date_without_any_reach_who_waits_at_once(wanted):
    entry = a_waiting_party(performance=wanted)
    Performance.objects.filter(pk=wanted.pk).update(capacity=0, seats_left=0)  # the venue took them back
    assert demand.give_seats(event=wanted.event, capacity=3, by="essai", at=timezone.now()) == 1
    entry.refresh_from_db()
    assert entry.is_offered


def test_event_published_again_serves_who_still_waits_at_once(wanted, cast):
    entry = a_waiting_party(performance=wanted, guests=1)
    Event.objects.filter(pk=wanted.event_id).update(state=Event.State.WITHDRAWN)
    cancel_booking(booking=wanted.bookings.get(), by="essai", at=timezone.now())
    entry.refresh_from_db()
    assert entry.is_waiting
    demand.publish_again(event=wanted.event, by=cast.staff, at=timezone.now())
    entry.refresh_from_db()
    assert entry.is_offered


def test_staff_who_publish_an_event_serve_who_waits(wanted, cast):
    entry = a_waiting_party(performance=wanted)
    Event.objects.filter(pk=wanted.event_id).update(state=Event.State.WITHDRAWN)
    cancel_booking(booking=wanted.bookings.get(), by="essai", at=timezone.now())
    typed = {"action": "publish", "_selected_action": str(wanted.event_id)}
    cast.browser("staff").post(reverse("admin:offers_event_changelist"), typed)
    entry.refresh_from_db()
    assert entry.is_offered
