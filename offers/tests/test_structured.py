"""What search engines read of an event (C9)."""

import json
import re
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from django.urls import reverse

from offers.models import Event
from offers.structured import schema_org
from offers.tests.factories import PerformanceFactory

pytestmark = pytest.mark.django_db
PARIS = ZoneInfo("Europe/Paris")


def test_each_date_is_an_event_with_its_hour_and_place():
    date = PerformanceFactory(
        starts_at=datetime(2027, 3, 20, 20, 30, tzinfo=PARIS),
        event__title="Fanfare des écluses",
        event__kind=Event.Kind.CONCERT,
        event__duration_minutes=90,
        event__age_min=6,
        event__purchase_url="https://billets.example/fanfare",
        event__venue__name="Le Hangar",
        event__venue__address="3 quai des Mariniers",
    )

    [facts] = schema_org(date.event, [date])

    assert (facts["@context"], facts["@type"]) == ("https://schema.org", "MusicEvent")
    assert facts["name"] == "Fanfare des écluses"
    assert (facts["startDate"], facts["endDate"]) == (
        "2027-03-20T20:30:00+01:00",
        "2027-03-20T22:00:00+01:00",
    )
    assert facts["eventStatus"] == "https://schema.org/EventScheduled"
    assert facts["location"]["name"] == "Le Hangar"
    assert facts["location"]["address"]["streetAddress"] == "3 quai des Mariniers"
    assert facts["typicalAgeRange"] == "6-"
    assert facts["offers"]["url"] == "https://billets.example/fanfare"


def test_what_is_not_known_is_left_out():
    date = PerformanceFactory(event__duration_minutes=None, event__purchase_url="", event__age_min=None)

    [facts] = schema_org(date.event, [date])

    assert not {"endDate", "offers", "typicalAgeRange"} & set(facts)
    assert all(facts.values()) and all(facts["location"]["address"].values())


def test_cancelled_date_is_told_as_cancelled():
    date = PerformanceFactory()
    date.cancelled_at = date.starts_at

    assert schema_org(date.event, [date])[0]["eventStatus"] == "https://schema.org/EventCancelled"


def test_event_page_carries_them_for_whoever_has_no_account(cast):
    date = PerformanceFactory(event__title="</script><script>alert(1)</script>")
    page = reverse("offers:event", args=[date.event_id])

    html = cast.browser("visitor").get(page).content.decode()

    [data] = re.findall(r'<script type="application/ld\+json">(.*?)</script>', html, re.DOTALL)
    assert json.loads(data)[0]["name"] == "</script><script>alert(1)</script>"
    assert "ld+json" not in cast.browser("worker").get(page).content.decode()
