"""The pages of changes: a venue moves and cancels, a worker says so and ticks it off (C6, D12)."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from invitations.models import ChangeNotice
from invitations.tests.factories import a_booking, a_group, a_move
from offers.models import Event, Performance
from offers.tests.factories import PerformanceFactory

pytestmark = pytest.mark.django_db


def form_for(date, *, days=0, **typed):
    starts = timezone.localtime(date.starts_at + timedelta(days=days))
    return {"day": starts.strftime("%Y-%m-%d"), "begins": starts.strftime("%H:%M"), **typed}


def test_venue_moves_a_date_and_sees_how_many_know(cast):
    date = PerformanceFactory(event__venue=cast.desk.venue)
    booking = a_booking(by=cast.worker, performance=date, guests=2)
    browser, page = cast.browser("desk"), reverse("invitations:performance_move", args=[date.pk])
    assert "3 places réservées" in browser.get(page).text
    browser.post(page, form_for(date, days=1, word="La salle n’est pas prête."))
    manage = reverse("offers:event_manage", args=[date.event_id])
    assert "0 personne prévenue sur 3" in browser.get(manage).text
    cast.browser("worker").post(reverse("invitations:tell", args=[booking.notices.get().pk]))
    shown = browser.get(manage).text
    assert "3 personnes prévenues sur 3" in shown
    assert booking.structure.name not in shown


def test_move_that_is_refused_keeps_what_was_typed(cast):
    date = PerformanceFactory(event__venue=cast.desk.venue)
    page = reverse("invitations:performance_move", args=[date.pk])
    answer = cast.browser("desk").post(page, form_for(date, days=-9, word="Un mot."))
    assert "déjà passée" in answer.text and "Un mot." in answer.text
    assert Performance.objects.get(pk=date.pk).starts_at == date.starts_at
    answer = cast.browser("desk").post(page, form_for(date, days=1, word="x" * 301))
    assert "300 caractères" in answer.text


def test_venue_cancels_with_a_word(cast):
    date = PerformanceFactory(event__venue=cast.desk.venue)
    a_booking(by=cast.worker, performance=date)
    page = reverse("invitations:performance_cancel", args=[date.pk])
    cast.browser("desk").post(page, {"word": "Une panne de chauffage."})
    told = cast.browser("worker").get(reverse("invitations:to_tell")).text
    assert "Une panne de chauffage." in told and "Annulée par le lieu" in told


def test_changing_the_place_of_an_event_tells_at_once(cast):
    date = PerformanceFactory(event__venue=cast.desk.venue)
    a_booking(by=cast.worker, performance=date)
    page = reverse("offers:event_edit", args=[date.event_id])
    typed = {"title": date.event.title, "kind": "show", "place_name": "Salle des fêtes", "place_city": "Bron"}
    cast.browser("desk").post(page, typed)
    assert Event.objects.get().place_name == "Salle des fêtes"
    assert "Salle des fêtes" in cast.browser("worker").get(reverse("invitations:to_tell")).text


def test_worker_sees_what_to_say_at_home_and_on_the_outing_and_ticks_it_off(cast):
    booking = a_booking(by=cast.worker, guests=1)
    a_move(booking.performance)
    browser, notice = cast.browser("worker"), booking.notices.get()
    person = booking.participant.full_name
    assert f"À dire à {person}" in browser.get(reverse("home")).text
    for page in (reverse("invitations:to_tell"), booking.get_absolute_url()):
        shown = browser.get(page).text
        assert "C’est dit" in shown and "dites-le-moi" in shown
    answer = browser.post(
        reverse("invitations:tell", args=[notice.pk]), {"next": booking.get_absolute_url()}, follow=True
    )
    assert cast.worker.display_name in answer.text and "Ce n’est pas dit" in answer.text
    assert "À dire à" not in browser.get(reverse("home")).text
    browser.post(reverse("invitations:tell", args=[notice.pk]), {"undo": "1"})
    assert "À dire à" in browser.get(reverse("home")).text


def test_group_is_told_in_one_gesture(cast):
    group = a_group(by=cast.worker, named=2)
    a_move(group.performance)
    browser = cast.browser("lead")
    assert "C’est dit" in browser.get(group.get_absolute_url()).text
    browser.post(reverse("invitations:tell", args=[ChangeNotice.objects.get().pk]))
    assert "Tout est dit" in browser.get(reverse("invitations:to_tell")).text


def test_tick_leads_nowhere_else(cast):
    booking = a_booking(by=cast.worker)
    a_move(booking.performance)
    address = reverse("invitations:tell", args=[booking.notices.get().pk])
    for back in ("https://mechant.example/", "//mechant.example/", "javascript:alert(1)"):
        answer = cast.browser("worker").post(address, {"next": back, "undo": "1"})
        assert answer["Location"] == reverse("invitations:to_tell")


def test_staff_see_what_is_not_told_and_near(cast):
    booking = a_booking(performance=PerformanceFactory(starts_at=timezone.now() + timedelta(hours=30)))
    a_move(booking.performance, by=timedelta(hours=1))
    browser = cast.browser("staff")
    assert "Changements pas encore dits" in browser.get(reverse("admin:index")).text
    listed = browser.get(reverse("admin:invitations_changenotice_changelist"), {"a-dire": "proche"}).text
    assert booking.structure.name in listed and booking.participant.family_name not in listed
