from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from invitations.invariants import audit
from invitations.models import Booking, Participant, WaitlistEntry
from invitations.services import promotion
from invitations.services.booking import cancel_booking
from invitations.tests.factories import ParticipantFactory, a_booking, a_full_date, a_waiting_party
from invitations.tests.test_views import form_for
from offers.models import Performance
from offers.services import lift_quota
from offers.tests.factories import PerformanceFactory, QuotaFactory
from partners.services import suspend

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser(cast):
    return cast.browser("worker")


@pytest.fixture
def person(cast):
    return ParticipantFactory(
        structure=cast.worker.structure, given_name="Zéphirine", family_name="Quatremarre"
    )


def said(response) -> str:
    return response.content.decode().replace("&#x27;", "'").replace("&nbsp;", " ")


def form_of(performance):
    return reverse("invitations:book", args=[performance.pk])


def offered_to(cast, guests=1):
    """A party of the worker's structure that was offered seats."""
    performance = a_full_date(seats=4)
    entry = a_waiting_party(performance=performance, by=cast.worker, guests=guests)
    cancel_booking(booking=performance.bookings.get(), by="essai", at=timezone.now())
    return WaitlistEntry.objects.get(pk=entry.pk)


def test_full_date_offers_its_waiting_list_on_the_event_page_and_the_form(browser, person):
    performance = a_full_date(seats=3)
    page = said(browser.get(reverse("offers:event", args=[performance.event_id])))
    assert "Liste d’attente" in page and form_of(performance) in page
    page = said(browser.get(form_of(performance)))
    assert "C’est complet." in page and 'value="wait"' in page and 'value="book"' not in page
    assert "Un groupe trop grand pour les places libres garde son rang" in page


def test_worker_joins_from_the_form_and_reads_the_place(browser, person):
    performance = a_full_date(seats=3)
    a_waiting_party(performance=performance)
    typed = form_for(person, ("Ondine", "Quatremarre", "guest"), action="wait")
    page = said(browser.post(form_of(performance), typed, follow=True))
    assert "2e dans la file" in page and "1 demande attend avant la vôtre" in page
    assert "Ondine Quatremarre" in page and "Zéphirine Quatremarre" in page
    listed = said(browser.get(reverse("invitations:waiting_list")))
    assert "2e dans la file" in listed


def test_too_few_seats_offer_the_waiting_list_and_nothing_is_typed_again(browser, person):
    performance = PerformanceFactory(capacity=4)
    a_booking(performance=performance, guests=2)
    typed = form_for(person, ("Ondine", "Quatremarre", "guest"))
    page = said(browser.post(form_of(performance), typed))
    assert "Il n’y a pas assez de places pour votre groupe." in page
    assert 'value="wait"' in page and 'value="book"' in page and 'value="Ondine"' in page
    assert not WaitlistEntry.objects.exists()
    assert "1re dans la file" in said(
        browser.post(form_of(performance), typed | {"action": "wait"}, follow=True)
    )
    assert audit().violations == []


def test_new_person_who_waits_joins_the_structures_list(browser, cast):
    performance = a_full_date()
    typed = form_for(new_given_name="Zélie", new_family_name="Nouvelle", action="wait")
    browser.post(form_of(performance), typed)
    assert Participant.objects.get(structure=cast.worker.structure).full_name == "Zélie Nouvelle"


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"participant": ""}, "Choisissez une personne de votre liste"),
        ({"confirmed": ""}, "Cochez pour confirmer"),
        ({"guest-0-given_name": "Zéphirine"}, "deux fois"),
    ],
)
def test_refused_wait_keeps_what_was_typed(browser, person, typed, sentence):
    form = form_for(person, ("Ondine", "Quatremarre", "guest"), action="wait") | typed
    page = said(browser.post(form_of(a_full_date(seats=2)), form))
    assert sentence in page and 'value="Quatremarre"' in page and 'value="wait"' in page
    assert not WaitlistEntry.objects.exists()


def test_suspended_structure_and_one_at_its_quota_are_not_led_to_wait(cast):
    performance = a_full_date(seats=3)
    page = said(cast.browser("suspended").get(form_of(performance)))
    assert "en pause" in page and 'value="wait"' not in page
    elsewhere = PerformanceFactory(event=performance.event, starts_at=timezone.now() + timedelta(days=9))
    a_booking(by=cast.worker, performance=elsewhere, guests=1)
    QuotaFactory(event=performance.event, seats=2)
    page = said(cast.browser("worker").get(form_of(performance)))
    assert "vous en avez déjà 2" in page and 'value="wait"' not in page


