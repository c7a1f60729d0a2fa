"""A group outing: seats first, names until a deadline, what is left goes to others (D10)."""

from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from django.utils import timezone

from common.errors import DomainError
from common.models import AuditEntry, OutboxMessage
from conventions.models import Agreement
from invitations.invariants import audit
from invitations.models import (
    Booking,
    ChangeNotice,
    GroupOuting,
    Invitation,
    Participant,
    PartyDocument,
    WaitlistEntry,
)
from invitations.services import groups, papers, promotion, quotas, waitlist
from invitations.services.booking import (
    Companion,
    cancel_booking,
    cancel_invitation,
    cancel_performance,
)
from invitations.tasks_groups import sweep_groups
from invitations.tests.factories import (
    ParticipantFactory,
    a_booking,
    a_draw,
    a_full_date,
    a_group,
    a_waiting_party,
    a_worker,
    name,
)
from offers import services as offers
from offers.models import Performance
from offers.tests.factories import PerformanceFactory, QuotaFactory
from partners.services import suspend
from partners.tests.factories import UserFactory

pytestmark = pytest.mark.django_db
State, Waiting = GroupOuting.State, WaitlistEntry.State


@pytest.fixture(autouse=True)
def sound():
    """Whatever a test does, the audit finds nothing afterwards."""
    yield
    assert audit().violations == []


def seats(performance):
    """Free, held and waiting parties of a date, as they stand."""
    now = Performance.objects.get(pk=performance.pk)
    return now.seats_left, now.seats_held, now.parties_waiting


def fresh(row):
    return type(row).objects.get(pk=row.pk)


def mails(effect):
    return OutboxMessage.objects.filter(effect__startswith=effect)


def in_days(days, **fields):
    return PerformanceFactory(starts_at=timezone.now() + timedelta(days=days), **fields)


def after_names(group):
    return group.names_by + timedelta(seconds=1)


# --- Booking ----------------------------------------------------------------------------------------------


def test_group_takes_its_seats_at_once_and_holds_them_without_a_name():
    group = a_group(seats=6)
    assert seats(group.performance) == (14, 6, 0)
    assert (group.state, group.seats, group.unnamed) == (State.OPEN, 6, 6)
    assert mails("group-booked").count() == 1
    assert "6 places" in mails("group-booked").get().text


def test_same_form_twice_books_one_group():
    worker, key = a_worker(), uuid4()
    performance = in_days(10, capacity=20)
    first = a_group(by=worker, performance=performance, key=key)
    assert a_group(by=worker, performance=performance, key=key) == first
    assert seats(performance) == (14, 6, 0)


@pytest.mark.parametrize("count", [1, 0, 51])
def test_group_counts_from_two_to_the_most(count):
    with pytest.raises(DomainError, match="de 2 à 50 personnes") as refusal:
        a_group(seats=count)
    assert refusal.value.field == "seats"


@pytest.mark.parametrize(
    ("ahead", "before"), [(21, 168), (20, 72), (7, 72), (6, 24), (3, 24), (2, 6), (1, 6), (0.9, 2), (0.25, 2)]
)
def test_names_are_due_the_sooner_the_earlier_it_is_booked(ahead, before):
    at = timezone.now()
    performance = PerformanceFactory(starts_at=at + timedelta(days=ahead))
    assert groups.names_by(performance=performance, at=at) == performance.starts_at - timedelta(hours=before)


def test_names_are_due_before_the_booking_deadline():
    at = timezone.now()
    closes = at + timedelta(days=7)
    performance = PerformanceFactory(starts_at=at + timedelta(days=30), booking_deadline=closes)
    assert groups.names_by(performance=performance, at=at) == closes - timedelta(hours=72)


def test_date_that_is_too_near_takes_no_group():
    with pytest.raises(DomainError, match="trop proche"):
        a_group(performance=PerformanceFactory(starts_at=timezone.now() + timedelta(hours=5)))


