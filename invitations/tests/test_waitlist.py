from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from common.errors import DomainError
from common.models import AuditEntry, OutboxMessage
from conventions.models import Agreement
from conventions.tests.factories import AgreementFactory
from invitations.invariants import audit
from invitations.models import Booking, Participant, WaitlistEntry, WaitlistGuest
from invitations.services import demand, promotion, waitlist
from invitations.services.booking import Guest, book, cancel_booking, cancel_invitation, cancel_performance
from invitations.tasks import sweep_lines
from invitations.tests.factories import (
    a_booking,
    a_full_date,
    a_waiting_party,
    a_worker,
)
from offers import services as offers
from offers.models import Event, Performance
from offers.tests.factories import PerformanceFactory, QuotaFactory
from partners.models import TermsOfUse
from partners.services import lift_suspension, suspend
from partners.tests.factories import UserFactory

pytestmark = pytest.mark.django_db
State = WaitlistEntry.State


@pytest.fixture(autouse=True)
def sound(request):
    yield
    assert audit().violations == []


@pytest.fixture
def taken():
    """A booking of four that fills its date."""
    return a_booking(performance=PerformanceFactory(capacity=4), guests=3)


def states(*entries):
    return [WaitlistEntry.objects.get(pk=entry.pk).state for entry in entries]


def figures(performance):
    now = Performance.objects.get(pk=performance.pk)
    return now.seats_left, now.seats_held, now.parties_waiting


def free(booking, at=None):
    return cancel_booking(booking=booking, by="essai", at=at or timezone.now())


def staff():
    return UserFactory(staff=True)


# --- Joining ----------------------------------------------------------------------------------------


def test_party_joins_whole_with_its_names_encrypted_at_the_end_of_the_line(taken):
    first = a_waiting_party(performance=taken.performance, guests=1, companions=1)
    second = a_waiting_party(performance=taken.performance)
    assert (first.seats, first.line, second.line) == (3, 1, 2)
    assert [(one.full_name, one.kind, one.companion_reason) for one in first.guests.all()] == [
        ("Ondine0 Attend", "guest", ""),
        ("Barnabé0 Attend", "companion", "needed"),
    ]
    with connection.cursor() as cursor:
        cursor.execute("SELECT family_name FROM invitations_waitlistguest")
        assert all("Attend" not in row[0] for row in cursor.fetchall())
    assert figures(taken.performance) == (0, 0, 2)
    assert [entry.place for entry in WaitlistEntry.objects.with_place().order_by("line")] == [1, 2]


def test_same_form_sent_twice_joins_once(taken):
    worker, key = a_worker(), uuid4()
    person = Participant(given_name="Zélie", family_name="Nouvelle")

    def send():
        return waitlist.join(
            performance=taken.performance, participant=person, confirmed=True, key=key, by=worker,
            at=timezone.now(),
        )  # fmt: skip

    assert send() == send()
    assert figures(taken.performance) == (0, 0, 1)


def refused(match, performance, *, by=None, person=None, guests=(), confirmed=True, at=None):
    by = by or a_worker()
    before = WaitlistEntry.objects.count(), Participant.objects.count()
    with pytest.raises(DomainError, match=match):
        waitlist.join(
            performance=performance,
            participant=person or Participant(given_name="Zélie", family_name="Nouvelle"),
            guests=guests,
            confirmed=confirmed,
            key=uuid4(),
            by=by,
            at=at or timezone.now(),
        )
    assert (WaitlistEntry.objects.count(), Participant.objects.count()) == before


def test_joining_is_refused_with_what_to_do(taken):
    performance, start = taken.performance, taken.performance.starts_at
    refused("Confirmez", performance, confirmed=False)
    refused("assez de places", PerformanceFactory())
    refused("n'y tiendra jamais", performance, guests=[Guest(f"G{n}", "Un") for n in range(4)])
    refused("passée", performance, at=start)
    refused("pas encore donné", PerformanceFactory(capacity=0))
    refused("annulée", PerformanceFactory(cancelled=True))
    refused("pas en vigueur", performance, by=UserFactory())
    refused("deux fois", performance, guests=[Guest("Zélie", "Nouvelle")])
    worker = a_worker()
    TermsOfUse.objects.create(version="9", text="Neuves.", published_at=timezone.now())
    refused("conditions", performance, by=worker)


def test_withdrawn_event_has_no_line_to_join(taken):
    Event.objects.update(state=Event.State.WITHDRAWN)
    refused("n'est plus proposé", taken.performance)


