from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from common.errors import DomainError
from common.models import AuditEntry, OutboxMessage
from conventions.models import Agreement
from invitations.models import Booking, Invitation, Participant, PartyDocument
from invitations.services.booking import (
    Companion,
    Guest,
    book,
    cancel_booking,
    cancel_invitation,
    cancel_performance,
    excuse,
)
from invitations.tests.factories import ParticipantFactory, a_booking, a_worker
from offers.models import Event, Performance
from offers.tests.factories import PerformanceFactory
from partners.models import TermsOfUse
from partners.tests.factories import UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def worker():
    return a_worker()


@pytest.fixture
def person(worker):
    return ParticipantFactory(structure=worker.structure)


def attempt(worker, person, performance, **fields):
    fields = {"confirmed": True, "key": uuid4(), "at": timezone.now(), **fields}
    return book(performance=performance, participant=person, by=worker, **fields)


def nothing_written(performance, seats_left=10):
    performance.refresh_from_db()
    return (
        performance.seats_left == seats_left
        and not Booking.objects.exists()
        and not Invitation.objects.exists()
        and not OutboxMessage.objects.exists()
    )


def test_party_is_booked_whole_with_one_nominative_invitation_each(worker, person):
    performance = PerformanceFactory(capacity=10)
    booking = attempt(
        worker,
        person,
        performance,
        guests=[Guest("Ondine", "Quatremarre")],
        companions=[Companion("Barnabé", "Accompagne", "needed")],
    )
    performance.refresh_from_db()
    assert performance.seats_left == 7
    assert [(i.full_name, i.kind, i.companion_reason) for i in booking.invitations.all()] == [
        (person.full_name, "participant", ""),
        ("Ondine Quatremarre", "guest", ""),
        ("Barnabé Accompagne", "companion", "needed"),
    ]
    assert len({i.number for i in booking.invitations.all()}) == 3
    assert booking.person_ref == person.person_ref


def test_booking_tells_the_worker_by_mail_without_a_name(worker, person):
    booking = attempt(worker, person, PerformanceFactory())
    message = OutboxMessage.objects.get(effect=f"booking-made {booking.pk}")
    assert message.recipient == worker.email
    assert person.family_name not in message.text + message.html + message.subject


def test_booking_leaves_a_trace_without_a_name(worker, person):
    booking = attempt(worker, person, PerformanceFactory())
    trace = AuditEntry.objects.get(subject=f"invitations.booking {booking.pk}")
    assert (trace.verb, trace.actor) == ("réservé", f"compte {worker.pk}")
    assert trace.details == {"places": 1, "confirmé": True}


def test_new_person_joins_the_structures_list(worker):
    attempt(worker, Participant(given_name="Zélie", family_name="Nouvelle"), PerformanceFactory())
    assert Participant.objects.get().structure == worker.structure


def test_new_person_already_on_the_list_is_refused_and_nothing_is_written(worker, person):
    performance = PerformanceFactory()
    twin = Participant(given_name=person.given_name.upper(), family_name=person.family_name)
    with pytest.raises(DomainError, match="déjà sur votre liste"):
        attempt(worker, twin, performance)
    assert nothing_written(performance)


def test_same_form_sent_twice_books_once(worker, person):
    performance, key = PerformanceFactory(), uuid4()
    first = attempt(worker, person, performance, key=key)
    assert attempt(worker, person, performance, key=key) == first
    performance.refresh_from_db()
    assert performance.seats_left == 9


def test_same_form_sent_again_after_the_seats_are_gone_returns_the_booking(worker):
    performance, key = PerformanceFactory(capacity=1), uuid4()
    first = attempt(worker, Participant(family_name="Nouvelle"), performance, key=key)
    performance.refresh_from_db()
    assert attempt(worker, Participant(family_name="Nouvelle"), performance, key=key) == first


def test_booking_not_confirmed_is_refused(worker, person):
    with pytest.raises(DomainError, match="Confirmez"):
        attempt(worker, person, PerformanceFactory(), confirmed=False)
    assert not Booking.objects.exists()


def test_same_person_is_not_booked_twice_for_a_date(worker, person):
    performance = PerformanceFactory()
    attempt(worker, person, performance)
    with pytest.raises(DomainError, match="déjà une réservation") as refused:
        attempt(worker, person, performance)
    assert refused.value.field == "participant"
    performance.refresh_from_db()
    assert performance.seats_left == 9


