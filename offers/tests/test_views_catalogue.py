"""What bookers, visitors, venues and staff see of the offer (C1, C4, C5)."""

import re
from datetime import timedelta

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from common.tests.factories import paris
from offers.filters import forget_facets
from offers.models import Event, Performance
from offers.tests.factories import EventFactory, PerformanceFactory
from partners.tests.factories import CommuneFactory, VenueFactory

CATALOGUE = reverse("offers:catalogue")
STATEMENTS = 3 if settings.REDIS_URL else 4  # the first reads the session, unless Redis has it


def titles(response) -> list[str]:
    return [performance.event.title for performance in response.context["page"]]


def shown(cast, query="", who="worker", **data):
    response = cast.browser(who).get(CATALOGUE + query, data)
    assert response.status_code == 200
    return response


def offer(title, **performance):
    """A date of an event of that title; arguments of the event start with `event__`."""
    return PerformanceFactory(event__title=title, **performance)


def far(day, *clock):
    """A moment next year, so that the test holds whatever the day it runs."""
    return paris(timezone.localdate().year + 1, *day, *clock)


@pytest.mark.parametrize("who", ["lead", "worker", "stranger", "visitor", "staff", "desk"])
def test_catalogue_opens_to_everybody_with_an_access(cast, who):
    assert cast.browser(who).get(CATALOGUE).status_code == 200


@pytest.mark.parametrize("name", ["catalogue", "event"])
def test_catalogue_is_closed_to_the_public_until_the_setting_opens_it(cast, settings, name):
    date = offer("Fanfare")
    url = reverse(f"offers:{name}", args=[date.event_id] if name == "event" else [])
    assert Client().get(url).status_code == 302
    settings.PUBLIC_CATALOGUE = True
    page = Client().get(url)
    assert page.status_code == 200
    assert "Réserver" not in page.content.decode()


@pytest.mark.parametrize("who", ["worker", "visitor", "desk"])
def test_catalogue_only_looks(cast, who):
    assert cast.browser(who).post(CATALOGUE).status_code in {403, 405}


def test_catalogue_shows_what_is_bookable_soonest_first(cast):
    later = offer("Plus tard", starts_at=timezone.now() + timedelta(days=9))
    offer("Bientôt", starts_at=timezone.now() + timedelta(hours=2))
    offer("Passé", past=True)
    offer("Annulé", cancelled=True)
    offer("Complet", full=True)
    offer("Sans place", capacity=0)
    offer("Clos", booking_deadline=timezone.now() - timedelta(minutes=1))
    offer("Retiré", event__state=Event.State.WITHDRAWN)
    offer("Brouillon", event__state=Event.State.DRAFT)
    page = shown(cast)
    assert titles(page) == ["Bientôt", "Plus tard"]
    assert "2 dates" in page.content.decode()
    assert reverse("invitations:book", args=[later.pk]) in page.content.decode()


def test_catalogue_offers_no_booking_to_those_who_do_not_book(cast):
    date = offer("Fanfare")
    for who in ("visitor", "staff"):
        assert reverse("invitations:book", args=[date.pk]) not in shown(cast, who=who).content.decode()


def test_catalogue_shows_a_venue_its_own_dates_only(cast):
    offer("À nous", event__venue=cast.desk.venue)
    offer("Aux autres", event__venue=cast.other_desk.venue)
    assert titles(shown(cast, who="desk")) == ["À nous"]


@pytest.mark.parametrize(
    "words",
    [
        "etes passes",
        "ÊTES",
        "  où   êtes ",
        "où êtes-vous",
        "saules",
        "villeurbanne spectacle",
        "l’ete",
        "l'été",
    ],
)
def test_catalogue_finds_words_without_accents_or_case(cast, words):
    offer("Où êtes-vous passés, l'été ?", event__venue__name="Théâtre des Saules")
    offer("Récital", event__venue__name="Halle", event__kind="concert", event__description="")
    assert titles(shown(cast, q=words)) == ["Où êtes-vous passés, l'été ?"]


@pytest.mark.parametrize("words", ["lanternes récital", "100%", "_", "zzz"])
def test_catalogue_wants_every_word_and_takes_signs_as_they_are(cast, words):
    offer("Lanternes")
    offer("Récital")
    page = shown(cast, q=words)
    assert titles(page) == []
    assert "Rien ne correspond" in page.content.decode()


