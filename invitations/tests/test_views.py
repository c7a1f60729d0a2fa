from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from common.codes import new_code
from common.models import AuditEntry
from invitations.models import Booking, Invitation, Participant, PartyDocument
from invitations.services.booking import cancel_performance
from invitations.tests.factories import ParticipantFactory, a_booking
from offers.models import Performance
from offers.tests.factories import PerformanceFactory
from partners.models import TermsOfUse

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser(cast):
    return cast.browser("worker")


@pytest.fixture
def person(cast):
    return ParticipantFactory(
        structure=cast.worker.structure, given_name="Zéphirine", family_name="Quatremarre"
    )


@pytest.fixture
def performance(cast):
    return PerformanceFactory(event__venue=cast.desk.venue)


def form_for(person=None, *guests, **fields):
    """What a browser sends for a party: (given name, family name, role) for each line."""
    lines = {"guest-TOTAL_FORMS": len(guests), "guest-INITIAL_FORMS": len(guests)}
    for n, (given, family, role) in enumerate(guests):
        lines |= {f"guest-{n}-given_name": given, f"guest-{n}-family_name": family, f"guest-{n}-role": role}
    typed = {"key": uuid4(), "confirmed": "on", "action": "book", "participant": person.pk if person else ""}
    return typed | lines | fields


def post(browser, performance, typed):
    return browser.post(reverse("invitations:book", args=[performance.pk]), typed, follow=True)


def said(response) -> str:
    """The page as a person reads it."""
    return response.content.decode().replace("&#x27;", "'").replace("&#39;", "'")


def test_worker_books_for_a_person_and_two_guests(browser, person, performance):
    typed = form_for(person, ("Ondine", "Quatremarre", "guest"), ("Barnabé", "Appui", "needed"))
    page = said(post(browser, performance, typed))
    assert "C'est réservé" in page
    assert all(name in page for name in ("Zéphirine Quatremarre", "Ondine Quatremarre", "Barnabé Appui"))
    assert Booking.objects.get().invitations.count() == 3


def test_worker_books_for_somebody_new(browser, performance, cast):
    typed = form_for(new_given_name="Zélie", new_family_name="Nouvelle", new_language="uk")
    assert "C'est réservé" in said(post(browser, performance, typed))
    assert Participant.objects.get().language == "uk"


def test_empty_lines_count_for_nobody(browser, person, performance):
    post(browser, performance, form_for(person, ("", "", "guest"), ("", "", "guest")))
    assert Invitation.objects.count() == 1


REFUSALS = [
    ({"participant": ""}, "Choisissez une personne de votre liste"),
    ({"participant": "0b5b4d1e-5f0f-4d8e-9d6e-000000000000"}, "pas sur votre liste"),
    ({"participant": "n'importe quoi"}, "pas sur votre liste"),
    ({"new_family_name": "Nouvelle"}, "soit la personne de la liste, soit la nouvelle"),
    ({"participant": "", "new_given_name": "Zélie"}, "Écrivez le nom de la personne"),
    ({"participant": "", "new_family_name": "N" * 81}, "80"),
    ({"participant": "", "new_family_name": "Nou\x00velle"}, "nul"),
    ({"confirmed": ""}, "Cochez pour confirmer"),
    ({"guest-0-family_name": ""}, "chaque invitation est nominative"),
    ({"guest-0-family_name": "Q\x00"}, "nul"),
    ({"guest-0-family_name": "Q" * 81}, "80"),
    ({"guest-0-role": "chef"}, "chef"),
    ({"guest-0-given_name": "ZEPHIRINE"}, "deux fois"),
    ({"key": "pas-une-clé"}, "UUID"),
    ({"guest-TOTAL_FORMS": "10000"}, "au plus"),
]


@pytest.mark.parametrize(("typed", "sentence"), REFUSALS)
def test_bad_input_gets_a_sentence_and_keeps_what_was_typed(browser, person, performance, typed, sentence):
    form = form_for(person, ("Ondine", "Quatremarre", "guest")) | typed
    response = post(browser, performance, form)
    page = said(response)
    assert response.status_code == 200
    assert sentence in page
    kept = typed.get("guest-0-given_name", "Ondine")
    assert kept in page
    assert not Booking.objects.exists() and Participant.objects.count() == 1
    performance.refresh_from_db()
    assert performance.seats_left == performance.capacity