def test_date_that_waits_for_its_draw_takes_no_group():
    draw = a_draw()
    with pytest.raises(DomainError, match="tirage équitable, personne par personne"):
        a_group(performance=draw.performance)


def test_suspended_structure_books_no_group():
    worker = a_worker()
    suspend(partner=worker.structure, reason="Un essai", by="essai", at=timezone.now())
    with pytest.raises(DomainError, match="suspendu|pause"):
        a_group(by=worker)


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [({"cancelled": True}, "annulée"), ({"past": True}, "passée"), ({"capacity": 0}, "pas encore donné")],
)
def test_date_that_is_not_open_takes_no_group(fields, sentence):
    with pytest.raises(DomainError, match=sentence):
        a_group(performance=PerformanceFactory(**fields))


def test_full_date_of_a_suspended_venue_takes_neither_group_nor_line():
    worker = a_worker()
    performance = a_full_date(starts_at=timezone.now() + timedelta(days=10))
    suspend(partner=performance.event.venue, reason="Un essai", by="essai", at=timezone.now())
    asked = {"by": worker, "performance": fresh(performance), "at": timezone.now()}
    assert "Ce lieu ne prend pas" in groups.obstacle_to_group(**asked)
    assert "Ce lieu ne prend pas" in waitlist.obstacle_to_wait(seats=1, **asked)


def test_structure_without_agreement_books_no_group():
    worker = a_worker()
    Agreement.objects.update(ends_on=timezone.localdate() - timedelta(days=1))
    with pytest.raises(DomainError, match="convention"):
        a_group(by=worker)


def test_quota_counts_the_whole_group_from_the_start():
    quota, worker = QuotaFactory(of_date=True, performance=in_days(10, capacity=20), seats=5), a_worker()
    with pytest.raises(DomainError, match="au plus 5 places"):
        a_group(by=worker, performance=quota.performance, seats=6)
    a_group(by=worker, performance=quota.performance, seats=4)
    [share] = quotas.on_date(structure=worker.structure, performance=quota.performance)
    assert share.left == 1
    with pytest.raises(DomainError, match="il vous en reste 1"):
        a_booking(by=worker, performance=quota.performance, guests=1)


def test_quota_counts_each_seat_of_a_group_once_when_it_is_named():
    quota, worker = QuotaFactory(of_date=True, performance=in_days(10, capacity=20), seats=5), a_worker()
    a_group(by=worker, performance=quota.performance, seats=4, named=3)
    [share] = quotas.on_date(structure=worker.structure, performance=quota.performance)
    assert share.left == 1


# --- Too few seats ----------------------------------------------------------------------------------------


def test_too_few_seats_refuse_and_say_what_can_be_done():
    performance = in_days(10, capacity=6)
    a_booking(performance=performance, guests=1)
    with pytest.raises(DomainError, match="Il reste 4 places .* liste d'attente") as refusal:
        a_group(performance=performance, seats=6)
    assert refusal.value.field == "seats"
    assert seats(performance) == (4, 0, 0)


def test_more_seats_than_the_venue_gives_refuse():
    with pytest.raises(DomainError, match="donne 5 places en tout"):
        a_group(performance=in_days(10, capacity=5), seats=6, wait=True)


def test_free_seats_are_taken_and_the_rest_waits_as_one_party():
    performance = in_days(10, capacity=6)
    a_booking(performance=performance, guests=1)
    group = a_group(performance=performance, seats=6, wait=True)
    assert (group.seats, group.unnamed, group.rest.seats) == (4, 4, 2)
    assert seats(performance) == (0, 4, 1)
    assert "2 places attendent" in mails("group-booked").get().text


def test_group_waits_whole_for_a_full_date():
    performance = a_full_date(seats=4, starts_at=timezone.now() + timedelta(days=10))
    group = a_group(performance=performance, seats=3, wait=True)
    assert (group.seats, group.rest.seats) == (0, 3)
    cancel_booking(booking=Booking.objects.get(), by="essai", at=timezone.now())
    waitlist.confirm(entry=fresh(group.rest), by=group.booked_by, at=timezone.now())
    assert fresh(group).unnamed == 3
    assert seats(performance) == (1, 3, 0)


