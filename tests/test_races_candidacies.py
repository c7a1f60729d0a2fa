"""Two people of the team at the same button, with real threads (A1): one wins, nothing is made twice."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from common.models import AuditEntry, OutboxMessage
from conventions.models import Agreement, Candidacy
from conventions.services import candidacies as services
from conventions.tests.factories import CandidacyFactory, State, a_candidacy, sign
from partners.models import Structure, User
from partners.seasons import Season
from partners.tests.factories import CommuneFactory, UserFactory
from tests.racing import RACE, kinds, together

pytestmark = RACE
HANDS = 8


@pytest.fixture
def staff(db):
    return UserFactory(staff=True)


def at_once(verb, candidacy, staff, **more):
    """The outcomes of one step taken by several hands, each with the candidacy as its page showed it."""
    seen = [Candidacy.objects.get(pk=candidacy.pk) for _ in range(HANDS)]
    return together(
        [lambda one=one: verb(candidacy=one, by=staff, at=timezone.now(), **more) for one in seen]
    )


def test_two_hands_find_feasible_and_one_record_is_made(staff):
    candidacy = a_candidacy(State.MEETING, by=staff)
    outcomes = at_once(services.find_feasible, candidacy, staff, reason="Oui.")
    assert kinds(outcomes) == {"Candidacy": 1, "DomainError": HANDS - 1}
    assert Structure.objects.count() == 1
    assert AuditEntry.objects.filter(verb="candidature faisable").count() == 1


def test_two_hands_prepare_one_agreement(staff):
    candidacy = a_candidacy(State.FEASIBLE, by=staff)
    outcomes = at_once(services.prepare_agreement, candidacy, staff, season=Season.of(timezone.localdate()))
    assert kinds(outcomes) == {"Candidacy": 1, "DomainError": HANDS - 1}
    assert Agreement.objects.count() == 1


def test_two_hands_open_one_account_and_send_one_link(staff):
    candidacy = sign(a_candidacy(State.AGREEMENT, by=staff))
    before = OutboxMessage.objects.count()
    outcomes = at_once(services.open_account, candidacy, staff)
    assert kinds(outcomes) == {"Candidacy": 1, "DomainError": HANDS - 1}
    assert User.objects.filter(structure=candidacy.structure).count() == 1
    assert OutboxMessage.objects.count() == before + 1


def test_refusing_against_agreeing_has_one_outcome(staff):
    candidacy = a_candidacy(State.MEETING, by=staff)
    seen = [Candidacy.objects.get(pk=candidacy.pk) for _ in range(2)]
    outcomes = together(
        [
            lambda: services.refuse(
                candidacy=seen[0], reason="Non.", ineligible=False, by=staff, at=timezone.now()
            ),
            lambda: services.find_feasible(candidacy=seen[1], reason="Oui.", by=staff, at=timezone.now()),
        ]
    )
    candidacy.refresh_from_db()
    agreed = candidacy.state == State.FEASIBLE or Structure.objects.exists()
    # Agreed first, it may still be refused; refused first, no record is made.
    assert kinds(outcomes)["DomainError"] == (0 if agreed and candidacy.state == State.REFUSED else 1)
    assert Structure.objects.count() == agreed


def test_same_form_sent_many_times_at_once_is_kept_once(settings, db):
    settings.CANDIDACY_ATTEMPTS = settings.CANDIDACY_ATTEMPTS_ALL = HANDS
    key, commune = uuid4(), CommuneFactory()

    def send():
        typed = CandidacyFactory.build(key=key, commune=commune, lead_email="une@ormes.example")
        return services.receive(
            candidacy=typed, address="192.0.2.1", at=timezone.now() + timedelta(seconds=1)
        )

    outcomes = together([send] * HANDS)
    assert kinds(outcomes) == {"Candidacy": HANDS}
    assert Candidacy.objects.count() == OutboxMessage.objects.count() == 1
