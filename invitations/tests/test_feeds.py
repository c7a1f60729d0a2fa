"""Secret addresses: a structure's outings for its calendar, the programme for a news reader (C9)."""

from datetime import timedelta
from xml.etree import ElementTree

import pytest
from django.urls import reverse
from django.utils import timezone
from icalendar import Calendar

from common.errors import DomainError
from conventions.models import Agreement
from invitations.services.booking import cancel_booking
from invitations.tests.factories import a_booking, a_group
from offers.tests.factories import PerformanceFactory
from partners.models import Feed
from partners.services import close_feed, open_feed

pytestmark = pytest.mark.django_db
PAGE = "invitations:feeds"


def address(cast, kind=Feed.Kind.OUTINGS):
    feed = open_feed(structure=cast.worker.structure, kind=kind, by=cast.worker, at=timezone.now())
    name = "invitations:outings_feed" if kind == Feed.Kind.OUTINGS else "offers:programme_feed"
    return reverse(name, args=[feed.token])


def entries(response):
    return Calendar.from_ical(response.content).walk("VEVENT")


def test_calendar_holds_one_entry_per_date_with_its_seats_and_no_name(client, cast):
    date = PerformanceFactory(
        event__title="Fanfare des écluses", event__duration_minutes=75, event__venue__name="Le Hangar"
    )
    first, second = a_booking(by=cast.worker, performance=date), a_booking(by=cast.lead, performance=date)

    response = client.get(address(cast))

    assert response["Content-Type"].startswith("text/calendar")
    [entry] = entries(response)
    assert entry["summary"] == "Fanfare des écluses (2 places)"
    assert entry.start == date.starts_at and entry.end == date.starts_at + timedelta(minutes=75)
    assert "Le Hangar" in entry["location"]
    for booking in (first, second):
        assert booking.participant.family_name not in response.content.decode()


def test_calendar_counts_the_seats_of_a_group_that_have_no_name_yet(client, cast):
    group = a_group(by=cast.worker, seats=6, named=2)
    a_booking(by=cast.worker, performance=group.performance)
    [entry] = entries(client.get(address(cast)))
    assert entry["summary"].endswith("(7 places)")


def test_calendar_holds_the_structures_own_outings_alone(client, cast):
    a_booking(by=cast.stranger)

    assert entries(client.get(address(cast))) == []


def test_cancelled_booking_leaves_the_calendar(client, cast):
    feed, booking = address(cast), a_booking(by=cast.worker)
    assert len(entries(client.get(feed))) == 1

    cancel_booking(booking=booking, by=cast.worker, at=timezone.now())

    assert entries(client.get(feed)) == []


def test_calendar_asks_the_database_as_often_for_many_dates(client, cast, django_assert_max_num_queries):
    feed = address(cast)
    for _ in range(4):
        a_booking(by=cast.worker)

    with django_assert_max_num_queries(5):
        assert len(entries(client.get(feed))) == 4


def test_news_tell_what_was_published_last_first(client, cast):
    now = timezone.now()
    PerformanceFactory(event__title="Avant", event__created_at=now - timedelta(days=2))
    PerformanceFactory(event__title="Maintenant", event__created_at=now)
    PerformanceFactory(event__title="Fini", starts_at=now - timedelta(days=1))
    PerformanceFactory(event__title="Brouillon", event__state="draft")

    response = client.get(address(cast, Feed.Kind.PROGRAMME))

    assert response["Content-Type"].startswith("application/rss+xml")
    items = ElementTree.fromstring(response.content).findall("channel/item")
    assert [item.findtext("title") for item in items] == ["Maintenant", "Avant"]
    assert all(item.findtext("link").startswith("http") for item in items)


@pytest.mark.parametrize("kind", Feed.Kind)
def test_closed_or_replaced_address_answers_no_more(client, cast, kind):
    old = address(cast, kind)
    new = address(cast, kind)
    assert client.get(old).status_code == 404
    assert client.get(new).status_code == 200

    feed = cast.worker.structure.feeds.open().get()
    close_feed(feed=feed, by=cast.worker, at=timezone.now())

    assert client.get(new).status_code == 404
    with pytest.raises(DomainError, match="déjà fermée"):
        close_feed(feed=feed, by=cast.worker, at=timezone.now())


@pytest.mark.parametrize("kind", Feed.Kind)
def test_feed_ends_with_the_agreement(client, cast, kind):
    feed = address(cast, kind)
    yesterday = timezone.localdate() - timedelta(days=1)
    Agreement.objects.filter(structure=cast.worker.structure).update(
        starts_on=yesterday - timedelta(days=300), ends_on=yesterday
    )

    assert client.get(feed).status_code == 404


def test_one_feeds_address_does_not_open_the_other(client, cast):
    outings = Feed.objects.at(address(cast).split("/")[2]).get()

    assert client.get(reverse("offers:programme_feed", args=[outings.token])).status_code == 404


def test_worker_makes_changes_and_closes_the_address(cast):
    browser, url = cast.browser("worker"), reverse(PAGE)
    browser.post(url, {"kind": "outings", "action": "open"})
    first = cast.worker.structure.feeds.open().get()
    assert first.token in browser.get(url).content.decode()

    browser.post(url, {"kind": "outings", "action": "open"})
    second = cast.worker.structure.feeds.open().get()
    assert second.token != first.token

    browser.post(url, {"kind": "outings", "action": "close"})
    assert not cast.worker.structure.feeds.open().exists()
    assert browser.post(url, {"kind": "autre"}).status_code == 200
