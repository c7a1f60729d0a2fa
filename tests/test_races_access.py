"""Many at once at accounts: links, the référent·e's role, the nightly renewal (A4, A5)."""

from datetime import timedelta

import pytest
from django.utils import timezone

from common.errors import DomainError
from common.models import OutboxMessage
from conventions.models import AccessRenewal
from conventions.services import rotation
from conventions.tests.factories import AgreementFactory
from partners.models import AccessLink, User, VisitorAccess
from partners.services import choose_password, hand_over_lead, invite_colleague, send_fresh_link
from partners.tests.factories import AccessLinkFactory, StructureFactory, UserFactory
from tests.racing import FULL, RACE, ROUNDS, kinds, together

pytestmark = RACE


@pytest.mark.parametrize("_", range(ROUNDS))
def test_two_referents_handing_over_to_each_other_leave_one(_):
    structure = StructureFactory()
    one, other = UserFactory(lead=True, structure=structure), UserFactory(structure=structure)
    acts = [
        lambda: hand_over_lead(to=other, by=one, at=timezone.now()),
        lambda: hand_over_lead(to=one, by=other, at=timezone.now()),
    ] * 4
    outcomes = together(acts)
    assert set(kinds(outcomes)) <= {"NoneType", "DomainError"}
    assert User.objects.filter(structure=structure, role=User.Role.LEAD, is_active=True).count() == 1
    assert User.objects.filter(structure=structure, is_active=True).count() == 2


@pytest.mark.parametrize("_", range(ROUNDS))
def test_one_link_is_used_once_however_many_press(_):
    link = AccessLinkFactory()
    acts = [
        lambda number=number: choose_password(link=link, password=f"mot de passe {number}", at=timezone.now())
        for number in range(8)
    ]
    outcomes = together(acts)
    assert kinds(outcomes) == {"NoneType": 1, "DomainError": 7}
    winner = outcomes.index(None)
    assert User.objects.get(pk=link.user_id).check_password(f"mot de passe {winner}")


def test_links_asked_for_at_once_leave_one_that_works():
    user = UserFactory()
    together([lambda: send_fresh_link(account=user, at=timezone.now())] * 3)
    assert AccessLink.objects.usable(at=timezone.now()).filter(user=user).count() == 1


def test_colleague_invited_twice_at_once_has_one_account():
    lead = UserFactory(lead=True)

    def act():
        return invite_colleague(
            structure=lead.structure,
            display_name="Noé",
            email="noe@structure.example",
            by=lead,
            at=timezone.now(),
        )

    outcomes = together([act] * 6)
    assert kinds(outcomes) == {"tuple": 1, "DomainError": 5}
    assert all(isinstance(one, tuple | DomainError) for one in outcomes)
    assert User.objects.filter(email="noe@structure.example").count() == 1


def test_two_renewals_at_once_renew_each_structure_once(monkeypatch):
    monkeypatch.setattr(rotation, "CHUNK", 3)
    structures = [StructureFactory() for _ in range(40 if FULL else 10)]
    old = timezone.now() - timedelta(days=800)
    for structure in structures:
        AgreementFactory(structure=structure)
        UserFactory(lead=True, structure=structure, password_chosen_at=old)
    outcomes = together([lambda: rotation.renew(at=timezone.now())] * 4)
    assert kinds(outcomes) == {"Renewed": 4}
    assert sum(len(done.opened) for done in outcomes) == len(structures)
    for model in (AccessRenewal, AccessLink, VisitorAccess):
        assert model.objects.count() == len(structures), model
    assert OutboxMessage.objects.filter(effect__startswith="access-link").count() == len(structures)