def test_group_serves_the_line_before_it_takes_seats():
    performance = a_full_date(seats=4, starts_at=timezone.now() + timedelta(days=10))
    first = a_waiting_party(performance=performance, guests=1)
    offers.set_capacity(performance=performance, capacity=6, by="essai", at=timezone.now())
    with pytest.raises(DomainError, match="plus de place libre"):
        a_group(performance=performance, seats=2)
    assert fresh(first).is_offered


def a_group_that_waits():
    """A group that has four seats, with two more that wait for a party of two to cancel."""
    performance = in_days(10, capacity=6)
    booking = a_booking(performance=performance, guests=1)
    return a_group(performance=performance, seats=6, wait=True), booking


def test_rest_once_confirmed_adds_to_the_groups_seats():
    group, booking = a_group_that_waits()
    cancel_booking(booking=booking, by="essai", at=timezone.now())
    entry = fresh(group.rest)
    assert entry.is_offered
    assert waitlist.confirm(entry=entry, by=group.booked_by, at=timezone.now()) == group
    assert waitlist.confirm(entry=entry, by=group.booked_by, at=timezone.now()) == group  # said twice
    assert fresh(group).unnamed == 6
    assert seats(group.performance) == (0, 6, 0)


def test_rest_once_confirmed_is_ended_and_leaves_its_trace():
    group, booking = a_group_that_waits()
    cancel_booking(booking=booking, by="essai", at=timezone.now())
    at = timezone.now()
    waitlist.confirm(entry=group.rest, by=group.booked_by, at=at)
    assert fresh(group.rest).ended_at == at
    trace = AuditEntry.objects.get(verb="places proposées confirmées")
    assert (trace.at, trace.details) == (at, {"places": group.rest.seats})


def test_rest_is_answered_before_the_names_are_due():
    group, booking = a_group_that_waits()
    at = group.names_by - timedelta(minutes=10)
    cancel_booking(booking=booking, by="essai", at=at)
    assert fresh(group.rest).answer_by == group.names_by


def test_rest_is_hindered_by_what_hinders_any_party_and_by_its_deadline():
    group, _ = a_group_that_waits()
    entry = WaitlistEntry.objects.with_outing().get(pk=group.rest.pk)
    assert promotion.hindrance(entry=entry, at=timezone.now()) == ""
    assert "délai pour donner les noms" in promotion.hindrance(entry=entry, at=group.names_by)
    suspend(partner=entry.performance.event.venue, reason="Un essai", by="essai", at=timezone.now())
    assert "Ce lieu ne prend pas" in promotion.hindrance(entry=fresh(entry), at=timezone.now())


def test_rest_can_leave_the_line():
    group, _ = a_group_that_waits()
    waitlist.leave(entry=group.rest, by=group.booked_by, at=timezone.now())
    assert seats(group.performance) == (0, 4, 0)
    assert fresh(group).is_open


def test_rest_waits_no_longer_once_names_are_closed():
    group, booking = a_group_that_waits()
    cancel_booking(booking=booking, by="essai", at=timezone.now())
    at = after_names(group)
    groups.end_names(group=group, at=at)
    assert seats(group.performance) == (6, 0, 0)
    with pytest.raises(DomainError, match="délai pour répondre"):
        waitlist.confirm(entry=fresh(group.rest), by=group.booked_by, at=at)


# --- Naming -----------------------------------------------------------------------------------------------


def test_each_person_named_has_a_booking_and_a_paper_of_their_own():
    worker = a_worker()
    group = a_group(by=worker, seats=6, named=3, companions=2)
    assert Booking.objects.filter(group=group).count() == 3
    kinds = Invitation.objects.of_group(group).values_list("kind", flat=True)
    assert sorted(kinds) == ["companion"] * 2 + ["participant"] * 3
    assert seats(group.performance) == (14, 1, 0)
    assert group.unnamed == 1


