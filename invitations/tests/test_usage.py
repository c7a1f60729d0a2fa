"""Hints at booking, a structure's own limit, and what it reads of its own use (D8)."""

from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from common.errors import DomainError
from common.models import AuditEntry
from common.tests.factories import paris
from conventions.models import Agreement
from invitations.models import UsageReview
from invitations.services import usage
from invitations.tests.factories import ParticipantFactory, a_booking, a_worker, an_outing
from offers.tests.factories import PerformanceFactory
from partners.models import Structure
from partners.services import choose_weekly_outings
from partners.tests.factories import UserFactory

MONDAY = paris(2026, 11, 23, 20)
BOOKED = paris(2026, 11, 20, 10)


@pytest.fixture
def worker(db):
    worker = a_worker()
    Agreement.objects.update(
        starts_on=BOOKED.date(), ends_on=paris(2027, 9, 30).date(), signed_on=BOOKED.date()
    )
    return worker


def outings(worker, *days, person=None):
    person = person or ParticipantFactory(structure=worker.structure)
    for day in days:
        performance = PerformanceFactory(starts_at=MONDAY + timedelta(days=day))
        a_booking(by=worker, participant=person, performance=performance, at=BOOKED)
    return person


def set_limit(worker, limit):
    choose_weekly_outings(structure=worker.structure, weekly_outings=limit, by=worker, at=BOOKED)
    worker.structure.refresh_from_db()


def hint(worker, person, *, day):
    return usage.hint(
        structure=worker.structure, person_ref=person.person_ref, moment=MONDAY + timedelta(days=day)
    )


# --- The hint ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("days", "next_day", "hinted"),
    [
        ((), 0, False),
        ((0,), 1, False),
        ((0, 1), 2, True),
        ((0, 6), 3, True),
        ((0, 7), 3, False),  # seven days apart is another week
        ((0, 1), 7, False),
        ((1, 2), 8, False),  # to the hour
        ((0, 1), 8, False),
    ],
)
def test_third_outing_within_seven_sliding_days_is_hinted(worker, days, next_day, hinted):
    person = outings(worker, *days)
    sentence = hint(worker, person, day=next_day)
    assert bool(sentence) is hinted
    assert not hinted or "réserver quand même" in sentence


def test_hint_never_blocks(worker):
    set_limit(worker, 1)
    person = outings(worker, 0, 1, 2, 3, 4)
    assert person.bookings.live().count() == 5


@pytest.mark.parametrize(
    ("limit", "booked", "said"),
    [
        (1, 0, ""),
        (1, 1, "2 sorties en une semaine pour cette personne (repère de votre structure : 1)"),
        (
            1,
            2,
            "3 sorties en une semaine pour cette personne (repère de l'association : 2 ; repère de votre ",
        ),
        (4, 2, "3 sorties en une semaine pour cette personne (repère de l'association : 2)"),
        (4, 4, "(repère de l'association : 2 ; repère de votre structure : 4)"),
        (None, 1, ""),
    ],
)
def test_hint_says_whose_limit_is_passed(worker, limit, booked, said):
    set_limit(worker, limit)
    person = outings(worker, *range(booked))
    sentence = hint(worker, person, day=booked)
    assert said in sentence and bool(said) is bool(sentence)


@time_machine.travel(BOOKED, tick=False)
def test_limit_of_the_structure_shows_on_the_form_the_booking_and_the_home_page(worker, client):
    set_limit(worker, 1)
    person = outings(worker, 0)
    client.force_login(worker)
    performance = PerformanceFactory(starts_at=MONDAY + timedelta(days=1))
    asked = {"action": "search", "participant": str(person.pk)}
    assert (
        "repère de votre structure : 1"
        in client.post(reverse("invitations:book", args=[performance.pk]), asked).text
    )
    booked = a_booking(by=worker, participant=person, performance=performance, at=BOOKED)
    assert "repère de votre structure : 1" in client.get(booked.get_absolute_url()).text
    home = client.get("/").text
    assert "repère de votre structure : 1" in home
    assert f"{reverse('invitations:participant', args=[person.pk])}#sorties" in home


@pytest.mark.parametrize("number", [0, -1, 31])
def test_limit_that_is_no_number_of_outings_is_refused(worker, number):
    with pytest.raises(DomainError, match="entre 1 et 30") as refused:
        set_limit(worker, number)
    assert refused.value.field == "weekly_outings"