def test_person_may_be_booked_again_after_cancelling(worker, person):
    performance = PerformanceFactory()
    cancel_booking(booking=attempt(worker, person, performance), by=worker, at=timezone.now())
    attempt(worker, person, performance)
    assert Booking.objects.live().count() == 1


@pytest.mark.parametrize(
    ("setup", "sentence"),
    [
        ({"seats_left": 0}, "plus de place"),
        ({"seats_left": 1}, "Il reste 1 place .* 2 personnes"),
        ({"starts_at": timezone.now() - timedelta(hours=1)}, "passée"),
        ({"booking_deadline": timezone.now() - timedelta(minutes=1)}, "date limite"),
        ({"cancelled_at": timezone.now()}, "annulée par le lieu"),
        ({"event__state": Event.State.DRAFT}, "plus proposé"),
    ],
)
def test_date_that_cannot_be_booked_is_refused_with_a_reason(worker, person, setup, sentence):
    performance = PerformanceFactory(**setup)
    with pytest.raises(DomainError, match=sentence):
        attempt(worker, person, performance, guests=[Guest("Ondine", "Quatremarre")])
    assert nothing_written(performance, performance.seats_left)


def test_seats_gone_while_the_form_was_open_refuse_the_whole_party(worker, person):
    performance = PerformanceFactory(capacity=3)
    Performance.objects.filter(pk=performance.pk).update(seats_left=1)  # `performance` still says three
    with pytest.raises(DomainError, match="Il reste 1 place"):
        attempt(worker, person, performance, guests=[Guest("Ondine", "Quatremarre")])
    assert nothing_written(performance, seats_left=1)


def test_date_cancelled_while_the_form_was_open_refuses(worker, person):
    performance = PerformanceFactory()
    Performance.objects.filter(pk=performance.pk).update(cancelled_at=timezone.now())
    with pytest.raises(DomainError, match="annulée par le lieu"):
        attempt(worker, person, performance)
    assert nothing_written(performance)


def test_agreement_that_expired_meanwhile_refuses(worker, person):
    Agreement.objects.update(ends_on=timezone.localdate() - timedelta(days=1))
    performance = PerformanceFactory()
    with pytest.raises(DomainError, match="convention"):
        attempt(worker, person, performance)
    assert nothing_written(performance)


def test_date_of_a_season_without_agreement_refuses(worker, person):
    Agreement.objects.update(ends_on=timezone.localdate())
    performance = PerformanceFactory(starts_at=timezone.now() + timedelta(days=400))
    with pytest.raises(DomainError, match="saison"):
        attempt(worker, person, performance)


def test_conditions_of_use_not_accepted_refuse(person, worker):
    TermsOfUse.objects.create(version="9", text="Nouveau", published_at=timezone.now())
    with pytest.raises(DomainError, match="conditions d'utilisation"):
        attempt(worker, person, PerformanceFactory())


def test_person_written_twice_in_a_party_is_refused(worker, person):
    performance = PerformanceFactory()
    with pytest.raises(DomainError, match="deux fois"):
        attempt(worker, person, performance, guests=[Guest(person.given_name.upper(), person.family_name)])
    assert nothing_written(performance)


def test_party_larger_than_allowed_is_refused(worker, person, settings):
    settings.PARTY_MAX = 3
    with pytest.raises(DomainError, match="au plus 3"):
        attempt(worker, person, PerformanceFactory(), guests=[Guest(f"O{n}", "Q") for n in range(3)])