@pytest.mark.parametrize("forged", ["x", ""])
def test_forged_number_of_lines_gets_a_sentence_and_writes_nothing(browser, person, performance, forged):
    form = form_for(person) | {"guest-TOTAL_FORMS": forged}
    assert "s'est mal envoyée" in said(post(browser, performance, form))
    assert not Booking.objects.exists()


def test_seats_gone_meanwhile_keep_what_was_typed(browser, person, performance):
    Performance.objects.update(seats_left=1)
    page = said(post(browser, performance, form_for(person, ("Ondine", "Quatremarre", "guest"))))
    assert "Il reste 1 place" in page and 'value="Ondine"' in page


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"cancelled_at": timezone.now()}, "annulée par le lieu"),
        ({"starts_at": timezone.now() - timedelta(hours=2)}, "passée"),
        ({"booking_deadline": timezone.now() - timedelta(hours=2)}, "date limite"),
        ({"seats_left": 0}, "C’est complet"),
    ],
)
def test_page_says_at_once_that_a_date_cannot_be_booked(browser, performance, change, sentence):
    Performance.objects.update(**change)
    assert sentence in said(browser.get(reverse("invitations:book", args=[performance.pk])))


def test_searching_the_list_keeps_everything_typed_and_writes_nothing(browser, person, performance, cast):
    ParticipantFactory(structure=cast.worker.structure, given_name="Autre", family_name="Dupontel")
    typed = form_for(None, ("Ondine", "Quatremarre", "needed"), action="search", search="quatré zeph")
    page = said(post(browser, performance, typed))
    assert "Quatremarre Zéphirine" in page and "Dupontel" not in page
    assert 'value="Ondine"' in page
    assert "is-invalid" not in page


def test_asking_for_more_lines_keeps_everything_typed(browser, person, performance):
    typed = form_for(person, ("Ondine", "Quatremarre", "guest"), action="more")
    page = said(post(browser, performance, typed))
    assert page.count('-family_name"') > 2 and 'value="Ondine"' in page
    assert f'value="{person.pk}" selected' in page


def test_third_outing_in_a_week_shows_the_hint_before_and_after_booking(browser, person, performance, cast):
    for hours in (1, 2):
        near = PerformanceFactory(starts_at=performance.starts_at + timedelta(hours=hours))
        a_booking(by=cast.worker, participant=person, performance=near)
    before = said(post(browser, performance, form_for(person, action="search")))
    assert "Alerte indicative : 3 sorties" in before
    assert "Alerte indicative : 3 sorties" in said(post(browser, performance, form_for(person)))


def test_terms_are_asked_before_the_first_booking_and_lead_back(browser, performance):
    TermsOfUse.objects.create(version="2", text="Plus clair.", published_at=timezone.now())
    address = reverse("invitations:book", args=[performance.pk])
    response = browser.get(address, follow=True)
    assert "J'accepte" in said(response)
    page = browser.post(response.redirect_chain[-1][0], {"accept": "on"}, follow=True)
    assert page.redirect_chain[-1][0] == address


def test_list_of_people_never_shows_another_structures(browser, person, cast):
    ParticipantFactory(structure=cast.stranger.structure, family_name="Étrangère")
    page = said(browser.post(reverse("invitations:participants"), {"search": "e"}))
    assert "Quatremarre" in page and "Étrangère" not in page


def test_person_of_the_list_is_corrected_also_on_papers_to_come(browser, cast, person):
    booking = a_booking(by=cast.worker, participant=person)
    address = reverse("invitations:participant", args=[person.pk])
    browser.post(address, {"given_name": "Zéphyr", "family_name": "Quatremarre", "language": "es"})
    assert booking.invitations.get().given_name == "Zéphyr"


def test_pdf_prints_the_live_invitations_and_notes_it(browser, cast):
    booking = a_booking(by=cast.worker, guests=1)
    response = browser.get(reverse("invitations:booking_pdf", args=[booking.pk]))
    assert response["Content-Type"] == "application/pdf" and response.content.startswith(b"%PDF")
    booking.refresh_from_db()
    assert booking.printed_at