def test_suspended_structure_joins_no_line(taken):
    worker = a_worker()
    suspend(partner=worker.structure, reason="Essai.", by=staff(), at=timezone.now())
    refused("en pause", taken.performance, by=worker)


def test_person_waits_once_and_not_for_a_date_that_is_booked(taken):
    entry = a_waiting_party(performance=taken.performance)
    refused("déjà sur la liste", taken.performance, by=entry.joined_by, person=entry.participant)
    refused("déjà une réservation", taken.performance, by=taken.booked_by, person=taken.participant)


def test_person_of_a_party_that_has_left_may_wait_again(taken):
    entry = a_waiting_party(performance=taken.performance)
    waitlist.leave(entry=entry, by=entry.joined_by, at=timezone.now())
    again = a_waiting_party(performance=taken.performance, by=entry.joined_by, person=entry.participant)
    assert again.line > entry.line


def test_structure_at_its_quota_is_told_instead_of_waiting_for_nothing(taken):
    QuotaFactory(of_date=True, performance=taken.performance, seats=4)
    refused("vous en avez déjà 4", taken.performance, by=taken.booked_by)


@pytest.mark.parametrize(("capacity", "words"), [(1, "donne 1 place pour"), (2, "donne 2 places pour")])
def test_party_that_could_never_get_in_is_told_how_many_seats_there_are(capacity, words):
    full = a_full_date(seats=capacity)
    refused(words, full, guests=[Guest(f"G{n}", "Un") for n in range(capacity)])


def test_exactly_enough_seats_are_to_be_booked_and_not_waited_for():
    refused("assez de places", PerformanceFactory(capacity=2), guests=[Guest("G", "Un")])


def test_whoever_joins_while_seats_are_free_for_nobody_else_is_offered_them_at_once(taken):
    barred = a_waiting_party(performance=taken.performance)
    bar(barred, "suspended")
    free(taken, at=timezone.now() + timedelta(minutes=2))
    entry = a_waiting_party(performance=Performance.objects.get(pk=taken.performance_id), guests=1)
    assert states(barred, entry) == [State.WAITING, State.OFFERED]
    assert figures(taken.performance) == (2, 2, 1)


@pytest.mark.parametrize(
    ("meanwhile", "said"),
    [
        (
            lambda entry: suspend(partner=entry.structure, reason=".", by=staff(), at=timezone.now()),
            "en pause",
        ),
        (lambda entry: Performance.objects.update(cancelled_at=timezone.now()), "annulée"),
        (lambda entry: bar(entry, "unsigned"), "pas en vigueur"),
    ],
)
def test_joining_is_refused_for_what_changed_while_the_form_was_open(taken, meanwhile, said):
    entry = a_waiting_party(performance=taken.performance)
    worker = entry.joined_by
    assert not worker.own_structure.is_suspended  # so the form was shown
    meanwhile(entry)
    refused(said, taken.performance, by=worker)
    Performance.objects.update(cancelled_at=None)


def test_entry_keeps_who_joined_it_when_and_leaves_a_trace(taken):
    worker, at = a_worker(), timezone.now()
    entry = a_waiting_party(performance=taken.performance, by=worker, guests=2, companions=1, at=at)
    assert (entry.joined_by, entry.structure, entry.joined_at) == (worker, worker.structure, at)
    assert entry.person_ref == entry.participant.person_ref
    assert list(entry.guests.values_list("position", flat=True)) == [1, 2, 3]
    assert trail(entry) == {"liste d'attente rejointe": (f"compte {worker.pk}", {"places": 4})}


def trail(entry):
    found = AuditEntry.objects.filter(subject=f"invitations.waitlistentry {entry.pk}")
    return {one.verb: (one.actor, one.details) for one in found}


