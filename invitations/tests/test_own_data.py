"""What somebody may ask of their own data (F3)."""

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from common.errors import DomainError
from common.models import AuditEntry, Erased
from invitations.invariants import audit
from invitations.models import (
    Booking,
    DrawGuest,
    DrawRequest,
    Invitation,
    Participant,
    PartyDocument,
    PrintRun,
    WaitlistEntry,
    WaitlistGuest,
)
from invitations.models.own_data import places_named, same_name
from invitations.services import erasure, own_data, printing
from invitations.services.booking import book
from invitations.services.people import GONE, change_participant
from invitations.services.waitlist import join
from invitations.tests.factories import (
    ParticipantFactory,
    a_booking,
    a_draw,
    a_request,
    a_waiting_party,
    a_worker,
    an_outing,
)
from offers.models import Performance
from offers.tests.factories import PerformanceFactory
from partners.tests.factories import UserFactory

pytestmark = pytest.mark.django_db

REASON = "Demande reçue par courrier ce matin."


@pytest.fixture
def worker():
    return a_worker()


@pytest.fixture
def person(worker):
    return ParticipantFactory(structure=worker.structure, given_name="Zéphirine", family_name="Quatremarre")


def places(worker, words):
    return places_named(worker.structure_id, words)


def erase(person, by, *, keep=None, reason=""):
    return own_data.erase_person(participant=person, keep=keep, by=by, at=timezone.now(), reason=reason)


def erase_places(worker, words, *, keep=None, by=None):
    return own_data.erase_places(places=places(worker, words), keep=keep, by=by or worker, at=timezone.now())


# --- Somebody of the list ------------------------------------------------------------------------------------


def test_outings_to_come_ask_what_becomes_of_them_and_nothing_is_erased(worker, person):
    a_booking(by=worker, participant=person)
    with pytest.raises(DomainError, match="annulées, ou gardées") as refused:
        erase(person, worker)
    assert refused.value.field == "future"
    assert Participant.objects.get() == person and Invitation.objects.named().exists()


def test_erased_person_leaves_the_list_and_their_outings_are_cancelled(worker, person):
    booked = a_booking(by=worker, participant=person, guests=1)
    printing.start(structure=worker.structure, bookings=[booked], at=timezone.now())
    a_waiting_party(by=worker, person=person, guests=1)
    a_request(a_draw(), by=worker, participant=person, guests=1)
    assert erase(person, worker, keep=False) == 1
    assert not Participant.objects.filter(pk=person.pk).exists()
    booked.refresh_from_db()
    assert booked.cancelled_at and booked.participant is None and booked.person_ref == person.person_ref
    assert not booked.invitations.get(kind="participant").full_name
    assert booked.invitations.get(kind="guest").full_name  # not theirs to erase
    assert not WaitlistEntry.objects.live().filter(structure=worker.structure).exists()
    assert not DrawRequest.objects.exists() and not PrintRun.objects.exists()
    trace = AuditEntry.objects.get(verb="personne effacée")
    assert trace.details == {"annulées": 1, "gardées": 0}
    assert audit().violations == []


def test_kept_paper_serves_its_date_and_loses_its_name_right_after(worker, person, time_machine):
    booked = a_booking(by=worker, participant=person, guests=1)
    assert erase(person, worker, keep=True) == 0
    paper = booked.invitations.get(kind="participant")
    assert paper.is_live and paper.full_name == person.full_name
    assert audit().violations == []
    day = timezone.localdate(booked.performance.starts_at)
    erasure.erase(on=day + timedelta(days=1), at=timezone.now())
    paper.refresh_from_db()
    assert paper.full_name  # the door reads it until the day after
    erasure.erase(on=day + timedelta(days=2), at=timezone.now())
    paper.refresh_from_db()
    assert not paper.full_name and paper.status == "valid"
    assert booked.invitations.get(kind="guest").full_name
    assert {paper.pk, person.pk} <= set(Erased.objects.values_list("row", flat=True))


def test_draw_that_is_closed_and_not_held_is_waited_for(worker, person):
    draw = a_draw()
    a_request(draw, by=worker, participant=person)
    at = draw.closes_at + timedelta(seconds=5)
    with pytest.raises(DomainError, match="tirage attend son résultat"):
        own_data.erase_person(participant=person, keep=None, by=worker, at=at)
    assert Participant.objects.get() == person


def test_person_erased_meanwhile_is_nowhere_brought_back(worker, person):
    stale = Participant.objects.get(pk=person.pk)
    erase(person, worker)
    now = timezone.now()
    with pytest.raises(DomainError, match=GONE):
        erase(stale, worker)
    with pytest.raises(DomainError, match=GONE):
        change_participant(participant=stale, by=worker, at=now)
    assert not Participant.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_person_erased_meanwhile_is_neither_booked_nor_put_in_a_line(django_db_serialized_rollback):
    worker, full = a_worker(), a_waiting_party().performance
    stale = ParticipantFactory(structure=worker.structure)
    erase(Participant.objects.get(pk=stale.pk), worker)
    form = {"participant": stale, "confirmed": True, "by": worker, "at": timezone.now()}
    for verb, performance in ((book, PerformanceFactory()), (join, full)):
        with pytest.raises(DomainError, match="vient d'être effacée"):
            verb(performance=performance, key=stale.person_ref, **form)
    assert not Booking.objects.filter(structure=worker.structure).exists()


# --- Somebody who comes along ----------------------------------------------------------------------------------


