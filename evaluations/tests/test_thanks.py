"""Words of thanks: read by staff first, read by venues without a name (F1)."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from common.errors import DomainError
from evaluations import services
from evaluations.models import Thanks
from evaluations.tests.factories import an_evening
from invitations.tests.factories import a_booking
from partners.tests.factories import UserFactory

pytestmark = pytest.mark.django_db


def an_outing_of(worker, venue):
    booking = an_evening(venue, at=timezone.now() - timedelta(days=2), seats=9, attended=2)
    type(booking).objects.filter(pk=booking.pk).update(structure=worker.structure)
    return reverse("evaluations:thank", args=[booking.pk])


def test_structures_word_is_read_by_staff_first_and_by_the_venue_without_its_name(cast):
    page = an_outing_of(cast.worker, cast.desk.venue)
    cast.browser("worker").post(page, {"text": "Une belle soirée, merci."})
    figures = reverse("evaluations:venue_figures")
    assert "Une belle soirée" not in cast.browser("desk").get(figures).text
    word = Thanks.objects.get()
    cast.browser("staff").post(
        reverse("admin:evaluations_thanks_changelist"),
        {"action": "show", "_selected_action": [str(word.pk)]},
    )
    read = cast.browser("desk").get(figures).text
    assert "Une belle soirée" in read and cast.worker.structure.name not in read
    assert "Une belle soirée" not in cast.browser("other_desk").get(figures).text
    with pytest.raises(DomainError, match="déjà"):
        services.set_aside(thanks=word, by=cast.staff, at=timezone.now())


def test_word_set_aside_is_never_shown(cast):
    now = timezone.now()
    word = services.thank(venue=cast.desk.venue, text="Non.", by=cast.worker, at=now)
    services.set_aside(thanks=word, by=cast.staff, at=now)
    assert not Thanks.objects.shown_to(cast.desk).exists() and not Thanks.objects.waiting().exists()
    with pytest.raises(DomainError, match="déjà"):
        services.show(thanks=word, by=cast.staff, at=now)


def test_staffs_word_is_shown_at_once(cast):
    cast.browser("staff").post(
        reverse("admin:evaluations_thanks_add"), {"venue": cast.desk.venue.pk, "text": "Merci de l’équipe !"}
    )
    assert "Merci de l’équipe" in cast.browser("desk").get(reverse("evaluations:venue_figures")).text


def test_word_that_can_not_be_is_refused(cast, settings):
    page = an_outing_of(cast.worker, cast.desk.venue)
    browser = cast.browser("worker")
    assert "Écrivez quelques mots" in browser.post(page, {"text": " "}).text
    assert "trop long" in browser.post(page, {"text": "x" * 501}).text
    settings.THANKS_A_DAY = 1
    browser.post(page, {"text": "Merci."})
    assert "Revenez demain" in browser.post(page, {"text": "Encore merci."}).text
    assert Thanks.objects.count() == 1
    with pytest.raises(DomainError, match="500"):
        services.thank(venue=cast.desk.venue, text="", by=cast.worker, at=timezone.now())


def test_no_word_before_the_outing_nor_for_a_cancelled_one(cast):
    ahead = a_booking(by=cast.worker)
    browser = cast.browser("worker")
    assert browser.get(reverse("evaluations:thank", args=[ahead.pk])).status_code == 404


def test_word_is_escaped(cast):
    services.thank(
        venue=cast.desk.venue, text="<script>alert(1)</script>", by=UserFactory(staff=True), at=timezone.now()
    )
    page = cast.browser("desk").get(reverse("evaluations:venue_figures")).text
    assert "<script>alert" not in page and "&lt;script&gt;" in page
