"""What is offered beside what is asked for, and where nothing is offered (C10)."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from conventions.tests.factories import AgreementFactory
from evaluations import coverage
from evaluations.tests.factories import a_member, an_evening, counted
from invitations.tests.factories import ParticipantFactory, WaitlistEntryFactory
from offers.tests.factories import EventFactory, PerformanceFactory
from partners.models import Commune
from partners.seasons import Season
from partners.tests.factories import UserFactory, VenueFactory

pytestmark = pytest.mark.django_db

PAGE = reverse("evaluations:coverage")


def town(name):
    return Commune.objects.get(name=name)


def soon(**fields):
    """A date of this season with twelve seats."""
    return PerformanceFactory(**{"starts_at": timezone.now(), "capacity": 12} | fields)


def rows(view=coverage.COMMUNES, **asked):
    today = timezone.localdate()
    return {row.label: row for row in coverage.rows(Season.of(today), view=view, on=today, **asked)}


def test_offers_stand_beside_structures_of_each_commune_and_bare_ones_come_first():
    bron, givors = town("Bron"), town("Givors")
    a_member(commune=givors)
    a_member(commune=bron)
    soon(event__venue=VenueFactory(commune=bron))
    soon(event__venue=VenueFactory(commune=bron), capacity=8)
    for nothing in ({"cancelled_at": timezone.now()}, {"capacity": 0}, {"event__state": "draft"}):
        soon(event__venue=VenueFactory(commune=givors), **nothing)
    found = rows()
    here, bare = found["Bron (69500)"], found["Givors (69700)"]
    assert (here.dates, here.seats, here.structures, here.is_bare) == (2, 20, 1, False)
    assert (bare.dates, bare.seats, bare.structures, bare.is_bare) == (0, 0, 1, True)
    assert [row.label for row in coverage.ordered(found.values(), "")][0] == "Givors (69700)"
    assert [row.seats for row in coverage.ordered(found.values(), "-places")] == [20, 0]


def test_event_elsewhere_counts_where_it_takes_place_or_nowhere_known():
    venue = VenueFactory(commune=town("Bron"))
    for city in ("Villeurbanne", "Nullepart"):
        soon(event=EventFactory(venue=venue, place_city=city))
    assert {label: row.dates for label, row in rows().items()} == {
        "Villeurbanne (69100)": 1,
        coverage.ELSEWHERE: 1,
    }


def test_what_was_booked_is_that_of_the_figures_and_few_who_wait_are_hidden(settings):
    bron, at = town("Bron"), timezone.now() - timedelta(days=2)
    house = a_member(commune=bron)
    booking = an_evening(VenueFactory(commune=bron), at=at, seats=20, attended=12)
    type(booking).objects.filter(pk=booking.pk).update(structure=house)
    person = ParticipantFactory(structure=house)
    WaitlistEntryFactory(participant=person, performance=soon(event__kind="match"), seats=3)
    assert rows()["Bron (69500)"].booked == 0  # not counted yet
    counted(Season.of(timezone.localdate()), at=timezone.now())
    row = rows()["Bron (69500)"]
    assert (row.booked, row.waiting) == (12, None)
    WaitlistEntryFactory(participant=ParticipantFactory(structure=house), performance=soon(), seats=4)
    assert rows()["Bron (69500)"].waiting == 7
    of_kinds = rows(coverage.KINDS)
    assert of_kinds["Match"].waiting is None and of_kinds["Match"].dates == 1
    assert rows(coverage.KINDS, kind="match").keys() == {"Match"}


def test_no_difference_between_views_tells_how_few_wait():
    date = soon(event__kind="match")
    for name, seats in (("Bron", 3), ("Givors", 6), ("Oyonnax", 9)):
        person = ParticipantFactory(structure=a_member(commune=town(name)))
        WaitlistEntryFactory(participant=person, performance=date, seats=seats)
    assert rows(coverage.KINDS)["Match"].waiting == 18
    assert {label[:4]: row.waiting for label, row in rows().items() if row.structures} == {
        "Bron": None,
        "Givo": None,
        "Oyon": 9,
    }
    assert {row.waiting for row in rows(kind="match").values()} == {0}  # the page leaves the column out


def test_venues_without_any_date_are_told():
    idle = VenueFactory(name="Salle vide")
    AgreementFactory(structure=None, venue=idle)
    VenueFactory(name="Plus partenaire")
    assert {label for label, row in rows(coverage.VENUES).items() if row.is_bare} == {"Salle vide"}


def test_map_shows_dates_and_empty_circles_and_leads_to_communes():
    a_member(commune=town("Bron"))
    a_member(commune=town("Oyonnax"))
    soon(event__venue=VenueFactory(commune=town("Bron")))
    found = list(rows().values())
    far = coverage.map_of(found, link=lambda group: f"?{group}")
    assert {(bubble.spot.name, bubble.spot.count) for bubble in far.bubbles} == {
        ("Métropole de Lyon", 1),
        ("Haut-Bugey Agglomération", 0),
    }
    near = coverage.map_of(found, near=town("Bron").intercommunality)
    assert [bubble.spot.name for bubble in near.bubbles] == ["Bron"]
    assert coverage.map_of([]) is None


def test_page_sorts_narrows_and_takes_whatever_is_typed(client):
    client.force_login(UserFactory(staff=True))
    a_member(commune=town("Bron"))
    soon(event__venue=VenueFactory(commune=town("Oyonnax")))
    page = client.get(PAGE, {"tri": "-places"})
    assert 'aria-sort="descending"' in page.text and "tri=places" in page.text
    assert [row.label for row in page.context["page"]] == ["Oyonnax (01100)", "Bron (69500)"]
    bare = client.get(PAGE, {"sans": "1"}).context["page"]
    assert [row.label for row in bare] == ["Bron (69500)"]
    near = client.get(PAGE, {"autour": "Métropole de Lyon"})
    assert [row.label for row in near.context["page"]] == ["Bron (69500)"]
    narrow = client.get(PAGE, {"type": "match"}).text
    assert "Réservées</a>" not in narrow and "en attente</a>" not in narrow
    odd = {
        "vue": "?",
        "type": "\x00",
        "saison": "1",
        "tri": "-rien",
        "page": "9999",
        "autour": "Nulle\x00part",
    }
    assert client.get(PAGE, odd).status_code == 200


def test_page_takes_the_same_queries_for_more_communes(client):
    client.force_login(UserFactory(staff=True))

    def asked() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert client.get(PAGE).status_code == 200
        return len(captured)

    def one_more(name):
        a_member(commune=town(name))
        soon(event=EventFactory(venue=VenueFactory(commune=town(name)), place_city=name))

    one_more("Bron")
    asked()
    few = asked()
    one_more("Oyonnax")
    one_more("Givors")
    assert asked() == few


def test_staff_without_the_right_do_not_read_it(client):
    account = UserFactory(staff=True, is_superuser=False)
    client.force_login(account)
    assert client.get(PAGE).status_code == 403
    account.user_permissions.add(Permission.objects.get(codename="view_finding"))
    assert client.get(PAGE).status_code == 200