def test_guest_is_found_corrected_and_erased_wherever_named(worker):
    booked = a_booking(by=worker, guests=2)
    a_waiting_party(by=worker, guests=2)
    a_request(a_draw(), by=worker, guests=2)
    Invitation.objects.filter(kind="guest", position=1).update(given_name="Oriane", family_name="Brunet")
    WaitlistGuest.objects.filter(position=1).update(given_name="Oriane", family_name="Brunet")
    DrawGuest.objects.filter(position=1).update(given_name="ORIANE", family_name="Brunet")
    found = places(worker, "oriane")
    assert sorted(one.where for one in found) == ["attente", "invitation", "tirage"]
    assert same_name(found[0], structure=worker.structure_id) and not places(a_worker(), "oriane")
    own_data.correct_places(
        places=found, given_name="Orianne", family_name="Brunet", by=worker, at=timezone.now()
    )
    assert len(places(worker, "Orianne Brunet")) == 3
    with pytest.raises(DomainError, match="annulées, ou gardées"):
        erase_places(worker, "orianne")
    assert len(places(worker, "orianne")) == 3
    assert erase_places(worker, "orianne", keep=False) == 1
    assert places(worker, "orianne") == []
    booked.refresh_from_db()
    assert booked.cancelled_at is None and booked.invitations.live().count() == 2
    assert WaitlistEntry.objects.get(structure=worker.structure).seats == 2
    assert DrawRequest.objects.get().seats == 2
    assert Erased.objects.count() == 3
    assert audit().violations == []


def test_guest_of_an_offer_gives_one_held_seat_back(worker):
    now = timezone.now()
    party = a_waiting_party(by=worker, guests=2)
    other = Booking.objects.exclude(structure=worker.structure).get()
    own_data.cancel_booking(booking=other, by=other.booked_by, at=now)
    party.refresh_from_db()
    assert party.is_offered
    [place] = [one for one in places(worker, "Attend") if one.row.position == 1]
    own_data.erase_places(places=[place], keep=None, by=worker, at=now)
    performance = Performance.objects.get(pk=party.performance_id)
    assert (performance.seats_held, performance.seats_left) == (2, 1)
    assert audit().violations == []


def test_kept_invitation_of_a_guest_is_forgotten_after_its_date_and_documents_go(worker):
    booked = a_booking(by=worker, guests=1)
    past = an_outing(worker.structure, at=timezone.now() - timedelta(days=2), attended=1)
    PartyDocument.objects.create(booking=past, asked_at=timezone.now(), content=b"Ondine")
    assert erase_places(worker, "ondine", keep=True) == 0
    assert booked.invitations.get(kind="guest").forget
    assert not past.invitations.named().exists() and not PartyDocument.objects.exists()


def test_nothing_ticked_is_said(worker):
    with pytest.raises(DomainError, match="Cochez au moins une ligne"):
        own_data.erase_places(places=[], keep=None, by=worker, at=timezone.now())


# --- Handed over -------------------------------------------------------------------------------------------------


def test_record_holds_everything_of_the_person_and_nobody_elses_name(worker, person):
    booked = a_booking(by=worker, participant=person, guests=1)
    a_waiting_party(by=worker, person=person, guests=1)
    a_request(a_draw(), by=worker, participant=person)
    record = own_data.record_of(person, at=timezone.now())
    assert record["personne"]["nom"] == "Quatremarre" and record["personne"]["langue"] == "français"
    [outing] = record["sorties"]
    assert outing["titre"] == booked.performance.event.title and outing["places_en_tout"] == 2
    assert outing["reserve_par"] == worker.get_role_display()
    assert [one["en_tant_que"] for one in record["demandes"]] == ["liste d'attente", "tirage équitable"]
    assert "Ondine" not in json.dumps(record) and worker.display_name not in json.dumps(record)


@pytest.mark.parametrize("text", ["=1+1", "a,=1+1", 'b";=2', "\t=3", "＝4", "@SUM(A1)", "-2+3", "x = y"])
def test_file_says_the_same_and_no_cell_of_it_acts(text):
    said = json.dumps({"nom": text, "liste": [text, 3, None]}, indent=1)
    safe = own_data.without_formulas(said)
    assert json.loads(safe) == json.loads(said)
    for separator in (",", ";", '"', "\t"):
        for cell in (cell for line in safe.splitlines() for cell in line.split(separator)):
            assert cell.lstrip()[:1] not in {"=", "+", "-", "@", "＝"}, cell


# --- Asked of the association ----------------------------------------------------------------------------------------


def test_team_finds_and_erases_against_a_reason_without_the_name(worker, person):
    staff, now = UserFactory(staff=True), timezone.now()
    a_booking(by=worker, guests=1)
    about = {"structure": worker.structure, "words": "zephirine quatremarre", "by": staff, "at": now}
    with pytest.raises(DomainError, match="sans nommer personne"):
        own_data.search_for_team(reason="Madame Quatremarre a écrit.", **about)
    people, found = own_data.search_for_team(reason=REASON, **about)
    assert person in people and found == []
    _, found = own_data.search_for_team(reason=REASON, **{**about, "words": "ondine"})
    assert len(found) == 1
    with pytest.raises(DomainError, match="en une phrase"):
        erase(person, staff, keep=False)
    erase(person, staff, keep=False, reason=REASON)
    traces = AuditEntry.objects.filter(details__has_key="raison")
    assert set(traces.values_list("verb", flat=True)) == {"personne cherchée", "personne effacée"}
    assert "Quatremarre" not in str(list(AuditEntry.objects.values()))
