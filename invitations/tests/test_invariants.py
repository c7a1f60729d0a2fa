import json
from datetime import timedelta
from io import StringIO
from uuid import uuid4

import pytest
from django.core.management import call_command
from django.utils import timezone

from common import audit
from common.dates import local_day
from common.models import AuditEntry, Erased, OutboxMessage
from conventions.models import Agreement, Receipt
from conventions.services.membership import record_donation
from conventions.tests.factories import DonationFactory, MembershipFactory
from conventions.tests.signatures import a_signed
from invitations import invariants
from invitations.models import (
    Booking,
    ChangeNotice,
    Draw,
    DrawGuest,
    DrawRequest,
    GroupOuting,
    Invitation,
    Participant,
    PartyDocument,
    WaitlistEntry,
    WaitlistGuest,
)
from invitations.services import booking as services
from invitations.services import changes, demand, door, waitlist
from invitations.services.sharing import hold_draw
from invitations.tests.factories import (
    ParticipantFactory,
    WaitlistEntryFactory,
    a_booking,
    a_draw,
    a_group,
    a_move,
    a_request,
    a_waiting_party,
    a_worker,
)
from offers.models import Performance
from offers.tests.factories import PerformanceFactory, QuotaFactory
from partners.models import Structure, Suspension
from partners.tests.factories import UserFactory, VenueFactory

pytestmark = pytest.mark.django_db
Status, Kind = Invitation.Status, Invitation.Kind


def all_of(booking):
    return Invitation.objects.filter(booking=booking)


def bookings(booking):
    return Booking.objects.filter(pk=booking.pk)


def performances(booking):
    return Performance.objects.filter(pk=booking.performance_id)


def agreement_changed_behind_the_portal(booking):
    agreement = a_signed(at=timezone.now())
    Agreement.objects.filter(pk=agreement.pk).update(signatory_name="Quelqu'un d'autre")


def a_seat_too_many(booking):
    performances(booking).update(capacity=99)


def long_over_and_still_named(booking):
    performances(booking).update(starts_at=timezone.now() - timedelta(days=40))


def somebody_long_away(booking):
    Participant.objects.filter(pk=booking.participant_id).update(
        created_at=timezone.now() - timedelta(days=500)
    )
    bookings(booking).update(cancelled_at=timezone.now())


def erased_and_back(booking):
    Erased.objects.create(row=booking.participant_id, model="invitations.participant", at=timezone.now())


def paper_erased_and_back(booking):
    paper = all_of(booking).first()
    Erased.objects.create(row=paper.pk, model="invitations.invitation", at=timezone.now())


def no_invitation(booking):
    all_of(booking).delete()


def two_participants(booking):
    all_of(booking).filter(kind=Kind.GUEST).update(kind=Kind.PARTICIPANT)


def participant_alone_cancelled(booking):
    all_of(booking).filter(kind=Kind.PARTICIPANT).update(status=Status.CANCELLED, cancelled_at=timezone.now())


def booking_alone_cancelled(booking):
    bookings(booking).update(cancelled_at=timezone.now())


def performance_alone_cancelled(booking):
    performances(booking).update(cancelled_at=timezone.now())


def another_date(booking):
    all_of(booking).filter(kind=Kind.GUEST).update(performance=PerformanceFactory())


def another_structures_person(booking):
    bookings(booking).update(participant=ParticipantFactory())


def another_person_counted(booking):
    bookings(booking).update(person_ref=uuid4())


def document_of_a_cancelled_one(booking):
    services.cancel_booking(booking=booking, by=booking.booked_by, at=timezone.now())
    PartyDocument.objects.create(booking=booking, asked_at=timezone.now())


def booked_after_the_start(booking):
    performances(booking).update(starts_at=booking.created_at - timedelta(minutes=1))


def booked_after_the_deadline(booking):
    performances(booking).update(booking_deadline=booking.created_at)


def agreement_signed_later(booking):
    Agreement.objects.update(signed_on=local_day(booking.created_at) + timedelta(days=1))


def agreement_terminated_before(booking):
    Agreement.objects.update(terminated_on=local_day(booking.created_at))