def test_home_and_list_say_first_that_an_answer_is_due(browser, cast):
    entry = offered_to(cast)
    for address in ("/", reverse("invitations:waiting_list")):
        page = said(browser.get(address))
        assert "Des places pour" in page and "2 places gardées jusqu’au" in page
    page = said(browser.get(entry.get_absolute_url()))
    assert "2 places, à confirmer avant le" in page and "Confirmer et réserver" in page


def test_one_click_confirms_and_leads_to_the_booking(browser, cast):
    entry = offered_to(cast)
    address = reverse("invitations:waiting_confirm", args=[entry.pk])
    page = said(browser.post(address, follow=True))
    assert "C'est réservé" in page and Booking.objects.live().count() == 1
    browser.post(address)
    assert Booking.objects.live().count() == 1
    assert "Ce groupe a eu ses places" in said(browser.get(entry.get_absolute_url()))


def test_late_confirmation_gets_a_sentence_and_the_page_says_what_happened(browser, cast, time_machine):
    entry = offered_to(cast)
    time_machine.move_to(entry.answer_by)
    browser = cast.browser("worker")  # signed in again: days have passed
    answer = browser.post(reverse("invitations:waiting_confirm", args=[entry.pk]))
    assert answer.status_code == 409 and "Le délai pour répondre est passé" in said(answer)
    page = said(browser.get(entry.get_absolute_url()))
    assert "Sans réponse, elles sont allées à la demande suivante" in page and "S’inscrire à nouveau" in page


@pytest.mark.parametrize("offered", [True, False])
def test_leaving_asks_first_and_frees(browser, cast, offered):
    entry = offered_to(cast) if offered else a_waiting_party(by=cast.worker)
    address = reverse("invitations:waiting_leave", args=[entry.pk])
    assert ("Laisser les places" if offered else "Quitter la liste") in said(browser.get(address))
    assert "C'est noté" in said(browser.post(address, follow=True))
    assert Performance.objects.get(pk=entry.performance_id).seats_held == 0
    assert "n’attend plus" in said(browser.get(address))
    assert browser.post(address).status_code == 409


def test_party_that_was_passed_over_reads_why(browser, cast):
    performance = a_full_date(seats=3)
    entry = a_waiting_party(performance=performance, by=cast.worker, guests=2)
    a_waiting_party(performance=performance)
    Performance.objects.filter(pk=performance.pk).update(capacity=4, seats_left=1)
    promotion.tend(performance=performance, at=timezone.now())
    page = said(browser.get(entry.get_absolute_url()))
    assert (
        "Une demande arrivée après la vôtre a déjà eu des places" in page and "Vous gardez votre rang" in page
    )


def test_empty_list_says_how_it_fills(browser):
    assert "Personne n’attend" in said(browser.get(reverse("invitations:waiting_list")))


def test_staff_take_a_party_off_the_line(cast):
    entry = a_waiting_party()
    cast.browser("staff").post(
        reverse("admin:invitations_waitlistentry_changelist"),
        {"action": "leave", "_selected_action": [str(entry.pk)]},
    )
    entry.refresh_from_db()
    assert entry.state == WaitlistEntry.State.LEFT
    assert audit().violations == []


def test_page_of_a_party_says_how_long_it_would_have_and_when_the_line_closes(browser, cast):
    entry = a_waiting_party(performance=a_full_date(seats=2), by=cast.worker, guests=1)
    page = said(browser.get(entry.get_absolute_url()))
    assert "Dès que 2 places se libèrent ensemble, elles sont pour vous." in page
    assert (
        "Si des places se libéraient maintenant, vous auriez jusqu’au" in page
        and "La liste se ferme le" in page
    )
    assert "ne vous seraient pas proposées" not in page


def test_page_of_a_party_says_what_would_make_it_miss_its_turn(browser, cast):
    entry = a_waiting_party(performance=a_full_date(seats=3), by=cast.worker, guests=1)
    quota = QuotaFactory(of_date=True, performance=entry.performance, seats=1)
    page = said(browser.get(entry.get_absolute_url()))
    assert "ne vous seraient pas proposées" in page
    assert (
        "au plus 1 place par structure pour cette séance" in page
        and "Votre groupe compte 2 personnes." in page
    )
    lift_quota(quota=quota, by="essai", at=timezone.now())
    a_booking(by=cast.worker, participant=entry.participant)
    assert "ne vous seraient pas proposées" not in said(browser.get(entry.get_absolute_url()))
    suspend(
        partner=cast.worker.structure, reason="Convention non respectée", by=cast.staff, at=timezone.now()
    )
    assert "sont en pause" in said(browser.get(entry.get_absolute_url()))
    WaitlistEntry.objects.filter(pk=entry.pk).update(participant=None)
    assert "n'est plus sur votre liste" in said(browser.get(entry.get_absolute_url()))
