"""Staff enter agreements; what bookings rest on can't be taken back there (B2, B4)."""

from datetime import date

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from common.models import AuditEntry
from conventions.models import Agreement
from conventions.services.agreements import structures_running_out, structures_without_agreement
from conventions.tests.factories import AgreementFactory
from partners.tests.factories import StructureFactory, UserFactory, VenueFactory

pytestmark = pytest.mark.django_db

ADD = "admin:conventions_agreement_add"


@pytest.fixture
def desk(client):
    """Staff's browser."""
    client.force_login(UserFactory(staff=True))
    return client


def typed(partner, **fields):
    days = {"starts_on": "01/10/2026", "ends_on": "30/09/2027", "signed_on": "15/09/2026", "by_hand": "on"}
    return {"structure": str(partner.pk), **days, **fields}


def change(desk, agreement, **fields):
    now = {name: f"{getattr(agreement, name):%d/%m/%Y}" for name in ("starts_on", "ends_on", "signed_on")}
    page = reverse("admin:conventions_agreement_change", args=[agreement.pk])
    return desk.post(page, {"structure": str(agreement.structure_id), **now, **fields})


def test_agreement_entered_by_staff_opens_booking(desk):
    structure = StructureFactory()
    desk.post(reverse(ADD), typed(structure))
    day = date(2026, 12, 1)
    assert not Agreement.objects.obstacle_to_book(structure=structure, day=day, on=day)
    assert AuditEntry.objects.get().verb == "convention enregistrée"


@time_machine.travel("2026-11-22T12:00+01:00", tick=False)
def test_new_agreement_runs_to_the_end_of_the_season_unless_said_otherwise(desk):
    form = desk.get(reverse(ADD)).context["adminform"].form
    assert (form.initial["starts_on"], form.initial["ends_on"]) == (date(2026, 11, 22), date(2027, 9, 30))


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"structure": ""}, "un seul des deux"),
        ({"ends_on": "30/09/2025"}, "finit avant de commencer"),
        ({"starts_on": "31/02/2026"}, "date valide"),
        ({"starts_on": ""}, "obligatoire"),
        ({"signatory_name": "a\x00"}, "nul"),
        ({"signatory_name": "x" * 121}, "120"),
    ],
)
def test_impossible_agreement_is_refused_in_a_sentence(desk, fields, sentence):
    answer = desk.post(reverse(ADD), typed(StructureFactory(), **fields))
    assert sentence in answer.context["adminform"].form.errors.as_text()
    assert not Agreement.objects.exists()


def test_agreement_has_one_partner(desk):
    answer = desk.post(reverse(ADD), typed(StructureFactory(), venue=str(VenueFactory().pk)))
    assert "un seul des deux" in answer.text


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("ends_on", "01/11/2026"),
        ("starts_on", "01/02/2027"),
        ("signed_on", ""),
        ("signed_on", "01/01/2027"),
    ],
)
def test_signed_agreement_is_never_cut_short_and_what_was_typed_is_kept(desk, field, value):
    agreement = AgreementFactory(
        starts_on=date(2026, 10, 1), ends_on=date(2027, 9, 30), signed_on=date(2026, 9, 15)
    )
    answer = change(desk, agreement, **{field: value, "signatory_name": "Alix Témoin"})
    form = answer.context["adminform"].form
    assert "signée" in form.errors[field].as_text()
    assert "Alix Témoin" in answer.text
    was = (agreement.starts_on, agreement.ends_on, agreement.signed_on)
    agreement.refresh_from_db()
    assert (agreement.starts_on, agreement.ends_on, agreement.signed_on) == was
    assert agreement.signatory_name == ""


def test_signed_agreement_does_not_change_partner(desk):
    agreement = AgreementFactory()
    answer = change(desk, agreement, structure=str(StructureFactory().pk))
    assert "ne change plus de partenaire" in answer.text


def test_signed_agreement_is_made_longer(desk):
    agreement = AgreementFactory(ends_on=date(2027, 9, 30))
    change(desk, agreement, ends_on="30/09/2028")
    agreement.refresh_from_db()
    assert agreement.ends_on == date(2028, 9, 30)


def test_signed_agreement_is_not_deleted_and_an_unsigned_one_is(desk):
    signed, unsigned = AgreementFactory(), AgreementFactory(unsigned=True)
    for agreement in (signed, unsigned):
        desk.post(reverse("admin:conventions_agreement_delete", args=[agreement.pk]), {"post": "yes"})
    both = {"action": "delete_selected", "_selected_action": [str(signed.pk)], "post": "yes"}
    desk.post(reverse("admin:conventions_agreement_changelist"), both)
    assert list(Agreement.objects.all()) == [signed]


def test_structures_are_sorted_by_what_their_agreement_needs(desk):
    today = timezone.localdate()
    fine = AgreementFactory().structure
    ending = AgreementFactory(ends_on=today).structure
    followed = AgreementFactory(ends_on=today).structure
    AgreementFactory(structure=followed, starts_on=today, ends_on=today.replace(year=today.year + 1))
    unsigned = AgreementFactory(unsigned=True).structure
    none = StructureFactory()
    assert set(structures_without_agreement(on=today)) == {unsigned, none}
    assert list(structures_running_out(on=today)) == [ending]
    listed = reverse("admin:partners_structure_changelist")
    assert set(desk.get(listed, {"convention": "absente"}).context["cl"].result_list) == {unsigned, none}
    assert list(desk.get(listed, {"convention": "finit"}).context["cl"].result_list) == [ending]
    assert desk.get(listed).context["cl"].result_count == 5
    assert fine in desk.get(listed).context["cl"].result_list


def test_page_of_a_structure_shows_its_agreements(desk):
    agreement = AgreementFactory(signatory_name="Alix Témoin")
    page = desk.get(reverse("admin:partners_structure_change", args=[agreement.structure_id]))
    assert "Alix Témoin" in page.text


@pytest.mark.parametrize(("state", "found"), [("vigueur", 1), ("a-signer", 1), ("passee", 1), ("", 3)])
def test_agreements_are_filtered_by_state(desk, state, found):
    AgreementFactory()
    AgreementFactory(unsigned=True)
    AgreementFactory(starts_on=date(2020, 10, 1), ends_on=date(2021, 9, 30), signed_on=date(2020, 9, 1))
    listed = desk.get(reverse("admin:conventions_agreement_changelist"), {"etat": state} if state else {})
    assert listed.context["cl"].result_count == found
