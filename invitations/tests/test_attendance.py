"""Who came, as structures say it after an outing: never against the door (E1)."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction

from common.dates import start_of
from common.errors import DomainError
from common.models import AuditEntry
from common.tests.factories import paris
from invitations.models import Invitation
from invitations.services import door
from invitations.services.admissions import Claim, merge, undo
from invitations.services.attendance import note_attendance
from invitations.services.booking import excuse
from invitations.services.door import Verdict
from invitations.tests.factories import a_worker, an_outing
from partners.tests.factories import UserFactory

pytestmark = pytest.mark.django_db
START = paris(2026, 11, 24, 20, 30)
NEXT_DAY = START + timedelta(hours=14)


@pytest.fixture
def worker():
    return a_worker()


@pytest.fixture
def people(worker):
    """Three invitations of a party, by their ids."""
    party = an_outing(worker.structure, at=START, valid=3)
    return list(party.invitations.values_list("pk", flat=True))


def say(worker, answers, at=NEXT_DAY):
    return note_attendance(structure=worker.structure, answers=answers, by=worker, at=at)


def said(pk) -> tuple:
    return Invitation.objects.values_list("status", "noted_at").get(pk=pk)


def desk_of(pk):
    return UserFactory(venue_desk=True, venue=Invitation.objects.get(pk=pk).performance.event.venue)


def test_structure_says_who_came_each_once_in_the_trail(worker, people):
    first, second, third = people
    answers = {first: "attended", second: "excused", third: "no_show"}
    assert say(worker, answers) == {"changed": 3, "kept": 0}
    assert [said(pk) for pk in people] == [(answers[pk], NEXT_DAY) for pk in people]
    assert say(worker, answers) == {"changed": 0, "kept": 0}
    trail = AuditEntry.objects.filter(verb="présence notée").values_list("subject", "actor", "details")
    assert sorted(trail) == sorted(
        (f"invitations.invitation {pk}", f"compte {worker.pk}", {"réponse": answer})
        for pk, answer in answers.items()
    )


def test_answer_is_changed_and_taken_back(worker, people):
    first = people[0]
    say(worker, {first: "attended"})
    say(worker, {first: "no_show"}, at=NEXT_DAY + timedelta(hours=1))
    assert said(first) == ("no_show", NEXT_DAY + timedelta(hours=1))
    say(worker, {first: "valid"})
    assert said(first) == ("valid", None)


def test_what_the_door_and_the_team_noted_stays(worker, people):
    entered, excused, free = people
    desk = desk_of(entered)
    door.admit(invitation=Invitation.objects.get(pk=entered), by=desk, at=START)
    excuse(invitation=Invitation.objects.get(pk=excused), by=desk, at=START)
    answers = {entered: "no_show", excused: "attended", free: "attended"}
    assert say(worker, answers) == {"changed": 1, "kept": 2}
    assert (said(entered), said(excused)) == (("attended", None), ("excused", None))


@pytest.mark.parametrize("answer", ["attended", "excused", "no_show"])
def test_whoever_enters_late_enters_once_whatever_was_said(worker, people, answer):
    first, desk = people[0], desk_of(people[0])
    say(worker, {first: answer}, at=START + timedelta(minutes=5))
    for verdict in (Verdict.ADMITTED, Verdict.ALREADY):
        invitation = Invitation.objects.get(pk=first)
        assert door.admit(invitation=invitation, by=desk, at=START + timedelta(hours=1)).verdict is verdict
    assert said(first) == ("attended", None)


@pytest.mark.parametrize("answer", ["attended", "excused", "no_show"])
def test_phone_that_comes_back_later_has_the_last_word(worker, people, answer):
    first, desk = people[0], desk_of(people[0])
    say(worker, {first: answer})
    claim = Claim(uuid4(), first, START)
    [told] = merge(claims=[claim], phone="AAA", by=desk, at=NEXT_DAY + timedelta(hours=2))
    assert told.verdict is Verdict.ADMITTED
    assert Invitation.objects.filter(pk=first, status="attended", admitted_at=START, noted_at=None).exists()
    assert say(worker, {first: "no_show"}) == {"changed": 0, "kept": 1}


def test_slip_at_the_door_taken_back_leaves_the_person_expected(worker, people):
    first, desk = people[0], desk_of(people[0])
    say(worker, {first: "no_show"}, at=START)
    answer = door.admit(invitation=Invitation.objects.get(pk=first), by=desk, at=START)
    undo(admissions=[answer.admission.pk], by=desk, at=START + timedelta(seconds=9))
    assert said(first) == ("valid", None)


def test_team_excuses_whom_the_structure_had_noted_absent(worker, people):
    first, desk = people[0], desk_of(people[0])
    say(worker, {first: "no_show"})
    excuse(invitation=Invitation.objects.get(pk=first), by=desk, at=NEXT_DAY)
    assert say(worker, {first: "no_show"}) == {"changed": 0, "kept": 1}


@pytest.mark.parametrize(
    ("at", "changed"),
    [
        (START - timedelta(minutes=1), 0),
        (START, 1),
        (start_of(paris(2026, 12, 25).date()) - timedelta(minutes=1), 1),  # thirty whole days later
        (start_of(paris(2026, 12, 25).date()), 0),
    ],
)
def test_answers_are_taken_from_the_start_until_names_are_erased(worker, people, at, changed):
    assert say(worker, {people[0]: "attended"}, at=at) == {"changed": changed, "kept": 1 - changed}


def test_other_structures_people_cancelled_ones_and_other_answers_are_refused(worker, people):
    cancelled = an_outing(worker.structure, at=START, cancelled=1).invitations.get().pk
    assert say(a_worker(), {people[0]: "attended"}) == {"changed": 0, "kept": 1}
    assert say(worker, {cancelled: "attended"}) == {"changed": 0, "kept": 1}
    for answer in ("cancelled", "", "présent"):
        with pytest.raises(DomainError, match="Choisissez"):
            say(worker, {people[0]: answer})


@pytest.mark.parametrize(
    "row",
    [
        {"status": "attended"},
        {"status": "no_show", "admitted_at": START},
        {"status": "attended", "admitted_at": START, "noted_at": START},
        {"noted_at": START},
    ],
)
def test_database_refuses_states_that_nobody_noted_or_two_did(people, row):
    with pytest.raises(IntegrityError), transaction.atomic():
        Invitation.objects.filter(pk=people[0]).update(**row)
