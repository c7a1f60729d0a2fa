from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.db import transaction
from django.utils import timezone

from common.errors import DomainError
from common.models import AuditEntry, OutboxMessage
from conventions.models import Agreement
from conventions.tests.factories import AgreementFactory
from invitations.models import Booking, ChangeNotice, Invitation, Participant, PartyDocument
from invitations.services.booking import (
    Companion,
    Guest,
    book,
    book_drawn,
    cancel_booking,
    cancel_invitation,
    cancel_performance,
    excuse,
    give_up,
    obstacle_to_book,
    papers_of,
)
from invitations.tests.factories import ParticipantFactory, a_booking, a_worker
from offers.models import Event, Performance
from offers.tests.factories import PerformanceFactory, QuotaFactory
from partners.models import Structure, TermsOfUse
from partners.services import suspend
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
    booking = attempt(worker, person, PerformanceFactory(), guests=[Guest("O", "Q")])
    message = OutboxMessage.objects.get(effect=f"booking-made {booking.pk}")
    assert message.recipient == worker.email
    assert "Les 2 places sont réservées" in message.text and "tirage" not in message.text
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


def test_party_as_large_as_allowed_and_of_just_the_seats_left_is_booked(worker, person, settings):
    settings.PARTY_MAX = 3
    performance = PerformanceFactory(capacity=3)
    booking = attempt(worker, person, performance, guests=[Guest("O1", "Q"), Guest("O2", "Q")])
    assert booking.invitations.count() == 3
    performance.refresh_from_db()
    assert performance.seats_left == 0


@pytest.mark.parametrize(
    ("guests", "companions"),
    [([Guest("O", "Q"), Guest("o", "q")], []), ([Guest("O", "Q")], [Companion("O", "Q", "needed")])],
)
def test_guest_or_companion_written_twice_is_refused_by_the_party_s_field(worker, person, guests, companions):
    with pytest.raises(DomainError, match="deux fois") as refused:
        attempt(worker, person, PerformanceFactory(), guests=guests, companions=companions)
    assert refused.value.field == "party"


def test_each_invitation_keeps_its_place_its_date_and_codes_of_its_own(worker, person):
    performance, at, key = PerformanceFactory(), timezone.now(), uuid4()
    booking = attempt(worker, person, performance, guests=[Guest("O", "Q")], at=at, key=key)
    booking = Booking.objects.get(pk=booking.pk)
    assert (booking.structure, booking.booked_by, booking.key) == (worker.structure, worker, key)
    assert (booking.participant, booking.performance, booking.created_at) == (person, performance, at)
    papers = list(booking.invitations.order_by("position"))
    assert [paper.position for paper in papers] == [0, 1]
    assert {paper.performance_id for paper in papers} == {performance.pk}
    assert len({paper.token for paper in papers}) == 2 and all(paper.token for paper in papers)


def test_refusals_of_the_form_stand_by_their_field(worker, person, settings):
    with pytest.raises(DomainError) as refused:
        attempt(worker, person, PerformanceFactory(), confirmed=False)
    assert refused.value.field == "confirmed"
    settings.PARTY_MAX = 1
    with pytest.raises(DomainError) as refused:
        attempt(worker, person, PerformanceFactory(), guests=[Guest("O", "Q")])
    assert refused.value.field == "party"


def test_small_party_has_no_document_in_the_background(worker, person):
    attempt(worker, person, PerformanceFactory(), guests=[Guest(f"O{n}", "Q") for n in range(4)])
    assert not PartyDocument.objects.exists()


@pytest.mark.parametrize(
    ("meanwhile", "said"),
    [
        (
            lambda performance, worker: suspend(
                partner=Structure.objects.get(), reason=".", by=UserFactory(staff=True), at=timezone.now()
            ),
            "en pause",
        ),
        (lambda performance, worker: Event.objects.update(state=Event.State.WITHDRAWN), "n'est plus proposé"),
        (
            lambda performance, worker: QuotaFactory(of_date=True, performance=performance, seats=1),
            "au plus 1 place par structure",
        ),
    ],
)
def test_booking_is_refused_for_what_changed_while_the_form_was_open(worker, meanwhile, said):
    performance = PerformanceFactory()
    assert not worker.own_structure.is_suspended and performance.event.is_published  # so the form was shown
    meanwhile(performance, worker)
    new = Participant(given_name="Zélie", family_name="Nouvelle")
    with pytest.raises(DomainError, match=said):
        attempt(worker, new, performance, guests=[Guest("O", "Q")])
    assert nothing_written(performance) and not Participant.objects.exists()


