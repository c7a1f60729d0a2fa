"""Free seats taken back, events written down once more (C1)."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from common.errors import DomainError
from common.tests.factories import paris
from offers import services
from offers.forms.copies import CopyForm, typed_of
from offers.models import Event, EventDraft, Performance
from offers.tests.factories import EventFactory, PerformanceFactory, PictureFactory
from offers.tests.test_views_programme import text
from partners.tests.factories import UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(cast):
    return cast.browser("desk")


@pytest.fixture
def event(cast):
    return EventFactory(venue=cast.desk.venue, title="Le Bal")


# --- Free seats ----------------------------------------------------------------------------------


def test_free_seats_of_a_date_are_taken_back_in_one_gesture(desk, event):
    date = PerformanceFactory(event=event, capacity=10, seats_left=6, seats_held=1)
    answer = desk.post(reverse("offers:performance_free_seats", args=[date.pk]), follow=True)
    assert "6 places libres sont reprises. Ce qui est réservé le reste." in text(answer)
    date.refresh_from_db()
    assert (date.capacity, date.seats_left, date.seats_held) == (4, 0, 1)


def test_free_seats_of_all_dates_to_come_are_taken_back_in_one_gesture(desk, event):
    later = timezone.now() + timedelta(days=9)
    first = PerformanceFactory(event=event, seats_left=1)
    drawn = PerformanceFactory(event=event, starts_at=later, draw_until=later - timedelta(days=2))
    past = PerformanceFactory(event=event, past=True)
    other = PerformanceFactory(event__venue=event.venue)
    page = reverse("offers:event_free_seats", args=[event.pk])
    assert "Reprendre la place libre" in text(desk.get(reverse("offers:event_manage", args=[event.pk])))
    assert "1 place libre est reprise" in text(desk.post(page, follow=True))
    left = {one.pk: one.seats_left for one in Performance.objects.all()}
    assert left == {first.pk: 0, drawn.pk: 10, past.pk: 10, other.pk: 10}
    again = desk.post(page)
    assert again.status_code == 409 and "rien à reprendre" in text(again)


@pytest.mark.parametrize(
    ("about", "sentence"),
    [
        ({"past": True}, "passée ou annulée"),
        ({"cancelled": True}, "passée ou annulée"),
        ({"full": True}, "Aucune place n'est libre"),
        ({"draw_until": timezone.now()}, "Un tirage équitable"),
    ],
)
def test_nothing_is_taken_back_where_nothing_is_free(about, sentence):
    date, by = PerformanceFactory(**about), UserFactory(venue_desk=True)
    with pytest.raises(DomainError, match=sentence):
        services.withdraw_free_seats(performance=date, by=by, at=timezone.now())
    assert Performance.objects.get().capacity == 10


# --- Once more -----------------------------------------------------------------------------------


def copied(event, at, **typed):
    form = CopyForm(typed)
    assert form.is_valid(), form.errors
    return form.dates(event.performances.filter(cancelled_at=None), at=at)


def test_a_copy_says_the_same_next_season_on_the_same_weekdays_at_the_same_hour(event):
    at = paris(2026, 11, 1)
    PerformanceFactory(
        event=event,
        starts_at=paris(2026, 10, 24, 20, 30),  # before the clocks change
        ends_at=paris(2026, 10, 24, 22, 0),
        booking_deadline=paris(2026, 10, 23),
        capacity=8,
    )
    PerformanceFactory(event=event, starts_at=paris(2026, 12, 1, 19, 0), cancelled_at=at)
    (date,) = copied(event, at, dates_too="1")
    assert (date.starts_at, date.ends_at) == (paris(2027, 10, 23, 20, 30), paris(2027, 10, 23, 22, 0))
    assert (date.booking_deadline, date.capacity) == (paris(2027, 10, 22), 8)
    assert copied(event, at, dates_too="1", weeks="0") == []  # past by then
    assert copied(event, at, dates_too="") == []
    assert "last_day" in typed_of(event, [date]) and "2027-10-21" in typed_of(event, [date])


def test_an_hour_that_the_clocks_skip_is_left_out(event):
    PerformanceFactory(event=event, starts_at=paris(2026, 3, 22, 2, 30))
    assert copied(event, paris(2026, 1, 1), dates_too="1", weeks="1") == []


def test_a_venue_duplicates_an_event_into_a_draft_and_publishes_it(cast, desk, event):
    Event.objects.filter(pk=event.pk).update(
        relaxed=True, age_min=7, contact="Chez nous", picture=PictureFactory(), picture_alt="Un bal"
    )
    PerformanceFactory(event=event, capacity=8)
    page = reverse("offers:event_copy", args=[event.pk])
    assert "52" in text(desk.get(page))
    answer = desk.post(page, {"dates_too": "1", "weeks": "52"})
    draft = EventDraft.objects.get()
    assert answer.url == reverse("offers:event_draft", args=[draft.pk])
    assert 'value="Chez nous"' in text(desk.get(answer.url)) and Event.objects.count() == 1
    desk.post(reverse("offers:event_preview", args=[draft.pk]))
    copy = Event.objects.exclude(pk=event.pk).get()
    assert (copy.title, copy.relaxed, copy.age_min, copy.picture_alt) == ("Le Bal", True, 7, "Un bal")
    (was,), (now,) = event.performances.all(), copy.performances.all()
    assert timezone.localtime(now.starts_at).hour == timezone.localtime(was.starts_at).hour
    assert (now.day - was.day, now.capacity) == (timedelta(weeks=52), 8)


@pytest.mark.parametrize(("weeks", "refused"), [("-1", True), ("157", True), ("mille", True), ("", False)])
def test_a_copy_is_refused_by_its_field(desk, event, weeks, refused):
    answer = desk.post(reverse("offers:event_copy", args=[event.pk]), {"dates_too": "1", "weeks": weeks})
    assert ("entre 0 et 156" in text(answer)) == refused
    assert EventDraft.objects.exists() != refused