def test_every_way_out_of_the_line_leaves_its_trace_and_no_name(taken):
    sizes = (2, 2, 2, 2, 4)
    says_no, says_nothing, says_yes, leaves, stays = (
        a_waiting_party(performance=taken.performance, guests=seats - 1) for seats in sizes
    )
    me, now = {one: f"compte {one.joined_by_id}" for one in (says_no, says_yes, leaves)}, timezone.now()
    two = {"places": 2}
    waitlist.leave(entry=leaves, by=leaves.joined_by, at=now)
    assert trail(leaves)["liste d'attente quittée"] == (me[leaves], two)
    free(taken)
    waitlist.leave(entry=says_no, by=says_no.joined_by, at=now)
    assert trail(says_no)["places proposées refusées"] == (me[says_no], two)
    says_nothing.refresh_from_db()
    says_yes.refresh_from_db()
    waitlist.confirm(entry=says_yes, by=says_yes.joined_by, at=now)
    assert trail(says_yes)["places proposées confirmées"] == (me[says_yes], two)
    promotion.tend(performance=taken.performance, at=says_nothing.answer_by)
    assert trail(says_nothing)["délai de réponse passé"] == ("portail", two)
    assert trail(says_nothing)["places proposées"] == ("portail", {**two, "passés": 0})
    promotion.tend(performance=taken.performance, at=taken.performance.starts_at)
    assert trail(stays)["liste d'attente close"] == ("portail", {"places": 4})
    ended = WaitlistEntry.objects.exclude(ended_at=None)
    assert {one.state: one.ended_at for one in ended} == {
        State.LEFT: now, State.DECLINED: now, State.CONFIRMED: now,
        State.EXPIRED: says_nothing.answer_by, State.CLOSED: taken.performance.starts_at,
    }  # fmt: skip
    assert not WaitlistGuest.objects.exists()


def test_refusals_of_the_form_stand_by_their_field(taken):
    worker = a_worker()
    entry = a_waiting_party(performance=taken.performance, by=worker)

    def field(**asked):
        asked = {
            "confirmed": True,
            "by": worker,
            "participant": Participant(given_name="Z", family_name="N"),
            **asked,
        }
        with pytest.raises(DomainError) as refusal:
            waitlist.join(performance=taken.performance, key=uuid4(), at=timezone.now(), **asked)
        return refusal.value.field

    assert field(confirmed=False) == "confirmed"
    assert field(participant=entry.participant) == "participant"
    assert field(participant=taken.participant, by=taken.booked_by) == "participant"


def two_agreements(structure, day):
    """One that ends in two days, and one that covers the day but begins only two days before it."""
    today = timezone.localdate()
    Agreement.objects.filter(structure=structure).update(ends_on=today + timedelta(days=2))
    AgreementFactory(
        structure=structure, starts_on=day - timedelta(days=2), ends_on=day + timedelta(days=200)
    )


def test_agreement_must_be_in_force_on_the_day_of_joining_and_of_answering():
    performance = PerformanceFactory(capacity=1, starts_at=timezone.now() + timedelta(days=20))
    full = a_booking(performance=performance)
    now, soon, later = (timezone.now() + timedelta(days=days) for days in (0, 1, 5))
    worker = a_worker()
    two_agreements(worker.structure, performance.day)
    refused("convention", performance, by=worker, at=later)
    entry = a_waiting_party(performance=performance, by=worker, at=now)
    free(full, at=soon)
    entry.refresh_from_db()
    assert entry.is_offered
    WaitlistEntry.objects.update(answer_by=later + timedelta(days=1))
    with pytest.raises(DomainError, match="convention"):
        waitlist.confirm(entry=entry, by=worker, at=later)
    assert waitlist.confirm(entry=entry, by=worker, at=soon)


# --- Seats come free ------------------------------------------------------------------------------------


def test_freed_seats_go_to_the_first_party_at_once_and_are_held(taken):
    first, second = (a_waiting_party(performance=taken.performance, guests=1) for _ in range(2))
    at = timezone.now()
    cancel_invitation(invitation=taken.invitations.last(), by="essai", at=at)
    assert figures(taken.performance) == (1, 0, 2)  # one seat fits nobody
    cancel_invitation(invitation=taken.invitations.live().last(), by="essai", at=at)
    assert states(first, second) == [State.OFFERED, State.WAITING]
    assert figures(taken.performance) == (0, 2, 1)
    first.refresh_from_db()
    assert first.offered_at == at and first.answer_by > at
    mail = OutboxMessage.objects.get(effect=f"seats-offered {first.pk}")
    assert mail.recipient == first.joined_by.email
    assert str(first.pk) in mail.text and "Attend" not in mail.text + mail.html


