"""What a venue does with its own programme (C1, C2, C3)."""

from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from common.tests.factories import PARIS, paris
from offers.models import Event, Performance, ProgrammeUpload
from offers.tests.factories import EventFactory, PerformanceFactory

CREATE = reverse("offers:event_create")
PROGRAMME = reverse("offers:programme")
IMPORT = reverse("offers:import_programme")


@pytest.fixture
def desk(cast):
    return cast.browser("desk")


@pytest.fixture
def event(cast):
    return EventFactory(venue=cast.desk.venue, title="Le Bal")


def next_year(month=5, day=10) -> str:
    return f"{timezone.localdate().year + 1}-{month:02d}-{day:02d}"


def line(rank=0, **typed):
    values = {"day": next_year(), "begins": "20:30", "ends": "", "capacity": "10", "last_day": "", **typed}
    return {f"dates-{rank}-{name}": value for name, value in values.items()}


def posted(*lines, **typed):
    """What the form of a new event sends."""
    data = {"title": "Le Grand Bal", "kind": "concert", "description": "Une nuit de valses.", **typed}
    data |= {"dates-TOTAL_FORMS": str(len(lines)), "dates-INITIAL_FORMS": "0"}
    for values in lines:
        data |= values
    return data


def text(response) -> str:
    return response.content.decode().replace("&#x27;", "'").replace("\u00a0", " ")


# --- Who may come in ---------------------------------------------------------------------------------------------


def urls(cast):
    date = PerformanceFactory(event__venue=cast.desk.venue)
    upload = ProgrammeUpload.objects.create(
        venue=cast.desk.venue,
        by=cast.desk,
        filename="x.csv",
        content=b"titre;date\n",
        created_at=timezone.now(),
    )
    of_event = ("event_manage", "event_edit", "performance_add", "event_withdraw")
    return [reverse(f"offers:{name}", args=[date.event_id]) for name in of_event] + [
        reverse("invitations:performance_seats", args=[date.pk]),
        reverse("offers:import_preview", args=[upload.pk]),
    ]


def test_programme_of_another_venue_is_not_found(cast):
    for url in urls(cast):
        assert cast.browser("other_desk").get(url).status_code == 404
        assert cast.browser("other_desk").post(url, {"capacity": "1"}).status_code in {404, 405}


@pytest.mark.parametrize("who", ["lead", "worker", "visitor", "staff"])
def test_programme_is_for_venues_only(cast, who):
    for url in [*urls(cast), PROGRAMME, CREATE, IMPORT]:
        assert cast.browser(who).get(url).status_code == 403
        assert cast.browser(who).post(url).status_code == 403


def test_programme_sends_the_public_to_sign_in(cast):
    for url in [*urls(cast), PROGRAMME, CREATE, IMPORT]:
        assert cast.browser("nobody").get(url).status_code == 302


# --- The list ----------------------------------------------------------------------------------------------------


def test_programme_lists_own_events_with_their_next_date_and_seats(cast, desk, event):
    PerformanceFactory(event=event, capacity=10, seats_left=4)
    PerformanceFactory(event=event, capacity=0, starts_at=timezone.now() + timedelta(days=9))
    PerformanceFactory(event=event, past=True, capacity=50)
    PerformanceFactory(event__title="Aux autres")
    page = text(desk.get(PROGRAMME))
    assert "6 réservées sur 10" in page
    assert "à remplir" in page
    assert "1 date sans place." in page
    assert "Aux autres" not in page


def test_programme_parts_what_is_ahead_from_what_is_over(cast, desk):
    venue = cast.desk.venue
    PerformanceFactory(event__venue=venue, event__title="Demain")
    PerformanceFactory(event__venue=venue, event__title="Hier", past=True)
    PerformanceFactory(event__venue=venue, event__title="Retiré", event__state=Event.State.WITHDRAWN)
    EventFactory(venue=venue, title="Sans date")
    assert [event.title for event in desk.get(PROGRAMME).context["page"]] == ["Demain"]
    over = {event.title for event in desk.get(PROGRAMME, {"quand": "passe"}).context["page"]}
    assert over == {"Hier", "Retiré", "Sans date"}