def agreement_never_signed(booking):
    Agreement.objects.update(signed_on=None)


def agreement_ending_before_the_day(booking):
    Agreement.objects.update(ends_on=local_day(booking.created_at))


def booked_while_structure_suspended(booking):
    made = booking.created_at
    Suspension.objects.create(
        structure=booking.structure,
        since=made - timedelta(days=1),
        until=made + timedelta(days=1),
        reason=".",
    )


def booked_while_venue_suspended(booking):
    venue = booking.performance.event.venue
    Suspension.objects.create(venue=venue, since=booking.created_at - timedelta(seconds=1), reason=".")


def suspended_without_history(booking):
    Structure.objects.filter(pk=booking.structure_id).update(suspended_at=timezone.now())


def suspension_only_in_history(booking):
    venue = booking.performance.event.venue
    Suspension.objects.create(venue=venue, since=timezone.now(), reason=".")


def entered_the_day_before(booking):
    starts_at = performances(booking).get().starts_at
    all_of(booking).update(status=Status.ATTENDED, admitted_at=starts_at - timedelta(days=1))


def answered_before_the_start(booking):
    noted_at = performances(booking).get().starts_at - timedelta(minutes=1)
    row = all_of(booking).first()
    audit.record(at=noted_at, actor="portail", verb="présence notée", subject=row)
    all_of(booking).filter(pk=row.pk).update(status=Status.ATTENDED, noted_at=noted_at)


def answer_without_trace(booking):
    noted_at = performances(booking).get().starts_at
    all_of(booking).update(status=Status.NO_SHOW, noted_at=noted_at)


def admitted_twice(booking):
    invitation = all_of(booking).first()
    for _ in range(2):
        audit.record(at=timezone.now(), actor="portail", verb="admis·e", subject=invitation)


def mail_lost(booking):
    OutboxMessage.objects.filter(effect=f"booking-made {booking.pk}").delete()


def mail_about_nothing(booking):
    OutboxMessage.objects.filter(effect=f"booking-made {booking.pk}").update(effect=f"booking-made {uuid4()}")


def cancelled_date_not_told(booking):
    services.cancel_performance(performance=booking.performance, by=a_desk(booking), at=timezone.now())
    ChangeNotice.objects.all().delete()


def change_not_told(booking):
    a_move(booking.performance)
    OutboxMessage.objects.filter(effect__startswith="dates-changed").delete()


def told_change_without_trace(booking):
    a_move(booking.performance)
    changes.tell(notice=booking.notices.get(), by=booking.booked_by, at=timezone.now())
    AuditEntry.objects.filter(verb="changement dit").delete()


def no_trace_of_booking(booking):
    AuditEntry.objects.filter(verb="réservé").delete()


def no_trace_of_cancelling(booking):
    services.cancel_booking(booking=booking, by=booking.booked_by, at=timezone.now())
    AuditEntry.objects.filter(verb="réservation annulée").delete()


def a_gift(booking):
    donation = DonationFactory.build(structure=booking.structure)
    return record_donation(donation=donation, by=booking.booked_by, at=timezone.now())


def number_lost(booking):
    Receipt.objects.filter(pk=a_gift(booking).pk).update(number=2)


def gift_without_receipt(booking):
    Receipt.objects.filter(pk=a_gift(booking).pk).update(voided_at=timezone.now())


def membership_paid_behind_the_services(booking):
    MembershipFactory(structure=booking.structure, paid_on=timezone.localdate(), means="cash")


def drawn():
    """A draw of six seats that was held: one party of two served, one of six not."""
    made = a_draw(performance=PerformanceFactory(capacity=6, starts_at=timezone.now() + timedelta(days=9)))
    a_request(made, by=a_worker(), guests=1)
    busy = a_worker()
    a_booking(by=busy)
    a_request(made, by=busy, guests=5)
    hold_draw(draw=made, at=made.closes_at)
    return Draw.objects.get(pk=made.pk)


def draw_closing_later_than_its_date_says(_):
    a_draw()
    Draw.objects.update(closes_at=timezone.now() + timedelta(days=4))