def test_new_people_are_put_on_the_structures_list():
    worker = a_worker()
    group = a_group(by=worker)
    groups.name_people(
        group=group, people=[Participant(given_name="Amina", family_name="Verdoyant")], confirmed=True,
        key=uuid4(), by=worker, at=timezone.now(),
    )  # fmt: skip
    assert Participant.objects.get().structure == worker.structure


def test_same_names_sent_twice_name_once():
    worker, key = a_worker(), uuid4()
    group = a_group(by=worker)
    first = name(group, by=worker, people=2, key=key)
    again = name(group, by=worker, people=2, key=key)
    assert again[0] in first
    assert fresh(group).unnamed == 4


def test_same_companions_sent_twice_are_named_once_and_others_besides():
    worker, key = a_worker(), uuid4()
    group = a_group(by=worker, named=1)
    for _ in range(2):
        assert name(group, by=worker, people=0, companions=2, key=key) == []
    assert fresh(group).unnamed == 3
    with pytest.raises(DomainError, match="est déjà dans ce groupe"):
        name(group, by=worker, people=0, companions=1)
    assert fresh(group).unnamed == 3


def test_naming_more_than_the_seats_left_names_nobody():
    worker = a_worker()
    group = a_group(by=worker, seats=3)
    with pytest.raises(DomainError, match="Il reste 3 places sans nom .* vous nommez 4") as refusal:
        name(group, by=worker, people=3, companions=1)
    assert refusal.value.field == "names"
    assert not Booking.objects.exists()
    name(group, by=worker, people=3)
    with pytest.raises(DomainError, match="Toutes les places de ce groupe ont un nom"):
        name(group, by=worker, people=1)


def test_hundreds_of_names_are_refused_before_any_is_written(django_assert_max_num_queries):
    worker = a_worker()
    group = a_group(by=worker)
    people = [Participant(given_name=f"Amina{n}", family_name="Verdoyant") for n in range(500)]
    with django_assert_max_num_queries(10), pytest.raises(DomainError, match="vous nommez 500 personnes"):
        groups.name_people(
            group=group, people=people, confirmed=True, key=uuid4(), by=worker, at=timezone.now()
        )
    assert not Participant.objects.exists()


def test_companion_named_after_the_others_were_printed_is_to_print():
    worker = a_worker()
    group = a_group(by=worker, seats=3, named=2)
    papers.print_group(group=group, at=timezone.now())
    name(group, by=worker, people=0, companions=1)
    assert GroupOuting.objects.to_print(at=timezone.now()).get() == group


def test_naming_asks_for_a_name_and_for_the_three_points():
    worker = a_worker()
    group, person = a_group(by=worker), ParticipantFactory(structure=worker.structure)
    given = {"group": group, "key": uuid4(), "by": worker, "at": timezone.now()}
    with pytest.raises(DomainError, match="au moins un nom"):
        groups.name_people(people=[], confirmed=True, **given)
    with pytest.raises(DomainError, match="trois points"):
        groups.name_people(people=[person], confirmed=False, **given)


def test_nobody_is_named_twice_for_one_date():
    worker = a_worker()
    group, person = a_group(by=worker), ParticipantFactory(structure=worker.structure)
    given = {"group": group, "confirmed": True, "by": worker, "at": timezone.now()}
    with pytest.raises(DomainError, match="est déjà dans ce groupe"):
        groups.name_people(people=[person, person], key=uuid4(), **given)
    groups.name_people(people=[person], key=uuid4(), **given)
    with pytest.raises(DomainError, match="est déjà dans ce groupe"):
        groups.name_people(people=[person], key=uuid4(), **given)
    other = ParticipantFactory(structure=worker.structure)
    a_booking(by=worker, performance=group.performance, participant=other)
    with pytest.raises(DomainError, match="a déjà une réservation"):
        groups.name_people(people=[other], key=uuid4(), **given)


