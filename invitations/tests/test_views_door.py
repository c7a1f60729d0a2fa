"""The door's pages beside the list itself: on paper, a slip taken back, what to look at after a merge (D9)."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import timezone

from invitations.models import Admission
from invitations.services.admissions import Claim, merge
from invitations.tests.factories import a_booking
from invitations.tests.test_views import said
from offers.models import Performance
from offers.tests.factories import PerformanceFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def tonight(cast):
    """A booking of two for a date that has just begun at the desk's venue."""
    performance = PerformanceFactory(event__venue=cast.desk.venue)
    booking = a_booking(by=cast.worker, performance=performance, guests=1)
    Performance.objects.filter(pk=performance.pk).update(starts_at=timezone.now())
    return booking


@pytest.fixture
def list_page(tonight):
    return reverse("invitations:door_list", args=[tonight.performance_id])


def test_list_prints_from_the_day_before_to_the_day_after(cast, tonight):
    address = reverse("invitations:door_list_pdf", args=[tonight.performance_id])
    answer = cast.browser("desk").get(address)
    assert answer["Content-Type"] == "application/pdf" and "no-store" in answer["Cache-Control"]
    Performance.objects.update(starts_at=timezone.now() + timedelta(days=2))
    assert cast.browser("desk").get(address).status_code == 404


def test_slip_is_taken_back_from_the_page(cast, tonight, list_page):
    desk = cast.browser("desk")
    page = desk.post(list_page, {"who": "party", "invitation": tonight.invitations.first().pk})
    assert "C'était une erreur" in said(page)
    keys = [admission.pk for admission in page.context["undoable"]]
    back = desk.post(reverse("invitations:door_undo"), {"admission": keys}, follow=True)
    assert back.redirect_chain[-1][0] == list_page and "de nouveau attendue" in said(back)
    assert set(tonight.invitations.values_list("status", flat=True)) == {"valid"}


def test_slip_is_not_taken_back_late_nor_by_another_venue(cast, tonight, list_page):
    cast.browser("desk").post(list_page, {"who": "one", "invitation": tonight.invitations.first().pk})
    key, undo = Admission.objects.get().pk, reverse("invitations:door_undo")
    assert cast.browser("other_desk").post(undo, {"admission": key}).status_code == 404
    Admission.objects.update(at=timezone.now() - timedelta(minutes=2))
    late = cast.browser("desk").post(undo, {"admission": key})
    assert late.status_code == 409 and "reste notée" in said(late)
    assert Admission.objects.get().undone_at is None


def test_list_tells_doubles_with_their_phones(cast, tonight, list_page):
    paper = tonight.invitations.first()
    for phone in ("AAA", "BBB"):
        claim = Claim(uuid4(), paper.pk, timezone.now())
        merge(claims=[claim], phone=phone, by=cast.desk, at=timezone.now())
    page = said(cast.browser("desk").get(list_page))
    assert "À vérifier : 1" in page and "entré·e 2 fois" in page
    assert "téléphone AAA" in page and "téléphone BBB" in page
