"""Staff's board, list and pages of candidacies (A1, A3)."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from conventions.admin.candidacies import STEPS
from conventions.models import Agreement, Candidacy
from conventions.tests.factories import CandidacyFactory, State, a_candidacy, sign
from partners.models import Structure, User
from partners.tests.factories import StructureFactory, UserFactory

pytestmark = pytest.mark.django_db

BOARD = "admin:conventions_candidacy_board"
LIST = "admin:conventions_candidacy_changelist"
OFFERED = {
    State.RECEIVED: {"rencontre", "mettre-de-cote", "retirer", "refuser"},
    State.MEETING: {"rencontre", "faisable", "mettre-de-cote", "retirer", "refuser"},
    State.FEASIBLE: {"convention", "retirer", "refuser"},
    State.AGREEMENT: {"envoyer", "retirer", "refuser"},
    State.ACCOUNT: {"formation"},
    State.TRAINED: {"active"},
    State.ACTIVE: set(),
    State.SET_ASIDE: {"reprendre", "retirer", "refuser"},
    State.REFUSED: set(),
    State.WITHDRAWN: set(),
}


@pytest.fixture
def staff():
    return UserFactory(staff=True)


@pytest.fixture
def desk(client, staff):
    client.force_login(staff)
    return client


def page_of(candidacy):
    return reverse("admin:conventions_candidacy_change", args=[candidacy.pk])


def step_of(candidacy, slug):
    return reverse("admin:conventions_candidacy_step", args=[candidacy.pk, slug])


def typed(page, **fields):
    """The form of the page as it stands, with some fields changed."""
    form = page.context["adminform"].form
    values = {name: form[name].value() for name in form.fields}
    return {
        name: "" if value is None else value
        for name, value in {**values, **fields}.items()
        if value is not False
    }


@pytest.mark.parametrize("state", list(State))
def test_page_offers_the_legal_next_steps_and_no_other(desk, staff, state):
    candidacy = a_candidacy(state, by=staff)
    assert {step.slug for step in desk.get(page_of(candidacy)).context["steps"]} == OFFERED[state]
    for step in STEPS:
        answer = desk.get(step_of(candidacy, step.slug))
        assert answer.status_code == (200 if step.slug in OFFERED[state] else 302), step.slug
        if answer.status_code == 302:
            desk.post(step_of(candidacy, step.slug))
            candidacy.refresh_from_db()
            assert candidacy.state == state


def test_staff_goes_the_whole_way_by_the_pages(desk, staff):
    candidacy = CandidacyFactory()
    today = timezone.localdate()

    def take(slug, **fields):
        answer = desk.post(step_of(candidacy, slug), fields)
        assert answer.status_code == 302, answer.context["form"].errors
        candidacy.refresh_from_db()

    take("rencontre", day=str(today + timedelta(days=4)), hour="14:30", place="En visio", people="Camille")
    take("faisable", reason="Public du dispositif.", low_income="on", individual="on")
    assert Structure.objects.get() == candidacy.structure
    take("convention", season=str(today.year if today.month >= 10 else today.year - 1))
    take("envoyer")
    assert candidacy.agreement.state == Agreement.State.SENT
    sign(candidacy)
    take("compte")
    take("formation", trained_on=str(today), trainer=str(staff.pk), minutes="12")
    take("active")
    assert candidacy.state == State.ACTIVE
    history = [entry.verb for entry, who in desk.get(page_of(candidacy)).context["history"]]
    assert len(history) == 7 and history[0] == "partenaire actif"


@pytest.mark.parametrize(
    ("state", "slug", "fields", "wrong"),
    [
        (State.RECEIVED, "rencontre", {}, {"day", "hour", "place", "people"}),
        (State.RECEIVED, "rencontre", {"day": "2027-03-28", "hour": "02:30", "place": "a", "people": "b"}, {"hour"}),
        (State.RECEIVED, "rencontre", {"day": "9999-99-99", "hour": "25:00", "place": "a", "people": "b"},
         {"day", "hour"}),
        (State.RECEIVED, "refuser", {"reason": " "}, {"reason"}),
        (State.RECEIVED, "refuser", {"reason": "x" * 1501}, {"reason"}),
        (State.RECEIVED, "mettre-de-cote", {"call_on": "hier"}, {"reason", "call_on"}),
        (State.MEETING, "faisable", {"reason": ""}, {"reason"}),
        (State.MEETING, "faisable", {"reason": "Oui.", "partner": "inconnue"}, {"partner"}),
        (State.FEASIBLE, "convention", {"season": "1999"}, {"season"}),
        (State.ACCOUNT, "formation", {"trained_on": "", "trainer": "x", "minutes": "0"},
         {"trained_on", "trainer", "minutes"}),
        (State.ACCOUNT, "formation", {"trained_on": "2099-01-01", "minutes": "12"}, {"trainer"}),
    ],
)  # fmt: skip
def test_step_badly_filled_in_is_refused_by_its_fields(desk, staff, state, slug, fields, wrong):
    candidacy = a_candidacy(state, by=staff)
    answer = desk.post(step_of(candidacy, slug), fields)
    assert answer.status_code == 200 and set(answer.context["form"].errors) == wrong
    candidacy.refresh_from_db()
    assert candidacy.state == state


def test_services_refusal_stands_in_the_form(desk, staff):
    candidacy = sign(a_candidacy(State.AGREEMENT, by=staff))
    UserFactory(email=candidacy.lead_email)
    answer = desk.post(step_of(candidacy, "compte"))
    assert "a déjà un compte ailleurs" in answer.text


def test_same_organisation_is_hinted_at_and_proposed(desk, staff):
    known = StructureFactory(name="Relais des Ormes")
    candidacy = a_candidacy(State.MEETING, by=staff, name="RELAIS DES ORMES")
    assert "Même nom, même code postal" in desk.get(page_of(candidacy)).text
    form = desk.get(step_of(candidacy, "faisable")).context["form"]
    assert form["partner"].value() == known.pk
    desk.post(step_of(candidacy, "faisable"), {"reason": "Oui.", "partner": str(known.pk)})
    assert Structure.objects.get() == known


def test_refusal_letter_is_read_as_it_was_made(desk, staff):
    refused = a_candidacy(State.REFUSED, by=staff)
    letter = reverse("admin:conventions_candidacy_letter", args=[refused.pk])
    assert letter in desk.get(page_of(refused)).text
    answer = desk.get(letter)
    assert answer["Content-Type"] == "application/pdf" and answer.content == bytes(refused.letter)
    assert (
        desk.get(reverse("admin:conventions_candidacy_letter", args=[CandidacyFactory().pk])).status_code
        == 404
    )


def test_staff_notes_and_puts_right(desk):
    candidacy = CandidacyFactory()
    page = desk.get(page_of(candidacy))
    desk.post(
        page_of(candidacy), typed(page, notes="Appelée lundi.", name="Relais corrigé", next_step="Rappeler")
    )
    candidacy.refresh_from_db()
    assert (candidacy.notes, candidacy.name, candidacy.next_step) == (
        "Appelée lundi.",
        "Relais corrigé",
        "Rappeler",
    )


def test_note_written_meanwhile_changes_no_state(desk, staff):
    candidacy = CandidacyFactory()
    page = desk.get(page_of(candidacy))
    Candidacy.objects.update(state=State.MEETING)
    desk.post(page_of(candidacy), typed(page, notes="Vue."))
    candidacy.refresh_from_db()
    assert (candidacy.state, candidacy.notes) == (State.MEETING, "Vue.")


def test_what_became_a_record_is_put_right_there(desk, staff):
    fields = desk.get(page_of(a_candidacy(State.FEASIBLE, by=staff))).context["adminform"].form.fields
    assert "name" not in fields and {"notes", "lead_email"} <= set(fields)
    fields = desk.get(page_of(a_candidacy(State.ACCOUNT, by=staff))).context["adminform"].form.fields
    assert "lead_email" not in fields and "notes" in fields


def test_erased_candidacy_can_be_read_and_no_more(desk, staff):
    candidacy = a_candidacy(State.WITHDRAWN, by=staff)
    Candidacy.objects.update(erased_on=timezone.localdate(), name="")
    page = desk.get(page_of(candidacy))
    assert page.status_code == 200 and "effacé" in page.text
    assert desk.post(page_of(candidacy), {"notes": "x"}).status_code == 403


def test_board_shows_the_most_pressing_first_and_says_late_in_words(desk, staff, settings):
    today = timezone.localdate()
    CandidacyFactory(name="Sans date")
    CandidacyFactory(name="Demain", next_on=today + timedelta(days=1))
    CandidacyFactory(name="Hier", next_on=today - timedelta(days=1))
    page = desk.get(reverse(BOARD))
    [(state, cards, number), *others] = page.context["columns"]
    assert (state, number) == (State.RECEIVED, 3)
    assert [str(candidacy) for candidacy, late, signed in cards] == ["Hier", "Demain", "Sans date"]
    assert page.text.count("En retard de 1 jour") == 1
    assert all(not cards for _, cards, _ in others)
    settings.CANDIDACY_BOARD_CARDS = 2
    assert "Les 3, en liste" in desk.get(reverse(BOARD)).text


@pytest.mark.parametrize(
    ("asked", "shown"),
    [
        ({}, {"Mienne", "Lieu", "Tardive"}),
        ({"kind": "venue"}, {"Lieu"}),
        ({"kind": "inconnu"}, {"Mienne", "Lieu", "Tardive"}),
        ({"mine": "on"}, {"Mienne"}),
        ({"late": "on"}, {"Tardive"}),
        ({"late": "on", "mine": "on"}, set()),
        ({"kind": "a\x00"}, {"Mienne", "Lieu", "Tardive"}),
    ],
)
def test_board_is_filtered(desk, staff, asked, shown):
    CandidacyFactory(name="Mienne", follower=staff)
    CandidacyFactory(name="Lieu", of_venue=True)
    CandidacyFactory(name="Tardive", next_on=timezone.localdate() - timedelta(days=1))
    columns = desk.get(reverse(BOARD), asked).context["columns"]
    assert {str(candidacy) for _, cards, _ in columns for candidacy, *_ in cards} == shown


def test_board_counts_those_that_left_the_way(desk, staff):
    for state in (State.REFUSED, State.WITHDRAWN, State.SET_ASIDE, State.ACTIVE):
        a_candidacy(state, by=staff)
    assert dict(desk.get(reverse(BOARD)).context["elsewhere"]) == dict.fromkeys(
        [State.REFUSED, State.WITHDRAWN, State.SET_ASIDE, State.ACTIVE], 1
    )


def test_board_and_page_take_the_same_queries_whatever_they_show(desk, staff):
    def count(address):
        with CaptureQueriesContext(connection) as captured:
            assert desk.get(address).status_code == 200
        return len(captured)

    first = a_candidacy(State.AGREEMENT, by=staff)
    pages = [reverse(BOARD), reverse(LIST), page_of(first)]
    for page in pages:
        desk.get(page)
    few = [count(page) for page in pages]
    for state in (State.RECEIVED, State.MEETING, State.AGREEMENT, State.ACCOUNT, State.REFUSED):
        for _ in range(3):
            a_candidacy(state, by=staff, name=first.name, email=first.email)
    assert [count(page) for page in pages] == few
    assert max(few) <= 25


@pytest.mark.parametrize(
    "question", ["retard=1", "a-faire=compte", "a-faire=cours", "state__exact=received", "q=Ormes"]
)
def test_list_is_filtered(desk, staff, question):
    CandidacyFactory(next_on=timezone.localdate() - timedelta(days=2))
    sign(a_candidacy(State.AGREEMENT, by=staff))
    a_candidacy(State.REFUSED, by=staff)
    found = {"retard=1": 1, "a-faire=compte": 1, "a-faire=cours": 2, "state__exact=received": 1, "q=Ormes": 3}
    assert desk.get(f"{reverse(LIST)}?{question}").context["cl"].result_count == found[question]


def test_pages_are_for_staff_with_the_right(client, staff):
    candidacy = a_candidacy(State.REFUSED, by=staff)
    addresses = [
        reverse(BOARD), page_of(candidacy), step_of(candidacy, "refuser"),
        reverse("admin:conventions_candidacy_letter", args=[candidacy.pk]),
    ]  # fmt: skip
    for account in (
        UserFactory(), UserFactory(lead=True), UserFactory(venue_desk=True),
        UserFactory(staff=True, is_superuser=False),
    ):  # fmt: skip
        client.force_login(account)
        for address in addresses:
            assert client.get(address, follow=True).status_code == 403, (account.role, address)
            assert client.post(address, follow=True).status_code == 403, (account.role, address)


def test_team_follows_candidacies_in_its_daily_work(client):
    member = UserFactory(staff=True, is_superuser=False)
    member.groups.add(*member.groups.model.objects.filter(name="Équipe"))
    client.force_login(member)
    candidacy = CandidacyFactory()
    assert client.get(reverse(BOARD)).status_code == 200
    assert client.post(step_of(candidacy, "retirer"), {"reason": ""}).status_code == 302
    candidacy.refresh_from_db()
    assert candidacy.state == State.WITHDRAWN


@pytest.mark.parametrize("slug", ["inconnue", "rencontre"])
def test_step_of_nothing_is_not_there(desk, slug):
    missing = CandidacyFactory.build()
    assert desk.get(step_of(missing, slug)).status_code == 404


def test_unknown_step_is_not_there(desk):
    assert desk.get(step_of(CandidacyFactory(), "inconnue")).status_code == 404


def test_nobody_adds_or_deletes_by_the_admin(desk):
    assert desk.get(reverse("admin:conventions_candidacy_add")).status_code == 403
    assert (
        desk.post(reverse("admin:conventions_candidacy_delete", args=[CandidacyFactory().pk])).status_code
        == 403
    )


def test_account_by_candidacy_is_one_that_staff_see(desk, staff):
    candidacy = a_candidacy(State.ACCOUNT, by=staff)
    account = User.objects.get(email=candidacy.lead_email)
    assert "pas encore choisi" in desk.get(page_of(candidacy)).text
    User.objects.filter(pk=account.pk).update(password_chosen_at=timezone.now())
    assert "mot de passe choisi" in desk.get(page_of(candidacy)).text
