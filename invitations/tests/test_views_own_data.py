"""The pages on which somebody's data is shown, corrected, erased, handed over (F3)."""

import json
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from common.models import AuditEntry
from invitations.models import Booking, Invitation, Participant
from invitations.tests.factories import ParticipantFactory, a_booking, a_waiting_party, a_worker
from partners.tests.factories import UserFactory

pytestmark = pytest.mark.django_db

REASON = "Demande reçue par courrier ce matin."


@pytest.fixture
def worker():
    return a_worker()


@pytest.fixture
def desk(client, worker):
    """The worker's browser."""
    client.force_login(worker)
    return client


@pytest.fixture
def booked(worker):
    person = ParticipantFactory(structure=worker.structure, given_name="Zéphirine", family_name="Quatremarre")
    return a_booking(by=worker, participant=person, guests=1)


def page(name, *args):
    return reverse(f"invitations:{name}", args=args)


def place_of(booked):
    return "invitation", booked.invitations.get(kind="guest").pk


def test_one_page_shows_everything_held_of_a_person(desk, worker, booked):
    person = booked.participant
    a_waiting_party(by=worker, person=person)
    other = a_booking(by=worker)
    Invitation.objects.filter(booking=other).update(
        kind="guest", given_name=person.given_name, family_name=person.family_name
    )
    Booking.objects.filter(pk=booked.pk).update(participant=None)  # as thirty days after a date
    text = desk.get(page("participant", person.pk)).text
    assert booked.get_absolute_url() in text and "groupe de 2" in text
    assert (
        f"Réservé par&nbsp;: {worker.get_role_display()}" in text
        and worker.display_name not in text.split("<main")[1]
    )
    assert "Liste d’attente · en attente" in text and "Le même nom, avec d’autres personnes" in text
    assert "Ondine" not in text


def test_person_is_erased_once_it_is_said_what_becomes_of_outings(desk, booked):
    address = page("participant_erase", booked.participant.pk)
    assert booked.performance.event.title in desk.get(address).text
    assert "Choisissez ce que deviennent" in desk.post(address).text and Participant.objects.exists()
    answer = desk.post(address, {"future": "cancel"}, follow=True)
    assert "Sorties ou invitations annulées : 1" in answer.text and not Participant.objects.exists()


def test_person_without_outings_is_erased_without_a_question(desk, worker):
    person = ParticipantFactory(structure=worker.structure)
    address = page("participant_erase", person.pk)
    assert 'name="future"' not in desk.get(address).text
    desk.post(address)
    assert not Participant.objects.exists()


@pytest.mark.parametrize("how", ["pdf", "json"])
def test_data_is_handed_over_in_a_file_and_noted_without_a_name(how, desk, booked):
    person, where = booked.participant, place_of(booked)
    for address in (page("participant_hand_over", person.pk, how), page("place_hand_over", *where, how)):
        answer = desk.post(address)
        assert answer.status_code == 200 and f".{how}" in answer["Content-Disposition"]
        assert desk.get(address).status_code == 405
        if how == "json":
            assert len(json.loads(answer.content)["sorties"]) == 1
        else:
            assert answer.content.startswith(b"%PDF")
    traces = AuditEntry.objects.filter(verb="données remises")
    assert {str(trace.details) for trace in traces} == {str({"forme": how.upper()})}
    assert traces.count() == 2 and "Quatremarre" not in str(list(traces.values()))


def test_guest_is_found_by_a_search_corrected_and_erased(desk, booked):
    listed = desk.post(page("participants"), {"search": "ondine"}).text
    where = place_of(booked)
    assert "Personne de ce nom sur votre liste" in listed and page("place", *where) in listed
    opened = desk.get(page("place", *where)).text
    assert "Ondine0 Quatremarre" in opened and booked.performance.event.title in opened
    key = " ".join(map(str, where))
    desk.post(page("place", *where), {"places": [key], "given_name": "Ondyne", "family_name": "Quatremarre"})
    assert booked.invitations.get(kind="guest").given_name == "Ondyne"
    assert "Cochez au moins une ligne" in desk.post(page("place_erase", *where), {"future": "keep"}).text
    answer = desk.post(page("place_erase", *where), {"places": [key], "future": "keep"}, follow=True)
    assert "juste après leur date" in answer.text and booked.invitations.get(kind="guest").forget


def test_place_that_is_none_is_not_there(desk, booked):
    for where in (("ailleurs", booked.pk), ("attente", booked.pk), ("invitation", booked.pk)):
        assert desk.get(page("place", *where)).status_code == 404
    own = booked.invitations.get(kind="participant")
    assert (
        desk.get(page("place", "invitation", own.pk)).status_code == 404
    )  # on the list: their page is there
    assert desk.post(page("place_hand_over", *place_of(booked), "exe")).status_code == 404


def test_list_says_who_leaves_it_soon(desk, worker):
    now = timezone.now()
    ParticipantFactory(structure=worker.structure)
    assert "quitte bientôt cette liste" not in desk.get(page("participants")).text
    ParticipantFactory(structure=worker.structure, created_at=now - timedelta(days=345))
    text = desk.get(page("participants")).text
    assert "1 personne quitte bientôt cette liste" in text and text.count("s’efface le") == 1


def test_team_hands_over_and_erases_for_somebody_who_asks_the_association(client, booked):
    client.force_login(UserFactory(staff=True))
    address = reverse("admin:invitations_participant_request")
    assert address in client.get(reverse("admin:invitations_participant_changelist")).text
    form = {"structure": booked.structure.name, "words": "zephirine", "reason": REASON, "action": "look"}
    assert "Personne de ce nom" in client.post(address, {**form, "words": "personne-ainsi"}).text
    assert "Aucune structure" in client.post(address, {**form, "structure": "Nulle part"}).text
    assert "sans nommer personne" in client.post(address, {**form, "reason": "Zéphirine a téléphoné."}).text
    assert "Trouvé&nbsp;: 1" in client.post(address, form).text
    chosen = {**form, "found": f"liste {booked.participant.pk}"}
    assert "Choisissez la personne trouvée" in client.post(address, {**form, "action": "erase"}).text
    answer = client.post(address, {**chosen, "action": "json"})
    assert json.loads(answer.content)["personne"]["nom"] == "Quatremarre"
    assert "annulées, ou gardées" in client.post(address, {**chosen, "action": "erase"}).text
    guest = {**form, "words": "ondine", "found": "avec " + " ".join(map(str, place_of(booked)))}
    client.post(address, {**guest, "action": "erase", "future": "keep"})
    assert booked.invitations.get(kind="guest").forget
    client.post(address, {**chosen, "action": "erase", "future": "keep"})
    assert not Participant.objects.exists()
    said = AuditEntry.objects.filter(verb__in=["données remises", "personne effacée", "nom effacé"])
    assert [trace.details["raison"] for trace in said] == [REASON] * 3