def test_large_party_asks_for_its_document_in_the_background(
    worker, person, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        booking = attempt(
            worker,
            person,
            PerformanceFactory(),
            guests=[Guest(f"Ondine{n}", "Quatremarre") for n in range(5)],
        )
    assert PartyDocument.objects.get(booking=booking).content.startswith(b"%PDF")


# --- Cancelling (D4) ---------------------------------------------------------------------------------


def test_cancelling_the_outing_ends_every_invitation_and_frees_the_seats():
    booking = a_booking(guests=2)
    assert cancel_booking(booking=booking, by=booking.booked_by, at=timezone.now()) == 3
    booking.performance.refresh_from_db()
    assert booking.performance.seats_left == 10
    assert set(booking.invitations.values_list("status", flat=True)) == {"cancelled"}


def test_cancelling_the_participants_invitation_ends_the_whole_party():
    booking = a_booking(guests=2)
    cancel_invitation(invitation=booking.invitations.get(kind="participant"), by="porteur", at=timezone.now())
    booking.refresh_from_db()
    assert booking.cancelled_at
    assert not booking.invitations.live().exists()


def test_cancelling_a_guests_invitation_ends_only_theirs():
    booking = a_booking(guests=2)
    cancel_invitation(invitation=booking.invitations.last(), by=booking.booked_by, at=timezone.now())
    booking.performance.refresh_from_db()
    assert (booking.invitations.live().count(), booking.performance.seats_left) == (2, 8)


@pytest.mark.parametrize("act", ["booking", "guest"])
def test_cancelling_twice_frees_seats_once(act):
    booking = a_booking(guests=1)

    def cancel():
        if act == "booking":
            return cancel_booking(booking=booking, by="porteur", at=timezone.now())
        return cancel_invitation(invitation=booking.invitations.last(), by="porteur", at=timezone.now())

    freed = cancel()
    with pytest.raises(DomainError, match="déjà annulée"):
        cancel()
    booking.performance.refresh_from_db()
    assert booking.performance.seats_left == 8 + freed


def test_cancelling_the_outing_is_refused_once_somebody_has_entered():
    booking = a_booking(guests=1)
    booking.invitations.filter(kind="guest").update(status="attended", admitted_at=timezone.now())
    with pytest.raises(DomainError, match="déjà entrée"):
        cancel_booking(booking=booking, by="porteur", at=timezone.now())
    assert booking.invitations.live().count() == 2


def test_date_cancelled_with_people_already_inside_ends_for_them_too():
    booking = a_booking()
    booking.invitations.update(status="attended", admitted_at=timezone.now())
    desk = UserFactory(venue_desk=True, venue=booking.performance.event.venue)
    cancel_performance(performance=booking.performance, by=desk, at=timezone.now())
    assert not booking.invitations.live().exists()


def test_cancelling_after_the_start_is_refused_with_what_to_do():
    booking = a_booking()
    with pytest.raises(DomainError, match="Prévenez le lieu"):
        cancel_booking(booking=booking, by=booking.booked_by, at=booking.performance.starts_at)
    booking.refresh_from_db()
    assert not booking.cancelled_at


def test_cancelling_by_somebody_else_tells_the_worker():
    booking = a_booking()
    cancel_booking(booking=booking, by="porteur", at=timezone.now())
    assert OutboxMessage.objects.filter(effect=f"booking-cancelled {booking.pk}").exists()


def test_excused_after_the_start_keeps_the_seat_used():
    booking = a_booking()
    invitation, staff = booking.invitations.get(), UserFactory(staff=True)
    with pytest.raises(DomainError, match="pas commencé"):
        excuse(invitation=invitation, by=staff, at=timezone.now())
    excuse(invitation=invitation, by=staff, at=booking.performance.starts_at)
    invitation.refresh_from_db()
    booking.performance.refresh_from_db()
    assert (invitation.status, booking.performance.seats_left) == ("excused", 9)
    with pytest.raises(DomainError, match="déjà"):
        excuse(invitation=invitation, by=staff, at=booking.performance.starts_at)


def test_venue_cancelling_a_date_ends_and_tells_every_booking():
    performance = PerformanceFactory(capacity=10)
    bookings = [a_booking(performance=performance, guests=1), a_booking(performance=performance)]
    desk = UserFactory(venue_desk=True, venue=performance.event.venue)
    assert cancel_performance(performance=performance, by=desk, at=timezone.now()) == 2
    performance.refresh_from_db()
    assert (performance.seats_left, bool(performance.cancelled_at)) == (10, True)
    for booking in bookings:
        assert OutboxMessage.objects.filter(effect=f"performance-cancelled {booking.pk}").exists()
    with pytest.raises(DomainError, match="déjà annulée"):
        cancel_performance(performance=performance, by=desk, at=timezone.now())


def test_leap_day_is_booked_like_any_other(worker, person):
    Agreement.objects.update(ends_on=date(2028, 9, 30))
    moment = timezone.make_aware(timezone.datetime(2028, 2, 29, 20))
    booking = attempt(worker, person, PerformanceFactory(starts_at=moment))
    assert booking.performance.day == date(2028, 2, 29)
