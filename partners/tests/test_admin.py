"""Staff open accounts, hand out codes and keep partners' records (A2, A4, A6, A8)."""

import re

import pytest
from django.contrib.auth.models import Group, Permission
from django.test import Client
from django.urls import reverse

from common.models import AuditEntry, OutboxMessage
from partners.models import Commune, Structure, TermsAcceptance, TermsOfUse, User, VisitorAccess
from partners.tests.factories import (
    PASSWORD,
    StructureFactory,
    UserFactory,
    VenueFactory,
    VisitorAccessFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff():
    return UserFactory(staff=True)


@pytest.fixture
def desk(client, staff):
    """Staff's browser."""
    client.force_login(staff)
    return client


def act(desk, model, action, *rows):
    """Use an action on rows of a list; the page that follows."""
    return desk.post(
        reverse(f"admin:partners_{model}_changelist"),
        {"action": action, "_selected_action": [str(row.pk) for row in rows]},
        follow=True,
    )


def account_of(partner, **fields):
    """What the form for a new account sends."""
    typed = {"display_name": "Dominique Essai", "email": "Dominique@Structure.example", "role": "worker"}
    return {**typed, "structure": str(partner.pk), "is_active": "on", **fields}


def sign_in(email, password):
    return Client().post(reverse("account_login"), {"login": email, "password": password}).status_code == 302


def test_new_account_opens_once_its_person_chose_a_password_by_the_link(desk):
    desk.post(reverse("admin:partners_user_add"), account_of(StructureFactory()))
    account = User.objects.get(email="dominique@structure.example")
    assert not account.has_usable_password()
    assert not sign_in(account.email, "")

    assert "Liens envoyés par mail : 1." in act(desk, "user", "send_password_links", account).text
    mail = OutboxMessage.objects.get()
    assert mail.recipient == account.email
    link = re.search(r"https?://[^/]+(/\S+)", mail.text)[1]
    assert link in mail.html
    Client().post(link, {"password": PASSWORD, "again": PASSWORD})
    assert sign_in(account.email, PASSWORD)
    assert "Ce lien ne marche plus" in Client().get(link).text


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"structure": ""}, "appartient à une structure"),
        ({"role": "staff"}, "appartient à une structure"),
        ({"role": "venue"}, "appartient à une structure"),
        ({"is_staff": "on"}, "appartient à une structure"),
        ({"email": ""}, "obligatoire"),
        ({"email": "pas une adresse"}, "courriel valide"),
        ({"display_name": "a\x00b"}, "nul"),
        ({"display_name": "x" * 121}, "120"),
        ({"role": "roi"}, "choix valide"),
        ({"structure": "00000000-0000-0000-0000-000000000000"}, "choix valide"),
    ],
)
def test_impossible_account_is_refused_in_a_sentence_and_what_was_typed_is_kept(desk, change, sentence):
    structure = StructureFactory()
    before = User.objects.count()
    answer = desk.post(reverse("admin:partners_user_add"), account_of(structure, **change))
    assert answer.status_code == 200
    errors = answer.context["adminform"].form.errors.as_text()
    assert sentence in errors
    if "email" not in change:
        assert "Dominique@Structure.example" in answer.text
    assert User.objects.count() == before


def test_address_is_taken_once_whatever_the_case(desk):
    worker = UserFactory(email="dominique@structure.example")
    answer = desk.post(reverse("admin:partners_user_add"), account_of(worker.structure))
    assert "email" in answer.context["adminform"].form.errors


def test_structure_has_one_lead(desk):
    lead = UserFactory(lead=True)
    answer = desk.post(reverse("admin:partners_user_add"), account_of(lead.structure, role="lead"))
    assert "déjà un·e référent·e" in answer.text


def test_link_is_not_sent_to_a_closed_account(desk):
    account = UserFactory(is_active=False)
    assert "est fermé" in act(desk, "user", "send_password_links", account).text
    assert not OutboxMessage.objects.exists()


def test_former_address_stops_opening_the_account(desk):
    account = UserFactory(email="avant@structure.example")
    act(desk, "user", "send_password_links", account)
    link = re.search(r"https?://[^/]+(/\S+)", OutboxMessage.objects.get().text)[1]
    typed = account_of(account.structure, email="apres@structure.example")
    desk.post(reverse("admin:partners_user_change", args=[account.pk]), typed)
    assert not sign_in("avant@structure.example", PASSWORD)
    assert sign_in("apres@structure.example", PASSWORD)
    assert "Ce lien ne marche plus" in Client().get(link).text