def test_programme_is_searched_without_accents(cast, desk):
    PerformanceFactory(event__venue=cast.desk.venue, event__title="L'Été des fanfares")
    PerformanceFactory(event__venue=cast.desk.venue, event__title="Récital")
    assert [event.title for event in desk.get(PROGRAMME, {"q": "ete FANFARES\x00"}).context["page"]] == [
        "L'Été des fanfares"
    ]
    assert "Rien ne correspond" in text(desk.get(PROGRAMME, {"q": "zzz"}))


def test_programme_takes_as_many_statements_for_one_event_as_for_thirty(cast, desk):
    counts = set()
    for wanted in (1, 2, 27):
        for _ in range(wanted):
            PerformanceFactory(event__venue=cast.desk.venue)
        with CaptureQueriesContext(connection) as statements:
            desk.get(PROGRAMME)
        counts.add(len(statements))
    assert len(counts) == 1


def test_programme_helps_a_venue_that_has_none(desk):
    assert "Votre programme est vide" in text(desk.get(PROGRAMME))
    assert "Rien de passé" in text(desk.get(PROGRAMME, {"quand": "passe"}))


# --- A new event -------------------------------------------------------------------------------------------------


def test_event_create_publishes_the_event_with_its_dates(cast, desk):
    lines = [
        line(ends="22:00", last_day=next_year(5, 8)),
        line(1, day=next_year(5, 11), capacity="0"),
        line(2),
    ]
    lines[2] = dict.fromkeys(line(2), "")
    answer = desk.post(CREATE, posted(*lines, wheelchair="on", age_min="7"))
    event = Event.objects.get()
    assert answer.url == reverse("offers:event_manage", args=[event.pk])
    assert (event.venue, event.state, event.age_min, event.wheelchair) == (
        cast.desk.venue,
        "published",
        7,
        True,
    )
    assert "grand bal" in event.search_text
    first, second = event.performances.order_by("starts_at")
    year = timezone.localdate().year + 1
    assert first.starts_at == paris(year, 5, 10, 20, 30)
    assert first.ends_at == paris(year, 5, 10, 22, 0)
    assert first.booking_deadline == paris(year, 5, 9, 0, 0)
    assert (first.capacity, first.seats_left) == (10, 10)
    assert (second.capacity, second.booking_deadline) == (0, None)


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"title": ""}, "Donnez un titre"),
        ({"title": "x" * 201}, "200 caractères"),
        ({"title": "a\x00b"}, "nul"),
        ({"description": "x" * 20_001}, "20000 caractères"),
        ({"kind": "opera"}, "choix valide"),
        ({"kind": ""}, "obligatoire"),
        ({"age_min": "-1"}, "Écrivez un âge entre 0 et 99 ans"),
        ({"age_min": "vieux"}, "Écrivez l'âge en chiffres"),
        ({"duration_minutes": "1000000000"}, "Écrivez une durée entre 1 et 1440 minutes"),
        ({"purchase_url": "javascript:alert(1)"}, "Vérifiez l'adresse"),
        ({"purchase_url": "https://x.example/" + "a" * 500}, "500 caractères"),
    ],
)
def test_event_create_refuses_impossible_details_and_keeps_what_was_typed(desk, typed, sentence):
    answer = desk.post(CREATE, posted(line(capacity="17"), contact="Chez nous", **typed))
    page = text(answer)
    assert sentence in page
    assert 'value="17"' in page and 'value="Chez nous"' in page
    assert not Event.objects.exists()