def draw_held_at_another_moment_than_its_date_says(_):
    drawn()
    Performance.objects.filter(drawn_at__isnull=False).update(drawn_at=timezone.now())


def seed_chosen_anew(_):
    a_draw()
    Draw.objects.update(seed="0" * 64)


def outcome_published_otherwise(_):
    made = drawn()
    made.record["requests"][0]["served"] = not made.record["requests"][0]["served"]
    made.save()


def date_kept_for_no_draw(booking):
    performances(booking).update(draw_until=timezone.now())


def booked_while_awaiting_the_draw(booking):
    a_draw()
    date = Performance.objects.get(draw_until__isnull=False)
    bookings(booking).update(performance=date, created_at=timezone.now())


def booked_long_before_it_was_drawn(_):
    Booking.objects.filter(performance=drawn().performance).update(created_at=timezone.now())


def line_before_the_draw(_):
    WaitlistEntryFactory(performance=a_draw().performance)


def drawn_and_still_waiting(_):
    drawn()
    DrawRequest.objects.filter(outcome="not_served").update(outcome="waiting")


def outcome_before_the_draw(_):
    a_request(a_draw())
    DrawRequest.objects.update(outcome="not_served")


def served_for_somebody_else(_):
    drawn()
    DrawRequest.objects.filter(outcome="served").update(person_ref=uuid4())


def served_with_a_seat_less(_):
    drawn()
    DrawRequest.objects.filter(outcome="served").update(seats=1)


def loser_not_told(_):
    drawn()
    OutboxMessage.objects.filter(effect__startswith="draw-without-seats").delete()


def request_with_a_guest_less(_):
    a_request(a_draw(), guests=2)
    DrawGuest.objects.first().delete()


def names_kept_of_those_who_go(_):
    drawn()
    DrawGuest.objects.update(request=DrawRequest.objects.get(outcome="served"))


def offered(booking):
    """A party of two that was offered seats for the date of `booking`."""
    performance = Performance.objects.get(pk=booking.performance_id)
    demand.change_seats(performance=performance, capacity=2, by="essai", at=timezone.now())
    entry = a_waiting_party(performance=performance, guests=1)
    demand.change_seats(performance=performance, capacity=4, by="essai", at=timezone.now())
    return WaitlistEntry.objects.filter(pk=entry.pk)


def held_for_nobody(booking):
    performances(booking).update(seats_held=1, seats_left=7)


def wait_not_counted(booking):
    performances(booking).update(parties_waiting=1)


def offered_after_the_start(booking):
    offered(booking).update(offered_at=booking.performance.starts_at)


def answered_after_the_deadline(booking):
    offered(booking)
    performances(booking).update(booking_deadline=timezone.now())


def line_of_a_cancelled_date(booking):
    offered(booking)
    performances(booking).update(cancelled_at=timezone.now())


def guest_missing(booking):
    offered(booking)
    WaitlistGuest.objects.all().delete()


def confirmed_in_part(booking):
    entry = offered(booking).get()
    made = waitlist.confirm(entry=entry, by=entry.joined_by, at=timezone.now())
    all_of(made).filter(kind=Kind.GUEST).delete()


def names_kept(booking):
    offered(booking).update(state=WaitlistEntry.State.EXPIRED)


def offer_not_told(booking):
    offered(booking)
    OutboxMessage.objects.filter(effect__startswith="seats-offered").delete()


def offer_without_trace(booking):
    offered(booking)
    AuditEntry.objects.filter(verb="places proposées").delete()


def group_for(booking):
    """A group of six, two of them named, for another date of the same venue."""
    group = a_group(by=booking.booked_by, named=2)
    return GroupOuting.objects.filter(pk=group.pk)


def group_with_a_seat_too_many(booking):
    group_for(booking).update(seats=5)


def somebody_of_another_date(booking):
    bookings(booking).update(group=group_for(booking).get())


def named_too_late(booking):
    group = group_for(booking).get()
    Booking.objects.filter(group=group).update(created_at=group.names_by)


def names_due_after_the_start(booking):
    group_for(booking).update(names_by=timezone.now() + timedelta(days=99))


