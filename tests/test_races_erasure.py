"""Somebody is erased at the very moment when they are booked: real threads and connections (F2, F3)."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from common.errors import DomainError
from invitations.models import Booking, Invitation, Participant
from invitations.services import erasure, groups, own_data
from invitations.services.people import change_participant
from invitations.tests.factories import ParticipantFactory, a_group, a_worker, an_outing
from offers.tests.factories import PerformanceFactory
from tests.racing import RACE, ROUNDS, assert_sound, booker, together

pytestmark = RACE


def eraser(person, worker, *, keep):
    """A worker who erases somebody, and says what becomes of outings that were booked meanwhile."""

    def act():
        return own_data.erase_person(participant=person, keep=keep, by=worker, at=timezone.now())

    return act


def namer(group, person, worker):
    def act():
        return groups.name_people(
            group=group, people=[person], confirmed=True, key=uuid4(), by=worker, at=timezone.now()
        )

    return act


def corrector(person, worker):
    def act():
        mine = Participant.objects.get(pk=person.pk)
        mine.given_name = "Corrigée"
        return change_participant(participant=mine, by=worker, at=timezone.now())

    return act


def refused_in_words(outcomes) -> bool:
    """Whether nobody met anything but a sentence."""
    known = (DomainError, Participant.DoesNotExist)
    return all(isinstance(one, known) for one in outcomes if isinstance(one, Exception))


@pytest.mark.parametrize("keep", [False, True])
def test_erasure_and_booking_of_one_person_at_once(keep):
    for _ in range(ROUNDS):
        worker = a_worker()
        person = ParticipantFactory(structure=worker.structure)
        group = a_group(by=worker)
        acts = [booker(PerformanceFactory(), worker=worker, person=person) for _ in range(3)]
        acts += [eraser(person, worker, keep=keep), namer(group, person, worker), corrector(person, worker)]
        outcomes = together(acts)
        assert refused_in_words(outcomes), outcomes
        assert not Participant.objects.filter(pk=person.pk).exists()
        theirs = Invitation.objects.named().filter(booking__person_ref=person.person_ref)
        assert not theirs.exclude(forget=True).exists()
        live = Booking.objects.live().filter(person_ref=person.person_ref)
        assert keep or not live.exists()
        assert_sound()


def test_nightly_erasure_and_booking_of_somebody_who_was_long_away():
    for _ in range(ROUNDS):
        now = timezone.now()
        worker = a_worker()
        person = ParticipantFactory(structure=worker.structure, created_at=now - timedelta(days=400))
        performance = PerformanceFactory()

        def night(now=now):
            return erasure.erase(on=timezone.localdate(now), at=now)

        outcomes = together([booker(performance, worker=worker, person=person), night, night])
        assert refused_in_words(outcomes), outcomes
        booked = Booking.objects.live().filter(person_ref=person.person_ref).exists()
        assert booked == Participant.objects.filter(pk=person.pk).exists()
        assert_sound()


def test_two_nights_at_once_erase_each_name_once():
    now = timezone.now()
    for days in range(40, 44):
        an_outing(a_worker().structure, at=now - timedelta(days=days), attended=3)
    together([lambda: erasure.erase_due(at=now)] * 4)
    night = erasure.erase_due(at=now)
    assert (night.invitations, bool(night.ended_at)) == (12, True)
    assert not Invitation.objects.named().exists()
