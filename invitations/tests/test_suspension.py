"""What a suspension does to booking, to the catalogue, to the door: from the next request on (A13)."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from common.errors import DomainError
from invitations.invariants import audit
from invitations.models import Booking, Invitation
from invitations.services import door
from invitations.services.booking import book
from invitations.tests.factories import ParticipantFactory, a_booking, a_worker
from offers.models import Event, Performance
from offers.services import add_performance, publish_again, publish_event
from offers.tests.factories import EventFactory, PerformanceFactory
from partners.models import User
from partners.services import lift_suspension, suspend
from partners.tests.factories import UserFactory

pytestmark = pytest.mark.django_db
REASON = "Des invitations revendues."
BOOK_STATEMENTS = 10  # with the structure held and read in one, the venue in one


def pause(partner):
    return suspend(partner=partner, reason=REASON, by=UserFactory(staff=True), at=timezone.now())


def typed(person, **fields):
    return {
        "key": uuid4(), "participant": person.pk, "confirmed": "on", "action": "book", "guest-TOTAL_FORMS": 1,
        "guest-INITIAL_FORMS": 0, "guest-0-given_name": "Ondine", "guest-0-family_name": "Quatremarre",
        "guest-0-role": "guest", **fields,
    }  # fmt: skip


def said(response) -> str:
    return response.content.decode().replace("&nbsp;", " ").replace("&#x27;", "'")


def test_booking_page_says_that_it_is_paused_and_whom_to_write_to(cast):
    performance = PerformanceFactory()
    page = said(cast.browser("suspended").get(reverse("invitations:book", args=[performance.pk])))
    assert "en pause depuis" in page and "equipe@portail.example" in page
    assert "restent valables" in page and 'name="key"' not in page
    assert REASON not in page  # colleagues needn't read why: the référent·e does


def test_lead_reads_why(cast):
    lead = UserFactory(lead=True, structure=cast.suspended.structure)
    cast.lead = lead
    page = said(cast.browser("lead").get(reverse("invitations:book", args=[PerformanceFactory().pk])))
    assert "Motif : Des invitations revendues." in page
    assert "Motif : Des invitations revendues." in said(cast.browser("lead").get("/"))


def test_form_opened_before_the_suspension_is_refused_in_a_sentence_and_keeps_what_was_typed(cast):
    performance, person = PerformanceFactory(), ParticipantFactory(structure=cast.worker.structure)
    browser, address = cast.browser("worker"), reverse("invitations:book", args=[performance.pk])
    assert 'name="key"' in said(browser.get(address))
    pause(cast.worker.structure)
    page = said(browser.post(address, typed(person)))
    assert "en pause depuis" in page and 'value="Ondine"' in page
    assert f'<option value="{person.pk}" selected>' in page
    assert not Booking.objects.exists() and not Invitation.objects.exists()
    performance.refresh_from_db()
    assert performance.seats_left == performance.capacity


def test_account_read_before_the_suspension_books_nothing(cast):
    """The row is read again, and held, within the booking's transaction."""
    worker = User.objects.select_related("structure").get(pk=cast.worker.pk)
    performance, person = PerformanceFactory(), ParticipantFactory(structure=worker.structure)
    pause(cast.worker.structure)
    assert not worker.structure.is_suspended
    with pytest.raises(DomainError, match="en pause"):
        book(
            performance=performance, participant=person, confirmed=True, key=uuid4(), by=worker, at=timezone.now()
        )  # fmt: skip
    assert not Booking.objects.exists()


def test_lifted_suspension_lets_book_on_the_next_request(cast):
    lift_suspension(partner=cast.suspended.structure, by=cast.staff, at=timezone.now())
    later = timezone.now() + timedelta(minutes=2)
    assert a_booking(by=User.objects.get(pk=cast.suspended.pk), at=later)
    assert audit().violations == []


def test_suspended_workers_still_look_print_and_cancel(cast):
    made = a_booking(by=cast.worker, guests=1)
    pause(cast.worker.structure)
    browser = cast.browser("worker")
    for name in ("offers:catalogue", "invitations:bookings", "invitations:participants", "home"):
        assert browser.get(reverse(name)).status_code == 200
    assert browser.get(reverse("invitations:booking_pdf", args=[made.pk])).content.startswith(b"%PDF")
    assert "en pause" not in said(browser.get(made.get_absolute_url()))
    browser.post(reverse("invitations:booking_cancel", args=[made.pk]))
    made.refresh_from_db()
    assert made.cancelled_at
    assert audit().violations == []


def test_home_of_a_suspended_structure_says_so_without_reason_or_button_to_book(cast):
    PerformanceFactory()
    page = said(cast.browser("suspended").get("/"))
    assert "en pause depuis" in page and REASON not in page
    assert ">Réserver<" not in page


def test_booking_takes_few_statements():
    worker, performance = a_worker(), PerformanceFactory()
    performance = Performance.objects.with_place().get(pk=performance.pk)
    worker = User.objects.select_related("structure").get(pk=worker.pk)
    person = ParticipantFactory(structure=worker.structure)
    with CaptureQueriesContext(connection) as statements:
        book(
            performance=performance, participant=person, confirmed=True, key=uuid4(), by=worker, at=timezone.now()
        )  # fmt: skip
    assert len(statements) == BOOK_STATEMENTS


