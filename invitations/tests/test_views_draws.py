"""The pages of the fair draw: the booking form with other words, the outcome, what anybody may check (D7)."""

import json
from datetime import timedelta
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import timezone

from invitations.models import Booking, Draw, DrawRequest
from invitations.services.sharing import hold_draw
from invitations.tests.factories import ParticipantFactory, a_booking, a_draw, a_request
from offers.models import Event, Performance
from offers.tests.factories import PerformanceFactory, QuotaFactory
from partners.models import TermsOfUse

pytestmark = pytest.mark.django_db


@pytest.fixture
def draw(cast):
    date = PerformanceFactory(
        event__venue=cast.desk.venue, capacity=6, starts_at=timezone.now() + timedelta(days=10)
    )
    return a_draw(performance=date)


@pytest.fixture
def browser(cast):
    return cast.browser("worker")


@pytest.fixture
def person(cast):
    return ParticipantFactory(structure=cast.worker.structure, given_name="Zéphirine")


def page(name, draw):
    return reverse(f"invitations:{name}", args=[draw.performance_id])


def form_for(person=None, *guests, **fields):
    lines = {"guest-TOTAL_FORMS": len(guests), "guest-INITIAL_FORMS": len(guests)}
    for n, (given, family) in enumerate(guests):
        lines |= {
            f"guest-{n}-given_name": given,
            f"guest-{n}-family_name": family,
            f"guest-{n}-role": "guest",
        }
    typed = {"key": uuid4(), "confirmed": "on", "action": "book", "participant": person.pk if person else ""}
    return typed | lines | fields


def said(response) -> str:
    text = response.content.decode().replace("&nbsp;", " ").replace("\u00a0", " ").replace("\u202f", " ")
    return text.replace("&#x27;", "'").replace("’", "'")


def held(draw) -> Draw:
    hold_draw(draw=draw, at=draw.closes_at)
    return Draw.objects.get(pk=draw.pk)


# --- Where a scarce date is met ---------------------------------------------------------------------------


def test_catalogue_and_event_say_until_when_one_asks_and_lead_there(browser, draw):
    for address in (reverse("offers:catalogue"), reverse("offers:event", args=[draw.performance.event_id])):
        text = said(browser.get(address))
        assert "tirage équitable" in text and "emandes jusqu'au" in text
        assert page("draw_ask", draw) in text and "Réserver<span" not in text
    assert "Comment ça marche" in text and page("draw", draw) in text


def test_after_the_draw_the_event_leads_to_the_result_and_books_what_is_left(browser, draw):
    held(draw)
    text = said(browser.get(reverse("offers:event", args=[draw.performance.event_id])))
    assert "Tirage équitable fait le" in text and "Le résultat" in text
    assert reverse("invitations:book", args=[draw.performance_id]) in text


def test_visitors_see_the_draw_and_no_button(cast, draw):
    text = said(cast.browser("visitor").get(reverse("offers:event", args=[draw.performance.event_id])))
    assert "Demandes jusqu'au" in text and page("draw_ask", draw) not in text


def test_address_to_book_leads_to_the_request(browser, draw):
    answer = browser.get(reverse("invitations:book", args=[draw.performance_id]))
    assert answer.status_code == 302 and answer.url == page("draw_ask", draw)


def test_form_to_book_opened_before_the_draw_is_refused_in_a_sentence(browser, draw, person):
    answer = browser.post(reverse("invitations:book", args=[draw.performance_id]), form_for(person))
    assert "faites une demande" in said(answer)
    assert not Booking.objects.exists()


# --- Asking -------------------------------------------------------------------------------------------------


def test_worker_asks_for_a_person_and_a_guest_on_the_booking_form(browser, draw, person):
    form = said(browser.get(page("draw_ask", draw)))
    assert "Demander ces places" in form and "ce formulaire ne réserve pas encore" in form
    answer = browser.post(page("draw_ask", draw), form_for(person, ("Ondine", "Quatremarre")), follow=True)
    request = DrawRequest.objects.get()
    assert answer.request["PATH_INFO"] == request.get_absolute_url()
    text = said(answer)
    assert "Demande enregistrée" in text and "Zéphirine" in text and "Ondine Quatremarre" in text
    assert request.public_id in text and "Retirer la demande" in text