def test_party_that_does_not_fit_is_passed_over_keeps_its_place_and_the_trail_counts_it(taken):
    large = a_waiting_party(performance=taken.performance, guests=3)
    small = a_waiting_party(performance=taken.performance)
    cancel_invitation(invitation=taken.invitations.last(), by="essai", at=timezone.now())
    assert states(large, small) == [State.WAITING, State.OFFERED]
    trace = AuditEntry.objects.get(verb="places proposées")
    assert trace.details == {"places": 1, "passés": 1}
    assert WaitlistEntry.objects.with_place().get(pk=large.pk).place == 1
    assert large.times_passed == 1


def test_many_seats_serve_several_parties_in_the_order_they_came(taken):
    entries = [a_waiting_party(performance=taken.performance, guests=n) for n in (1, 2, 0, 1)]
    free(taken)
    assert states(*entries) == [State.OFFERED, State.WAITING, State.OFFERED, State.WAITING]
    assert figures(taken.performance) == (1, 3, 2)


def test_added_seats_go_to_the_line(taken):
    entry = a_waiting_party(performance=taken.performance, guests=1)
    demand.change_seats(performance=taken.performance, capacity=7, by="essai", at=timezone.now())
    assert states(entry) == [State.OFFERED]
    assert figures(taken.performance) == (1, 2, 0)


def test_held_seats_cannot_be_cut_nor_withdrawn(taken):
    a_waiting_party(performance=taken.performance)
    free(taken)
    demand.change_seats(performance=taken.performance, capacity=1, by="essai", at=timezone.now())
    with pytest.raises(DomainError, match="Rien n'a été changé"):
        demand.change_seats(performance=taken.performance, capacity=0, by="essai", at=timezone.now())


@pytest.mark.parametrize("why", ["suspended", "unsigned", "booked", "quota"])
def test_party_that_may_not_book_is_passed_over_and_is_served_once_it_may(taken, why):
    barred, second = (a_waiting_party(performance=taken.performance) for _ in range(2))
    later = timezone.now() + timedelta(minutes=2)
    undo = bar(barred, why)
    cancel_invitation(invitation=taken.invitations.last(), by="essai", at=later)
    assert states(barred, second) == [State.WAITING, State.OFFERED]
    undo()
    demand.change_seats(
        performance=taken.performance, capacity=5, by="essai", at=later + timedelta(minutes=2)
    )
    assert states(barred) == [State.OFFERED]


def end_agreement(entry):
    """Let the structure's agreement end the day before the date."""
    eve = entry.performance.day - timedelta(days=1)
    Agreement.objects.filter(structure=entry.structure).update(ends_on=eve)


def bar(entry, why):
    """Keep a party from booking; what undoes it."""
    now = timezone.now()
    match why:
        case "suspended":
            suspend(partner=entry.structure, reason="Essai.", by=staff(), at=now)
            return lambda: lift_suspension(partner=entry.structure, by=staff(), at=now)
        case "unsigned":
            mine = Agreement.objects.filter(structure=entry.structure)
            signed = mine.get().signed_on
            mine.update(signed_on=None)
            return lambda: mine.update(signed_on=signed)
        case "booked":
            booking = a_booking(by=entry.joined_by)
            mine = Booking.objects.filter(pk=booking.pk)
            was = booking.performance
            cancel_booking(booking=booking, by="essai", at=now)
            mine.update(cancelled_at=None, performance=entry.performance, person_ref=entry.person_ref)

            def undo():
                mine.update(cancelled_at=now, performance=was, person_ref=booking.person_ref)

            return undo
        case _:
            elsewhere = PerformanceFactory(event=entry.performance.event, starts_at=now + timedelta(days=9))
            a_booking(by=entry.joined_by, performance=elsewhere, guests=1)
            quota = QuotaFactory(event=entry.performance.event, seats=2)
            return lambda: demand.lift_quota(quota=quota, by=staff(), at=now)


def test_raised_quota_lets_in_at_once_who_waited_for_it():
    worker = a_worker()
    performance = PerformanceFactory(capacity=4)
    a_booking(performance=performance, by=worker, guests=1)
    others = a_booking(performance=performance, guests=1)
    entry = a_waiting_party(performance=performance, by=worker)
    quota = QuotaFactory(of_date=True, performance=performance)
    later = timezone.now() + timedelta(minutes=2)
    free(others, at=later)
    assert states(entry) == [State.WAITING]
    assert promotion.hindrance(entry=entry, at=later).endswith("Votre groupe compte 1 personne.")
    raised = type(quota)(venue=quota.venue, performance=performance, seats=3)
    demand.change_quota(quota=raised, by=staff(), at=later)
    assert states(entry) == [State.OFFERED]
    assert promotion.hindrance(entry=entry, at=later) == ""


