"""What became of seats: counted once, shown only where nobody can be told by it (E4)."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from common.dates import start_of
from common.models import OutboxMessage
from evaluations import services
from evaluations.figures import Seats, Shown, count_seats, month_of, shown, total
from evaluations.tests.factories import an_evening
from offers.models import Performance
from offers.tests.factories import PerformanceFactory
from partners.seasons import Season
from partners.tests.factories import UserFactory, VenueFactory

pytestmark = pytest.mark.django_db


def counted(venue, period=month_of):
    dates = Performance.objects.filter(event__venue=venue)
    return count_seats(dates=dates, period=period, at=timezone.now())


def test_seats_given_are_used_lost_or_unknown():
    venue, at = VenueFactory(), timezone.now() - timedelta(days=2)
    an_evening(venue, at=at, seats=20, attended=6, no_show=3, excused=1, cancelled=4)
    an_evening(venue, at=at, seats=10, valid=7)
    [seats] = counted(venue, Season.of).values()
    assert seats == Seats(given=30, booked=17, used=6, unknown=7)
    assert (seats.absent, seats.lost) == (4, 17)
    assert seats.given == seats.used + seats.lost + seats.unknown


def test_what_a_structure_says_is_known_where_the_desk_noted_nobody():
    venue, at = VenueFactory(), timezone.now() - timedelta(days=2)
    an_evening(venue, at=at, seats=30, said=6, no_show=5, excused=1, valid=7)
    [seats] = counted(venue).values()
    assert seats == Seats(given=30, booked=19, used=6, unknown=7)
    assert (seats.absent, seats.lost) == (6, 17)


def test_dates_to_come_cancelled_or_without_seats_count_for_nothing():
    venue, past = VenueFactory(), timezone.now() - timedelta(days=2)
    PerformanceFactory(event__venue=venue)
    PerformanceFactory(event__venue=venue, starts_at=past, cancelled_at=past)
    PerformanceFactory(event__venue=venue, starts_at=past, capacity=0)
    an_evening(VenueFactory(), at=past, seats=9, attended=9)
    assert counted(venue) == {}


def test_an_evening_belongs_to_the_month_of_paris():
    venue = VenueFactory()
    midnight = start_of(date(2026, 10, 1))
    an_evening(venue, at=midnight - timedelta(minutes=30), seats=5, attended=5)
    an_evening(venue, at=midnight + timedelta(minutes=30), seats=7, attended=7)
    months = {month: seats.given for month, seats in counted(venue).items()}
    assert months == {date(2026, 9, 1): 5, date(2026, 10, 1): 7}


@pytest.mark.parametrize(
    ("seats", "expected"),
    [
        (Seats(20, 12, 12, 0), Shown(20, 12, 12, 0, 8)),
        (Seats(20, 3, 3, 0), Shown(20, None, None, None, None)),
        (Seats(20, 12, 4, 0), Shown(20, 12, None, None, None)),
        (Seats(20, 12, 10, 0), Shown(20, 12, None, None, None)),  # two who stayed away
        (Seats(20, 12, 6, 2), Shown(20, 12, None, None, None)),
        (Seats(20, 0, 0, 0), Shown(20, 0, 0, 0, 20)),
    ],
)
def test_small_numbers_and_what_would_tell_them_are_hidden(seats, expected):
    assert shown(seats) == expected


def test_no_difference_of_what_is_shown_tells_a_small_number():
    """Whatever a month holds, total − other months gives nothing that isn't shown already."""
    months = [Seats(20, 12, 12, 0), Seats(20, 3, 2, 0), Seats(30, 30, 28, 0)]
    cells = [shown(seats) for seats in months]
    whole = total(cells)
    assert whole.partial
    for rank, hidden in enumerate(months):
        others = [cell for other, cell in enumerate(cells) if other != rank]
        left = (whole.booked or 0) - sum(cell.booked or 0 for cell in others)
        assert left in (0, cells[rank].booked)
        assert not 0 < left < 5 and hidden.given == cells[rank].given


def test_page_takes_the_same_queries_for_more_dates(client):
    desk = UserFactory(venue_desk=True)
    client.force_login(desk)

    def asked() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert client.get(reverse("evaluations:venue_figures")).status_code == 200
        return len(captured)

    an_evening(desk.venue, at=timezone.now() - timedelta(days=1), seats=9, attended=9)
    asked()
    one = asked()
    for days in (2, 35):
        an_evening(desk.venue, at=timezone.now() - timedelta(days=days), seats=9, attended=9)
    assert asked() == one


def test_venue_reads_its_own_seats_by_season_and_small_numbers_nowhere(client):
    desk, at = UserFactory(venue_desk=True), timezone.now() - timedelta(days=1)
    client.force_login(desk)
    page = reverse("evaluations:venue_figures")
    assert "Pas encore de séance passée" in client.get(page).text
    an_evening(desk.venue, at=at, seats=40, attended=13)
    an_evening(VenueFactory(), at=at, seats=77, attended=70)
    shown_page = client.get(page).text
    assert ">40<" in shown_page and ">13<" in shown_page and ">77<" not in shown_page
    an_evening(desk.venue, at=at, seats=40, attended=1, no_show=3)
    hidden = client.get(page).text
    assert "non montré" in hidden and "au moins" in hidden
    assert client.get(page, {"saison": "n’importe\x00quoi"}).status_code == 200


def season_over():
    """The fifteenth day after a season's end, with an evening of it."""
    season = Season.of(timezone.localdate()).previous
    return season, start_of(season.next.starts_on) + timedelta(days=20)


def test_venues_are_thanked_once_after_the_season():
    season, at = season_over()
    desk = UserFactory(venue_desk=True)
    an_evening(desk.venue, at=start_of(season.ends_on) - timedelta(days=40), seats=30, attended=21)
    idle = UserFactory(venue_desk=True)
    PerformanceFactory(event__venue=idle.venue, starts_at=start_of(season.ends_on))
    assert services.thank_venues(at=at - timedelta(days=20)) == 0
    assert services.thank_venues(at=at) == 1
    services.thank_venues(at=at + timedelta(days=1))
    assert services.thank_venues(at=at + timedelta(days=90)) == 0
    [mail] = OutboxMessage.objects.filter(effect__startswith="season-thanks")
    assert mail.recipient == desk.email and "Personnes venues : 21" in mail.text