def test_what_was_typed_survives_a_search_more_lines_and_a_refusal(browser, draw, person):
    for action in ("search", "more"):
        typed = form_for(person, ("Ondine", "Quatremarre"), action=action)
        text = said(browser.post(page("draw_ask", draw), typed))
        assert 'value="Ondine"' in text and not DrawRequest.objects.exists()
    browser.post(page("draw_ask", draw), form_for(person))
    text = said(browser.post(page("draw_ask", draw), form_for(person, ("Ondine", "Quatremarre"))))
    assert "une seule compte" in text and 'value="Ondine"' in text


def test_asking_waits_for_the_conditions_of_use(browser, draw):
    TermsOfUse.objects.create(version="9", text="Nouveau.", published_at=timezone.now())
    assert browser.get(page("draw_ask", draw)).url.startswith(reverse("partners:terms"))


def test_page_to_ask_says_why_it_is_closed(browser, draw, cast, time_machine):
    usual = PerformanceFactory()
    assert "réservez-la directement" in said(browser.get(reverse("invitations:draw_ask", args=[usual.pk])))
    time_machine.move_to(draw.closes_at)
    text = said(cast.browser("worker").get(page("draw_ask", draw)))
    assert "sont closes" in text and 'name="key"' not in text


def test_list_shows_what_waits_and_what_came_of_it(browser, draw, cast, person):
    a_request(draw, by=cast.worker, participant=person)
    text = said(browser.get(reverse("invitations:draw_requests")))
    assert "Zéphirine" in text and "En attente du tirage" in text
    held(draw)
    assert "Places obtenues" in said(browser.get(reverse("invitations:draw_requests")))
    assert "Aucune demande" in said(cast.browser("stranger").get(reverse("invitations:draw_requests")))


def test_request_is_taken_back_by_a_post_until_it_closes(browser, draw, cast, time_machine):
    request = a_request(draw, by=cast.worker)
    browser.post(request.get_absolute_url())
    assert not DrawRequest.objects.exists()
    late = a_request(draw, by=cast.worker)
    time_machine.move_to(draw.closes_at)
    answer = cast.browser("worker").post(late.get_absolute_url())
    assert answer.status_code == 409 and "ne se retire plus" in said(answer)


def test_winner_is_led_to_the_booking_and_loser_reads_why(browser, draw, cast, person):
    won = a_request(draw, by=cast.worker, participant=person, guests=1)
    a_booking(by=cast.stranger)
    lost = a_request(draw, by=cast.stranger, guests=4)
    held(draw)
    won.refresh_from_db()
    lost.refresh_from_db()
    text = said(browser.get(won.get_absolute_url()))
    assert won.booking.get_absolute_url() in text and won.reason in text
    text = said(cast.browser("stranger").get(lost.get_absolute_url()))
    assert "Pas de places cette fois" in text and lost.reason in text
    assert "d'une structure qui a eu moins de places" in text and "Ondine3" in text


# --- What anybody may check ------------------------------------------------------------------------------------


def test_anybody_reads_the_commitment_before_and_the_seed_after(cast, draw):
    nobody = cast.browser("nobody")
    a_request(draw, by=cast.worker)
    text = said(nobody.get(page("draw", draw)))
    assert draw.commitment in text and draw.seed not in text
    assert DrawRequest.objects.get().public_id not in text
    assert nobody.get(page("draw_data", draw)).status_code == 404
    done = held(draw)
    text = said(nobody.get(page("draw", draw)))
    assert draw.seed in text and DrawRequest.objects.get().public_id in text
    data = nobody.get(page("draw_data", draw))
    assert data["Content-Disposition"].startswith("attachment")
    assert json.loads(data.content) == done.record


def test_public_pages_name_nobody(cast, draw, person):
    a_request(draw, by=cast.worker, participant=person, guests=1)
    held(draw)
    for name in ("draw", "draw_data"):
        for who in ("nobody", "visitor", "stranger", "desk", "staff"):
            text = said(cast.browser(who).get(page(name, draw)))
            assert not any(name in text for name in ("Zéphirine", "Quatremarre", "Ondine"))
            assert cast.worker.structure.name not in text