# --- Invitations already given --------------------------------------------------------------------


@pytest.fixture
def tonight(cast):
    """A party expected at the door today, whose structure is suspended meanwhile."""
    made = a_booking(by=cast.worker, guests=1, performance=PerformanceFactory(event__venue=cast.desk.venue))
    Performance.objects.update(starts_at=timezone.now() + timedelta(minutes=5))
    pause(cast.worker.structure)
    return Booking.objects.get(pk=made.pk)


def test_invitations_already_given_stay_valid(cast, tonight):
    first = tonight.invitations.first()
    answer = door.admit(invitation=first, by=cast.desk, at=timezone.now())
    assert answer.verdict is door.Verdict.ADMITTED


def test_where_the_association_says_so_the_door_admits_nobody_of_a_suspended_structure(
    cast, tonight, settings
):
    settings.SUSPENSION_KEEPS_INVITATIONS = False
    answers = door.admit_party(invitation=tonight.invitations.first(), by=cast.desk, at=timezone.now())
    assert {answer.verdict for answer in answers} == {door.Verdict.PAUSED}
    assert not Invitation.objects.filter(admitted_at__isnull=False).exists()
    desk = cast.browser("desk")
    page = said(desk.get(reverse("invitations:door_invitation", args=[tonight.invitations.first().pk])))
    assert "En pause" in page and "Faire entrer" not in page
    assert cast.worker.structure.name not in page
    page = said(desk.get(reverse("invitations:door_list", args=[tonight.performance_id])))
    assert "En pause" in page and "Faire entrer" not in page
    paper = said(
        cast.browser("nobody").get(reverse("invitations:check", args=[tonight.invitations.first().token]))
    )
    assert "Cette invitation est en pause" in paper
    own = said(cast.browser("worker").get(tonight.get_absolute_url()))
    assert "Ces invitations sont en pause" in own
    assert "ne permettent pas d’entrer pendant cette pause" in said(cast.browser("suspended").get("/"))


def test_suspension_between_the_look_and_the_gesture_admits_nobody(cast, tonight, settings):
    settings.SUSPENSION_KEEPS_INVITATIONS = False
    stale = tonight.invitations.select_related("booking__structure", "performance")
    lift_suspension(partner=cast.worker.structure, by=cast.staff, at=timezone.now())
    paper = stale.first()
    pause(cast.worker.structure)
    assert not paper.is_paused
    assert door.admit(invitation=paper, by=cast.desk, at=timezone.now()).verdict is door.Verdict.PAUSED


# --- A suspended venue ------------------------------------------------------------------------------


def test_dates_of_a_suspended_venue_leave_the_catalogue_and_come_back(cast):
    performance = PerformanceFactory(event__venue=cast.desk.venue)
    title, browser = performance.event.title, cast.browser("worker")
    pause(cast.desk.venue)
    assert title not in said(browser.get(reverse("offers:catalogue")))
    assert browser.get(reverse("offers:event", args=[performance.event_id])).status_code == 404
    assert title in said(cast.browser("desk").get(reverse("offers:programme")))
    lift_suspension(partner=cast.desk.venue, by=cast.staff, at=timezone.now())
    assert title in said(browser.get(reverse("offers:catalogue")))


def test_dates_of_a_suspended_venue_cannot_be_booked_any_more(cast):
    performance, person = PerformanceFactory(), ParticipantFactory(structure=cast.worker.structure)
    browser, address = cast.browser("worker"), reverse("invitations:book", args=[performance.pk])
    stale = Performance.objects.with_place().get(pk=performance.pk)
    pause(performance.event.venue)
    page = said(browser.post(address, typed(person)))
    assert "Ce lieu ne prend pas de réservation en ce moment" in page and 'value="Ondine"' in page
    with pytest.raises(DomainError, match="n'est plus proposé"):
        book(
            performance=stale, participant=person, confirmed=True, key=uuid4(), by=cast.worker, at=timezone.now()
        )  # fmt: skip
    assert not Booking.objects.exists()


def test_suspended_venue_publishes_nothing_and_keeps_what_it_typed(cast):
    event = EventFactory(venue=cast.desk.venue, state=Event.State.WITHDRAWN)
    pause(cast.desk.venue)
    event, now = Event.objects.get(pk=event.pk), timezone.now()
    date = Performance(event=event, starts_at=now + timedelta(days=9), capacity=3)
    for refused in (
        lambda: publish_again(event=event, by=cast.desk, at=now),
        lambda: add_performance(performance=date, by=cast.desk, at=now),
        lambda: publish_event(
            event=Event(title="Bal", venue=event.venue), performances=[], by=cast.desk, at=now
        ),
    ):
        with pytest.raises(DomainError, match="Les publications de .* sont en pause"):
            refused()
    page = said(
        cast.browser("desk").post(
            reverse("offers:event_create"),
            {
                "title": "Bal des lanternes", "kind": "show", "dates-TOTAL_FORMS": 1, "dates-INITIAL_FORMS": 0,
                "dates-0-day": f"{date.starts_at:%Y-%m-%d}", "dates-0-start": "20:30", "dates-0-capacity": "3",
            },
        )
    )  # fmt: skip
    assert "en pause depuis" in page and "Bal des lanternes" in page
    assert not Event.objects.filter(title__startswith="Bal").exists()
