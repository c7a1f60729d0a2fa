"""News that structures pass on: to whom, until when, ticked off by whom (C11)."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from common.errors import DomainError
from invitations.models import News, NewsRelay
from invitations.services import news
from invitations.services.booking import cancel_booking
from invitations.tests.factories import a_booking, a_piece_of_news
from offers.tests.factories import EventFactory, PerformanceFactory
from partners.models import Structure
from partners.tests.factories import CommuneFactory, UserFactory

pytestmark = pytest.mark.django_db


def reads(worker) -> bool:
    return News.objects.to_pass_on(worker, on=timezone.localdate()).exists()


def agree(piece, worker) -> bool:
    """Whether the structure reads it; staff's list of whom it is meant for says the same."""
    listed = news.addressees(piece).filter(pk=worker.structure_id).exists()
    assert listed == reads(worker)
    return listed


def test_news_without_a_target_is_for_everybody():
    piece = a_piece_of_news()
    assert agree(piece, UserFactory()) and agree(piece, UserFactory(structure__type="CADA"))


@pytest.mark.parametrize(
    ("target", "inside", "outside"),
    [
        ({"structure_type": "CADA"}, {"type": "CADA"}, {"type": "CCAS"}),
        ({"priority_areas": True}, {"priority": "yes"}, {"priority": "unknown"}),
    ],
)
def test_news_for_some_structures_reach_these_alone(target, inside, outside):
    piece = a_piece_of_news(**target)
    meant, other = UserFactory(), UserFactory()
    Structure.objects.filter(pk=meant.structure_id).update(**inside)
    Structure.objects.filter(pk=other.structure_id).update(**outside)
    for worker in (meant, other):
        worker.structure.refresh_from_db()
    assert agree(piece, meant) and not agree(piece, other)


def test_news_for_a_commune():
    piece = a_piece_of_news(commune=CommuneFactory(code="69029", name="Bron", postcode="69500"))
    assert agree(piece, UserFactory(structure__commune=piece.commune)) and not agree(piece, UserFactory())


@pytest.mark.parametrize("of", ["venue", "event"])
def test_news_for_those_who_booked_there_while_they_go(of):
    booking = a_booking()
    event = booking.performance.event
    piece = a_piece_of_news(**{of: event if of == "event" else event.venue})
    assert agree(piece, booking.booked_by) and not agree(piece, a_booking().booked_by)
    cancel_booking(booking=booking, by=booking.booked_by, at=timezone.now())
    assert not agree(piece, booking.booked_by)


def test_two_targets_narrow_each_other():
    booking = a_booking()
    piece = a_piece_of_news(event=booking.performance.event, structure_type="CADA")
    assert not agree(piece, booking.booked_by)


def test_news_end_with_their_last_day():
    piece, worker = a_piece_of_news(days=0), UserFactory()
    today = timezone.localdate()
    assert News.objects.to_pass_on(worker, on=today).exists()
    assert not News.objects.to_pass_on(worker, on=today + timedelta(days=1)).exists()
    with pytest.raises(DomainError, match="déjà passé"):
        a_piece_of_news(days=-1)
    with pytest.raises(DomainError, match="pas de ce lieu"):
        a_piece_of_news(event=EventFactory(), venue=PerformanceFactory().event.venue)
    assert News.objects.get() == piece


def test_one_worker_passes_it_on_for_the_structure_and_may_take_it_back(cast):
    piece = a_piece_of_news(title="Un atelier libre", link="https://atelier.example/")
    page, address = reverse("invitations:news"), reverse("invitations:news_pass_on", args=[piece.pk])
    assert "Un atelier libre" in cast.browser("lead").get(reverse("home")).text
    for _ in range(2):
        cast.browser("worker").post(address)
    relay = NewsRelay.objects.get()
    assert (relay.structure, relay.passed_by) == (cast.worker.structure, cast.worker)
    assert "Un atelier libre" not in cast.browser("lead").get(reverse("home")).text
    assert cast.worker.display_name in cast.browser("lead").get(page).text
    assert cast.worker.display_name not in cast.browser("stranger").get(page).text
    cast.browser("lead").post(address, {"undo": "1"})
    assert not NewsRelay.objects.exists()


def test_staff_write_news_and_see_who_has_passed_them_on(cast):
    staff = cast.browser("staff")
    form = {
        "title": "Dernière minute", "text": "Des places ce soir.", "link": "", "structure_type": "",
        "expires_on": timezone.localdate().strftime("%d/%m/%Y"),
    }  # fmt: skip
    staff.post(reverse("admin:invitations_news_add"), form)
    piece = News.objects.get()
    assert piece.written_by == cast.staff
    news.pass_on(news=piece, by=cast.worker, at=timezone.now())
    shown = staff.get(reverse("admin:invitations_news_change", args=[piece.pk])).text
    assert "1 ont transmis" in shown and cast.stranger.structure.name in shown
    late = staff.post(reverse("admin:invitations_news_add"), form | {"expires_on": "01/10/2020"})
    assert "déjà passé" in late.text and News.objects.count() == 1


def test_news_are_escaped(cast):
    a_piece_of_news(title="<script>alert(1)</script>", text="<img src=x onerror=alert(1)>")
    page = cast.browser("worker").get(reverse("invitations:news")).text
    assert "<script>alert" not in page and "<img src=x" not in page
