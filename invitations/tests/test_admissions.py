"""Several phones at one door, with and without network (D9)."""

from datetime import timedelta
from itertools import permutations
from uuid import uuid4

import pytest

from common.errors import DomainError
from common.models import AuditEntry
from common.tests.factories import paris
from conventions.models import Agreement
from invitations.models import Admission, Invitation
from invitations.services import door
from invitations.services.admissions import Claim, doubts, merge, undo
from invitations.services.booking import cancel_invitation, cancel_performance
from invitations.services.door import Verdict
from invitations.tests.factories import a_booking, a_worker
from offers.tests.factories import PerformanceFactory
from partners.tests.factories import UserFactory

pytestmark = pytest.mark.django_db
START = paris(2026, 11, 24, 20, 30)
BOOKED = paris(2026, 11, 20, 10)
LATER = START + timedelta(hours=3)  # when phones find the network again


@pytest.fixture
def booking():
    worker = a_worker()
    Agreement.objects.update(
        starts_on=BOOKED.date(), ends_on=paris(2027, 9, 30).date(), signed_on=BOOKED.date()
    )
    return a_booking(by=worker, performance=PerformanceFactory(starts_at=START), guests=2, at=BOOKED)


@pytest.fixture
def desk(booking):
    return UserFactory(venue_desk=True, venue=booking.performance.event.venue)


def claim(invitation, minutes=0, undone_after=None):
    at = START + timedelta(minutes=minutes)
    undone_at = None if undone_after is None else at + timedelta(seconds=undone_after)
    return Claim(uuid4(), invitation.pk, at, undone_at)


def verdicts(answers):
    return [answer and answer.verdict for answer in answers]


def result(booking):
    """What the portal says once everything has arrived: of each person, and of what to look at."""
    people = list(booking.invitations.order_by("pk").values_list("status", "admitted_at"))
    told = [
        (doubt.verdict, doubt.invitation.pk, [(one.at, one.phone) for one in doubt.admissions])
        for doubt in doubts(booking.performance)
    ]
    return people, told


def test_three_phones_merge_to_one_result_in_any_order(booking, desk):
    """One is admitted twice, one thrice, one was taken back on one phone and stands on another; one is cancelled."""
    cancelled = a_booking(by=booking.booked_by, performance=booking.performance, at=BOOKED).invitations.get()
    cancel_invitation(invitation=cancelled, by=booking.booked_by, at=BOOKED)
    first, second, third = booking.invitations.all()
    phones = {
        "AAA": [claim(first, 4), claim(second, 1), claim(third, 3, undone_after=20)],
        "BBB": [claim(first, 2), claim(third, 5), claim(cancelled, 1)],
        "CCC": [claim(first, 3), claim(second, 0)],
    }
    results = []
    for order in permutations(phones):
        for phone in order:
            merge(claims=phones[phone], phone=phone, by=desk, at=LATER)
        results.append(result(booking))
        Admission.objects.all().delete()
        booking.invitations.update(status="valid", admitted_at=None)
    assert all(one == results[0] for one in results) and len(results) == 6
    people, told = results[0]
    assert {status for status, _ in people} == {"attended"}
    came = dict(zip(booking.invitations.order_by("pk").values_list("pk", flat=True), people, strict=True))
    assert [(came[one.pk][1] - START).seconds / 60 for one in (first, second, third)] == [2, 0, 5]
    doubles = {pk: [phone for _, phone in when] for verdict, pk, when in told if verdict == Verdict.ALREADY}
    assert doubles == {first.pk: ["BBB", "CCC", "AAA"], second.pk: ["CCC", "AAA"]}
    assert [pk for verdict, pk, _ in told if verdict == Verdict.CANCELLED] == [cancelled.pk]
    assert Invitation.objects.get(pk=cancelled.pk).admitted_at is None


def test_same_batch_sent_again_changes_nothing(booking, desk):
    claims = [claim(booking.invitations.first(), 1), claim(booking.invitations.last(), 2, undone_after=9)]
    first = merge(claims=claims, phone="AAA", by=desk, at=LATER)
    seen, trail = result(booking), AuditEntry.objects.count()
    again = merge(claims=claims, phone="AAA", by=desk, at=LATER + timedelta(minutes=1))
    assert verdicts(first) == verdicts(again) == [Verdict.ADMITTED, Verdict.UNDONE]
    assert (result(booking), AuditEntry.objects.count()) == (seen, trail) and Admission.objects.count() == 2


def test_phone_hears_what_became_of_each_admission(booking, desk):
    first, second, third = booking.invitations.select_related("performance", "booking__booked_by")
    door.admit(invitation=first, by=desk, at=START)
    cancel_invitation(invitation=third, by=desk, at=BOOKED)
    answers = merge(claims=[claim(first, 5), claim(second), claim(third)], phone="AAA", by=desk, at=LATER)
    assert verdicts(answers) == [Verdict.ALREADY, Verdict.ADMITTED, Verdict.CANCELLED]
    assert Invitation.objects.get(pk=first.pk).admitted_at == START