def test_closed_account_is_out_at_once(desk):
    account = UserFactory()
    person = Client()
    person.force_login(account)
    typed = account_of(account.structure)
    del typed["is_active"]
    desk.post(reverse("admin:partners_user_change", args=[account.pk]), typed)
    assert "_auth_user_id" in person.session
    assert User.objects.get(pk=account.pk).is_active is False
    assert person.get(reverse("partners:visitor_code")).status_code == 302


def test_nobody_gives_rights_that_they_do_not_have(client):
    helper = UserFactory(staff=True, is_superuser=False)
    helper.user_permissions.set(
        helper.user_permissions.model.objects.filter(content_type__app_label="partners")
    )
    chief = UserFactory(staff=True)
    client.force_login(helper)
    mine = {"display_name": "Moi", "email": helper.email, "role": "staff", "is_active": "on"}
    rights = {"is_staff": "on", "is_superuser": "on"}
    client.post(reverse("admin:partners_user_change", args=[helper.pk]), {**mine, **rights})
    helper.refresh_from_db()
    assert (helper.display_name, helper.is_superuser) == ("Moi", False)
    theirs = reverse("admin:partners_user_change", args=[chief.pk])
    assert client.post(theirs, {**mine, "email": "pris@portail.example"}).status_code == 403
    assert (
        client.post(reverse("admin:partners_user_delete", args=[chief.pk]), {"post": "yes"}).status_code
        == 403
    )
    assert "tous les droits" in act(client, "user", "send_password_links", chief).text
    assert not OutboxMessage.objects.exists()
    chief.refresh_from_db()
    assert chief.email != "pris@portail.example"


def test_account_without_rights_to_show_them_still_keeps_role_and_partner_together(client):
    helper = UserFactory(staff=True, is_superuser=False)
    helper.user_permissions.set(
        helper.user_permissions.model.objects.filter(content_type__app_label="partners")
    )
    client.force_login(helper)
    answer = client.post(reverse("admin:partners_user_add"), account_of(StructureFactory(), structure=""))
    assert "appartient à une structure" in answer.text


def test_code_is_given_once_then_withdrawn_then_replaced(desk):
    structure = StructureFactory()
    for _ in range(2):
        assert "code visiteur pour cette saison : 1." in act(desk, "structure", "open_codes", structure).text
    access = VisitorAccess.objects.get()
    assert access.spoken_code in desk.get(reverse("admin:partners_visitoraccess_changelist")).text

    assert "Codes retirés : 1." in act(desk, "visitoraccess", "revoke", access).text
    access.refresh_from_db()
    assert access.revoked_at
    assert "déjà retiré" in act(desk, "visitoraccess", "revoke", access).text

    fresh = VisitorAccessFactory()
    assert "Codes remplacés : 1." in act(desk, "visitoraccess", "replace", fresh).text
    codes = VisitorAccess.objects.filter(structure=fresh.structure)
    assert codes.count() == 2
    assert codes.filter(revoked_at=None).exclude(pk=fresh.pk).count() == 1


def test_conditions_of_use_that_somebody_accepted_do_not_change(desk):
    accepted = TermsAcceptance.objects.filter(user=UserFactory()).get().terms
    page = reverse("admin:partners_termsofuse_change", args=[accepted.pk])
    desk.post(
        page,
        {"version": "1", "text": "Autre chose", "published_at_0": "01/01/2026", "published_at_1": "00:00"},
    )
    assert TermsOfUse.objects.get(pk=accepted.pk).text == accepted.text


def test_new_version_of_the_conditions_can_be_written(desk):
    typed = {"version": "2", "text": "Nouveau", "published_at_0": "01/01/2026", "published_at_1": "00:00"}
    desk.post(reverse("admin:partners_termsofuse_add"), typed)
    assert TermsOfUse.objects.filter(version="2").exists()


def structure_form(**fields):
    accounts = {"users-TOTAL_FORMS": "0", "users-INITIAL_FORMS": "0"}
    agreements = {"agreements-TOTAL_FORMS": "0", "agreements-INITIAL_FORMS": "0"}
    return {
        "name": "Maison des Aulnes",
        "type": "CCAS",
        "priority": "unknown",
        **accounts,
        **agreements,
        **fields,
    }