def test_nothing_is_offered_once_the_date_has_started_or_closed(taken):
    entry = a_waiting_party(performance=taken.performance)
    start = taken.performance.starts_at
    promotion.tend(performance=taken.performance, at=start)
    assert states(entry) == [State.CLOSED]
    assert OutboxMessage.objects.filter(effect=f"line-closed {entry.pk}").exists()
    assert not WaitlistGuest.objects.exists()


def test_nothing_is_offered_for_a_withdrawn_event(taken):
    entry = a_waiting_party(performance=taken.performance)
    Event.objects.update(state=Event.State.WITHDRAWN)
    free(taken)
    assert states(entry) == [State.WAITING] and figures(taken.performance) == (4, 0, 1)


def test_cancelled_date_ends_its_line_and_tells_those_who_wait(taken):
    offered = a_waiting_party(performance=taken.performance)
    waiting = a_waiting_party(performance=taken.performance, guests=3)
    cancel_invitation(invitation=taken.invitations.last(), by="essai", at=timezone.now())
    cancel_performance(performance=taken.performance, by=staff(), at=timezone.now())
    assert states(offered, waiting) == [State.CLOSED, State.CLOSED]
    assert figures(taken.performance) == (4, 0, 0)
    assert not OutboxMessage.objects.filter(effect__startswith="line-closed").exists()
    for entry in (offered, waiting):
        assert entry.notices.get().change.cancelled  # to be ticked off, as a booking's
        assert OutboxMessage.objects.filter(effect=entry.notices.get().mail).exists()


# --- The answer -----------------------------------------------------------------------------------------


@pytest.fixture
def offered(taken):
    """A party of three to whom seats were offered."""
    entry = a_waiting_party(performance=taken.performance, guests=1, companions=1)
    free(taken)
    entry.refresh_from_db()
    return entry


def test_yes_makes_the_booking_out_of_the_held_seats(offered):
    assert figures(offered.performance) == (1, 3, 0)
    booking = waitlist.confirm(entry=offered, by=offered.joined_by, at=timezone.now())
    assert [paper.full_name for paper in booking.invitations.all()][1:] == [
        "Ondine0 Attend",
        "Barnabé0 Attend",
    ]
    assert states(offered) == [State.CONFIRMED]
    assert figures(offered.performance) == (1, 0, 0)
    assert not WaitlistGuest.objects.exists()
    assert OutboxMessage.objects.filter(effect=f"booking-made {booking.pk}").exists()


def test_yes_said_twice_books_once(offered):
    first = waitlist.confirm(entry=offered, by=offered.joined_by, at=timezone.now())
    assert waitlist.confirm(entry=offered, by=offered.joined_by, at=timezone.now()) == first


def test_yes_after_the_delay_is_refused_and_the_next_party_is_served(offered):
    following = a_waiting_party(performance=offered.performance, guests=2)
    with pytest.raises(DomainError, match="délai pour répondre est passé"):
        waitlist.confirm(entry=offered, by=offered.joined_by, at=offered.answer_by)
    assert not Booking.objects.live().exists()
    promotion.tend(performance=offered.performance, at=offered.answer_by)
    assert states(offered, following) == [State.EXPIRED, State.OFFERED]
    with pytest.raises(DomainError, match="déjà sa réponse"):
        waitlist.confirm(entry=offered, by=offered.joined_by, at=timezone.now())


def test_late_yes_sets_the_next_party_going(offered, django_capture_on_commit_callbacks, time_machine):
    following = a_waiting_party(performance=offered.performance, guests=2)
    time_machine.move_to(offered.answer_by, tick=False)
    with django_capture_on_commit_callbacks(execute=True), pytest.raises(DomainError, match="délai"):
        waitlist.confirm(entry=offered, by=offered.joined_by, at=offered.answer_by)
    assert states(offered, following) == [State.EXPIRED, State.OFFERED]


@pytest.mark.parametrize(
    ("meanwhile", "said"),
    [
        (lambda entry: entry.participant.delete(), "n'est plus sur votre liste"),
        (lambda entry: Event.objects.update(state=Event.State.WITHDRAWN), "n'est plus proposé"),
        (
            lambda entry: end_agreement(entry),
            "convention|saison",
        ),
        (
            lambda entry: TermsOfUse.objects.create(version="9", text="N.", published_at=timezone.now()),
            "conditions",
        ),
    ],
)
def test_yes_is_refused_for_what_changed_since_the_seats_were_offered(offered, meanwhile, said):
    meanwhile(offered)
    entry = WaitlistEntry.objects.get(pk=offered.pk)
    with pytest.raises(DomainError, match=said):
        waitlist.confirm(entry=entry, by=entry.joined_by, at=timezone.now())
    assert states(offered) == [State.OFFERED] and not Booking.objects.live().exists()