def test_structure_finds_its_own_requests_on_the_page_of_the_draw(cast, draw):
    request = a_request(draw, by=cast.worker)
    assert request.get_absolute_url() in said(cast.browser("worker").get(page("draw", draw)))
    assert request.get_absolute_url() not in said(cast.browser("stranger").get(page("draw", draw)))


def test_draw_of_a_draft_is_shown_to_nobody(cast, draw):
    Event.objects.update(state="draft")
    assert cast.browser("nobody").get(page("draw", draw)).status_code == 404


def test_draw_nobody_asked_for_says_so(cast, draw):
    held(draw)
    assert "Personne n'avait demandé" in said(cast.browser("nobody").get(page("draw", draw)))


# --- The venue ----------------------------------------------------------------------------------------------


@pytest.fixture
def date(cast):
    return PerformanceFactory(event__venue=cast.desk.venue, starts_at=timezone.now() + timedelta(days=10))


def test_venue_marks_a_date_as_scarce(cast, date):
    desk, address = cast.browser("desk"), reverse("invitations:draw_manage", args=[date.pk])
    assert "Ouvrir le tirage" in said(desk.get(address))
    day = timezone.localdate() + timedelta(days=5)
    text = said(desk.post(address, {"day": day.isoformat(), "hour": "12:00"}, follow=True))
    assert "Les structures demandent jusqu'au" in text and "Abandonner le tirage" in text
    closes_at = timezone.localtime(Draw.objects.get().closes_at)
    assert (closes_at.date(), closes_at.hour) == (day, 12)
    assert "demandes jusqu'au" in said(desk.get(reverse("offers:event_manage", args=[date.event_id])))


def test_refused_closing_time_stays_typed_with_its_sentence(cast, date):
    address = reverse("invitations:draw_manage", args=[date.pk])
    day = timezone.localdate() + timedelta(days=30)
    text = said(cast.browser("desk").post(address, {"day": day.isoformat(), "hour": "12:00"}))
    assert "au plus tard le" in text and f'value="{day.isoformat()}"' in text
    text = said(cast.browser("desk").post(address, {}))
    assert "Choisissez une date" in text
    assert not Draw.objects.exists()


def test_hour_that_the_clocks_skip_is_refused_in_a_sentence(cast, date):
    text = said(
        cast.browser("desk").post(
            reverse("invitations:draw_manage", args=[date.pk]), {"day": "2027-03-28", "hour": "02:30"}
        )
    )
    assert "Cette heure n'existe pas" in text


def test_venue_reads_why_a_date_cannot_be_drawn(cast, date):
    a_booking(performance=date)
    text = said(cast.browser("desk").get(reverse("invitations:draw_manage", args=[date.pk])))
    assert "Places déjà réservées" in text and "Ouvrir le tirage" not in text


def test_venue_sees_totals_and_no_more(cast, draw, person):
    a_request(draw, by=cast.worker, participant=person, guests=1)
    desk = cast.browser("desk")
    text = said(desk.get(page("draw_manage", draw)))
    assert "places demandées" in text and "Abandonner le tirage" not in text
    assert "Zéphirine" not in text and cast.worker.structure.name not in text
    held(draw)
    assert "demandes servies" in said(desk.get(page("draw_manage", draw)))


def test_venue_gives_the_draw_up_while_nobody_asked(cast, draw):
    desk = cast.browser("desk")
    text = said(desk.post(page("draw_manage", draw), {"lift": "1"}, follow=True))
    assert "se réserve comme d'habitude" in text and not Draw.objects.exists()
    again = a_draw(performance=draw.performance)
    a_request(again, by=cast.worker)
    answer = desk.post(page("draw_manage", again), {"lift": "1"})
    assert answer.status_code == 409 and "Demandes déjà faites : 1" in said(answer)


# --- Staff --------------------------------------------------------------------------------------------------