@pytest.mark.parametrize(
    ("typed", "field", "sentence"),
    [
        ({"day": ""}, "day", "Choisissez une date"),
        ({"day": "31/02/2027"}, "day", "Nous ne comprenons pas cette date"),
        ({"day": "2027-01-01\x00"}, "day", "Nous ne comprenons pas cette date"),
        ({"day": "0001-01-01"}, "day", "Vérifiez l'année"),
        ({"day": "9999-12-31"}, "day", "Vérifiez l'année"),
        ({"day": "2020-01-01"}, "day", "Cette date est déjà passée"),
        ({"begins": ""}, "begins", "Écrivez l'heure"),
        ({"begins": "25:00"}, "begins", "Nous ne comprenons pas cette heure"),
        ({"ends": "20:00"}, "ends", "La fin vient avant le début"),
        ({"ends": "20:30"}, "ends", "La fin vient avant le début"),
        ({"capacity": ""}, "capacity", "Écrivez combien de places"),
        ({"capacity": "-1"}, "capacity", "Donnez entre 0 et 10000 places"),
        ({"capacity": "1000000000"}, "capacity", "Donnez entre 0 et 10000 places"),
        ({"capacity": "dix"}, "capacity", "en chiffres"),
        ({"last_day": next_year(5, 11)}, "last_day", "La date limite vient après la séance"),
        ({"last_day": "2020-01-01"}, "last_day", "La date limite est déjà passée"),
    ],
)
def test_event_create_refuses_an_impossible_date_by_its_field(desk, typed, field, sentence):
    good = line(0, day=next_year(6, 1))
    answer = desk.post(CREATE, posted(good, line(1, **typed)))
    errors = answer.context["dates"].forms[1].errors
    assert list(errors) == [field]
    assert sentence in errors[field][0]
    assert sentence in text(answer)
    assert 'value="Le Grand Bal"' in text(answer)
    assert not Event.objects.exists() and not Performance.objects.exists()


def test_event_create_refuses_the_hour_that_summer_time_skips(desk):
    answer = desk.post(CREATE, posted(line(day="2026-03-29", begins="02:30")))
    assert "Cette heure n'existe pas" in answer.context["dates"].forms[0].errors["begins"][0]


def test_event_create_refuses_the_same_date_twice_and_says_where(desk):
    answer = desk.post(CREATE, posted(line(0), line(1)))
    assert "Il y a déjà une séance" in answer.context["dates"].forms[1].errors["day"][0]
    assert not Event.objects.exists()


def test_event_create_wants_at_least_one_date(desk):
    answer = desk.post(CREATE, posted(dict.fromkeys(line(), "")))
    assert "Choisissez une date" in text(answer)
    assert not Event.objects.exists()


def test_event_create_takes_an_end_after_midnight_as_the_next_day(desk):
    desk.post(CREATE, posted(line(begins="22:00", ends="01:00")))
    date = Performance.objects.get()
    assert date.ends_at - date.starts_at == timedelta(hours=3)


@pytest.mark.parametrize("total", ["1000000000", "abc", ""])
def test_event_create_survives_a_forged_number_of_lines(desk, total):
    data = posted(line()) | {"dates-TOTAL_FORMS": total}
    assert desk.post(CREATE, data).status_code == 200
    assert desk.post(CREATE, data | {"add_date": "1"}).status_code == 200
    assert not Event.objects.exists()


def test_event_create_adds_a_line_like_the_last_one_and_keeps_everything(desk):
    answer = desk.post(CREATE, posted(line(begins="19:15", capacity="-4"), relaxed="on") | {"add_date": "1"})
    page = text(answer)
    first, second = answer.context["dates"].forms
    assert (first["day"].value(), first["capacity"].value()) == (next_year(), "-4")
    assert (second["day"].value(), second["begins"].value()) == ("", "19:15")
    assert 'value="Le Grand Bal"' in page and "Une nuit de valses." in page
    assert "Donnez entre" not in page  # nothing is judged before it is sent
    assert not Event.objects.exists()


@pytest.mark.parametrize("removed", ["0", "7", "abc", ""])
def test_event_create_takes_a_line_away_and_keeps_the_others(desk, removed):
    lines = [line(0), line(1, day=next_year(6, 2))]
    answer = desk.post(CREATE, posted(*lines) | {"remove_date": removed})
    days = [form["day"].value() for form in answer.context["dates"].forms]
    assert days == ([next_year(6, 2)] if removed == "0" else [next_year(), next_year(6, 2)])