def test_catalogue_filters_by_day_as_paris_counts_them(cast):
    offer("La veille au soir", starts_at=far((5, 9), 23, 59))
    offer("À minuit", starts_at=far((5, 10), 0, 0))
    offer("Le soir", starts_at=far((5, 10), 23, 59))
    offer("Le lendemain", starts_at=far((5, 11), 0, 0))
    day = f"{far((5, 10)):%Y-%m-%d}"
    assert titles(shown(cast, since=day, until=day)) == ["À minuit", "Le soir"]
    assert titles(shown(cast, since=f"{far((5, 11)):%d/%m/%Y}")) == ["Le lendemain"]


def test_catalogue_filters_by_kind_commune_and_age(cast):
    bron = VenueFactory(commune=CommuneFactory(code="69029", name="Bron", postcode="69500"))
    offer("Ici", event__kind="concert", event__age_min=12)
    offer("Là", event__kind="match", event__venue=bron)
    assert titles(shown(cast, kind="concert")) == ["Ici"]
    assert titles(shown(cast, city="Bron")) == ["Là"]
    assert titles(shown(cast, age="11")) == ["Là"]
    assert set(titles(shown(cast, age="12"))) == {"Ici", "Là"}
    assert [label for label, _ in shown(cast).context["filters"].form.fields["city"].widget.choices] == [
        "",
        "Bron",
        "Villeurbanne",
    ]


def test_catalogue_counts_the_access_of_the_building_for_what_takes_place_in_it(cast):
    house = VenueFactory(wheelchair=True)
    offer("Dans la maison", event__venue=house)
    offer("Ailleurs", event__venue=house, event__place_name="Le parc")
    offer("Signé", event__venue=house, event__sign_language=True)
    assert set(titles(shown(cast, access="wheelchair"))) == {"Dans la maison", "Signé"}
    assert titles(shown(cast, access=["wheelchair", "sign_language"])) == ["Signé"]


def test_catalogue_shows_full_dates_on_demand_without_a_booking_button(cast):
    date = offer("Complet", full=True)
    page = shown(cast, full="on").content.decode()
    assert "complet" in page
    assert reverse("invitations:book", args=[date.pk]) not in page


@pytest.mark.parametrize(
    ("left", "words"), [(6, "encore 6 places"), (2, "plus que 2 places"), (1, "plus que 1 place")]
)
def test_catalogue_says_the_seats_left_in_words(cast, left, words):
    offer("Fanfare", seats_left=left)
    assert re.search(rf"{words}<", shown(cast).content.decode().replace("\u00a0", " "))


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ({"since": "99/99/2026"}, "Nous ne comprenons pas cette date"),
        ({"until": "demain"}, "Nous ne comprenons pas cette date"),
        ({"since": "0001-01-01"}, "Nous ne comprenons pas cette date"),
        ({"until": "9999-12-31"}, "Nous ne comprenons pas cette date"),
        ({"since": "2027-05-02", "until": "2027-05-01"}, "Cette date vient avant la première"),
        ({"kind": "opera"}, "Nous ne connaissons pas ce type"),
        ({"age": "sept"}, "Écrivez un âge en chiffres"),
        ({"age": "-1"}, "Écrivez un âge en chiffres, entre 0 et 120"),
        ({"age": "1" * 400}, "Écrivez un âge en chiffres, entre 0 et 120"),
        ({"access": "lift"}, "Nous ne connaissons pas ce besoin"),
        ({"q": "x" * 101}, "gardez quelques mots"),
        ({"q": "a\x00b"}, "nul"),
        ({"city": "\x00"}, "nul"),
        ({"since": "\x00"}, "Nous ne comprenons pas cette date"),
    ],
)
def test_catalogue_answers_what_it_cannot_understand_with_a_sentence(cast, query, sentence):
    offer("Fanfare")
    page = shown(cast, **query)
    assert sentence in page.content.decode().replace("&#x27;", "'")


@pytest.mark.parametrize("number", ["999", "0", "-1", "abc", "\x00", "9" * 50])
def test_catalogue_falls_back_to_a_page_that_exists(cast, number):
    offer("Fanfare")
    assert titles(shown(cast, page=number)) == ["Fanfare"]