def test_yes_books_under_the_key_and_the_account_of_who_said_it(offered):
    colleague, at = UserFactory(structure=offered.structure), timezone.now()
    booking = waitlist.confirm(entry=offered, by=colleague, at=at)
    assert (booking.booked_by, booking.key, booking.created_at) == (colleague, offered.key, at)
    assert [(paper.kind, paper.companion_reason) for paper in booking.invitations.all()] == [
        ("participant", ""), ("guest", ""), ("companion", "needed"),
    ]  # fmt: skip
    offered.refresh_from_db()
    assert offered.booking == booking


def test_party_that_only_waits_cannot_say_yes(taken):
    entry = a_waiting_party(performance=taken.performance, guests=1)
    with pytest.raises(DomainError):
        waitlist.confirm(entry=entry, by=entry.joined_by, at=timezone.now())
    assert states(entry) == [State.WAITING] and figures(taken.performance) == (0, 0, 1)


def test_no_answer_in_time_frees_the_seats_once_however_often_one_looks(offered):
    for _ in range(3):
        promotion.tend(performance=offered.performance, at=offered.answer_by)
    assert figures(offered.performance) == (4, 0, 0)
    assert OutboxMessage.objects.filter(effect=f"offer-expired {offered.pk}").count() == 1


def test_a_second_before_the_delay_ends_the_seats_are_still_held(offered):
    second = timedelta(seconds=1)
    promotion.tend(performance=offered.performance, at=offered.answer_by - second)
    assert states(offered) == [State.OFFERED]
    assert waitlist.confirm(entry=offered, by=offered.joined_by, at=offered.answer_by - second)


def test_no_frees_the_seats_for_the_next_party(offered):
    following = a_waiting_party(performance=offered.performance, guests=3)
    waitlist.leave(entry=offered, by=offered.joined_by, at=timezone.now())
    assert states(offered, following) == [State.DECLINED, State.OFFERED]
    assert figures(offered.performance) == (0, 4, 0)
    with pytest.raises(DomainError, match="n'est plus sur la liste"):
        waitlist.leave(entry=offered, by=offered.joined_by, at=timezone.now())


def test_leaving_the_line_lets_the_others_move_up(taken):
    first, second = (a_waiting_party(performance=taken.performance) for _ in range(2))
    waitlist.leave(entry=first, by=first.joined_by, at=timezone.now())
    assert states(first, second) == [State.LEFT, State.WAITING]
    assert WaitlistEntry.objects.with_place().get(pk=second.pk).place == 1


@pytest.mark.parametrize("why", ["suspended", "unsigned"])
def test_structure_that_may_not_book_any_more_cannot_say_yes(offered, why):
    bar(offered, why)
    with pytest.raises(DomainError, match="en pause|pas en vigueur"):
        waitlist.confirm(entry=offered, by=type(offered.joined_by).objects.get(pk=offered.joined_by_id),
                         at=timezone.now())  # fmt: skip
    assert states(offered) == [State.OFFERED]


def test_person_who_was_booked_meanwhile_is_not_booked_twice(offered):
    a_booking(by=offered.joined_by, participant=offered.participant, performance=offered.performance)
    with pytest.raises(DomainError, match="déjà une réservation"):
        waitlist.confirm(entry=offered, by=offered.joined_by, at=timezone.now())
    assert states(offered) == [State.OFFERED]


def test_the_sweeper_finds_what_is_overdue_and_what_came_too_late(offered, time_machine):
    other = a_waiting_party()
    time_machine.move_to(offered.answer_by)
    sweep_lines()
    assert states(offered) == [State.EXPIRED]
    time_machine.move_to(other.performance.starts_at)
    sweep_lines()
    assert states(other) == [State.CLOSED]