# --- One event ---------------------------------------------------------------------------------------------------


def test_event_edit_saves_and_is_found_by_its_new_words(desk, event):
    url = reverse("offers:event_edit", args=[event.pk])
    assert 'value="Le Bal"' in text(desk.get(url))
    desk.post(url, {"title": "L'Élan", "kind": "talk", "place_city": "Bron"})
    event.refresh_from_db()
    assert (event.title, event.kind, event.city) == ("L'Élan", "talk", "Bron")
    assert "l'elan" in event.search_text


def test_event_edit_refuses_an_empty_title_and_changes_nothing(desk, event):
    answer = desk.post(
        reverse("offers:event_edit", args=[event.pk]), {"title": "", "kind": "talk", "contact": "Ici"}
    )
    assert "Donnez un titre" in text(answer) and 'value="Ici"' in text(answer)
    event.refresh_from_db()
    assert (event.title, event.kind) == ("Le Bal", "show")


def test_event_manage_shows_dates_to_come_first(desk, event):
    past = PerformanceFactory(event=event, past=True)
    late = PerformanceFactory(event=event, starts_at=timezone.now() + timedelta(days=9))
    soon = PerformanceFactory(event=event)
    response = desk.get(reverse("offers:event_manage", args=[event.pk]))
    assert response.context["dates"] == [soon, late, past]
    page = text(response)
    assert reverse("invitations:performance_cancel", args=[soon.pk]) in page
    assert reverse("invitations:performance_cancel", args=[past.pk]) not in page


def test_event_manage_gives_seats_to_all_dates_without(desk, event):
    given = PerformanceFactory(event=event, capacity=4, seats_left=1)
    empty = [
        PerformanceFactory(event=event, capacity=0, starts_at=timezone.now() + timedelta(days=day))
        for day in (5, 6)
    ]
    past = PerformanceFactory(event=event, capacity=0, past=True)
    url = reverse("offers:event_manage", args=[event.pk])
    assert "2 dates attendent des places" in text(desk.get(url))
    desk.post(reverse("invitations:event_seats", args=[event.pk]), {"capacity": "12"})
    assert {
        (date.capacity, date.seats_left) for date in Performance.objects.filter(pk__in=[d.pk for d in empty])
    } == {(12, 12)}
    given.refresh_from_db()
    past.refresh_from_db()
    assert (given.capacity, given.seats_left, past.capacity) == (4, 1, 0)


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("0", "Donnez au moins une place"),
        ("-1", "Donnez entre"),
        ("1000000000", "Donnez entre"),
        ("", "combien"),
    ],
)
def test_event_seats_refuses_impossible_seats(desk, event, typed, sentence):
    date = PerformanceFactory(event=event, capacity=0)
    answer = desk.post(reverse("invitations:event_seats", args=[event.pk]), {"capacity": typed})
    assert sentence in text(answer)
    date.refresh_from_db()
    assert date.capacity == 0


def test_performance_add_saves_one_more_date(desk, event):
    url = reverse("offers:performance_add", args=[event.pk])
    assert desk.get(url).status_code == 200
    day = (timezone.localdate() + timedelta(days=30)).isoformat()
    answer = desk.post(url, posted(line(day=day, begins="14:00", capacity="8")))
    assert answer.status_code == 302
    date = event.performances.get()
    assert date.starts_at == datetime.fromisoformat(f"{day}T14:00").replace(tzinfo=PARIS)
    assert (date.capacity, date.seats_left) == (8, 8)


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"day": "2020-01-01"}, "day"),
        ({"ends": "19:00"}, "ends"),
        ({"capacity": "-1"}, "capacity"),
        ({"last_day": next_year(5, 11)}, "last_day"),
    ],
)
def test_performance_add_refuses_by_the_field(desk, event, typed, field):
    answer = desk.post(reverse("offers:performance_add", args=[event.pk]), posted(line(), line(1, **typed)))
    assert list(answer.context["dates"].forms[1].errors) == [field]
    assert not event.performances.exists()