def test_structure_is_recorded_and_the_trace_says_by_whom_without_what_was_typed(desk, staff):
    commune = Commune.objects.get(name="Lyon 7e")
    desk.post(
        reverse("admin:partners_structure_add"),
        structure_form(commune=commune.pk, representative_name="Alix Témoin", phone="04 65 71 00 12"),
    )
    structure = Structure.objects.get(name="Maison des Aulnes")
    assert structure.commune == commune
    entry = AuditEntry.objects.get(subject=f"partners.structure {structure.pk}")
    assert (entry.actor, entry.verb) == (f"compte {staff.pk}", "fiche créée")
    assert "representative_name" in entry.details["champs"]
    assert "Alix" not in str(entry.details)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"name": ""}, "obligatoire"),
        ({"name": "a\x00b"}, "nul"),
        ({"name": "x" * 151}, "150"),
        ({"type": "AUTRE CHOSE"}, "choix valide"),
        ({"people_accompanied": "-1"}, "supérieure ou égale à 0"),
        ({"people_accompanied": "9" * 30}, "inférieure ou égale"),
        ({"website": "pas un site"}, "URL valide"),
        ({"phone": "12"}, "téléphone valide"),
        ({"commune": "99999"}, "choix valide"),
    ],
)
def test_impossible_structure_is_refused_in_a_sentence(desk, change, sentence):
    answer = desk.post(reverse("admin:partners_structure_add"), structure_form(**change))
    assert sentence in answer.context["adminform"].form.errors.as_text()
    assert not Structure.objects.exists()


def test_accounts_are_not_changed_through_the_page_of_their_structure(desk):
    worker = UserFactory()
    forged = {
        "users-TOTAL_FORMS": "1",
        "users-INITIAL_FORMS": "1",
        "users-0-id": str(worker.pk),
        "users-0-structure": str(worker.structure_id),
        "users-0-is_superuser": "on",
        "users-0-email": "pris@portail.example",
    }
    desk.post(
        reverse("admin:partners_structure_change", args=[worker.structure_id]), structure_form(**forged)
    )
    worker.refresh_from_db()
    assert worker.email != "pris@portail.example"


def test_structure_links_to_what_belongs_to_it(desk):
    worker, other = UserFactory(), UserFactory()
    page = desk.get(reverse("admin:partners_structure_change", args=[worker.structure_id]))
    assert worker.display_name in page.text
    for label, link in page.context["links"]:
        listed = desk.get(link)
        assert listed.status_code == 200, label
    accounts = dict(page.context["links"])["Comptes"]
    assert worker.email in desk.get(accounts).text
    assert other.email not in desk.get(accounts).text


def test_partner_in_use_is_not_deleted(desk):
    worker = UserFactory()
    page = reverse("admin:partners_structure_delete", args=[worker.structure_id])
    assert worker.display_name in desk.get(page).text
    assert desk.post(page, {"post": "yes"}).status_code in {200, 403}
    assert Structure.objects.filter(pk=worker.structure_id).exists()


def test_partner_without_anything_is_deleted_with_a_trace(desk):
    venue = VenueFactory()
    desk.post(reverse("admin:partners_venue_delete", args=[venue.pk]), {"post": "yes"})
    assert AuditEntry.objects.get(subject=f"partners.venue {venue.pk}").verb == "fiche supprimée"


def test_mail_writes_names_as_they_are_spelled(desk):
    account = UserFactory(display_name="Anne d'Essai & fille")
    act(desk, "user", "send_password_links", account)
    mail = OutboxMessage.objects.get()
    assert "Bonjour Anne d'Essai & fille," in mail.text
    assert "Bonjour Anne d&#x27;Essai &amp; fille," in mail.html
    assert mail.subject.startswith("Choisissez votre mot de passe")


def test_groups_are_changed_only_by_who_has_all_rights(client, desk):
    group = Group.objects.create(name="Accueil")
    page = reverse("admin:auth_group_change", args=[group.pk])
    assert desk.post(page, {"name": "Programmation"}).status_code == 302
    helper = UserFactory(staff=True, is_superuser=False)
    helper.user_permissions.set(Permission.objects.filter(content_type__app_label="auth"))
    client.force_login(helper)
    assert client.post(page, {"name": "Direction"}).status_code == 403
    group.refresh_from_db()
    assert group.name == "Programmation"