def test_companions_come_with_somebody():
    worker = a_worker()
    with pytest.raises(DomainError, match="Nommez d'abord une personne"):
        name(a_group(by=worker), by=worker, people=0, companions=1)


def test_whoever_is_named_waits_no_longer():
    worker = a_worker()
    performance = in_days(10, capacity=4)
    group = a_group(by=worker, performance=performance, seats=4)
    entry = a_waiting_party(by=worker, performance=performance)
    groups.name_people(
        group=group, people=[entry.participant], confirmed=True, key=uuid4(), by=worker, at=timezone.now()
    )
    assert fresh(entry).state == Waiting.LEFT
    assert seats(performance) == (0, 3, 0)


def test_suspended_structure_names_nobody_and_loses_its_seats_at_the_deadline_only():
    worker = a_worker()
    group = a_group(by=worker)
    suspend(partner=worker.structure, reason="Un essai", by="essai", at=timezone.now())
    with pytest.raises(DomainError, match="suspendu|pause"):
        name(group, by=worker)
    assert seats(group.performance) == (14, 6, 0)
    groups.end_names(group=group, at=after_names(group))
    assert seats(group.performance) == (20, 0, 0)


def test_nobody_is_named_while_the_venue_is_suspended():
    worker = a_worker()
    group = a_group(by=worker)
    suspend(partner=group.performance.event.venue, reason="Un essai", by="essai", at=timezone.now())
    with pytest.raises(DomainError, match="plus proposé"):
        name(group, by=worker)


# --- The deadline -----------------------------------------------------------------------------------------


def test_last_second_still_names_and_the_deadline_does_not():
    worker = a_worker()
    group = a_group(by=worker)
    name(group, by=worker, at=group.names_by - timedelta(seconds=1))
    with pytest.raises(DomainError, match="délai pour donner les noms est passé"):
        name(group, by=worker, at=group.names_by)


def test_seats_without_a_name_go_to_the_waiting_list_at_the_deadline():
    worker = a_worker()
    performance = in_days(10, capacity=6)
    group = a_group(by=worker, performance=performance, seats=6, named=2)
    waiting = a_waiting_party(performance=performance, guests=2)
    assert groups.end_names(group=group, at=group.names_by - timedelta(seconds=1)) == 0
    at = after_names(group)
    assert groups.end_names(group=group, at=at) == 4
    assert groups.end_names(group=group, at=at) == 0
    assert fresh(waiting).is_offered
    assert seats(performance) == (1, 3, 0)
    assert fresh(group).state == State.CLOSED
    assert Booking.objects.live().filter(group=group).count() == 2
    assert "4 places sans nom sont allées à d’autres" in mails("group-names-ended").get().text


def test_group_that_is_wholly_named_ends_in_silence():
    group = a_group(seats=2, by=(worker := a_worker()))
    name(group, by=worker, people=2)
    groups.end_names(group=group, at=after_names(group))
    assert not mails("group-names-ended").exists()


def test_sweeper_ends_what_is_due_and_reminds_once():
    group = a_group()
    with time_machine.travel(group.remind_at + timedelta(minutes=1)):
        sweep_groups()
        sweep_groups()
    assert mails("group-names-due").count() == 1
    assert "6 places n’ont pas encore de nom" in mails("group-names-due").get().text
    with time_machine.travel(after_names(group)):
        sweep_groups()
    assert fresh(group).state == State.CLOSED


def test_reminder_comes_two_days_before_or_half_way():
    at = timezone.now()
    far = a_group(at=at)
    near = a_group(at=at, performance=PerformanceFactory(starts_at=at + timedelta(hours=30), capacity=20))
    assert far.remind_at == far.names_by - timedelta(hours=48)
    assert near.remind_at == at + (near.names_by - at) / 2


def test_group_without_missing_names_is_not_reminded():
    worker = a_worker()
    group = a_group(by=worker, seats=2, named=2)
    assert not groups.remind(group=group, at=group.remind_at + timedelta(minutes=1))


