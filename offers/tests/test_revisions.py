"""Changes to an event that is out: nothing typed is lost, and two tabs never overwrite each other unawares (C1)."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from common.errors import DomainError
from offers import services
from offers.forms.revisions import said_of
from offers.models import Event, EventChange
from offers.tests.factories import EventFactory
from offers.tests.test_views_programme import text

pytestmark = pytest.mark.django_db


@pytest.fixture
def event(cast):
    return EventFactory(venue=cast.desk.venue, title="Le Bal", relaxed=True)


@pytest.fixture
def desk(cast):
    return cast.browser("desk")


def page(event) -> str:
    return reverse("offers:event_edit", args=[event.pk])


def sheet(event, *, tab="a", version="0", **typed):
    """The form as a tab that was opened now would send it; what is typed empty isn't sent."""
    about = {"tab": tab, "version": version, "basis": services.basis_of(event)}
    sent = {**said_of(event).dict(), **about, **typed}
    return {name: value for name, value in sent.items() if value}


def test_what_is_typed_is_kept_and_comes_back_while_structures_read_what_is_saved(cast, desk, event):
    said = sheet(event, title="Le Grand Bal", age_min="vieux", relaxed="")
    assert "Gardé à" in text(desk.post(page(event) + "?seul", said))
    shown = text(desk.get(page(event)))
    assert 'value="Le Grand Bal"' in shown and 'value="vieux"' in shown and "pas encore enregistré" in shown
    assert 'name="relaxed" checked' not in shown and "comparez" not in shown
    assert "changements sont commencés" in text(desk.get(reverse("offers:event_manage", args=[event.pk])))
    public = reverse("offers:event", args=[event.pk])
    assert "Le Grand Bal" not in text(cast.browser("worker").get(public))
    desk.post(page(event), sheet(event, title="Le Grand Bal", version="1"))
    assert Event.objects.get().title == "Le Grand Bal" and not EventChange.objects.exists()


def test_nothing_changed_is_nothing_kept(desk, event):
    assert "se garde tout seul" in text(desk.post(page(event) + "?seul", sheet(event)))
    assert not EventChange.objects.exists()


def test_a_change_given_up_leaves_the_event_as_it_was(desk, event):
    desk.post(page(event) + "?seul", sheet(event, title="Autre"))
    desk.post(page(event), sheet(event, title="Autre", forget="1"))
    assert not EventChange.objects.exists() and Event.objects.get().title == "Le Bal"


def test_second_tab_to_save_hears_it_reads_both_and_saves_knowingly(desk, event):
    first, second = sheet(event, title="Bal un", tab="a"), sheet(event, title="Bal deux", tab="b")
    desk.post(page(event), first)
    refused = text(desk.post(page(event), second))
    assert "enregistré ailleurs pendant que vous écriviez" in refused
    assert 'value="Bal deux"' in refused and "Bal un" in refused
    event.refresh_from_db()
    assert event.title == "Bal un"
    again = text(desk.get(page(event)))  # left and come back to: nothing is lost
    assert 'value="Bal deux"' in again and "Bal un" in again and "comparez" in again
    desk.post(page(event), sheet(event, title="Bal deux", tab="c", version="1"))
    event.refresh_from_db()
    assert event.title == "Bal deux"


def test_two_tabs_that_only_type_never_overwrite_each_other_unawares(desk, event):
    desk.post(page(event) + "?seul", sheet(event, title="Un", tab="a"))
    refused = text(desk.post(page(event) + "?seul", sheet(event, title="Deux", tab="b")))
    assert "n'est pas encore gardé" in refused
    whole = text(desk.post(page(event), sheet(event, title="Deux", tab="b")))
    assert 'value="Deux"' in whole and "Un" in whole and "Garder ce qui est écrit ici" in whole
    assert EventChange.objects.get().data["title"] == "Un" and Event.objects.get().title == "Le Bal"
    insisted = text(desk.post(page(event), sheet(event, title="Deux", tab="b", insist="1")))
    assert EventChange.objects.get().data["title"] == "Deux" and 'value="2"' in insisted


def test_picture_and_dates_are_no_change_of_what_is_said(event):
    basis = services.basis_of(event)
    Event.objects.update(picture_alt="Un bal", created_at=timezone.now() - timedelta(days=1))
    assert services.basis_of(Event.objects.get()) == basis


def test_too_much_text_is_refused_and_stays_on_the_page(cast, desk, event, settings):
    settings.DRAFT_MAX = 20
    assert "trop long" in text(desk.post(page(event) + "?seul", sheet(event, title="x" * 30)))
    assert "trop long" in text(desk.post(page(event), sheet(event, title="x" * 30)))
    with pytest.raises(DomainError, match="trop long"):
        services.keep_change(event=event, typed="x" * 21, basis="", by=cast.desk, at=timezone.now())