@given(hours=st.floats(0.01, 2000), sooner=st.floats(0, 1))
def test_delay_shrinks_as_the_date_nears_and_never_passes_it(hours, sooner):
    now = timezone.now()
    far, near = (
        Performance(starts_at=now + timedelta(hours=ahead), capacity=1) for ahead in (hours, hours * sooner)
    )
    limits = [promotion.answer_by(performance=date, at=now) for date in (far, near)]
    assert limits[1] <= limits[0] and now < limits[0] <= far.starts_at


@pytest.mark.parametrize(
    ("ahead", "hours"),
    [(400, 72), (336, 72), (335, 48), (168, 48), (72, 24), (24, 6), (6, 2), (2, 0.5), (1, 0.25)],
)
def test_delay_to_answer_follows_the_table_of_the_rules(ahead, hours):
    now = timezone.now()
    date = Performance(starts_at=now + timedelta(hours=ahead), capacity=1)
    assert promotion.answer_by(performance=date, at=now) == now + timedelta(hours=hours)


def test_delay_to_answer_ends_with_the_last_moment_for_booking():
    now = timezone.now()
    closes = now + timedelta(minutes=5)
    date = Performance(starts_at=now + timedelta(hours=9), booking_deadline=closes, capacity=1)
    assert promotion.answer_by(performance=date, at=now) == closes


def test_nothing_is_left_of_the_delay_once_booking_has_closed():
    closes = timezone.now()
    date = Performance(starts_at=closes + timedelta(hours=9), booking_deadline=closes, capacity=1)
    assert promotion.answer_by(performance=date, at=closes + timedelta(seconds=1)) == closes


def test_seats_pass_over_a_structure_without_agreement_on_the_day_they_come_free():
    performance = PerformanceFactory(capacity=1, starts_at=timezone.now() + timedelta(days=20))
    full = a_booking(performance=performance)
    worker = a_worker()
    two_agreements(worker.structure, performance.day)
    entry = a_waiting_party(performance=performance, by=worker)
    free(full, at=timezone.now() + timedelta(days=5))
    assert states(entry) == [State.WAITING]


def test_date_in_hand_follows_what_is_written_of_its_line(taken):
    offered, first, second, large = (
        a_waiting_party(performance=taken.performance, guests=guests) for guests in (0, 0, 0, 3)
    )
    dates, now = Performance.objects.filter(pk=taken.performance_id), timezone.now()
    dates.update(capacity=5, seats_left=1)
    promotion.tend(performance=taken.performance, at=now)
    dates.update(capacity=8, seats_left=3)
    held = offers.lock(taken.performance)

    def in_hand():
        return held.seats_left, held.seats_held, held.parties_waiting

    promotion.pass_on(performance=held, at=now)
    assert states(offered, first, second, large) == [*[State.OFFERED] * 3, State.WAITING]
    assert in_hand() == figures(held) == (1, 3, 1)
    for entry, state in ((first, State.DECLINED), (large, State.LEFT)):
        entry.refresh_from_db()
        assert promotion.end(entry=entry, state=state, performance=held, actor="essai", at=now)
        assert in_hand() == figures(held)
    assert not promotion.end(entry=first, state=State.LEFT, performance=held, actor="essai", at=now)
    assert in_hand() == figures(held) == (2, 2, 0)


def test_long_line_is_searched_to_its_end_for_a_party_that_fits(taken):
    """More parties than are read at once, none of which fits what came free."""
    large = [a_waiting_party(performance=taken.performance, guests=1) for _ in range(12)]
    small = a_waiting_party(performance=taken.performance)
    cancel_invitation(invitation=taken.invitations.last(), by="essai", at=timezone.now())
    assert states(small) == [State.OFFERED]
    assert set(states(*large)) == {State.WAITING}
    assert AuditEntry.objects.get(verb="places proposées").details == {"places": 1, "passés": 12}


def test_quota_counts_what_the_same_look_gives_the_structure_already(taken):
    worker = a_worker()
    QuotaFactory(of_date=True, performance=taken.performance, seats=2)
    first, second = (a_waiting_party(performance=taken.performance, by=worker, guests=1) for _ in range(2))
    other = a_waiting_party(performance=taken.performance)
    free(taken)
    assert states(first, second, other) == [State.OFFERED, State.WAITING, State.OFFERED]
    assert figures(taken.performance) == (1, 3, 1)