def test_catalogue_of_an_unknown_commune_is_empty_and_says_so(cast):
    offer("Fanfare")
    page = shown(cast, city="Nulle-Part")
    assert titles(page) == []
    assert "Rien ne correspond" in page.content.decode()


def test_catalogue_chips_each_take_one_filter_away(cast):
    chips = (
        shown(cast, q="bal", kind="concert", access=["wheelchair", "relaxed"], page="2")
        .context["filters"]
        .chips
    )
    assert [chip.text for chip in chips] == [
        "« bal »",
        "Concert",
        "Accessible en fauteuil",
        "Séance détendue",
    ]
    assert chips[0].without == "kind=concert&access=wheelchair&access=relaxed"
    assert chips[2].without == "q=bal&kind=concert&access=relaxed"


def test_catalogue_escapes_what_people_type(cast):
    offer("<script>alert(1)</script>")
    page = shown(cast, q="<script>").content.decode()
    assert "<script>alert" not in page


def test_catalogue_pages_keep_the_filters(cast, settings):
    settings.CATALOGUE_PAGE = 2
    for n in range(3):
        offer(f"Bal {n}", starts_at=timezone.now() + timedelta(days=n + 1))
    page = shown(cast, q="bal", page=2)
    assert titles(page) == ["Bal 2"]
    assert "?q=bal&amp;page=1" in page.content.decode()


@pytest.mark.parametrize("query", ["", "?q=nuit&kind=show&city=Villeurbanne&age=9&access=wheelchair&full=on"])
def test_catalogue_takes_five_statements_whatever_it_shows(cast, settings, query):
    settings.CATALOGUE_PAGE = 30
    browser = cast.browser("worker")
    counts = set()
    for wanted in (1, 2, 27):
        for _ in range(wanted):
            PerformanceFactory(event__wheelchair=True)
        browser.get(CATALOGUE + query)  # what each choice would show is counted once a minute
        with CaptureQueriesContext(
            connection,
        ) as statements:
            browser.get(CATALOGUE + query)
        counts.add(len(statements))
    assert counts == {STATEMENTS + 1}  # what venues share between structures


def test_catalogue_counts_anew_what_fits_a_page_and_once_a_minute_what_fills_several(cast, settings):
    settings.CATALOGUE_PAGE = 2
    PerformanceFactory()
    assert shown(cast).context["count"] == 1
    PerformanceFactory.create_batch(2)
    assert shown(cast).context["count"] == 3
    forget_facets()
    assert shown(cast).context["count"] == 3
    PerformanceFactory()
    assert shown(cast).context["count"] == 3
    forget_facets()
    assert shown(cast).context["count"] == 4


def test_catalogue_shows_a_last_page_that_emptied_since_it_was_counted(cast, settings):
    settings.CATALOGUE_PAGE = 2
    dates = [PerformanceFactory() for _ in range(3)]
    assert shown(cast).context["count"] == 3
    Performance.objects.filter(pk=dates[0].pk).update(cancelled_at=timezone.now())
    assert titles(shown(cast, "?page=2")) == []


def page_of(cast, event, who="worker"):
    response = cast.browser(who).get(reverse("offers:event", args=[event.pk]))
    assert response.status_code == 200
    return response.content.decode().replace("\u00a0", " ").replace("&#x27;", "'")


def test_event_page_says_what_one_needs_to_know(cast):
    event = EventFactory(
        title="Le Bal",
        description="Deux temps.\n\n<b>Gras</b>",
        age_min=7,
        duration_minutes=95,
        languages="sans paroles",
        relaxed=True,
        door_conditions="Venir tôt",
        contact="Accueil",
        purchase_info="De 8 à 12 €",
        purchase_url="https://billets.example/bal",
        venue=VenueFactory(
            transit="Tram T9", on_foot="5 minutes", wheelchair=True, hearing_loop=True, companion_price="5 €"
        ),
    )
    date = PerformanceFactory(event=event, capacity=6)
    page = page_of(cast, event)
    for words in (
        *("Le Bal", "à partir de 7 ans", "1 h 35", "sans paroles", "Séance détendue", "Venir tôt", "Accueil"),
        *("De 8 à 12 €", "https://billets.example/bal", "Tram T9", "5 minutes", "Boucle magnétique"),
        *("12 quai des Saules", "encore 6 places", "&lt;b&gt;Gras", "5 €", "04 65 71 00 12"),
    ):
        assert words in page
    assert reverse("invitations:book", args=[date.pk]) in page


