from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from common.codes import new_code
from common.errors import DomainError, TooManyAttempts
from common.tests.factories import paris
from conventions.models import Agreement
from invitations.models import Invitation
from invitations.services import door
from invitations.services.booking import cancel_invitation
from invitations.services.door import Verdict
from invitations.tests.factories import ParticipantFactory, a_booking, a_worker
from offers.tests.factories import PerformanceFactory
from partners.tests.factories import UserFactory

pytestmark = pytest.mark.django_db
START = paris(2026, 11, 24, 20, 30)
BOOKED = paris(2026, 11, 20, 10)


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


def test_number_typed_at_the_door_admits_once(booking, desk):
    invitation = door.find(typed=booking.invitations.first().spoken_number, by=desk, at=START)
    assert door.admit(invitation=invitation, by=desk, at=START).verdict is Verdict.ADMITTED
    again = door.admit(invitation=invitation, by=desk, at=START + timedelta(minutes=1))
    assert (again.verdict, again.invitation.admitted_at) == (Verdict.ALREADY, START)


def test_party_is_admitted_in_one_gesture_and_latecomers_one_by_one(booking, desk):
    first, second, third = booking.invitations.all()
    door.admit(invitation=third, by=desk, at=START)
    answers = door.admit_party(invitation=first, by=desk, at=START)
    assert [answer.verdict for answer in answers] == [Verdict.ADMITTED, Verdict.ADMITTED, Verdict.ALREADY]


def test_cancelled_invitation_reads_cancelled_and_admits_nobody(booking, desk):
    guest = booking.invitations.last()
    cancel_invitation(invitation=guest, by=booking.booked_by, at=BOOKED)
    found = door.find(typed=guest.number, by=desk, at=START)
    assert door.admit(invitation=found, by=desk, at=START).verdict is Verdict.CANCELLED
    assert Invitation.objects.get(pk=guest.pk).admitted_at is None


def test_late_person_noted_as_not_come_still_enters_once(booking, desk):
    invitation = booking.invitations.last()
    booking.invitations.filter(pk=invitation.pk).update(status="no_show")
    invitation.refresh_from_db()
    assert door.admit(invitation=invitation, by=desk, at=START).verdict is Verdict.ADMITTED
    invitation.refresh_from_db()
    assert (invitation.status, invitation.admitted_at) == ("attended", START)


def test_number_of_a_far_date_is_found_by_its_venue_without_any_name(booking, desk):
    far = START - timedelta(days=4)
    found = door.find(typed=booking.invitations.first().number, by=desk, at=far)
    assert door.admit(invitation=found, by=desk, at=far).verdict is Verdict.WRONG_DATE
    party = door.party_of(invitation=found, by=desk, at=far)
    assert len(party) == 3 and not any(person.full_name for person in party)
    assert all(person.full_name for person in door.party_of(invitation=found, by=desk, at=START))


def test_invitation_for_tomorrow_says_so(booking, desk):
    eve = START - timedelta(days=1)
    found = door.find(typed=booking.invitations.first().number, by=desk, at=eve)
    assert door.admit(invitation=found, by=desk, at=eve).verdict is Verdict.WRONG_DATE


def test_somebody_late_after_midnight_still_enters(booking, desk):
    late = paris(2026, 11, 25, 1)
    assert door.admit(invitation=booking.invitations.first(), by=desk, at=late).verdict is Verdict.ADMITTED


def refusal(typed, desk):
    with pytest.raises(DomainError) as refused:
        door.find(typed=typed, by=desk, at=START)
    return refused.value.sentence


def test_wrong_unknown_and_foreign_numbers_get_one_reply_after_the_same_work(booking, desk):
    door.find(typed=booking.invitations.first().number, by=desk, at=START)  # opens the windows of attempts
    other = UserFactory(venue_desk=True)
    number = booking.invitations.first().number
    refusal(number, other)
    replies, work = set(), set()
    for typed, who in [("pas un numéro", desk), (new_code(), desk), (number, other)]:
        with CaptureQueriesContext(connection) as queries:
            replies.add(refusal(typed, who))
        work.add(len(queries))
    assert replies == {door.UNKNOWN} and len(work) == 1


def test_guessing_numbers_stops_before_any_look_up(booking, desk, settings):
    settings.DOOR_ATTEMPTS = 3
    for _ in range(3):
        refusal(new_code(), desk)
    with pytest.raises(TooManyAttempts):
        door.find(typed=booking.invitations.first().number, by=desk, at=START)


@pytest.mark.parametrize(
    ("at", "readable"),
    [
        (paris(2026, 11, 22, 23, 59), False),
        (paris(2026, 11, 23, 0, 0), True),
        (paris(2026, 11, 25, 23, 59), True),
        (paris(2026, 11, 26, 0, 0), False),
    ],
)
def test_venue_reads_names_from_the_day_before_to_the_day_after(booking, desk, at, readable):
    assert Invitation.objects.at_door_of(desk, at=at).exists() is readable


def test_nobody_but_the_venue_reads_the_door(booking):
    for who in (UserFactory(venue_desk=True), UserFactory(staff=True), booking.booked_by):
        assert not Invitation.objects.at_door_of(who, at=START).exists()


def test_door_list_keeps_parties_together_in_order_of_names(booking, desk):
    early = ParticipantFactory(structure=booking.structure, family_name="Éblé")
    a_booking(by=booking.booked_by, performance=booking.performance, participant=early, guests=1, at=BOOKED)
    parties = door.parties(Invitation.objects.at_door_of(desk, at=START))
    assert [[person.kind for person in party] for party in parties] == [
        ["participant", "guest"],
        ["participant", "guest", "guest"],
    ]
    assert [party[0].family_name for party in parties] == ["Éblé", "Quatremarre"]


def test_desk_told_by_phone_cancels_before_and_excuses_after(booking, desk):
    first, second, third = booking.invitations.select_related("performance", "booking__booked_by")
    door.withdraw(invitation=third, by=desk, at=BOOKED)
    door.withdraw(invitation=second, by=desk, at=START + timedelta(hours=1))
    statuses = list(booking.invitations.values_list("status", flat=True))
    assert statuses == ["valid", "excused", "cancelled"]
