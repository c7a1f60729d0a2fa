"""From a visitor's screen to the form that books (A6)."""

from datetime import timedelta
from uuid import UUID

import pytest
from django.urls import reverse

from offers.models import Event
from offers.tests.factories import EventFactory, PerformanceFactory

pytestmark = pytest.mark.django_db


def address(event: Event) -> str:
    return reverse("invitations:choose", args=[event.number])


def test_visitor_shows_the_event_with_its_number_and_a_square(cast):
    date = PerformanceFactory(event__title="Fable d’hiver")
    page = cast.browser("visitor").get(reverse("invitations:show", args=[date.event_id])).text

    assert "Fable d’hiver" in page and date.event.spoken_number in page and "data:image/png" in page
    assert "Réserver" not in page


def test_event_page_leads_a_visitor_to_what_to_show(cast):
    date = PerformanceFactory()
    page = cast.browser("visitor").get(date.event.get_absolute_url()).text

    assert reverse("invitations:show", args=[date.event_id]) in page


def test_square_leads_a_worker_to_the_form_of_the_only_date(cast):
    date = PerformanceFactory()

    answer = cast.browser("worker").get(address(date.event))

    assert answer.url == reverse("invitations:book", args=[date.pk])


def test_square_leads_a_worker_to_the_event_where_there_is_a_choice(cast):
    date = PerformanceFactory()
    PerformanceFactory(event=date.event, starts_at=date.starts_at + timedelta(days=1))

    assert cast.browser("worker").get(address(date.event)).url == date.event.get_absolute_url()


def test_square_leads_who_is_not_signed_in_there_after_signing_in(cast, client):
    event = PerformanceFactory().event

    answer = client.get(address(event))

    assert answer.url == f"{reverse('account_login')}?next={address(event)}"


@pytest.mark.parametrize("who", ["visitor", "staff"])
def test_square_leads_who_does_not_book_to_the_event(cast, who):
    event = PerformanceFactory().event

    assert cast.browser(who).get(address(event)).url == event.get_absolute_url()


def test_two_events_of_one_number_are_both_shown(cast):
    first = EventFactory(pk=UUID("0000ff" + "1" * 26))
    EventFactory(pk=UUID("0000ff" + "2" * 26))

    assert first.number == "00000255"
    assert cast.browser("worker").get(address(first)).url == f"{reverse('offers:catalogue')}?q=00000255"


@pytest.mark.parametrize("number", ["99999999", "00000001", "9" * 30])
def test_number_of_no_event_is_not_found(cast, number):
    assert cast.browser("worker").get(f"/choix/{number}/").status_code == 404


@pytest.mark.parametrize("spaced", [True, False])
def test_number_typed_in_the_catalogue_finds_its_event_alone(cast, spaced):
    date = PerformanceFactory(event__title="Fable d’hiver")
    PerformanceFactory(event__title="Fanfare")
    typed = date.event.spoken_number if spaced else date.event.number

    page = cast.browser("worker").get(reverse("offers:catalogue"), {"q": typed}).text

    assert "Fable d’hiver" in page and "Fanfare" not in page


@pytest.mark.parametrize("typed", ["99999999", "1234567", "١٢٣٤٥٦٧٨"])
def test_figures_that_are_no_number_are_searched_as_words(cast, typed):
    PerformanceFactory(event__title=f"Le {typed}")

    assert f"Le {typed}" in cast.browser("worker").get(reverse("offers:catalogue"), {"q": typed}).text