def test_agreement_must_be_in_force_on_the_day_of_booking(worker, person):
    """Not today's: the day that booking happens."""
    performance = PerformanceFactory(starts_at=timezone.now() + timedelta(days=20))
    today = timezone.localdate()
    Agreement.objects.update(ends_on=today + timedelta(days=2))
    AgreementFactory(
        structure=worker.structure, starts_on=today + timedelta(days=10), ends_on=today + timedelta(days=300)
    )
    without = timezone.now() + timedelta(days=5)
    assert "convention" in obstacle_to_book(by=worker, performance=performance, seats=1, at=without)
    with pytest.raises(DomainError, match="convention"):
        attempt(worker, person, performance, at=without)
    assert attempt(worker, person, performance, at=timezone.now() + timedelta(days=1))


def test_obstacle_is_known_before_anything_is_typed(worker):
    performance = PerformanceFactory(capacity=2)

    def obstacle(seats, at=None):
        return obstacle_to_book(by=worker, performance=performance, seats=seats, at=at or timezone.now())

    assert obstacle(2) == ""
    assert "Il reste 2 places" in obstacle(3)
    assert "passée" in obstacle(1, at=performance.starts_at)
    assert "pas en vigueur" in obstacle_to_book(
        by=UserFactory(), performance=performance, seats=1, at=timezone.now()
    )
    worker.structure.suspended_at = timezone.now()
    assert "en pause" in obstacle(2)


def test_booking_of_a_draw_takes_its_seats_and_says_so_or_fails_aloud(worker, person):
    performance, key, at = PerformanceFactory(capacity=2), uuid4(), timezone.now()

    def give(seats):
        papers = papers_of(person, [Guest(f"O{n}", "Q") for n in range(seats - 1)], [])
        return book_drawn(
            performance=performance, participant=person, invitations=papers, key=key, by=worker, at=at
        )

    booking = give(2)
    performance.refresh_from_db()
    assert (performance.seats_left, booking.key, booking.created_at) == (0, key, at)
    assert (booking.structure, booking.booked_by) == (worker.structure, worker)
    assert "tirage équitable" in OutboxMessage.objects.get(effect=f"booking-made {booking.pk}").text
    cancel_booking(booking=booking, by=worker, at=at)
    Performance.objects.update(seats_left=0, capacity=0)
    key = uuid4()
    with pytest.raises(RuntimeError), transaction.atomic():
        give(1)


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


def test_cancelling_by_whoever_booked_sends_no_mail_about_it():
    booking = a_booking(guests=1)
    guest = booking.invitations.last()
    cancel_invitation(invitation=guest, by=booking.booked_by, at=timezone.now())
    cancel_booking(booking=booking, by=booking.booked_by, at=timezone.now())
    effects = OutboxMessage.objects.values_list("effect", flat=True)
    assert list(effects) == [f"booking-made {booking.pk}"]


def test_cancelling_a_guest_by_somebody_else_tells_the_worker():
    guest = a_booking(guests=1).invitations.last()
    cancel_invitation(invitation=guest, by="porteur", at=timezone.now())
    assert OutboxMessage.objects.filter(effect=f"invitation-cancelled {guest.pk}").exists()


def test_cancelling_leaves_its_trace_and_its_moment():
    booking, at = a_booking(guests=3), timezone.now()
    worker = f"compte {booking.booked_by_id}"
    guest = booking.invitations.last()
    assert cancel_invitation(invitation=guest, by=booking.booked_by, at=at) == 1
    assert trail(guest) == {"invitation annulée": (worker, {"places": 1})}
    assert cancel_booking(booking=booking, by="porteur", at=at) == 3
    assert trail(booking)["réservation annulée"] == ("porteur", {"places": 3})
    booking.refresh_from_db()
    assert booking.cancelled_at == at
    assert set(booking.invitations.values_list("cancelled_at", flat=True)) == {at}


def trail(subject):
    found = AuditEntry.objects.filter(subject=f"{subject._meta.label_lower} {subject.pk}")
    return {one.verb: (one.actor, one.details) for one in found}