def names_due_after_the_deadline(booking):
    group = group_for(booking).get()
    Performance.objects.filter(pk=group.performance_id).update(booking_deadline=timezone.now())


def group_alone_cancelled(booking):
    group_for(booking).update(state="cancelled", unnamed=0, ended_at=timezone.now())


def group_of_a_cancelled_date(booking):
    group = group_for(booking).get()
    Performance.objects.filter(pk=group.performance_id).update(cancelled_at=timezone.now())


def rest_of_an_ended_group(booking):
    performance = PerformanceFactory(starts_at=timezone.now() + timedelta(days=10), capacity=6)
    a_booking(performance=performance)
    group = a_group(performance=performance, seats=6, wait=True)
    GroupOuting.objects.filter(pk=group.pk).update(state="closed", unnamed=0, ended_at=timezone.now())


def group_not_told(booking):
    group_for(booking)
    OutboxMessage.objects.filter(effect__startswith="group-booked").delete()


def called_off_not_told(booking):
    group = group_for(booking).get()
    services.cancel_performance(performance=group.performance, by="essai", at=timezone.now())
    ChangeNotice.objects.all().delete()


def called_off_line_not_told(booking):
    entry = offered(booking).get()
    services.cancel_performance(performance=entry.performance, by="essai", at=timezone.now())
    ChangeNotice.objects.all().delete()


def group_without_trace(booking):
    group_for(booking)
    AuditEntry.objects.filter(verb="groupe réservé").delete()


def group_beyond_a_dates_quota(booking):
    QuotaFactory(of_date=True, performance=group_for(booking).get().performance, seats=5)


def group_beyond_an_events_quota(booking):
    QuotaFactory(event=group_for(booking).get().performance.event, seats=5)


def group_beyond_a_periods_quota(booking):
    QuotaFactory(of_period=True, venue=group_for(booking).get().performance.event.venue, seats=5)


def beyond_a_dates_quota(booking):
    QuotaFactory(of_date=True, performance=booking.performance, seats=1)


def beyond_an_events_quota(booking):
    QuotaFactory(event=booking.performance.event, seats=1)


def beyond_a_periods_quota(booking):
    QuotaFactory(of_period=True, venue=booking.performance.event.venue, seats=1)


def quota_of_another_venue(booking):
    QuotaFactory(of_date=True, performance=booking.performance, venue=VenueFactory())


def a_desk(booking):
    return UserFactory(venue_desk=True, venue=booking.performance.event.venue)


