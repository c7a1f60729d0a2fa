"""An event on its way: kept, found again, never seen by a structure, published once (C1)."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import timezone

from common.errors import DomainError
from common.models import AuditEntry
from offers import services
from offers.models import Event, EventDraft, Picture
from offers.tests.factories import EventDraftFactory, EventFactory, PictureFactory
from offers.tests.test_views_programme import CREATE, PROGRAMME, line, next_year, posted, text
from partners.tests.factories import UserFactory, VenueFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(cast):
    return cast.browser("desk")


def page(draft_id) -> str:
    return reverse("offers:event_draft", args=[draft_id])


def half(**typed):
    """A page on which little is right yet."""
    return posted(line(day="", begins="25:00"), **{"title": "Le Bal", "age_min": "vieux", **typed})


# --- Kept ----------------------------------------------------------------------------------------


def test_a_half_filled_page_is_a_draft_and_comes_back_as_it_was(cast, desk):
    key = uuid4()
    answer = desk.post(page(key), half(tab="a", version="0", keep="1", relaxed="on"))
    assert answer.url == PROGRAMME
    assert "Le Bal" in text(desk.get(PROGRAMME))
    again = desk.get(page(key))
    shown = text(again)
    assert 'value="Le Bal"' in shown and 'value="vieux"' in shown and 'value="25:00"' in shown
    assert again.context["form"]["relaxed"].value() == "on"
    draft = EventDraft.objects.get()
    assert (draft.pk, draft.venue, draft.by, draft.title) == (key, cast.desk.venue, cast.desk, "Le Bal")
    assert not Event.objects.exists()


def test_a_draft_keeps_the_pages_own_fields_and_nothing_else(desk):
    desk.post(page(uuid4()), half(csrfmiddlewaretoken="x", password="y", keep="1", contact="a\x00b"))
    data = EventDraft.objects.get().data
    assert {"password", "csrfmiddlewaretoken", "keep", "tab", "version"}.isdisjoint(data)
    assert data["contact"] == "ab"  # no database keeps a NUL


def test_what_is_typed_is_kept_without_a_button(desk):
    key = uuid4()
    answer = desk.post(page(key) + "?seul", half(tab="a", version="0"))
    assert "Brouillon gardé à" in text(answer) and "<html" not in text(answer)
    assert answer.headers["HX-Replace-Url"] == page(key)
    assert "Brouillon gardé à" in text(
        desk.post(page(key) + "?seul", half(title="Le Grand Bal", tab="a", version="0"))
    )
    draft = EventDraft.objects.get()
    assert (draft.title, draft.version) == ("Le Grand Bal", 2)
    assert AuditEntry.objects.filter(verb="brouillon commencé").count() == 1


def test_every_button_keeps_first(desk):
    for button in ("add_date", "propose", "preview", "picture", "publish_more"):
        key = uuid4()
        desk.post(page(key), half(**{button: "1"}))
        assert EventDraft.objects.filter(pk=key).exists(), button
    assert "gardé" in text(desk.get(PROGRAMME))


def test_an_empty_page_is_no_draft_and_an_emptied_draft_stays_one(desk):
    empty = posted(dict.fromkeys(line(), ""), title="", description="")
    desk.post(page(uuid4()) + "?seul", empty)
    desk.post(CREATE, empty | {"keep": "1"})
    assert not EventDraft.objects.exists()
    draft = EventDraftFactory(venue=UserFactory(venue_desk=True).venue)
    writer = UserFactory(venue_desk=True, venue=draft.venue)
    kept = services.keep_draft(draft_id=draft.pk, typed="", by=writer, at=timezone.now())
    assert str(kept) == "Sans titre"


def test_several_drafts_live_side_by_side_latest_first(cast, desk):
    for title in ("Un", "Deux"):
        desk.post(page(uuid4()), half(title=title, keep="1"))
    assert [str(draft) for draft in desk.get(PROGRAMME).context["drafts"]] == ["Deux", "Un"]


def test_drafts_have_a_limit_and_so_has_their_text(settings):
    writer, now = UserFactory(venue_desk=True), timezone.now()
    settings.DRAFTS_MAX, settings.DRAFT_MAX = 1, 20
    EventDraftFactory(venue=writer.venue)
    with pytest.raises(DomainError, match="déjà 1 brouillons"):
        services.keep_draft(draft_id=uuid4(), typed="title=a", by=writer, at=now)
    with pytest.raises(DomainError, match="trop long"):
        services.keep_draft(draft_id=uuid4(), typed="title=" + "a" * 20, by=writer, at=now)
    assert EventDraft.objects.count() == 1


# --- Two tabs ------------------------------------------------------------------------------------


def test_two_tabs_never_overwrite_each_other_unawares(desk):
    key = uuid4()
    desk.post(page(key) + "?seul", half(title="Un", tab="a", version="0"))
    desk.post(page(key) + "?seul", half(title="Deux", tab="b", version="1"))
    refused = text(desk.post(page(key) + "?seul", half(title="Trois", tab="a", version="1")))
    assert "changé ailleurs" in refused and "Garder ce qui est écrit ici" in refused
    assert EventDraft.objects.get().title == "Deux"
    whole = text(desk.post(page(key), half(title="Trois", tab="a", version="1", keep="1")))
    assert "changé ailleurs" in whole and 'value="Trois"' in whole  # what was typed stays
    assert EventDraft.objects.get().title == "Deux"
    insisted = text(desk.post(page(key), half(title="Trois", tab="a", version="1", insist="1")))
    assert EventDraft.objects.get().title == "Trois" and 'value="3"' in insisted


@pytest.mark.parametrize(
    "forged", [{"version": "x"}, {"version": "-1"}, {"version": "9" * 20}, {"tab": "a" * 99}]
)
def test_a_forged_origin_is_a_page_that_saw_nothing(desk, forged):
    key = uuid4()
    desk.post(page(key) + "?seul", half(tab="a", version="0"))
    answer = desk.post(page(key) + "?seul", half(title="Autre", **{"tab": "b", "version": "1", **forged}))
    assert ("changé ailleurs" in text(answer)) == ("version" in forged)


# --- Nobody else ---------------------------------------------------------------------------------


def test_a_draft_is_never_seen_by_anybody_else(cast):
    draft = EventDraftFactory(venue=cast.desk.venue, typed="title=Secret", picture=PictureFactory())
    drawn = reverse("offers:picture", args=[draft.picture_id, "card"])
    for who in ("worker", "lead", "visitor", "other_desk"):
        browser = cast.browser(who)
        assert "Secret" not in text(browser.get(reverse("offers:catalogue"), follow=True))
        assert browser.get(page(draft.pk)).status_code in {403, 404}
        assert browser.get(drawn).status_code == 404
    assert cast.browser("desk").get(drawn).status_code == 200
    cast.browser("other_desk").post(page(draft.pk), half(insist="1"))
    draft.refresh_from_db()
    assert draft.title == "Secret"


def test_an_unknown_draft_is_not_found(desk):
    assert desk.get(page(uuid4())).status_code == 404


# --- Published -----------------------------------------------------------------------------------


def test_a_draft_becomes_the_event_with_its_picture_once(cast, desk):
    draft = EventDraftFactory(venue=cast.desk.venue, picture=PictureFactory(), picture_alt="Un bal")
    sent = posted(line(), tab="a", version="1")
    assert desk.post(page(draft.pk), sent).url == reverse("offers:event_manage", args=[draft.pk])
    event = Event.objects.get()
    assert (event.pk, event.picture_id, event.picture_alt) == (draft.pk, draft.picture_id, "Un bal")
    assert not EventDraft.objects.exists() and Picture.objects.exists()
    assert desk.post(page(draft.pk), sent).url == reverse(
        "offers:event_manage", args=[draft.pk]
    )  # a second click
    assert desk.get(page(draft.pk)).url == reverse("offers:event_manage", args=[draft.pk])
    assert "déjà publié" in text(desk.post(page(draft.pk) + "?seul", sent))
    assert Event.objects.count() == 1 and event.performances.count() == 1


def test_publishing_and_going_on_leads_to_an_empty_page(desk):
    assert desk.post(CREATE, posted(line(), publish_more="1")).url == CREATE
    assert Event.objects.count() == 1


def test_a_draft_whose_dates_are_refused_stays_a_draft(desk):
    key = uuid4()
    assert "déjà passée" in text(desk.post(page(key), posted(line(day="2020-01-01"))))
    assert EventDraft.objects.filter(pk=key).exists() and not Event.objects.exists()


def test_of_two_who_publish_at_once_the_second_hears_it(cast):
    draft, now = EventDraftFactory(venue=cast.desk.venue), timezone.now()
    event = EventFactory.build(venue=cast.desk.venue)
    services.publish_draft(draft_id=draft.pk, event=event, performances=[], by=cast.desk, at=now)
    with pytest.raises(services.DraftPublished):
        services.publish_draft(draft_id=draft.pk, event=event, performances=[], by=cast.desk, at=now)


# --- Looked at, thrown away ----------------------------------------------------------------------


def test_a_preview_shows_what_a_visitor_will_see_and_what_is_missing(cast, desk):
    draft = EventDraftFactory(venue=cast.desk.venue)
    url = reverse("offers:event_preview", args=[draft.pk])
    desk.post(page(draft.pk), half(tab="a", version="1", keep="1", description="Une nuit de valses."))
    shown = text(desk.get(url))
    assert "Le Bal" in shown and "Une nuit de valses." in shown
    assert "Choisissez une date." in shown and "Écrivez l'âge en chiffres" in shown
    assert (
        "Le Bal" in text(desk.post(url)) and not Event.objects.exists()
    )  # back to the page, with its sentences
    desk.post(page(draft.pk), posted(line(), line(1, day=next_year(6, 1)), insist="1"))
    shown = text(desk.get(url))
    assert "encore 10 places" in shown and "reste à corriger" not in shown
    assert desk.post(url).url == reverse("offers:event_manage", args=[draft.pk])
    assert Event.objects.get().performances.count() == 2
    assert desk.get(url).url == reverse("offers:event_manage", args=[draft.pk])


def test_a_preview_of_nearly_nothing_is_a_page(cast, desk):
    draft = EventDraftFactory(venue=cast.desk.venue, typed="contact=a&dates-TOTAL_FORMS=abc")
    assert "Sans titre" in text(desk.get(reverse("offers:event_preview", args=[draft.pk])))


def test_discarding_asks_first_and_takes_its_picture_along(cast, desk):
    draft = EventDraftFactory(venue=cast.desk.venue, picture=PictureFactory())
    url = reverse("offers:draft_discard", args=[draft.pk])
    assert "sera perdu" in text(desk.get(url)) and EventDraft.objects.exists()
    assert desk.post(url).url == PROGRAMME
    assert not EventDraft.objects.exists() and not Picture.objects.exists()
    assert AuditEntry.objects.filter(verb="brouillon supprimé").exists()


def test_a_suspended_venue_keeps_drafts_and_publishes_nothing(cast, desk):
    cast.desk.venue.suspended_at = timezone.now() - timedelta(days=1)
    cast.desk.venue.save()
    answer = desk.post(CREATE, posted(line()))
    assert answer.context["form"].non_field_errors()
    assert EventDraft.objects.exists() and not Event.objects.exists()


def test_a_desk_without_venue_starts_no_draft():
    lost = UserFactory.build(venue_desk=True, venue=None)
    with pytest.raises(DomainError, match="aucun lieu"):
        services.keep_draft(draft_id=uuid4(), typed="title=a", by=lost, at=timezone.now())
    assert VenueFactory._meta.model.objects.count() == 0