def test_paper_of_a_large_party_is_drawn_again_without_who_cancelled_and_goes_with_the_outing():
    booking = a_booking(guests=6)
    before = PartyDocument.objects.get(booking=booking)
    later = timezone.now() + timedelta(minutes=1)
    cancel_invitation(invitation=booking.invitations.last(), by="porteur", at=later)
    document = PartyDocument.objects.get(booking=booking)
    assert (document.pk, document.asked_at, document.content) != (before.pk, before.asked_at, before.content)
    cancel_booking(booking=booking, by="porteur", at=later)
    assert not PartyDocument.objects.exists()


def test_cancelling_a_guest_asks_for_no_paper_that_nobody_asked_for():
    booking = a_booking(guests=1)
    cancel_invitation(invitation=booking.invitations.last(), by="porteur", at=timezone.now())
    assert not PartyDocument.objects.exists()


def test_guest_cancels_neither_after_the_start_nor_once_inside():
    booking = a_booking(guests=2)
    first, second = booking.invitations.filter(kind="guest")
    with pytest.raises(DomainError, match="Prévenez le lieu"):
        cancel_invitation(invitation=first, by="porteur", at=booking.performance.starts_at)
    second = booking.invitations.filter(pk=second.pk)
    second.update(status="attended", admitted_at=timezone.now())
    with pytest.raises(DomainError, match="déjà annulée"):
        cancel_invitation(invitation=second.get(), by="porteur", at=timezone.now())
    assert booking.invitations.live().count() == 3


def test_holder_of_a_paper_gives_up_where_the_association_allows_it(settings):
    guest, other = a_booking(guests=2).invitations.filter(kind="guest")
    assert give_up(invitation=guest, at=timezone.now()) == 1
    assert trail(guest) == {"invitation annulée": ("porteur·se du papier", {"places": 1})}
    settings.CANCEL_FROM_PAPER = False
    with pytest.raises(DomainError, match="appelez"):
        give_up(invitation=other, at=timezone.now())


def test_excusing_leaves_its_trace():
    booking, staff = a_booking(), UserFactory(staff=True)
    invitation = booking.invitations.get()
    excuse(invitation=invitation, by=staff, at=booking.performance.starts_at)
    assert trail(invitation) == {"excusé·e": (f"compte {staff.pk}", {})}


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
        assert ChangeNotice.objects.untold().filter(booking=booking, change__cancelled=True).exists()
    with pytest.raises(DomainError, match="déjà annulée"):
        cancel_performance(performance=performance, by=desk, at=timezone.now())


def test_date_cancelled_by_its_venue_leaves_nothing_open_and_its_trace():
    performance, at = PerformanceFactory(capacity=20), timezone.now()
    early = a_booking(performance=performance)
    early.invitations.update(status="attended", admitted_at=at)
    large = a_booking(performance=performance, guests=6)
    gone = a_booking(performance=performance)
    cancel_booking(booking=gone, by=gone.booked_by, at=at)
    elsewhere = a_booking()
    desk = UserFactory(venue_desk=True, venue=performance.event.venue)
    later = at + timedelta(minutes=1)
    assert cancel_performance(performance=performance, by=desk, at=later) == 2
    assert trail(performance)["séance annulée"] == (f"compte {desk.pk}", {"réservations": 2})
    ended = Invitation.objects.filter(booking__in=[early, large])
    assert set(ended.values_list("status", "cancelled_at", "admitted_at")) == {("cancelled", later, None)}
    assert set(
        Booking.objects.filter(pk__in=[early.pk, large.pk]).values_list("cancelled_at", flat=True)
    ) == {later}
    assert not PartyDocument.objects.exists()
    performance.refresh_from_db()
    assert (performance.cancelled_at, performance.seats_left) == (later, 20)
    gone.refresh_from_db()
    elsewhere.refresh_from_db()
    assert (gone.cancelled_at, elsewhere.cancelled_at) == (at, None)
    told = OutboxMessage.objects.filter(effect__startswith="dates-changed")
    assert told.count() == 2


def test_date_that_has_started_is_not_cancelled():
    booking = a_booking()
    with pytest.raises(DomainError, match="a commencé"):
        cancel_performance(
            performance=booking.performance, by=UserFactory(staff=True), at=booking.performance.starts_at
        )
    assert Booking.objects.live().exists()


def test_leap_day_is_booked_like_any_other(worker, person):
    Agreement.objects.update(ends_on=date(2028, 9, 30))
    moment = timezone.make_aware(timezone.datetime(2028, 2, 29, 20))
    booking = attempt(worker, person, PerformanceFactory(starts_at=moment))
    assert booking.performance.day == date(2028, 2, 29)
