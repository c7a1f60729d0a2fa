"""Three phones that had no network, at one door (safety, drills): one result, and no double passes unseen."""

from datetime import timedelta
from random import Random
from uuid import UUID

import pytest

from invitations.models import Admission, Invitation
from invitations.services.admissions import Claim, doubts, merge
from invitations.services.door import Verdict
from invitations.tests.factories import a_booking
from offers.tests.factories import PerformanceFactory
from partners.tests.factories import UserFactory
from tests.racing import FULL, RACE, ROUNDS, assert_sound, together

pytestmark = RACE
PHONES = ("AAA", "BBB", "CCC")
EVENINGS = 60 if FULL else 6


@pytest.fixture
def evening():
    performance = PerformanceFactory(capacity=20)
    for _ in range(3):
        a_booking(performance=performance, guests=1)
    performance.desk = UserFactory(venue_desk=True, venue=performance.event.venue)
    return performance


def papers(performance):
    return list(performance.invitations.order_by("pk").values_list("pk", flat=True))


def offline(chance, performance):
    """What three phones did: some papers shown to several of them, some slips taken back."""
    claims = {phone: [] for phone in PHONES}
    for _ in range(chance.randint(3, 14)):
        at = performance.starts_at + timedelta(seconds=chance.randint(0, 1800))
        undone_at = at + timedelta(seconds=chance.randint(0, 60)) if chance.random() < 0.25 else None
        key, paper = UUID(int=chance.getrandbits(128)), chance.choice(papers(performance))
        claims[chance.choice(PHONES)].append(Claim(key, paper, at, undone_at))
    return claims


def hand_over(performance, phone, claims):
    return merge(
        claims=claims, phone=phone, by=performance.desk, at=performance.starts_at + timedelta(hours=2)
    )


def result(performance):
    told = {(doubt.invitation.pk, tuple(one.pk for one in doubt.admissions)) for doubt in doubts(performance)}
    return list(performance.invitations.order_by("pk").values_list("pk", "status", "admitted_at")), told


def doubles_of(claims):
    """Worked out a second way, from what the phones did alone: papers that let somebody in more than once."""
    stood = [claim.invitation for done in claims.values() for claim in done if claim.undone_at is None]
    return {paper for paper in stood if stood.count(paper) > 1}


def forget(performance):
    Admission.objects.all().delete()
    performance.invitations.update(status=Invitation.Status.VALID, admitted_at=None)


def test_three_phones_end_the_same_in_any_order_in_any_pieces(evening):
    flagged = expected = 0
    for seed in range(EVENINGS):
        chance, results = Random(seed), []
        claims = offline(chance, evening)
        for _ in range(4):  # each time in another order, cut otherwise, some pieces sent twice
            pieces = [(phone, [one]) for phone in PHONES for one in claims[phone]]
            pieces += chance.sample(pieces, len(pieces) // 3)
            chance.shuffle(pieces)
            for phone, piece in pieces:
                hand_over(evening, phone, piece)
            results.append(result(evening))
            forget(evening)
        assert all(one == results[0] for one in results), seed
        seen = {paper for paper, _ in results[0][1]}
        assert seen == doubles_of(claims), seed
        flagged, expected = flagged + len(seen), expected + len(doubles_of(claims))
    assert flagged == expected > 0


@pytest.mark.parametrize("seed", range(ROUNDS))
def test_three_phones_that_find_the_network_at_the_same_moment(evening, seed):
    claims = offline(Random(seed), evening)
    together([lambda phone=phone: hand_over(evening, phone, claims[phone]) for phone in PHONES])
    at_once = result(evening)
    assert {paper for paper, _ in at_once[1]} == doubles_of(claims)
    forget(evening)
    for phone in PHONES:
        hand_over(evening, phone, claims[phone])
    assert result(evening) == at_once
    assert_sound()


def test_fifty_batches_of_one_phone_at_once_count_once(evening):
    paper = papers(evening)[0]
    claim = Claim(UUID(int=7), paper, evening.starts_at)
    answers = together([lambda: hand_over(evening, "AAA", [claim])] * 50)
    assert {answer.verdict for [answer] in answers} == {Verdict.ADMITTED}
    assert Admission.objects.count() == 1
    assert_sound()
