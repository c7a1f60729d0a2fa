"""schema.org events: bare, in lists and graphs, in web pages (C2)."""

import json
from datetime import UTC, datetime

import pytest

from offers.imports import UnreadableFile, parse_programme

BAL = {
    "@context": "https://schema.org",
    "@type": "MusicEvent",
    "@id": "https://saules.example/bal#event",
    "name": "Le grand bal",
    "startDate": "2027-01-05T20:30:00+0100",
    "endDate": "2027-01-05T22:00+01:00",
    "url": "https://saules.example/bal",
    "description": "<p>On danse.</p>",
    "inLanguage": "fr",
    "typicalAgeRange": "6-99",
    "duration": "PT1H30M",
    "location": {
        "@type": "Place",
        "name": "Salle des fêtes",
        "address": {"streetAddress": "3 rue des Lilas", "postalCode": "69001", "addressLocality": "Lyon"},
    },
    "offers": [{"price": 5, "priceCurrency": "EUR", "url": "https://saules.example/billets"}],
}
JEU = {"@type": "https://schema.org/TheaterEvent", "name": "Jeu", "startDate": "2027-02-01"}


def parse(value):
    return parse_programme(json.dumps(value).encode())


def titles(content):
    return [event.title for event in parse_programme(content).events]


def test_an_event_arrives_with_all_that_it_says():
    [event] = parse(BAL).events
    assert (event.source, event.title, event.kind, event.kind_stated) == (
        "jsonld",
        "Le grand bal",
        "concert",
        True,
    )
    assert (event.description, event.languages, event.age_min, event.duration_minutes) == (
        "On danse.",
        "fr",
        6,
        90,
    )
    assert (event.place_name, event.place_address, event.place_postcode, event.place_city) == (
        "Salle des fêtes",
        "3 rue des Lilas",
        "69001",
        "Lyon",
    )
    assert (event.purchase_url, event.purchase_info) == ("https://saules.example/billets", "5 €")
    [performance] = event.performances
    assert performance.starts_at == datetime(2027, 1, 5, 19, 30, tzinfo=UTC)
    assert performance.ends_at == datetime(2027, 1, 5, 21, tzinfo=UTC)


@pytest.mark.parametrize(
    "value",
    [
        [BAL, JEU],
        {"@graph": [{"@type": "WebSite", "name": "Les Saules"}, BAL, JEU]},
        [{"@graph": [BAL]}, [JEU]],
        {
            "@type": "ItemList",
            "itemListElement": [{"@type": "ListItem", "item": BAL}, {"@type": "ListItem", "item": JEU}],
        },
        {"@type": "EventSeries", "name": "Saison", "subEvent": [BAL, JEU]},
    ],
)
def test_events_are_found_wherever_they_stand(value):
    assert [event.title for event in parse(value).events] == ["Le grand bal", "Jeu"]


def test_events_are_read_out_of_a_web_page_whose_other_blocks_are_damaged():
    page = f"""<!doctype html><html><head><script>var a = "<script";</script>
    <script type="application/ld+json">{{"@type": "Event", </script>
    <SCRIPT data-x="1" type='application/ld+json'>{json.dumps(BAL)}</SCRIPT>
    <script type=application/ld+json>//<![CDATA[
    {json.dumps([JEU])}
    //]]></script></head></html>"""
    assert titles(page.encode()) == ["Le grand bal", "Jeu"]


def test_a_date_without_a_time_is_the_whole_day():
    parsed = parse(JEU)
    assert parsed.events[0].performances[0].starts_at == datetime(2027, 1, 31, 23, tzinfo=UTC)
    assert "journée entière" in parsed.notes[0].text


def test_identity_is_the_id_else_the_page_else_title_and_place():
    def uid(**changed):
        return parse({**BAL, **changed}).events[0].source_uid

    assert uid() == uid(name="Autre", url="") and uid().startswith("id:")
    assert uid(**{"@id": "#event"}).startswith("page:")
    assert uid(**{"@id": None, "url": ""}) == uid(
        **{"@id": None, "url": "https://saules.example/", "description": ""}
    )
    assert uid(**{"@id": None, "url": ""}).startswith("titre:")


def test_dates_of_one_title_and_place_are_one_event():
    [event] = parse([JEU, {**JEU, "startDate": "2027-02-02"}]).events
    assert len(event.performances) == 2


@pytest.mark.parametrize(
    ("changed", "cancelled"),
    [
        ({"eventStatus": "https://schema.org/EventCancelled"}, True),
        ({"eventStatus": "EventRescheduled"}, False),
    ],
)
def test_a_cancelled_event_is_known_as_such(changed, cancelled):
    assert parse({**BAL, **changed}).events[0].cancelled is cancelled


@pytest.mark.parametrize(
    "changed",
    [
        {"eventAttendanceMode": "https://schema.org/OnlineEventAttendanceMode"},
        {"eventStatus": "EventMovedOnline"},
        {"location": {"@type": "VirtualLocation", "url": "https://saules.example"}},
    ],
)
def test_what_is_only_online_is_left_aside(changed):
    assert "en ligne" in parse({**BAL, **changed}).skipped[0].reason


@pytest.mark.parametrize(
    ("changed", "field", "says"),
    [
        ({"name": ""}, "name", "titre"),
        ({"startDate": None}, "startDate", "date manque"),
        ({"startDate": "bientôt"}, "startDate", "comprenons pas"),
        ({"endDate": "2027-01-03T20:00:00+01:00"}, "endDate", "avant le début"),
        ({"description": "x" * 60_000}, "description", "Raccourcissez"),
    ],
)
def test_an_event_that_cannot_be_read_is_an_error_with_its_row_and_key(changed, field, says):
    parsed = parse([JEU, {**BAL, **changed}])
    [problem] = parsed.errors
    assert (problem.row, problem.field) == (2, field) and says in problem.message


def test_places_told_as_text_are_taken():
    [event] = parse({**BAL, "location": "Salle des fêtes"}).events
    assert event.place_name == "Salle des fêtes"
    [event] = parse({**BAL, "location": [{"name": "Salle", "address": "3 rue des Lilas"}]}).events
    assert (event.place_name, event.place_address) == ("Salle", "3 rue des Lilas")


def test_a_page_or_a_json_without_events_is_refused():
    for content, says in (
        (b"<html></html>", "page web"),
        (b'{"@type": "Person"}', "ni un export OpenAgenda"),
    ):
        with pytest.raises(UnreadableFile, match=says):
            parse_programme(content)


def test_values_nested_without_end_and_too_many_events_are_refused():
    deep = b'{"@graph": ' * 5000 + b"1" + b"}" * 5000
    with pytest.raises(UnreadableFile, match="abîmé"):
        parse_programme(deep)
    with pytest.raises(UnreadableFile, match="plus de 10 lignes"):
        parse_programme(json.dumps([JEU] * 11).encode(), most=10)