@pytest.mark.parametrize(
    ("plant", "code"),
    [
        (a_seat_too_many, "seats_add_up"),
        (held_for_nobody, "held_seats_are_offered_or_unnamed"),
        (wait_not_counted, "waiting_parties_add_up"),
        (offered_after_the_start, "nothing_is_offered_too_late"),
        (answered_after_the_deadline, "nothing_is_offered_too_late"),
        (line_of_a_cancelled_date, "cancelled_performance_has_no_line"),
        (guest_missing, "waiting_party_is_whole"),
        (confirmed_in_part, "confirmed_party_is_whole"),
        (names_kept, "ended_wait_keeps_no_name"),
        (offer_not_told, "offer_was_told"),
        (offer_without_trace, "offer_left_a_trace"),
        (beyond_a_dates_quota, "no_booking_beyond_a_dates_quota"),
        (beyond_an_events_quota, "no_booking_beyond_an_events_quota"),
        (beyond_a_periods_quota, "no_booking_beyond_a_periods_quota"),
        (quota_of_another_venue, "quota_is_of_its_venue"),
        (group_with_a_seat_too_many, "group_keeps_within_its_seats"),
        (somebody_of_another_date, "group_booking_is_its_groups"),
        (named_too_late, "group_was_named_in_time"),
        (names_due_after_the_start, "names_are_due_before_the_date_closes"),
        (names_due_after_the_deadline, "names_are_due_before_the_date_closes"),
        (group_alone_cancelled, "cancelled_group_has_no_booking"),
        (group_of_a_cancelled_date, "cancelled_performance_has_no_group"),
        (rest_of_an_ended_group, "ended_group_waits_no_longer"),
        (group_not_told, "group_was_told"),
        (called_off_not_told, "called_off_group_was_told"),
        (called_off_line_not_told, "called_off_line_was_told"),
        (group_without_trace, "group_left_a_trace"),
        (group_beyond_a_dates_quota, "no_group_beyond_a_dates_quota"),
        (group_beyond_an_events_quota, "no_group_beyond_an_events_quota"),
        (group_beyond_a_periods_quota, "no_group_beyond_a_periods_quota"),
        (no_invitation, "booking_has_invitations"),
        (no_invitation, "booking_has_one_participant"),
        (two_participants, "booking_has_one_participant"),
        (participant_alone_cancelled, "live_booking_keeps_its_participant"),
        (booking_alone_cancelled, "cancelled_booking_admits_nobody"),
        (performance_alone_cancelled, "cancelled_performance_admits_nobody"),
        (performance_alone_cancelled, "cancelled_performance_has_no_booking"),
        (another_date, "invitation_is_for_its_bookings_date"),
        (another_structures_person, "booking_is_for_the_structures_own_person"),
        (another_person_counted, "booking_is_for_the_structures_own_person"),
        (document_of_a_cancelled_one, "cancelled_booking_keeps_no_document"),
        (booked_after_the_start, "booking_was_in_time"),
        (booked_after_the_deadline, "booking_was_in_time"),
        (agreement_signed_later, "booking_had_an_agreement_in_force"),
        (agreement_terminated_before, "booking_had_an_agreement_in_force"),
        (agreement_never_signed, "booking_had_an_agreement_in_force"),
        (agreement_ending_before_the_day, "booking_had_an_agreement_for_its_day"),
        (booked_while_structure_suspended, "no_booking_beyond_a_suspension"),
        (booked_while_venue_suspended, "no_booking_beyond_a_suspension"),
        (suspended_without_history, "suspended_structure_has_its_history"),
        (suspension_only_in_history, "suspended_venue_has_its_history"),
        (number_lost, "receipts_follow_each_other"),
        (membership_paid_behind_the_services, "paid_membership_has_its_receipt"),
        (gift_without_receipt, "donation_has_its_receipt"),
        (entered_the_day_before, "nobody_entered_before_the_day"),
        (answered_before_the_start, "nobody_is_answered_for_before_the_start"),
        (answer_without_trace, "answer_left_a_trace"),
        (admitted_twice, "admitted_once"),
        (mail_lost, "booking_was_told"),
        (mail_about_nothing, "told_booking_exists"),
        (cancelled_date_not_told, "cancelled_performance_was_told"),
        (change_not_told, "change_was_told"),
        (told_change_without_trace, "told_change_left_a_trace"),
        (no_trace_of_booking, "booking_left_a_trace"),
        (no_trace_of_cancelling, "cancelled_booking_left_a_trace"),
        (agreement_changed_behind_the_portal, "agreements_are_as_they_were_signed"),
        (draw_closing_later_than_its_date_says, "draw_and_date_agree"),
        (draw_held_at_another_moment_than_its_date_says, "draw_and_date_agree"),
        (seed_chosen_anew, "draws_are_as_they_were_published"),
        (outcome_published_otherwise, "draws_are_as_they_were_published"),
        (date_kept_for_no_draw, "date_awaiting_a_draw_has_one"),
        (booked_while_awaiting_the_draw, "nothing_is_booked_before_the_draw"),
        (booked_long_before_it_was_drawn, "nothing_is_booked_before_the_draw"),
        (line_before_the_draw, "nobody_waits_before_the_draw"),
        (drawn_and_still_waiting, "request_has_its_outcome_once_drawn"),
        (outcome_before_the_draw, "request_has_its_outcome_once_drawn"),
        (served_for_somebody_else, "served_request_is_booked_as_asked"),
        (served_with_a_seat_less, "served_request_is_booked_as_asked"),
        (loser_not_told, "request_without_seats_was_told"),
        (request_with_a_guest_less, "waiting_request_has_its_people"),
        (names_kept_of_those_who_go, "served_request_keeps_no_names"),
        (long_over_and_still_named, "no_invitation_keeps_a_name_too_long"),
        (long_over_and_still_named, "no_booking_leads_to_a_person_too_long"),
        (somebody_long_away, "no_list_keeps_a_person_too_long"),
        (erased_and_back, "erased_stays_erased"),
        (paper_erased_and_back, "erased_stays_erased"),
    ],
)
def test_audit_sees_what_does_not_hold(plant, code):
    plant(a_booking(guests=1))
    report = invariants.audit()
    assert code in {violation.code for violation in report.violations}
    assert all(violation.ids and violation.count for violation in report.violations)