def test_performance_add_refuses_a_date_that_exists(desk, event):
    url = reverse("offers:performance_add", args=[event.pk])
    desk.post(url, posted(line()))
    again = posted(line(), line(1, day=next_year(6, 1)))
    assert "Il y a déjà une séance" in text(desk.post(url, again))
    assert event.performances.count() == 1  # all of them, or none


def test_performance_seats_changes_what_is_given(desk, event):
    date = PerformanceFactory(event=event, capacity=10, seats_left=4)
    url = reverse("invitations:performance_seats", args=[date.pk])
    assert "6 places déjà réservées" in text(desk.get(url))
    desk.post(url, {"capacity": "6"})
    date.refresh_from_db()
    assert (date.capacity, date.seats_left) == (6, 0)


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("5", "Vous pouvez descendre jusqu'à 6"),
        ("-1", "Donnez entre 0 et 10000"),
        ("1000000000", "Donnez entre 0 et 10000"),
        ("", "Écrivez combien"),
        ("a\x00", "en chiffres"),
    ],
)
def test_performance_seats_refuses_by_the_field_and_keeps_what_was_typed(desk, event, typed, sentence):
    date = PerformanceFactory(event=event, capacity=10, seats_left=4)
    answer = desk.post(reverse("invitations:performance_seats", args=[date.pk]), {"capacity": typed})
    assert sentence in answer.context["form"].errors["capacity"][0]
    assert sentence in text(answer)
    date.refresh_from_db()
    assert (date.capacity, date.seats_left) == (10, 4)


@pytest.mark.parametrize("trait", ["past", "cancelled"])
def test_performance_seats_refuses_a_date_that_is_over(desk, event, trait):
    date = PerformanceFactory(event=event, **{trait: True})
    answer = desk.post(reverse("invitations:performance_seats", args=[date.pk]), {"capacity": "3"})
    assert "passée ou annulée" in text(answer)


def test_event_withdraw_asks_first_then_takes_it_out(cast, desk, event):
    PerformanceFactory(event=event)
    url = reverse("offers:event_withdraw", args=[event.pk])
    assert "Oui, retirer" in text(desk.get(url))
    event.refresh_from_db()
    assert not event.is_withdrawn
    desk.post(url)
    event.refresh_from_db()
    assert event.is_withdrawn
    assert cast.browser("worker").get(reverse("offers:event", args=[event.pk])).status_code == 404


def test_event_withdraw_is_refused_while_somebody_holds_seats(desk, event):
    date = PerformanceFactory(event=event, capacity=10, seats_left=7)
    url = reverse("offers:event_withdraw", args=[event.pk])
    for page in (text(desk.get(url)), text(desk.post(url))):
        assert "3 places réservées" in page
        assert reverse("invitations:performance_cancel", args=[date.pk]) in page
    event.refresh_from_db()
    assert not event.is_withdrawn


@pytest.mark.parametrize(("state", "badge"), [("draft", "Brouillon"), ("withdrawn", "Retiré")])
def test_event_publish_puts_on_offer_what_is_not(cast, desk, event, state, badge):
    PerformanceFactory(event=event)
    Event.objects.filter(pk=event.pk).update(state=state)
    manage, publish = (
        reverse(name, args=[event.pk]) for name in ("offers:event_manage", "invitations:event_publish")
    )
    listed = text(desk.get(PROGRAMME, {"quand": "passe"} if state == "withdrawn" else {}))
    for page in (listed, text(desk.get(manage))):
        assert badge in page
    assert publish in text(desk.get(manage))
    assert "est proposé" in text(desk.post(publish, follow=True))
    assert publish not in text(desk.get(manage)) and badge not in text(desk.get(manage))
    assert cast.browser("worker").get(reverse("offers:event", args=[event.pk])).status_code == 200