def test_cancelled_booking_prints_nothing_more(browser, cast):
    booking = a_booking(by=cast.worker)
    browser.post(reverse("invitations:booking_cancel", args=[booking.pk]))
    response = browser.get(reverse("invitations:booking_pdf", args=[booking.pk]))
    assert response.status_code == 409 and "annulée" in said(response)


# --- The door ----------------------------------------------------------------------------------------


@pytest.fixture
def tonight(cast):
    """A booking of three for a date that starts now at the desk's venue."""
    performance = PerformanceFactory(event__venue=cast.desk.venue)
    booking = a_booking(by=cast.worker, performance=performance, guests=2)
    Performance.objects.filter(pk=performance.pk).update(starts_at=timezone.now())
    return booking


def test_desk_types_a_number_and_admits_the_party_once(cast, tonight):
    desk = cast.browser("desk")
    number = tonight.invitations.first().spoken_number
    page = desk.post(reverse("invitations:door_number"), {"number": number.lower()}, follow=True)
    assert "Invitation valable" in said(page)
    address = page.redirect_chain[-1][0]
    assert said(desk.post(address, {"who": "party"})).count("Bienvenue !") == 3
    assert "Elle ne sert qu'une fois" in said(desk.post(address, {"who": "party"}))


def test_desk_admits_from_the_list(cast, tonight):
    desk = cast.browser("desk")
    address = reverse("invitations:door_list", args=[tonight.performance_id])
    guest = tonight.invitations.last()
    assert "Bienvenue !" in said(desk.post(address, {"who": "one", "invitation": guest.pk}))
    assert Invitation.objects.filter(status="attended").count() == 1


@pytest.mark.parametrize("invitation", ["", "n'importe", "0b5b4d1e-5f0f-4d8e-9d6e-000000000000"])
def test_desk_list_refuses_what_is_not_an_invitation_of_it(cast, tonight, invitation):
    address = reverse("invitations:door_list", args=[tonight.performance_id])
    assert cast.browser("desk").post(address, {"who": "one", "invitation": invitation}).status_code == 404


def test_list_names_no_structure(cast, tonight):
    page = said(cast.browser("desk").get(reverse("invitations:door_list", args=[tonight.performance_id])))
    assert "Quatremarre" in page and cast.worker.structure.name not in page


def test_unknown_and_foreign_numbers_read_the_same(cast, tonight):
    replies = set()
    for who, number in (("desk", new_code()), ("other_desk", tonight.invitations.first().number)):
        page = said(cast.browser(who).post(reverse("invitations:door_number"), {"number": number}))
        assert "d'aucune invitation pour ce lieu" in page
        replies.add("Quatremarre" in page)
    assert replies == {False}


def test_cancelled_number_reads_cancelled(cast, tonight):
    Performance.objects.update(starts_at=timezone.now() + timedelta(minutes=30))
    cast.browser("worker").post(reverse("invitations:booking_cancel", args=[tonight.pk]))
    number = tonight.invitations.first().number
    page = cast.browser("desk").post(reverse("invitations:door_number"), {"number": number}, follow=True)
    assert "a été annulée" in said(page)


# --- The QR -------------------------------------------------------------------------------------------


def test_qr_leads_each_to_what_is_theirs_and_tells_strangers_no_name(cast, tonight):
    address = reverse("invitations:check", args=[tonight.invitations.first().token])
    assert cast.browser("desk").get(address).url.startswith("/accueil/invitation/")
    assert cast.browser("worker").get(address).url == tonight.get_absolute_url()
    for who in ("nobody", "visitor", "stranger", "other_desk", "staff"):
        page = said(cast.browser(who).get(address))
        assert tonight.performance.event.title in page
        assert "Quatremarre" not in page and cast.worker.structure.name not in page


def test_holder_of_the_paper_cancels_without_a_reason_and_the_worker_is_told(cast):
    booking = a_booking(by=cast.worker, guests=1)
    address = reverse("invitations:check", args=[booking.invitations.first().token])
    nobody = cast.browser("nobody")
    assert nobody.get(address).status_code == 200
    assert not Booking.objects.filter(cancelled_at__isnull=False).exists()  # looking cancels nothing
    assert "Merci d’avoir prévenu" in said(nobody.post(address, follow=True))
    assert not Invitation.objects.live().exists()
    assert AuditEntry.objects.filter(verb="réservation annulée", actor__startswith="porteur").exists()


