"""What an account of the team can do by default, and that it gives itself no more (A4, least privilege)."""

import pytest
from django.contrib.auth.models import Group
from django.urls import reverse

from common.models import AuditEntry
from partners.models import Structure, User, VisitorAccess
from partners.services import TEAM, join_team
from partners.tests.factories import StructureFactory, UserFactory, VenueFactory, add_application

pytestmark = pytest.mark.django_db


@pytest.fixture
def director():
    return UserFactory(staff=True)


@pytest.fixture
def helper(client, director):
    """A colleague whose account the director opened through the form, signed in after a first day."""
    client.force_login(director)
    typed = {
        "display_name": "Sacha Essai",
        "email": "sacha@portail.example",
        "role": "staff",
        "is_staff": "on",
    }
    client.post(reverse("admin:partners_user_add"), typed)
    account = User.objects.get(email="sacha@portail.example")
    add_application(account)
    client.force_login(account)
    return account


def account_form(account, **fields):
    typed = {
        "display_name": account.display_name,
        "email": account.email,
        "role": account.role,
        "is_active": "on",
    }
    return {**typed, "structure": account.structure_id or "", "venue": account.venue_id or "", **fields}


def test_new_account_of_the_team_joins_the_group_with_a_trace(helper, director):
    assert [group.name for group in helper.groups.all()] == [TEAM]
    entry = AuditEntry.objects.get(verb="droits donnés")
    assert (entry.actor, entry.subject) == (f"compte {director.pk}", f"partners.user {helper.pk}")


def test_other_rights_that_were_chosen_stay_as_chosen(client, director):
    other = Group.objects.create(name="Accueil")
    client.force_login(director)
    typed = {
        "display_name": "Sacha Essai",
        "email": "sacha@portail.example",
        "role": "staff",
        "is_staff": "on",
    }
    client.post(reverse("admin:partners_user_add"), {**typed, "groups": [other.pk]})
    assert [group.name for group in User.objects.get(email="sacha@portail.example").groups.all()] == [
        "Accueil"
    ]


@pytest.mark.parametrize("trait", [{}, {"lead": True}, {"venue_desk": True}, {"staff": True}])
def test_others_join_nothing(trait, director):
    account = UserFactory(**trait)
    assert not join_team(account=account, by=director, at=account.created_at)
    assert not account.groups.exists()


def test_group_deletes_nothing_and_writes_no_rights_and_no_traces():
    rights = set(Group.objects.get(name=TEAM).permissions.values_list("content_type__app_label", "codename"))
    # An article may leave a text that no agreement uses, a question one that nobody answered; nothing else goes.
    assert {codename for _, codename in rights if codename.startswith("delete_")} <= {
        "delete_article",
        "delete_helppage",
        "delete_sheetquestion",
    }
    assert not any(app == "auth" for app, _ in rights)
    assert not any("auditentry" in codename for _, codename in rights)
    assert ("invitations", "add_booking") not in rights
    assert ("partners", "change_structure") in rights


def test_team_does_the_daily_work(client, helper):
    structure, worker = StructureFactory(), UserFactory()
    for name in (
        "structure_changelist", "structure_add", "structure_import", "structure_export", "venue_changelist",
        "venue_add", "user_changelist", "user_add", "visitoraccess_changelist", "commune_changelist",
    ):  # fmt: skip
        assert client.get(reverse(f"admin:partners_{name}")).status_code == 200, name
    typed = {
        "name": "Le Relais",
        "type": "CCAS",
        "priority": "unknown",
        "users-TOTAL_FORMS": "0",
        "users-INITIAL_FORMS": "0",
    }
    typed |= {"agreements-TOTAL_FORMS": "0", "agreements-INITIAL_FORMS": "0"}
    client.post(reverse("admin:partners_structure_add"), typed)
    assert Structure.objects.filter(name="Le Relais").exists()
    client.post(
        reverse("admin:partners_structure_changelist"),
        {"action": "open_codes", "_selected_action": [str(structure.pk)]},
    )
    assert VisitorAccess.objects.filter(structure=structure).exists()
    changed = account_form(worker, display_name="Nom corrigé")
    assert client.post(reverse("admin:partners_user_change", args=[worker.pk]), changed).status_code == 302
    worker.refresh_from_db()
    assert worker.display_name == "Nom corrigé"
    new = {"display_name": "Andréa Essai", "email": "andrea@structure.example", "role": "worker"}
    client.post(
        reverse("admin:partners_user_add"), {**new, "structure": str(structure.pk), "is_active": "on"}
    )
    assert User.objects.filter(email="andrea@structure.example", structure=structure).exists()


def test_team_raises_nobodys_rights_and_not_its_own(client, helper, director):
    more = {"is_superuser": "on", "is_staff": "on", "groups": [Group.objects.create(name="Direction").pk]}
    own = reverse("admin:partners_user_change", args=[helper.pk])
    client.post(own, account_form(helper, **more))
    helper = User.objects.get(pk=helper.pk)
    assert not helper.is_superuser
    assert [group.name for group in helper.groups.all()] == [TEAM]
    worker = UserFactory()
    client.post(
        reverse("admin:partners_user_change", args=[worker.pk]), account_form(worker, role="staff", **more)
    )
    new = {"display_name": "Ami", "email": "ami@portail.example", "role": "staff"}
    client.post(reverse("admin:partners_user_add"), {**new, **more})
    for account in User.objects.exclude(pk__in=[director.pk, helper.pk]):
        assert not (account.is_staff or account.is_superuser or account.groups.exists())
    for page in ("auth_group_add", "auth_group_changelist", "common_auditentry_changelist"):
        assert client.get(reverse(f"admin:{page}")).status_code == 403


def test_team_takes_over_no_colleagues_account(client, helper, director):
    colleague = UserFactory(staff=True, is_superuser=False)
    for other in (colleague, director):
        page = reverse("admin:partners_user_change", args=[other.pk])
        assert client.post(page, account_form(other, email="pris@portail.example")).status_code == 403
    assert not User.objects.filter(email="pris@portail.example").exists()


def test_team_deletes_nothing(client, helper):
    for row in (StructureFactory(), VenueFactory(), UserFactory()):
        page = reverse(f"admin:partners_{row._meta.model_name}_delete", args=[row.pk])
        assert client.post(page, {"post": "yes"}).status_code == 403
        row.refresh_from_db()