def test_audit_tests_plant_something_for_every_invariant(request):
    planted = {
        code
        for mark in test_audit_sees_what_does_not_hold.pytestmark
        if mark.name == "parametrize"
        for _, code in mark.args[1]
    }
    unplanted = {one.code for one in invariants.INVARIANTS} - planted
    assert unplanted == {
        "seats_within_capacity",
        "person_waits_once",
    }  # both databases refuse these themselves


def test_audit_finds_nothing_after_the_services():
    """Booked, cancelled whole and in part, cancelled by the venue, admitted: everything still agrees."""
    now = timezone.now()
    worker = a_worker()
    tonight = PerformanceFactory(starts_at=now + timedelta(hours=1), capacity=20)
    desk = UserFactory(venue_desk=True, venue=tonight.event.venue)
    a_booking(by=worker, guests=2, companions=1)
    a_booking(by=worker, guests=6)
    services.cancel_booking(booking=a_booking(by=worker), by="visiteur", at=now)
    guest = a_booking(by=worker, guests=1).invitations.get(kind=Kind.GUEST)
    services.cancel_invitation(invitation=guest, by=worker, at=now)
    called_off = a_booking(by=worker, guests=1)
    services.cancel_performance(performance=called_off.performance, by=a_desk(called_off), at=now)
    party = a_booking(by=worker, performance=tonight, guests=1)
    for _ in range(2):
        door.admit_party(invitation=party.invitations.first(), by=desk, at=tonight.starts_at)

    report = invariants.audit()
    assert report.violations == []
    assert report.checked["bookings"] == 6


def test_audit_asks_the_same_number_of_questions_whatever_the_size(django_assert_num_queries):
    worker = a_worker()
    # Four counts; reading the evidence takes six questions for a hundred agreements; until when names are kept, three.
    questions = 4 + len(invariants.INVARIANTS) - 1 + 6 + 3
    for _ in range(3):
        a_booking(by=worker, guests=1)
        with django_assert_num_queries(questions):
            assert invariants.audit().violations == []


def test_audit_names_some_rows_and_counts_them_all(monkeypatch):
    worker = a_worker()
    for _ in range(4):
        a_booking(by=worker)
    OutboxMessage.objects.all().delete()
    monkeypatch.setattr(invariants, "IDS_SHOWN", 2)
    (violation,) = invariants.audit().violations
    assert (violation.code, violation.count, len(violation.ids)) == ("booking_was_told", 4, 2)


def test_audit_command_writes_json_and_says_no_by_its_exit_code():
    booking = a_booking()
    out = StringIO()
    call_command("audit", "--json", stdout=out)
    assert json.loads(out.getvalue())["violations"] == []

    booking_alone_cancelled(booking)
    out = StringIO()
    with pytest.raises(SystemExit) as ending:
        call_command("audit", "--json", stdout=out)
    assert ending.value.code == 1
    report = json.loads(out.getvalue())
    assert {"code", "sentence", "count", "ids"} == set(report["violations"][0])


def test_audit_command_tells_people_in_sentences():
    booking = a_booking()
    out = StringIO()
    call_command("audit", stdout=out)
    assert "Tout concorde" in out.getvalue()

    a_seat_too_many(booking)
    out = StringIO()
    with pytest.raises(SystemExit):
        call_command("audit", stdout=out)
    assert "seats_add_up" in out.getvalue()
    assert str(booking.performance_id) in out.getvalue()