@pytest.mark.parametrize("of", ["season", "venue", "gone"])
def test_nobody_is_offered_seats_that_could_not_be_booked(taken, of):
    entry = a_waiting_party(performance=taken.performance)
    match of:
        case "season":
            end_agreement(entry)
        case "venue":
            suspend(partner=taken.performance.event.venue, reason=".", by=staff(), at=timezone.now())
        case _:
            entry.participant.delete()
    taken.refresh_from_db()
    free(type(taken).objects.get(pk=taken.pk), at=timezone.now() + timedelta(minutes=1))
    assert states(entry) == [State.WAITING] and figures(taken.performance) == (4, 0, 1)


def test_only_dates_whose_line_waits_for_something_are_looked_at(taken):
    def due(at):
        return set(promotion.due(at=at))

    now = timezone.now()
    entry = a_waiting_party(performance=taken.performance)
    assert due(now) == set()
    Performance.objects.filter(pk=taken.performance_id).update(capacity=5, seats_left=1)
    assert due(now) == {taken.performance}  # a free seat, and somebody waits
    promotion.tend(performance=taken.performance, at=now)
    PerformanceFactory()  # free seats, and nobody waits
    assert due(now) == set()
    entry.refresh_from_db()
    assert due(entry.answer_by - timedelta(seconds=1)) == set()
    assert due(entry.answer_by) == {taken.performance}
    other = a_waiting_party()
    assert due(other.performance.starts_at) >= {other.performance}


def test_promotion_of_a_line_that_closes_at_this_very_moment_offers_nothing(taken):
    entry = a_waiting_party(performance=taken.performance)
    closes = timezone.now() + timedelta(hours=2)
    Performance.objects.filter(pk=taken.performance_id).update(booking_deadline=closes)
    promotion.tend(performance=taken.performance, at=closes - timedelta(seconds=1))
    assert states(entry) == [State.WAITING]
    promotion.tend(performance=taken.performance, at=closes)
    assert states(entry) == [State.CLOSED]


# --- Whoever books directly ------------------------------------------------------------------------------


def test_free_seats_that_fit_somebody_waiting_are_not_booked_past_them(taken):
    entry = a_waiting_party(performance=taken.performance, guests=1)
    suspended = a_waiting_party(performance=taken.performance)
    Performance.objects.filter(pk=taken.performance_id).update(
        capacity=6, seats_left=2
    )  # nobody was served yet
    taken.performance.refresh_from_db()
    with pytest.raises(DomainError, match="plus de place"):
        a_booking(performance=taken.performance)
    assert states(entry, suspended) == [State.OFFERED, State.WAITING]


def test_seats_that_fit_nobody_waiting_may_be_booked(taken):
    entry = a_waiting_party(performance=taken.performance, guests=3)
    cancel_invitation(invitation=taken.invitations.last(), by="essai", at=timezone.now())
    taken.performance.refresh_from_db()
    assert a_booking(performance=taken.performance)
    assert states(entry) == [State.WAITING] and figures(taken.performance) == (0, 0, 1)


def test_person_who_waits_and_books_fewer_seats_leaves_the_line(taken):
    entry = a_waiting_party(performance=taken.performance, guests=3)
    cancel_invitation(invitation=taken.invitations.last(), by="essai", at=timezone.now())
    taken.performance.refresh_from_db()
    book(
        performance=taken.performance, participant=entry.participant, confirmed=True, key=uuid4(),
        by=entry.joined_by, at=timezone.now(),
    )  # fmt: skip
    assert states(entry) == [State.LEFT]


# --- Speed -----------------------------------------------------------------------------------------------


def test_a_promotion_takes_at_most_six_statements(taken):
    def statements(act):
        with CaptureQueriesContext(connection) as captured:
            act()
        return len([one for one in captured if "SAVEPOINT" not in one["sql"]])

    papers = iter(taken.invitations.order_by("-position"))
    without = statements(lambda: cancel_invitation(invitation=next(papers), by="essai", at=timezone.now()))
    Performance.objects.filter(pk=taken.performance_id).update(seats_left=0, capacity=3)
    entries = [a_waiting_party(performance=taken.performance) for _ in range(2)]
    with_one = statements(lambda: cancel_invitation(invitation=next(papers), by="essai", at=timezone.now()))
    assert states(*entries) == [State.OFFERED, State.WAITING]
    assert with_one - without <= 6
    Performance.objects.filter(pk=taken.performance_id).update(seats_left=1, capacity=4)
    alone = statements(lambda: promotion.tend(performance=taken.performance, at=timezone.now()))
    assert states(*entries) == [State.OFFERED, State.OFFERED]
    assert alone <= 8  # the row is held, and what is overdue looked for