def test_staff_open_a_draw_for_a_venue_and_give_it_up(cast, date):
    staff = cast.browser("staff")
    add = reverse("admin:invitations_draw_add")
    closes = timezone.localtime(timezone.now() + timedelta(days=4))
    typed = {
        "performance": date.pk, "closes_at_0": closes.strftime("%d/%m/%Y"), "closes_at_1": "12:00:00",
    }  # fmt: skip
    assert staff.post(add, typed).status_code == 302
    draw = Draw.objects.get()
    change = said(staff.get(reverse("admin:invitations_draw_change", args=[draw.pk])))
    assert draw.commitment in change and draw.seed not in change
    act = {"action": "lift", "_selected_action": [str(draw.pk)]}
    a_request(draw, by=cast.worker)
    changelist = reverse("admin:invitations_draw_changelist")
    assert "Demandes déjà faites" in said(staff.post(changelist, act, follow=True))
    DrawRequest.objects.all().delete()
    assert "Tirages abandonnés : 1." in said(staff.post(changelist, act, follow=True))
    assert not Draw.objects.exists()


def test_staff_read_the_refusal_by_its_field(cast, date):
    closes = timezone.localtime(timezone.now() + timedelta(days=40))
    typed = {
        "performance": date.pk, "closes_at_0": closes.strftime("%d/%m/%Y"), "closes_at_1": "12:00:00",
    }  # fmt: skip
    answer = cast.browser("staff").post(reverse("admin:invitations_draw_add"), typed)
    assert answer.status_code == 200 and "au plus tard le" in said(answer)
    assert not Draw.objects.exists()


def test_staff_see_totals_and_outcomes_without_names(cast, draw, person):
    a_request(draw, by=cast.worker, participant=person, guests=1)
    done = held(draw)
    text = said(cast.browser("staff").get(reverse("admin:invitations_draw_change", args=[done.pk])))
    assert "places obtenues" in text and "Zéphirine" not in text and cast.worker.structure.name in text


def test_home_tells_what_a_draw_gave_until_the_date(browser, draw, cast, person):
    home = reverse("home")
    a_booking(by=cast.worker)  # the other structure has had less
    a_request(draw, by=cast.stranger, guests=3)
    a_request(draw, by=cast.worker, participant=person, guests=2)
    assert "Le tirage est fait" not in said(browser.get(home))
    found = hold_draw(draw=draw, at=timezone.now() + timedelta(days=3)) and Draw.objects.get(pk=draw.pk)
    page = said(browser.get(home))
    assert "Le tirage est fait" in page and "1 n'en a pas : prévenez les personnes" in page
    assert found.get_absolute_url() in page
    assert "1 de vos demandes a ses places" in said(cast.browser("stranger").get(home))
    assert "Le tirage est fait" not in said(cast.browser("unsigned").get(home))


def test_request_without_seats_reads_the_figures_and_what_can_be_done_now(browser, draw, cast, person):
    a_booking(by=cast.worker)
    a_request(draw, by=cast.stranger, guests=3)
    asked = a_request(draw, by=cast.worker, participant=person, guests=2)
    hold_draw(draw=draw, at=timezone.now() + timedelta(days=3))
    page = said(browser.get(asked.get_absolute_url()))
    assert "Il y avait 6 places, et 2 demandes pour 7 personnes." in page and "Pourquoi pas nous ?" in page
    assert "Réserver une place qui reste" in page and page_of(draw) in page
    Performance.objects.filter(pk=draw.performance_id).update(capacity=4, seats_left=0)
    assert "S'inscrire sur la liste d'attente" in said(browser.get(asked.get_absolute_url()))


def page_of(draw):
    return reverse("invitations:book", args=[draw.performance_id])


def test_page_of_a_draw_says_what_quotas_leave(browser, draw, cast, person):
    QuotaFactory(of_date=True, performance=draw.performance, seats=2)
    assert "au plus 2 places à une même structure" in said(browser.get(draw.get_absolute_url()))
    mine = a_request(draw, by=cast.worker, participant=person, guests=1)
    hold_draw(draw=draw, at=timezone.now() + timedelta(days=3))
    page = said(browser.get(draw.get_absolute_url()))
    assert "Le lieu limitait aussi les places" in page and "et pas plus de 2 dans ce tirage" in page
    assert "la vôtre" in page and "Zéphirine" in page
    assert "la vôtre" not in said(cast.browser("nobody").get(draw.get_absolute_url()))
    assert mine.public_id in page
