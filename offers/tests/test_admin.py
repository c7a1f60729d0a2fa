"""Staff help venues with their programme, and can never sell a seat twice or lose one (C1, C3)."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from common.models import AuditEntry
from offers.models import Event, Performance
from offers.services import take_seats
from offers.tests.factories import EventFactory, PerformanceFactory
from partners.tests.factories import UserFactory, VenueFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(client):
    """Staff's browser."""
    client.force_login(UserFactory(staff=True))
    return client


@pytest.fixture
def booked():
    """A date with ten seats of which four are taken."""
    performance = PerformanceFactory(capacity=10)
    take_seats(performance=performance, seats=4, at=timezone.now())
    performance.refresh_from_db()
    return performance


def seats_of(performance):
    performance.refresh_from_db()
    return performance.capacity, performance.seats_left


def give(desk, performance, capacity, **forged):
    page = reverse("admin:offers_performance_change", args=[performance.pk])
    return desk.post(page, {"capacity": capacity, **forged})


def act(desk, model, action, *rows):
    return desk.post(
        reverse(f"admin:offers_{model}_changelist"),
        {"action": action, "_selected_action": [str(row.pk) for row in rows]},
        follow=True,
    )


def moment(number, days):
    day = timezone.localtime() + timedelta(days=days)
    return {
        f"performances-{number}-starts_at_0": f"{day:%d/%m/%Y}",
        f"performances-{number}-starts_at_1": "20:30",
    }


def event_form(host, *dates, **fields):
    form = {"venue": str(host.pk), "title": "Le bal des ombres", "kind": "show", "state": "published"}
    form |= {"performances-TOTAL_FORMS": str(len(dates)), "performances-INITIAL_FORMS": "0"}
    for number, (days, capacity) in enumerate(dates):
        form |= {**moment(number, days), f"performances-{number}-capacity": capacity}
    return {**form, **fields}


def test_seats_are_given_and_withdrawn_through_the_service(desk, booked):
    give(desk, booked, "25")
    assert seats_of(booked) == (25, 21)
    give(desk, booked, "4")
    assert seats_of(booked) == (4, 0)
    assert [entry.verb for entry in AuditEntry.objects.all()] == ["places changées", "places changées"]


@pytest.mark.parametrize(
    ("capacity", "sentence"),
    [
        ("3", "déjà réservées"),
        ("0", "déjà réservées"),
        ("-1", "entre 0 et"),
        ("1000000000", "entre 0 et 10000 places"),
        ("9" * 30, "entre 0 et"),
        ("", "obligatoire"),
        ("dix", "nombre entier"),
        ("1\x00", "nombre entier"),
    ],
)
def test_impossible_number_of_seats_is_refused_by_the_field(desk, booked, capacity, sentence):
    answer = give(desk, booked, capacity)
    assert sentence in answer.context["adminform"].form.errors["capacity"].as_text()
    assert capacity.replace("\x00", "") in answer.text
    assert seats_of(booked) == (10, 6)


def test_forged_form_moves_no_seat_and_no_date(desk, booked):
    was = booked.starts_at
    give(desk, booked, "10", seats_left="10", starts_at_0="01/01/2030", starts_at_1="10:00", cancelled_at="")
    assert seats_of(booked) == (10, 6)
    assert booked.starts_at == was


@pytest.mark.parametrize("trait", ["past", "cancelled"])
def test_seats_of_a_past_or_cancelled_date_stay(desk, trait):
    performance = PerformanceFactory(**{trait: True})
    assert "passée ou annulée" in give(desk, performance, "50").text
    assert seats_of(performance) == (10, 10)


def test_event_is_added_with_its_dates_and_found_in_the_catalogue(desk):
    venue = VenueFactory()
    desk.post(reverse("admin:offers_event_add"), event_form(venue, (5, "12"), (6, "0")))
    event = Event.objects.get()
    assert [(row.capacity, row.seats_left) for row in event.performances.all()] == [(12, 12), (0, 0)]
    assert "bal des ombres" in event.search_text
    assert event.city == "Villeurbanne"