def test_admission_on_another_day_is_kept_and_admits_nobody(booking, desk):
    early = claim(booking.invitations.first(), -24 * 60)
    assert verdicts(merge(claims=[early], phone="AAA", by=desk, at=LATER)) == [Verdict.WRONG_DATE]
    assert booking.invitations.first().status == "valid" and Admission.objects.count() == 1
    assert [doubt.verdict for doubt in doubts(booking.performance)] == [Verdict.WRONG_DATE]


def test_phone_writes_nothing_about_what_is_not_its_venues(booking, desk):
    other = UserFactory(venue_desk=True)
    mine = a_booking(performance=PerformanceFactory(event__venue=other.venue)).invitations.get()
    done = claim(mine)
    strangers = [claim(booking.invitations.first()), Claim(uuid4(), uuid4(), START)]
    assert merge(claims=strangers, phone="AAA", by=other, at=LATER) == [None, None]
    merge(claims=[done], phone="AAA", by=other, at=LATER)
    stolen = Claim(done.key, booking.invitations.first().pk, START, START)
    assert merge(claims=[stolen], phone="BBB", by=desk, at=LATER) == [None]
    assert Admission.objects.get().undone_at is None and not undo(admissions=[done.key], by=desk, at=START)


def test_too_many_at_once_are_refused(booking, desk, settings):
    settings.DOOR_BATCH_MAX = 1
    with pytest.raises(DomainError):
        merge(claims=[claim(booking.invitations.first())] * 2, phone="AAA", by=desk, at=LATER)


def test_slip_is_taken_back_within_a_minute_and_the_person_enters_after(booking, desk):
    answers = door.admit_party(invitation=booking.invitations.first(), by=desk, at=START)
    keys = [answer.admission.pk for answer in answers]
    assert undo(admissions=keys, by=desk, at=START + timedelta(seconds=60)) == 3
    assert set(booking.invitations.values_list("status", "admitted_at")) == {("valid", None)}
    again = door.admit(invitation=booking.invitations.first(), by=desk, at=START + timedelta(seconds=70))
    assert again.verdict is Verdict.ADMITTED and doubts(booking.performance) == []


def test_after_a_minute_it_stands(booking, desk):
    answer = door.admit(invitation=booking.invitations.first(), by=desk, at=START)
    late = START + timedelta(seconds=61)
    with pytest.raises(DomainError, match="reste notée"):
        undo(admissions=[answer.admission.pk], by=desk, at=late)
    slow = claim(booking.invitations.last(), undone_after=61)
    assert verdicts(merge(claims=[slow], phone="AAA", by=desk, at=LATER)) == [Verdict.ADMITTED]


def test_taking_back_a_double_leaves_the_other(booking, desk):
    invitation = booking.invitations.first()
    first = door.admit(invitation=invitation, by=desk, at=START)
    second = claim(invitation, 2)
    merge(claims=[second], phone="AAA", by=desk, at=LATER)
    undo(admissions=[first.admission.pk], by=desk, at=START + timedelta(seconds=30))
    invitation.refresh_from_db()
    assert (invitation.status, invitation.admitted_at) == ("attended", second.at)
    assert doubts(booking.performance) == []


def test_gesture_asked_twice_is_one(booking, desk):
    key = uuid4()
    for _ in range(2):
        answer = door.admit(invitation=booking.invitations.first(), by=desk, at=START, phone="AAA", key=key)
        assert (answer.verdict, answer.admission.pk) == (Verdict.ADMITTED, key)
    assert Admission.objects.count() == 1


def test_excused_and_paused_stay_so_and_are_told(booking, desk, settings):
    settings.SUSPENSION_KEEPS_INVITATIONS = False
    excused, paused, _ = booking.invitations.all()
    booking.invitations.filter(pk=excused.pk).update(status="excused")
    type(booking.structure).objects.update(suspended_at=BOOKED)
    answers = merge(claims=[claim(excused), claim(paused)], phone="AAA", by=desk, at=LATER)
    assert verdicts(answers) == [Verdict.EXCUSED, Verdict.PAUSED]
    assert not booking.invitations.filter(status="attended").exists()
    assert {doubt.verdict for doubt in doubts(booking.performance)} == {Verdict.EXCUSED, Verdict.PAUSED}


def test_date_that_is_cancelled_leaves_nothing_to_look_at(booking, desk):
    merge(claims=[claim(booking.invitations.first(), -9)], phone="AAA", by=desk, at=START)
    cancel_performance(performance=booking.performance, by=desk, at=START - timedelta(minutes=1))
    booking.performance.refresh_from_db()
    assert doubts(booking.performance) == [] and not booking.invitations.exclude(admitted_at=None).exists()