def test_event_page_sends_a_visitor_to_the_person_who_accompanies(cast):
    date = PerformanceFactory()
    page = page_of(cast, date.event, "visitor")
    assert "Montrez-la à la personne qui vous accompagne" in page
    assert reverse("invitations:book", args=[date.pk]) not in page


def test_event_page_shows_each_date_as_it_stands(cast):
    event = EventFactory()
    soon = timezone.now() + timedelta(days=2)
    states = {
        "annulée": {"cancelled": True},
        "complet": {"full": True},
        "pas encore de places": {"capacity": 0},
        "réservations closes": {"booking_deadline": timezone.now() - timedelta(hours=1)},
    }
    for hours, fields in enumerate(states.values()):
        PerformanceFactory(event=event, starts_at=soon + timedelta(hours=hours), **fields)
    page = page_of(cast, event)
    for words in states:
        assert words in page
    assert page.count("/reserver/") == 1 and "Liste d’attente" in page  # the full one's


def test_event_page_says_when_all_is_over(cast):
    date = PerformanceFactory(past=True)
    assert "C’est passé" in page_of(cast, date.event)


@pytest.mark.parametrize("state", [Event.State.WITHDRAWN, Event.State.DRAFT])
def test_event_page_of_what_is_not_published_is_its_venues_alone(cast, state):
    event = EventFactory(state=state, venue=cast.desk.venue)
    url = reverse("offers:event", args=[event.pk])
    assert cast.browser("desk").get(url).status_code == 200
    for who in ("worker", "visitor", "staff", "other_desk"):
        assert cast.browser(who).get(url).status_code == 404


def test_event_page_of_another_venue_is_not_found(cast):
    event = EventFactory(venue=cast.other_desk.venue)
    assert cast.browser("desk").get(reverse("offers:event", args=[event.pk])).status_code == 404


def test_event_page_takes_four_statements_whatever_its_dates(cast):
    event = EventFactory()
    browser = cast.browser("worker")
    browser.get(CATALOGUE)  # what the account's access is worth is found once per session
    counts = set()
    for wanted in (1, 2, 27):
        for _ in range(wanted):
            moment = timezone.now() + timedelta(days=1, minutes=event.performances.count())
            PerformanceFactory(event=event, starts_at=moment)
        with CaptureQueriesContext(connection) as statements:
            browser.get(reverse("offers:event", args=[event.pk]))
        counts.add(len(statements))
    assert counts == {STATEMENTS}


# --- Slips of the hand, counts, month, week, map (C4) ----------------------------------------------


@pytest.mark.parametrize(
    ("typed", "better"),
    [
        ("consert", "concert"),
        ("fanfarre", "fanfare"),
        ("ecluse fanfrae", "ecluse fanfare"),
        ("téatre", "theatre"),
    ],
)
def test_catalogue_forgives_a_slip_of_the_hand_and_says_so(cast, typed, better):
    offer("Fanfare des écluses au théâtre", event__kind=Event.Kind.CONCERT)

    response = shown(cast, q=typed)

    assert titles(response) == ["Fanfare des écluses au théâtre"]
    said = page_text(response)
    assert f"Rien pour « {typed} »" in said and f"« {better} »" in said


def page_text(response) -> str:
    return response.content.decode().replace("\u00a0", " ")


def test_catalogue_finds_nothing_for_words_that_are_like_nothing(cast):
    offer("Fanfare")

    assert titles(shown(cast, q="xylophage")) == []


def test_catalogue_puts_nothing_right_that_finds_something(cast):
    offer("Fanfare"), offer("Fanfares")

    assert "instead_of" not in shown(cast, q="fanfares").context


def choices(response, name) -> dict[str, str]:
    return {
        value: str(label) for value, label in response.context["filters"].form.fields[name].widget.choices
    }


