"""All the dates of an event in one table: each row is saved whole, or refused with its sentence (C1)."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from common.errors import DomainError
from common.tests.factories import paris
from invitations.models import WaitlistEntry
from invitations.services import demand
from invitations.tests.factories import a_waiting_party
from offers.models import Performance
from offers.tests.factories import EventFactory, PerformanceFactory

pytestmark = pytest.mark.django_db
YEAR = timezone.localdate().year + 1


@pytest.fixture
def desk(cast):
    return cast.browser("desk")


@pytest.fixture
def event(cast):
    return EventFactory(venue=cast.desk.venue, title="Le Bal")


@pytest.fixture
def dates(event):
    """Three in March at 20:30, ten seats each, of which the second has four booked."""
    days = [paris(YEAR, 3, day, 20, 30) for day in (2, 3, 4)]
    return [
        PerformanceFactory(event=event, starts_at=at, seats_left=left)
        for at, left in zip(days, (10, 6, 10), strict=True)
    ]


def page(event) -> str:
    return reverse("invitations:event_dates", args=[event.pk])


def rows(*dates, **typed):
    """The table as it stands, sent back; `typed` changes fields of the last date."""
    sent = {}
    for date in dates:
        values = {
            "day": f"{timezone.localtime(date.starts_at):%Y-%m-%d}",
            "begins": f"{timezone.localtime(date.starts_at):%H:%M}",
            "ends": f"{timezone.localtime(date.ends_at):%H:%M}" if date.ends_at else "",
            "capacity": str(date.capacity),
            "last_day": "",
            "ticked": "on",
        }
        if date is dates[-1]:
            values |= typed
        sent |= {f"{date.pk}-{name}": value for name, value in values.items()}
    return sent


def row_of(answer, date):
    return next(row for row in answer.context["table"].rows if row.performance_now.pk == date.pk)


def said(answer) -> str:
    return answer.content.decode().replace("&#x27;", "'").replace("\u00a0", " ")


def test_many_dates_change_at_once(desk, event, dates):
    sent = (
        rows(dates[0], capacity="3")
        | rows(dates[1], capacity="4")
        | rows(dates[2], begins="19:00", ends="21:00")
    )
    sent |= {f"{dates[2].pk}-last_day": f"{YEAR}-03-02"}
    assert desk.post(page(event), sent).url == f"{page(event)}?page=1"
    first, second, third = Performance.objects.order_by("starts_at")
    assert [(one.capacity, one.seats_left) for one in (first, second)] == [(3, 3), (4, 0)]
    assert (third.starts_at, third.ends_at) == (paris(YEAR, 3, 4, 19, 0), paris(YEAR, 3, 4, 21, 0))
    assert third.booking_deadline == paris(YEAR, 3, 3)


def test_what_is_sent_back_as_it_was_changes_nothing(desk, event, dates):
    Performance.objects.filter(pk=dates[0].pk).update(
        ends_at=paris(YEAR, 3, 5, 1, 0), booking_deadline=paris(YEAR, 3, 1, 18, 0)
    )
    before = list(Performance.objects.values())
    dates[0].refresh_from_db()
    desk.post(page(event), rows(*dates[1:]) | rows(dates[0], last_day=f"{YEAR}-03-01"))
    assert list(Performance.objects.values()) == before


def test_a_long_night_keeps_its_length_when_it_begins_later(desk, event, dates):
    Performance.objects.filter(pk=dates[0].pk).update(ends_at=paris(YEAR, 3, 5, 1, 0))
    dates[0].refresh_from_db()
    desk.post(page(event), rows(dates[0], begins="21:30"))
    assert Performance.objects.get(pk=dates[0].pk).ends_at == paris(YEAR, 3, 5, 2, 0)


def test_one_row_is_refused_with_what_is_held_and_the_others_are_saved(desk, event, dates):
    answer = desk.post(page(event), rows(dates[0], capacity="5") | rows(dates[1], capacity="3"))
    assert "Places déjà réservées pour cette séance : 4" in said(answer)
    assert "Les autres (1) sont enregistrées" in said(answer)
    assert row_of(answer, dates[1])["capacity"].value() == "3"  # what was typed stays
    assert [one.capacity for one in Performance.objects.order_by("starts_at")] == [5, 10, 10]


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"capacity": "-1"}, "Donnez entre 0 et 10000"),
        ({"capacity": ""}, "combien de places"),
        ({"day": "2020-01-01"}, "déjà passée"),
        ({"day": f"{YEAR}-03-02"}, "Il y a déjà une séance"),
        ({"begins": "tard"}, "Écrivez-la comme 20:30"),
        ({"ends": "20:00"}, "La fin vient avant le début"),
        ({"last_day": f"{YEAR}-03-09"}, "La date limite vient après"),
        ({"last_day": "2020-01-01"}, "La date limite est déjà passée"),
    ],
)
def test_a_row_that_cannot_be_changes_nothing_of_it(desk, event, dates, typed, sentence):
    answer = desk.post(page(event), rows(dates[2], **{"capacity": "7", **typed}))
    assert sentence in said(answer)
    assert Performance.objects.get(pk=dates[2].pk).capacity == 10


def test_where_people_count_on_a_date_only_its_seats_change(desk, event, dates):
    Performance.objects.filter(pk=dates[2].pk).update(draw_until=timezone.now() + timedelta(days=1))
    for date in dates[1:]:
        answer = desk.post(page(event), rows(date, begins="10:00", capacity="9"))  # a forged field
        assert answer.status_code == 302
        date.refresh_from_db()
        assert (timezone.localtime(date.starts_at).hour, date.capacity) == (20, 9)


def test_new_seats_go_to_those_who_wait(cast, desk, event, dates):
    near = PerformanceFactory(event=event, full=True)
    party = a_waiting_party(performance=near, by=cast.worker)
    desk.post(page(event), rows(near, capacity="12"))
    party.refresh_from_db()
    assert party.state == WaitlistEntry.State.OFFERED


def test_ticked_rows_are_filled_without_saving(desk, event, dates):
    sent = rows(*dates, begins="18:00") | {"fill": "1", "fill-capacity": "25", "fill-days_before": "2"}
    sent.pop(f"{dates[0].pk}-ticked")
    answer = desk.post(page(event), sent)
    shown = [
        [row[name].value() for name in ("begins", "capacity", "last_day")]
        for row in answer.context["table"].rows
    ]
    assert [line[1] for line in shown] == ["10", 25, 25]
    assert shown[2][0] == "18:00"  # typed before, and kept
    assert str(shown[2][2]) == f"{YEAR}-03-02"
    assert shown[1][2] is None  # people count on that one's deadline
    assert set(Performance.objects.values_list("capacity", flat=True)) == {10}
    refused = desk.post(page(event), sent | {"fill-capacity": "-3"})
    assert "Donnez entre 0 et 10000" in said(refused)


def test_a_table_without_dates_says_what_to_do(desk, event):
    PerformanceFactory(event=event, past=True)
    assert "Pas de date à venir" in said(desk.get(page(event)))


@pytest.mark.parametrize(
    ("now", "sentence"),
    [
        ({"seats_left": 9}, "seul le nombre de places"),
        ({"cancelled_at": timezone.now()}, "passée ou annulée"),
    ],
)
def test_what_happened_since_the_page_was_opened_counts(cast, dates, now, sentence):
    stale, at = dates[0], timezone.now()
    Performance.objects.filter(pk=stale.pk).update(**now)
    with pytest.raises(DomainError, match=sentence):
        demand.revise_date(
            performance=stale,
            starts_at=paris(YEAR, 3, 9, 20, 30),
            ends_at=None,
            booking_deadline=None,
            capacity=5,
            by=cast.desk,
            at=at,
        )
    stale.refresh_from_db()
    assert (stale.capacity, stale.day.day) == (10, 2)