@pytest.mark.parametrize(("typed", "kept"), [("4", 4), ("", None)])
def test_referent_sets_the_limit_on_a_page_and_takes_it_away(worker, client, typed, kept):
    Structure.objects.update(weekly_outings=3)
    client.force_login(UserFactory(lead=True, structure=worker.structure))
    answer = client.post(reverse("invitations:usage_limit"), {"weekly_outings": typed}, follow=True)
    assert "C'est noté" in answer.text or "C&#x27;est noté" in answer.text
    worker.structure.refresh_from_db()
    assert worker.structure.weekly_outings == kept
    assert AuditEntry.objects.get(verb="repère de la structure choisi").details == {"sorties": kept}


@pytest.mark.parametrize("typed", ["0", "31", "deux", "2,5"])
def test_page_refuses_what_is_no_limit_and_keeps_what_was_typed(worker, client, typed):
    client.force_login(UserFactory(lead=True, structure=worker.structure))
    answer = client.post(reverse("invitations:usage_limit"), {"weekly_outings": typed})
    assert "Écrivez un nombre entre 1 et 30, ou laissez vide." in answer.text
    assert f'value="{typed}"' in answer.text
    worker.structure.refresh_from_db()
    assert worker.structure.weekly_outings is None


# --- Who is out often -----------------------------------------------------------------------------------


def test_people_out_often_are_read_by_their_own_structure_only(worker):
    person = outings(worker, 0, 1, 2)
    [often] = usage.people_out_often(user=worker, at=BOOKED)
    assert (often.person, often.outings, often.passed) == (person, 3, "repère de l'association : 2")
    assert usage.people_out_often(user=a_worker(), at=BOOKED) == []


@time_machine.travel(BOOKED, tick=False)
def test_home_shows_some_people_out_often_and_leads_to_all(worker, client):
    client.force_login(worker)
    set_limit(worker, 1)
    for _ in range(6):
        outings(worker, 0, 1)
    home = client.get("/")
    assert len(home.context["out_often"]) == 5
    assert "Toutes les personnes au-dessus d’un repère (6)" in home.text
    assert len(client.get(reverse("invitations:usage")).context["people"]) == 6


@pytest.mark.parametrize("page", ["home", "invitations:usage"])
@time_machine.travel(BOOKED, tick=False)
def test_pages_take_the_same_queries_whoever_is_out_often(worker, client, page):
    client.force_login(worker)
    client.get(reverse(page))  # what is remembered between requests is remembered now
    counts = []
    for more in (1, 4):
        for _ in range(more):
            outings(worker, 0, 1, 2)
        with CaptureQueriesContext(connection) as captured:
            client.get(reverse(page))
        counts.append(len(captured))
    assert counts[0] == counts[1] <= 23


# --- Its own seats -----------------------------------------------------------------------------------------

AUTUMN = paris(2026, 11, 10, 20)


@time_machine.travel(BOOKED, tick=False)
def test_structure_reads_its_own_figures_beside_the_median_and_nobody_elses(worker, client):
    an_outing(worker.structure, at=AUTUMN, attended=15, no_show=5)
    an_outing(a_worker().structure, at=AUTUMN, no_show=77)
    UsageReview.objects.create(
        on=BOOKED.date(), made_at=BOOKED, first=BOOKED, last=BOOKED, taken=33, rate=0.08
    )
    client.force_login(worker)
    page = client.get(reverse("invitations:usage"))
    shown = page.text.replace("\u00a0", " ")
    assert "25 % (5 sur 20)" in shown
    assert "8 %" in shown and ">33<" in shown
    assert "77" not in shown.partition("<h1")[2].partition("</main>")[0]
    assert page.context["bars"].words == "Chez vous, ces jours-ci : 25\u00a0%, Médiane du réseau : 8\u00a0%"


@time_machine.travel(BOOKED, tick=False)
def test_new_structure_reads_what_will_come(worker, client):
    client.force_login(worker)
    assert "vos chiffres apparaîtront ici" in client.get(reverse("invitations:usage")).text
    an_outing(worker.structure, at=AUTUMN, attended=3, no_show=1)
    shown = client.get(reverse("invitations:usage"))
    assert shown.context["bars"] is None
    assert "Trop peu de places" in shown.text


@time_machine.travel(BOOKED, tick=False)
def test_partnership_page_leads_to_the_structures_figures(worker, client):
    client.force_login(worker)
    assert reverse("invitations:usage") in client.get(reverse("conventions:partnership")).text
    client.force_login(UserFactory(venue_desk=True))
    assert reverse("invitations:usage") not in client.get(reverse("conventions:partnership")).text