def test_catalogue_counts_what_each_choice_would_show_the_other_filters_being_as_they_are(cast):
    offer("A", event__kind="concert", event__place_city="Lyon", event__wheelchair=True)
    offer("B", event__kind="concert", event__place_city="Bron")
    offer("C", event__kind="match", event__place_city="Bron")

    everything = shown(cast)
    concerts = shown(cast, kind="concert")

    assert choices(everything, "kind") == {"": "Tous", "concert": "Concert (2)", "match": "Match (1)"}
    assert choices(everything, "city") == {"": "Toutes", "Bron": "Bron (2)", "Lyon": "Lyon (1)"}
    assert choices(everything, "access")["wheelchair"] == "Accessible en fauteuil (1)"
    assert choices(concerts, "kind") == choices(everything, "kind")
    assert choices(concerts, "city") == {"": "Toutes", "Bron": "Bron (1)", "Lyon": "Lyon (1)"}


def test_catalogue_counts_for_a_venue_its_own_dates_alone(cast):
    offer("A", event__kind="concert")
    offer("B", event__kind="match", event__venue=cast.desk.venue)

    shown(cast)
    own = shown(cast, who="desk")

    assert choices(own, "kind") == {"": "Tous", "match": "Match (1)"}


def test_month_shows_how_many_dates_each_day_has_and_leads_to_them(cast):
    offer("Un", starts_at=far((3, 20), 20)), offer("Deux", starts_at=far((3, 20), 23, 30))
    offer("Trois", starts_at=far((4, 1), 20))
    year = timezone.localdate().year + 1

    response = shown(cast, vue="mois", jour=f"{year}-03-05", kind="")

    days = {day.on.day: day.count for week in response.context["span"].weeks for day in week if day.within}
    assert {day: count for day, count in days.items() if count} == {20: 2}
    assert response.context["count"] == 2
    assert f"since={year}-03-20&amp;until={year}-03-20" in page_text(response)
    assert f"vue=mois&amp;jour={year}-04-01" in page_text(response)


def test_week_shows_each_day_with_its_dates(cast):
    day = timezone.localdate() + timedelta(days=30)
    moment = paris(day.year, day.month, day.day, 19)
    for number in range(10):
        offer(f"Titre {number}", starts_at=moment + timedelta(minutes=number))

    response = shown(cast, vue="semaine", jour=day.isoformat())

    [shown_day] = [each for each in response.context["span"].weeks[0] if each.count]
    assert (shown_day.on, shown_day.count, len(shown_day.shown), shown_day.more) == (day, 10, 8, 2)
    assert "Titre 0" in page_text(response) and "2 de plus" in page_text(response)


def test_map_shows_communes_with_their_dates_and_lists_them(cast):
    bron = CommuneFactory(code="69029", name="Bron", latitude=45.73, longitude=4.91)
    placed = VenueFactory(commune=bron)
    offer("A", event__venue=placed), offer("B", event__venue=placed)
    offer("C", event__place_city="Ailleurs"), offer("D", event__place_city="Bron")

    response = shown(cast, vue="carte")

    [bubble] = response.context["map"].bubbles
    assert (bubble.spot.name, bubble.spot.count) == ("Bron", 3)
    assert [(place.name, place.count) for place in response.context["places"]] == [
        ("Ailleurs", 1),
        ("Bron", 3),
    ]
    assert "?city=Bron" in page_text(response)


@pytest.mark.parametrize("look", ["liste", "mois", "semaine", "carte"])
def test_every_look_keeps_the_filters(cast, look):
    offer("Oui", event__kind="concert"), offer("Non", event__kind="match")

    response = shown(cast, vue=look, kind="concert")

    assert "kind=concert" in page_text(response)
    assert response.context["count"] <= 1


@pytest.mark.parametrize(
    "query", ["vue=tapis", "vue=mois&jour=hier", "vue=mois&jour=1066-10-14", "jour=9999-12-31&vue=semaine"]
)
def test_look_that_cannot_be_understood_is_left_aside(cast, query):
    offer("Fanfare")

    assert shown(cast, f"?{query}").status_code == 200


@pytest.mark.parametrize("look", ["mois", "semaine", "carte"])
def test_every_look_asks_the_database_as_often_for_many_dates(cast, look):
    browser, counts = cast.browser("worker"), set()
    for wanted in (1, 12):
        for _ in range(wanted):
            PerformanceFactory(starts_at=timezone.now() + timedelta(hours=1))
        browser.get(CATALOGUE, {"vue": look})
        with CaptureQueriesContext(connection) as statements:
            browser.get(CATALOGUE, {"vue": look})
        counts.add(len(statements))
    assert len(counts) == 1