# --- Fewer people -----------------------------------------------------------------------------------------


def test_seats_given_back_go_to_whoever_waits_first():
    performance = in_days(10, capacity=6)
    group = a_group(performance=performance, seats=6)
    waiting = a_waiting_party(performance=performance, guests=1)
    groups.give_back(group=group, seats=3, by=group.booked_by, at=timezone.now())
    assert fresh(waiting).is_offered
    assert fresh(group).unnamed == 3
    assert seats(performance) == (1, 5, 0)


def test_group_that_gives_seats_back_waits_for_no_more():
    group, booking = a_group_that_waits()
    waiting = a_waiting_party(performance=group.performance)
    cancel_booking(booking=booking, by="essai", at=timezone.now())
    groups.give_back(group=group, seats=1, by=group.booked_by, at=timezone.now())
    assert fresh(group.rest).state == Waiting.LEFT
    assert fresh(waiting).is_offered
    assert seats(group.performance) == (2, 4, 0)


@pytest.mark.parametrize("count", [0, -1, 7])
def test_group_gives_back_only_seats_without_a_name(count):
    group = a_group(seats=6)
    with pytest.raises(DomainError, match="Rendez-en entre 1 et 6"):
        groups.give_back(group=group, seats=count, by=group.booked_by, at=timezone.now())


def test_nothing_is_given_back_where_all_are_named_or_the_deadline_has_passed():
    worker = a_worker()
    group = a_group(by=worker, seats=2, named=2)
    with pytest.raises(DomainError, match="annulez une invitation"):
        groups.give_back(group=group, seats=1, by=worker, at=timezone.now())
    with pytest.raises(DomainError, match="délai"):
        groups.give_back(group=group, seats=1, by=worker, at=after_names(group))


def test_whoever_is_taken_off_leaves_the_seat_to_the_group():
    worker = a_worker()
    group = a_group(by=worker, seats=3, named=2, companions=1)
    companion = Invitation.objects.of_group(group).get(kind="companion")
    assert groups.take_off(invitation=companion, by=worker, at=timezone.now()) == 1
    person = Invitation.objects.of_group(group).live().first()
    assert groups.take_off(invitation=person, by=worker, at=timezone.now()) == 1
    assert fresh(group).unnamed == 2
    assert seats(group.performance) == (17, 2, 0)
    name(group, by=worker, people=2)
    for gone in (companion, person):
        with pytest.raises(DomainError, match="déjà annulée"):
            groups.take_off(invitation=gone, by=worker, at=timezone.now())


def test_nobody_is_taken_off_after_the_deadline():
    worker = a_worker()
    group = a_group(by=worker, named=1)
    with pytest.raises(DomainError, match="Annulez l'invitation"):
        groups.take_off(invitation=Invitation.objects.get(), by=worker, at=after_names(group))


def test_quota_is_judged_by_what_the_group_took_first_whoever_comes_in_the_end():
    quota, worker = QuotaFactory(of_date=True, performance=in_days(10, capacity=20), seats=4), a_worker()
    group = a_group(by=worker, performance=quota.performance, seats=4, named=4)
    groups.take_off(invitation=Invitation.objects.first(), by=worker, at=timezone.now())
    name(group, by=worker, at=timezone.now() + timedelta(hours=1))


def test_each_person_cancels_alone_and_companions_stay_with_the_others():
    worker = a_worker()
    group = a_group(by=worker, seats=4, named=3, companions=1)
    companion = Invitation.objects.get(kind="companion")
    cancel_invitation(
        invitation=companion.booking.invitations.get(kind="participant"), by="essai", at=timezone.now()
    )
    companion.refresh_from_db()
    assert companion.is_live
    assert companion.booking.cancelled_at is None
    assert seats(group.performance) == (17, 0, 0)
    for booking in Booking.objects.live():
        cancel_booking(booking=booking, by=worker, at=timezone.now())
    assert not fresh(companion).is_live  # nobody is left to go with
    assert seats(group.performance) == (20, 0, 0)