@pytest.mark.parametrize(
    ("dates", "sentence"),
    [([(-2, "5")], "déjà passée"), ([(4, "20000")], "entre 0 et 10000 places"), ([(4, "1"), (4, "1")], "")],
)
def test_event_with_an_impossible_date_is_not_added_at_all(desk, dates, sentence):
    answer = desk.post(reverse("admin:offers_event_add"), event_form(VenueFactory(), *dates))
    assert answer.status_code == 200
    assert sentence in answer.text
    assert "Le bal des ombres" in answer.text
    assert not Event.objects.exists()


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"title": ""}, "obligatoire"),
        ({"title": "x" * 201}, "200"),
        ({"title": "a\x00"}, "nul"),
        ({"state": "withdrawn"}, "choix valide"),
        ({"age_min": "-1"}, "supérieure ou égale à 0"),
        ({"purchase_url": "javascript:alert(1)"}, "URL valide"),
        ({"venue": ""}, "obligatoire"),
    ],
)
def test_impossible_event_is_refused_in_a_sentence(desk, fields, sentence):
    answer = desk.post(reverse("admin:offers_event_add"), event_form(VenueFactory(), **fields))
    assert sentence in answer.context["adminform"].form.errors.as_text()
    assert not Event.objects.exists()


def test_dates_already_there_do_not_change_through_the_page_of_their_event(desk, booked):
    event = booked.event
    forged = {
        "performances-TOTAL_FORMS": "1",
        "performances-INITIAL_FORMS": "1",
        "performances-0-id": str(booked.pk),
        "performances-0-event": str(event.pk),
        "performances-0-capacity": "1",
        "performances-0-DELETE": "on",
        **moment(0, 40),
    }
    page = reverse("admin:offers_event_change", args=[event.pk])
    desk.post(page, event_form(VenueFactory(), title="Nouveau titre", state="withdrawn", **forged))
    assert seats_of(booked) == (10, 6)
    changed = Event.objects.get(pk=event.pk)
    assert (changed.title, changed.venue, changed.state) == ("Nouveau titre", event.venue, "published")
    assert "nouveau titre" in changed.search_text


def test_one_more_date_is_added_to_an_event_that_has_some(desk, booked):
    form = event_form(
        booked.event.venue, **{"performances-TOTAL_FORMS": "2", "performances-INITIAL_FORMS": "1"}
    )
    form |= {"performances-0-id": str(booked.pk), **moment(1, 9), "performances-1-capacity": "7"}
    desk.post(reverse("admin:offers_event_change", args=[booked.event_id]), form)
    assert sorted(Performance.objects.values_list("capacity", "seats_left")) == [(7, 7), (10, 6)]
    assert Performance.objects.values("event").distinct().count() == 1


def test_event_leaves_the_catalogue_only_when_nobody_holds_a_seat(desk, booked):
    free = EventFactory()
    answer = act(desk, "event", "withdraw", booked.event, free)
    assert "Événements retirés : 1." in answer.text
    assert "réservées" in answer.text
    assert set(Event.objects.values_list("title", "state")) == {
        (booked.event.title, "published"),
        (free.title, "withdrawn"),
    }
    act(desk, "event", "publish", free)
    free.refresh_from_db()
    assert free.state == "published"


def test_date_with_bookings_is_found_by_its_seats(desk, booked):
    PerformanceFactory(full=True)
    PerformanceFactory(capacity=0)
    PerformanceFactory(cancelled=True)
    listed = reverse("admin:offers_performance_changelist")
    found = {
        state: desk.get(listed, {"places": state}).context["cl"].result_count
        for state in ("libres", "completes", "bientot", "annulees")
    }
    assert found == {"libres": 1, "completes": 1, "bientot": 1, "annulees": 1}


def test_catalogue_follows_a_venue_that_moves_and_takes_a_new_name(desk):
    event = EventFactory()
    Performance.objects.create(
        event=event, starts_at=timezone.now() + timedelta(days=2), capacity=1, seats_left=1
    )
    form = {"name": "Le Grand Hangar", "slug": "le-grand-hangar", "kind": "culture", "commune": "69387"}
    form |= {
        f"{prefix}-{count}_FORMS": "0" for prefix in ("users", "agreements") for count in ("TOTAL", "INITIAL")
    }
    desk.post(reverse("admin:partners_venue_change", args=[event.venue_id]), form)
    event.refresh_from_db()
    assert event.city == "Lyon 7e"
    assert "grand hangar" in event.search_text