def test_paper_of_a_date_that_the_venue_cancelled_says_so(cast):
    booking = a_booking(by=cast.worker)
    cancel_performance(performance=booking.performance, by=cast.desk, at=timezone.now())
    page = said(
        cast.browser("nobody").get(reverse("invitations:check", args=[booking.invitations.get().token]))
    )
    assert "Le lieu a annulé cette sortie" in page and "Merci d’avoir prévenu" not in page


def test_desk_finds_next_weeks_number_without_reading_a_name(cast):
    performance = PerformanceFactory(
        event__venue=cast.desk.venue, starts_at=timezone.now() + timedelta(days=7)
    )
    invitation = a_booking(by=cast.worker, performance=performance, guests=1).invitations.last()
    desk = cast.browser("desk")
    page = desk.post(reverse("invitations:door_number"), {"number": invitation.number}, follow=True)
    assert "Autre jour" in said(page) and "Quatremarre" not in said(page)
    address = page.redirect_chain[-1][0]
    assert "Quatremarre" not in said(desk.post(address, {"who": "party"}))
    desk.post(address, {"who": "cancel"})
    invitation.refresh_from_db()
    assert invitation.status == "cancelled"


def test_group_paper_follows_a_corrected_name(cast, browser, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        booking = a_booking(by=cast.worker, guests=5)
    before = PartyDocument.objects.get(booking=booking).asked_at
    address = reverse("invitations:participant", args=[booking.participant_id])
    with django_capture_on_commit_callbacks(execute=True):
        browser.post(address, {"given_name": "Zéphyr", "family_name": "Quatremarre", "language": "fr"})
    document = PartyDocument.objects.get(booking=booking)
    assert document.asked_at > before and document.content


def test_person_corrected_into_somebody_elses_name_is_refused(cast, browser, person):
    other = ParticipantFactory(structure=cast.worker.structure, family_name="Autre")
    typed = {"given_name": person.given_name, "family_name": person.family_name, "language": "fr"}
    page = said(browser.post(reverse("invitations:participant", args=[other.pk]), typed))
    assert "déjà sur votre liste" in page
    other.refresh_from_db()
    assert other.family_name == "Autre"


def test_cancelling_from_the_paper_can_be_turned_off(cast, settings):
    settings.CANCEL_FROM_PAPER = False
    booking = a_booking(by=cast.worker)
    address = reverse("invitations:check", args=[booking.invitations.first().token])
    assert "Je ne peux pas venir" not in said(cast.browser("nobody").get(address))
    response = cast.browser("nobody").post(address)
    assert response.status_code == 409 and settings.PORTAL_CONTACT_PHONE in said(response)


# --- Lists -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["home", "invitations:bookings", "invitations:participants"])
def test_worker_lists_ask_the_same_number_of_queries_whatever_their_length(name, cast):
    browser, counts = cast.browser("worker"), []
    browser.get(reverse(name))  # what the account's access is worth is found once per session
    for more in (1, 2, 27):
        for _ in range(more):
            a_booking(by=cast.worker, guests=1)
        with CaptureQueriesContext(connection) as queries:
            assert browser.get(reverse(name)).status_code == 200
        counts.append(len(queries))
    assert len(set(counts)) == 1


@pytest.mark.parametrize("name", ["home", "invitations:door", "invitations:door_list"])
def test_desk_lists_ask_the_same_number_of_queries_whatever_their_length(name, cast):
    browser, counts = cast.browser("desk"), []
    tonight = PerformanceFactory(event__venue=cast.desk.venue, capacity=90)
    for more in (1, 2, 27):
        for _ in range(more):
            a_booking(by=cast.worker, performance=tonight, guests=1)
            PerformanceFactory(event__venue=cast.desk.venue, starts_at=timezone.now() + timedelta(hours=1))
        Performance.objects.filter(pk=tonight.pk).update(starts_at=timezone.now() + timedelta(minutes=5))
        address = reverse(name, args=[tonight.pk] if name.endswith("list") else None)
        with CaptureQueriesContext(connection) as queries:
            assert browser.get(address).status_code == 200
        counts.append(len(queries))
    assert len(set(counts)) == 1