def test_cancelling_a_group_frees_every_seat_once():
    worker = a_worker()
    group = a_group(by=worker, seats=6, named=2, companions=1)
    assert groups.cancel_group(group=group, by=worker, at=timezone.now()) == 6
    with pytest.raises(DomainError, match="déjà annulé"):
        groups.cancel_group(group=group, by=worker, at=timezone.now())
    assert seats(group.performance) == (20, 0, 0)
    assert not Booking.objects.live().exists()
    assert not mails("group-cancelled").exists()


def test_group_cancelled_by_staff_is_told_and_its_rest_leaves_the_line():
    group, _ = a_group_that_waits()
    groups.cancel_group(group=group, by=UserFactory(staff=True), at=timezone.now())
    assert seats(group.performance) == (4, 0, 0)
    assert mails("group-cancelled").count() == 1


def test_closed_group_can_still_be_cancelled_until_the_start():
    worker = a_worker()
    group = a_group(by=worker, named=2)
    groups.end_names(group=group, at=after_names(group))
    assert groups.cancel_group(group=group, by=worker, at=after_names(group)) == 2
    assert seats(group.performance) == (20, 0, 0)


def test_nothing_of_a_group_changes_after_the_start():
    worker = a_worker()
    group = a_group(by=worker, named=2)
    with pytest.raises(DomainError, match="a commencé"):
        groups.cancel_group(group=group, by=worker, at=group.performance.starts_at)


def test_group_somebody_of_which_has_entered_is_not_cancelled():
    worker = a_worker()
    group = a_group(by=worker, named=2)
    Invitation.objects.filter(pk=Invitation.objects.first().pk).update(
        status="attended", admitted_at=group.performance.starts_at
    )
    with pytest.raises(DomainError, match="déjà entrée"):
        groups.cancel_group(group=group, by=worker, at=timezone.now())
    assert seats(group.performance) == (14, 4, 0)


def test_cancelled_date_ends_its_groups_and_tells_each_booker_once():
    group, booking = a_group_that_waits()
    name(group, by=group.booked_by, people=2)
    PartyDocument.objects.create(group=group, asked_at=timezone.now())
    cancel_performance(performance=group.performance, by="essai", at=timezone.now())
    assert fresh(group).is_cancelled and not PartyDocument.objects.exists()
    assert seats(group.performance) == (6, 0, 0)
    assert mails("dates-changed").count() == len({group.booked_by, booking.booked_by})
    assert not mails("line-closed").exists()
    assert group.notices.get().seats == 4
    assert booking.notices.get().seats == booking.invitations.count()
    assert ChangeNotice.objects.count() == 2


def test_event_with_a_group_is_not_withdrawn():
    group = a_group()
    with pytest.raises(DomainError, match="Places réservées pour des dates à venir : 6"):
        offers.withdraw_event(event=group.performance.event, by="essai", at=timezone.now())


def test_line_is_served_before_the_seats_that_a_group_leaves_are_free():
    performance = in_days(10, capacity=6)
    group = a_group(performance=performance, seats=6)
    waiting = a_waiting_party(performance=performance, guests=5)
    groups.cancel_group(group=group, by=group.booked_by, at=timezone.now())
    assert fresh(waiting).is_offered
    assert promotion.tend(performance=performance, at=timezone.now()) == []
    assert seats(performance) == (0, 6, 0)


def test_companion_of_a_group_needs_a_line_of_its_own():
    worker = a_worker()
    group, person = a_group(by=worker), ParticipantFactory(structure=worker.structure)
    with pytest.raises(DomainError, match="est déjà dans ce groupe"):
        groups.name_people(
            group=group, people=[person], confirmed=True, key=uuid4(), by=worker, at=timezone.now(),
            companions=[Companion(person.given_name, person.family_name, "wished")],
        )  # fmt: skip
